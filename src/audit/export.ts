// Rows of the audit log as files: CSV for spreadsheets, NDJSON and JSON for programs. Written a batch at a time, so that any number flows
// through the memory of one batch; nothing in them can steer a spreadsheet or a terminal.
import type { Work } from '../db/work.ts'
import { append } from './append.ts'
import type { AuditContext, PayloadValue } from './event.ts'
import type { AuditFilter } from './filter.ts'
import { type AuditRow, type AuditSearch, REACH_MAX, searchAudit } from './search.ts'

export const EXPORT_FORMATS = ['csv', 'ndjson', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export type Export = {
  readonly format: ExportFormat
  /** As it was asked for, for the audit row. */
  readonly filter: AuditFilter
  readonly search: AuditSearch
  /** The export holds what had happened by then. */
  readonly now: Date
}

const BATCH = 1_000

/** All rows of a filter, newest first. The export is in the audit log itself, before its first row leaves. */
export async function* exportAudit(work: Work, context: AuditContext, { format, filter, search, now }: Export): AsyncGenerator<string> {
  await append(work.db, context, [
    {
      action: 'audit.export',
      target: { kind: 'audit_log', name: context.org },
      outcome: 'success',
      payload: { format, filter: told(filter) },
    },
  ])
  const writer = WRITERS[format]
  const until = search.to === undefined || search.to > now ? now : search.to
  yield writer.begin
  let written = 0
  for await (const rows of batches(work, context.orgId, { ...search, to: until })) {
    yield rows.map((row, i) => (written + i === 0 ? '' : writer.between) + writer.row(row)).join('')
    written += rows.length
  }
  yield writer.end(written)
}

async function* batches(work: Work, orgId: string, search: AuditSearch): AsyncGenerator<readonly AuditRow[]> {
  let page = await searchAudit(work, orgId, { search, page: { before: undefined, limit: BATCH, reach: REACH_MAX } })
  for (;;) {
    if (page.rows.length > 0) yield page.rows
    if (page.next === undefined) return
    page = await searchAudit(work, orgId, { search, page: { before: page.next, limit: BATCH, reach: REACH_MAX } })
  }
}

function told(filter: AuditFilter): Readonly<Record<string, PayloadValue>> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value instanceof Date ? value.toISOString() : value]],
    ),
  )
}

type Writer = {
  readonly begin: string
  readonly row: (row: AuditRow) => string
  readonly between: string
  readonly end: (rows: number) => string
}

const COLUMNS: readonly (readonly [name: string, value: (row: AuditRow) => string])[] = [
  ['time', ({ ts }) => ts.toISOString()],
  ['organisation', ({ org }) => org],
  ['channel', ({ channel }) => channel],
  ['action', ({ action }) => action],
  ['outcome', ({ outcome }) => outcome],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => ('id' in actor ? actor.id : '')],
  ['actor_name', ({ actor }) => ('name' in actor ? actor.name : 'user' in actor ? actor.user : '')],
  ['target_kind', ({ target }) => target.kind],
  ['target_id', ({ target }) => target.id ?? ''],
  ['target_name', ({ target }) => target.name ?? ''],
  ['payload', ({ payload }) => jsonText(payload)],
  ['ip', ({ ip }) => ip ?? ''],
  ['user_agent', ({ userAgent }) => userAgent ?? ''],
  ['request_id', ({ requestId }) => requestId ?? ''],
]

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  csv: {
    begin: `${COLUMNS.map(([name]) => name).join(',')}\r\n`,
    row: (row) => `${COLUMNS.map(([, value]) => csvCell(value(row))).join(',')}\r\n`,
    between: '',
    end: () => '',
  },
  ndjson: { begin: '', row: (row) => `${jsonRow(row)}\n`, between: '', end: () => '' },
  json: { begin: '[\n', row: jsonRow, between: ',\n', end: (rows) => (rows === 0 ? ']\n' : '\n]\n') },
}

/** RFC 4180. What a spreadsheet would compute gets an apostrophe, which makes it text; what a terminal would obey becomes visible. */
export function csvCell(text: string): string {
  const visible = text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  const inert = /^\s*[=+\-@＝＋－＠]/u.test(visible) ? `'${visible}` : visible
  return /[",\r\n]/.test(inert) || inert !== visible ? `"${inert.replaceAll('"', '""')}"` : inert
}

/** Control characters and those that change the direction or the look of others; line breaks too, so that a row is a line. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

function jsonRow({ id, ts, org, actor, action, target, channel, outcome, payload, ip, userAgent, requestId }: AuditRow): string {
  const row = { id, ts, org, actor, action, target, channel, outcome, payload, ip, user_agent: userAgent, request_id: requestId }
  return jsonText(row)
}

/** JSON escapes what is below U+0020 by itself; the rest of what a terminal would obey is escaped here. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}
