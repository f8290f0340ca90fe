// A change of a SCIM user: its resource and its account in one statement with the audit rows. Deactivation is the leaver: from the
// commit on the account is disabled and every credential made before is dead (design section 3).
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { updateAccountPart } from '../directory/accounts.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import { deleteEmailKeysPart, insertEmailKeysPart, updateResourcePart } from '../directory/resources.ts'
import { holdLeaver, recordLeave, type SinceArrival } from './leaver.ts'

export type UserChange = {
  readonly record: ResourceRecord
  readonly person: Person
  /** The version that the change was computed from; another one in the database means that somebody else was faster. */
  readonly basedOn: number
  /** E-mail keys that the change takes away. */
  readonly emailKeysGone: readonly string[]
  readonly context: AuditContext
  readonly events: readonly AuditEvent[]
  /** For the leaver's receipt. */
  readonly sinceArrivalMs: SinceArrival
}

/** Applies the change; undefined when the user is gone or changed meanwhile. Throws a conflict when the account must not be disabled. */
export async function changeUser(work: Work, change: UserChange): Promise<Written | undefined> {
  if (change.person.active) return write(work, change)
  return work.atomically(async (tx) => {
    // What is being minted or written for the account is waited for, and what comes later sees it disabled.
    const account = await holdLeaver(tx, change.record.orgId, { scimUserId: change.record.id })
    const done = account === undefined ? undefined : await write(tx, change)
    if (account?.status === 'active' && done !== undefined) {
      const { id, userName } = account
      await recordLeave(tx, change.context, { accountId: id, userName, because: 'disabled', sinceArrivalMs: change.sinceArrivalMs })
    }
    return done
  })
}

async function write(work: Work, change: UserChange): Promise<Written | undefined> {
  const { record, person, basedOn, emailKeysGone, context, events } = change
  const { rows } = await sql<{ version: string; created_at: Date; last_modified_at: Date }>`
    with target as (
      select r.org_id, r.id, r.account_id from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
      where r.org_id = ${record.orgId}::uuid and r.id = ${record.id}::uuid and r.version = ${basedOn}::bigint
      for update
    ),
    resource as (${updateResourcePart(record, sql`target`)}),
    account as (${updateAccountPart(person, sql`target`)}),
    stale as (${deleteEmailKeysPart(emailKeysGone, sql`target`)}),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    audited as (${auditPart(context, events, sql`exists (select from resource)`)})
    select version, created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  if (row === undefined) return undefined
  return { version: Number(row.version), createdAt: row.created_at, lastModifiedAt: row.last_modified_at }
}
