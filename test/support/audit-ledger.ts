// Every write of a replay against the audit log (idp-wire RC-30, threat L3): each left rows under its own request id, of one outcome
// that fits its answer, and none of them twice; and there are no rows of anything else.
import type { Answer } from './wire.ts'

export type AuditRow = {
  readonly action: string
  readonly outcome: string
  readonly targetId: string | undefined
  readonly requestId: string | undefined
  /** JSON text; rows of one fact each differ in it. */
  readonly payload: string
}

/** A write that was sent: what it was, and how it was answered. */
export type Write = { readonly label: string; readonly status: number; readonly requestId: string | undefined }

export const writeOf = (label: string, answer: Answer): Write => ({
  label,
  status: answer.status,
  requestId: answer.header('x-request-id'),
})

/** What is wrong between the writes and the rows; empty when all is well. */
export function auditProblems(writes: readonly Write[], rows: readonly AuditRow[]): string[] {
  const byRequest = Map.groupBy(rows, (row) => row.requestId)
  const known = new Set(writes.map((write) => write.requestId))
  const foreign = rows.filter((row) => !known.has(row.requestId)).map((row) => `nothing that was sent left ${JSON.stringify(row)}`)
  return [...writes.flatMap((write) => writeProblems(write, byRequest.get(write.requestId) ?? [])), ...foreign]
}

/** Whether rows are still missing, which may be written a moment later when the request was refused. */
export function isWaiting(writes: readonly Write[], rows: readonly AuditRow[]): boolean {
  const seen = new Set(rows.map((row) => row.requestId))
  return writes.some((write) => !seen.has(write.requestId))
}

function writeProblems({ label, status, requestId }: Write, rows: readonly AuditRow[]): string[] {
  if (requestId === undefined) return [`${label}: the answer names no request id`]
  if (rows.length === 0) return [`${label}: left no audit row`]
  const shown = JSON.stringify(rows.slice(0, 5))
  const facts = new Set(rows.map((row) => `${row.action} ${row.targetId} ${row.payload}`))
  if (facts.size !== rows.length) return [`${label}: an audit row was written twice: ${shown}`]
  const fits = (row: AuditRow) => (row.outcome === 'success') === status < 300
  return rows.every(fits) ? [] : [`${label}: answered ${status}, but the audit log tells of another outcome: ${shown}`]
}
