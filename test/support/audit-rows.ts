// Audit rows by the thousand, made beside the product: of all months there are partitions for, and of some that have gone by.
import { sql } from 'kysely'
import type { Work } from '../../src/db/work.ts'

export type MadeRow = {
  readonly ts: Date
  readonly action?: string
  readonly channel?: string
  readonly outcome?: 'success' | 'denied' | 'failure'
  readonly actor?: object
  readonly target?: object
  readonly payload?: object
  readonly requestId?: string
}

export async function makeRows(work: Work, org: { orgId: string; slug: string }, rows: readonly MadeRow[]): Promise<void> {
  const json = rows.map((row) => ({
    ts: row.ts,
    action: row.action ?? 'scim.user.update',
    channel: row.channel ?? 'scim',
    outcome: row.outcome ?? 'success',
    actor: row.actor ?? { kind: 'system' },
    target: row.target ?? { kind: 'scim_user' },
    payload: row.payload ?? {},
    request_id: row.requestId,
  }))
  await sql`
    insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome, payload, request_id)
    select r.ts, ${org.orgId}::uuid, ${org.slug}, r.actor, r.action, r.target, r.channel, r.outcome, r.payload, r.request_id
    from jsonb_to_recordset(${JSON.stringify(json)}::jsonb) r (ts timestamptz, actor jsonb, action text, target jsonb, channel text, outcome text,
      payload jsonb, request_id text) order by r.ts`.execute(work.db)
}

/** The first day of the month that lies so many months back. */
export function monthAgo(months: number, now = new Date()): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
}

/** A partition for a month that went by before the database was made; as the tables' owner. */
export async function makeMonth(asOwner: (text: string) => Promise<unknown>, begins: Date): Promise<string> {
  const next = new Date(Date.UTC(begins.getUTCFullYear(), begins.getUTCMonth() + 1, 1))
  const name = `audit_log_${begins.toISOString().slice(0, 7).replace('-', '_')}`
  await asOwner(`create table ${name} partition of audit_log for values from ('${begins.toISOString()}') to ('${next.toISOString()}')`)
  return name
}
