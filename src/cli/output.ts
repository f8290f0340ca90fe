// What commands print: one JSON value with --json, otherwise text for people. Nothing that came from outside can steer a terminal.
import CliTable from 'cli-table3'
import type { CliHost } from './host.ts'

export type Output = {
  /** The outcome of a command: `value` with --json, `text` without. Called once. */
  readonly result: (value: unknown, text: string) => void
  /** Beside the outcome, for people only. */
  readonly remark: (text: string) => void
}

export function createOutput(host: CliHost, options: { json: boolean }): Output {
  return {
    result: (value, text) => host.stdout(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`),
    remark: (text) => host.stderr(`${text}\n`),
  }
}

/** Lines under headings; `(none)` when there are none. */
export function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return '(none)'
  const printed = new CliTable({ head: columns.map(printable), style: { head: [], border: [], compact: true }, chars: PLAIN })
  for (const row of rows) printed.push(row.map(cell))
  return printed.toString()
}

/** Names and values in two columns. */
export function list(facts: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(facts).map((name) => name.length))
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`)
    .join('\n')
}

/** Control characters, which a terminal would obey, as visible escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? ' ' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return printable(value)
  return printable(JSON.stringify(value))
}

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} // prettier-ignore
