// Writing audit rows in the transaction of what they tell about (design section 7).
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'
import type { AuditAction, AuditContext, AuditEvent } from './event.ts'

export type AuditEntry = {
  readonly context: AuditContext
  readonly event: AuditEvent
  /** When it was, if it is not being written at once. */
  readonly at?: Date
  /** The id of what it is about, for the condition of auditEntriesPart. */
  readonly subject?: string
}

/** Appends the events of one request. Call it in the transaction that does what they say. */
export async function append(tx: QueryExecutorProvider, context: AuditContext, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await auditPart(context, events).execute(tx)
}

/** Appends entries of several requests with one statement. */
export async function appendEntries(tx: QueryExecutorProvider, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await insert(entries).execute(tx)
}

/**
 * The INSERT as one part of a bigger statement: ``sql`with changed as (…), audited as (${auditPart(context, events)}) select …` ``.
 * Its text is always the same, with one JSON parameter, so that the whole stays one prepared statement; no events add no row. The rows
 * are written only if `when` holds.
 */
export function auditPart(context: AuditContext, events: readonly AuditEvent[], when?: RawBuilder<boolean>): RawBuilder<unknown> {
  return auditEntriesPart(
    events.map((event) => ({ context, event })),
    when,
  )
}

/** The same for entries of several requests; `when` may be about the row `e` (subject, action, …). */
export function auditEntriesPart(entries: readonly AuditEntry[], when?: RawBuilder<boolean>): RawBuilder<unknown> {
  return when === undefined ? insert(entries) : sql`${insert(entries)} where ${when}`
}

/** Audit rows made in the database, one for each row of `from`: for facts that only the statement itself knows. */
export type AuditRows = {
  readonly action: AuditAction
  /** jsonb expression. */
  readonly target: RawBuilder<unknown>
  /** jsonb expression. */
  readonly payload: RawBuilder<unknown>
  readonly from: RawBuilder<unknown>
}

/** Like auditPart, for successes whose number and targets come from other parts of the statement. */
export function auditRowsPart(context: AuditContext, rows: AuditRows): RawBuilder<unknown> {
  return sql`
    insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
    select ${context.orgId}::uuid, ${context.org}::text, ${JSON.stringify(context.actor)}::jsonb, ${sql.lit(rows.action)}, ${rows.target},
      ${context.channel}::text, 'success', ${rows.payload}, ${context.ip ?? null}::text, ${context.userAgent ?? null}::text,
      ${context.requestId}::text
    from ${rows.from}`
}

function insert(entries: readonly AuditEntry[]): RawBuilder<unknown> {
  return sql`
    insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
    select coalesce(e.ts, clock_timestamp()), e.org_id, e.org, e.actor, e.action, e.target, e.channel, e.outcome, e.payload, e.ip,
      e.user_agent, e.request_id
    from jsonb_to_recordset(${auditJson(entries.map(toRow))}::jsonb) as e(ts timestamptz, org_id uuid, org text, actor jsonb, action text,
      target jsonb, channel text, outcome text, payload jsonb, ip text, user_agent text, request_id text, subject uuid)`
}

function toRow({ context, event, at, subject }: AuditEntry) {
  return {
    subject,
    ts: at,
    org_id: context.orgId,
    org: context.org,
    actor: context.actor,
    action: event.action,
    target: event.target,
    channel: context.channel,
    outcome: event.outcome,
    payload: event.payload,
    ip: context.ip,
    user_agent: context.userAgent,
    request_id: context.requestId,
  }
}

/**
 * JSON that PostgreSQL takes: NUL and lone surrogates, legal in JSON and possible in what a client sent, become U+FFFD. Nothing else is
 * changed, so that no text of a client can add or end a member.
 */
export function auditJson(value: object): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text
  // Escaped backslashes are taken along, all of a row at once, so that what follows them is not mistaken for an escape.
  return text.replace(/(?:\\\\)+|\\(?:u0000|ud[89a-f][0-9a-f]{2})/g, (found) => (found.startsWith('\\\\') ? found : '\uFFFD'))
}
