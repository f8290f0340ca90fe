// A change of a SCIM user: its resource and its account in one statement with the audit rows. Deactivation is the leaver: from the
// commit on the account is disabled and every credential made before is dead (design section 3).
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { isLastAdmin, UNPROTECTED, updateAccountPart } from '../directory/accounts.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import { deleteEmailKeysPart, insertEmailKeysPart, updateResourcePart } from '../directory/resources.ts'
import { DomainError } from '../primitives/errors.ts'

export type UserChange = {
  readonly record: ResourceRecord
  readonly person: Person
  /** The version that the change was computed from; another one in the database means that somebody else was faster. */
  readonly basedOn: number
  /** E-mail keys that the change takes away. */
  readonly emailKeysGone: readonly string[]
  readonly context: AuditContext
  readonly events: readonly AuditEvent[]
}

/** Applies the change; undefined when the user is gone, changed meanwhile, or is protected from being disabled. */
export async function changeUser(work: Work, change: UserChange): Promise<Written | undefined> {
  const unprotected = change.person.active ? sql<boolean>`true` : sql<boolean>`(a.status = 'disabled' or ${UNPROTECTED})`
  return (await write(work, change, unprotected)) ?? (change.person.active ? undefined : disableAdmin(work, change))
}

async function write(work: Work, change: UserChange, allowed: ReturnType<typeof sql<boolean>>): Promise<Written | undefined> {
  const { record, person, basedOn, emailKeysGone, context, events } = change
  const { rows } = await sql<{ version: string; created_at: Date; last_modified_at: Date }>`
    with target as (
      select r.org_id, r.id, r.account_id from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
      where r.org_id = ${record.orgId}::uuid and r.id = ${record.id}::uuid and r.version = ${basedOn}::bigint and ${allowed}
      for update
    ),
    resource as (${updateResourcePart(record, sql`target`)}),
    account as (${updateAccountPart(person, sql`target`)}),
    stale as (${deleteEmailKeysPart(emailKeysGone, sql`target`)}),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    audited as (${auditPart(context, events, sql`exists (select from resource)`)})
    select version, created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  return row === undefined ? undefined : { version: Number(row.version), createdAt: row.created_at, lastModifiedAt: row.last_modified_at }
}

/** Admins may be disabled by an IdP as long as another one stays; break-glass accounts never. */
async function disableAdmin(work: Work, change: UserChange): Promise<Written | undefined> {
  const { orgId, id } = change.record
  return work.atomically(async (tx) => {
    const { rows } = await sql<{ id: string; break_glass: boolean; org_role: string }>`
      select a.id::text, a.break_glass, a.org_role from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
      where r.org_id = ${orgId}::uuid and r.id = ${id}::uuid and r.version = ${change.basedOn}::bigint`.execute(tx.db)
    const [account] = rows
    if (account === undefined) return undefined
    await refuseProtected(tx, orgId, { id: account.id, breakGlass: account.break_glass })
    return write(tx, change, sql`true`)
  })
}

/** Throws a conflict when the account must not be disabled by an IdP. Holds the admins' rows locked until the transaction ends. */
export async function refuseProtected(work: Work, orgId: string, account: { id: string; breakGlass: boolean }): Promise<void> {
  if (account.breakGlass)
    throw new DomainError(
      'conflict',
      'this account is marked break-glass: an identity provider can neither disable nor delete it. Remove the mark first.',
    )
  if (await isLastAdmin(work, orgId, account.id))
    throw new DomainError(
      'conflict',
      'this is the last active organisation admin: make somebody else org_admin before disabling or deleting it.',
    )
}
