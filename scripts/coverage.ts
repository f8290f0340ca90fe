// What both coverage commands share: rows of a list joined with the tests that carry their ids, and the tables that come of it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readMentions } from './coverage-titles.ts'
import type { Mention } from './coverage-titles.ts'

/** Why a row has no test, or is answered otherwise than it says. */
export const Disposition = z.strictObject({ kind: z.enum(['not-applicable', 'deviation']), reason: z.string().min(10) })

export type ListedRow = { readonly id: string; readonly disposition?: z.infer<typeof Disposition> | undefined }

export type CoverageState = 'covered' | 'deviation' | 'not-applicable' | 'missing'
export type CoverageLine<R extends ListedRow = ListedRow> = {
  readonly row: R
  readonly state: CoverageState
  readonly tests: readonly Mention[]
}

export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** The rows of a file below docs/. @throws when the file breaks its form or an id repeats. */
export function readList<R extends ListedRow>(file: string, form: z.ZodType<R>): R[] {
  const rows = z.array(form).parse(JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')))
  const ids = new Set(rows.map((row) => row.id))
  if (ids.size !== rows.length) throw new Error(`${file}: an id stands there twice`)
  return rows
}

/** Joins rows and mentions. A deliberate deviation stays one even when a test pins it. */
export function coverage<R extends ListedRow>(rows: readonly R[], mentions: readonly Mention[]): CoverageLine<R>[] {
  const byId = Map.groupBy(mentions, (mention) => mention.id)
  return rows.map((row) => {
    const tests = byId.get(row.id) ?? []
    return { row, tests, state: stateOf(row, tests.length) }
  })
}

function stateOf(row: ListedRow, tests: number): CoverageState {
  if (row.disposition?.kind === 'deviation') return 'deviation'
  if (tests > 0) return 'covered'
  return row.disposition?.kind ?? 'missing'
}

const LABELS: Record<CoverageState, string> = {
  covered: 'covered',
  deviation: 'deliberate deviation',
  'not-applicable': 'not applicable',
  missing: 'MISSING',
}

/** `350 covered, 3 deliberate deviation, …` over all lines. */
export function counts(lines: readonly CoverageLine[]): string {
  const count = (state: CoverageState) => lines.filter((line) => line.state === state).length
  const states: CoverageState[] = ['covered', 'deviation', 'not-applicable', 'missing']
  return states.map((state) => `${count(state)} ${LABELS[state].toLowerCase()}`).join(', ')
}

export const filesOf = (line: CoverageLine): string[] => [...new Set(line.tests.map((test) => test.file))].sort()

export const stateText = ({ row, state }: CoverageLine): string =>
  row.disposition !== undefined && state !== 'covered' ? `${LABELS[state]}: ${row.disposition.reason}` : LABELS[state]

/** Text as a cell of a Markdown table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** The files of a line as links from a page below docs/, four at most. */
export function fileLinks(line: CoverageLine): string {
  const tests = filesOf(line).map((file) => `[${path.basename(file)}](../${file})`)
  const shown = tests.length > 4 ? [...tests.slice(0, 4), `+${tests.length - 4}`] : tests
  return shown.join(' ') || '–'
}

/** Prints a list as a plain table, or as Markdown with `--markdown`. The exit code: 1 when a row has neither test nor reason. */
export function printCoverage<R extends ListedRow>(list: {
  readonly rows: readonly R[]
  readonly args: readonly string[]
  readonly plain: (line: CoverageLine<R>) => string
  readonly markdown: (lines: readonly CoverageLine<R>[]) => string
  readonly summary: (lines: readonly CoverageLine<R>[]) => string
}): number {
  const lines = coverage(list.rows, readMentions(ROOT))
  process.stdout.write(list.args.includes('--markdown') ? list.markdown(lines) : `${lines.map(list.plain).join('\n')}\n`)
  process.stderr.write(`${list.summary(lines)}\n`)
  return lines.some((line) => line.state === 'missing') ? 1 : 0
}
