// DELETE of a SCIM resource (design section 5): the resource is gone at once, its name and externalId are free. A user's account is
// disabled and keeps its memories, or is erased where the operator chose hard deletion.
import { sql } from 'kysely'
import { auditPart, auditRowsPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { eraseAccountPart, releaseAccountPart } from '../directory/accounts.ts'
import { countPart, deleteAllEmailKeysPart, deleteResourcePart, deleteTextsPart, tombstonePart } from '../directory/resources.ts'
import { leaveLocalGroups } from '../permissions/local-groups.ts'
import { erase } from './erasure.ts'
import { holdLeaver, recordLeave, type SinceArrival } from './leaver.ts'

export type Removal = {
  readonly orgId: string
  readonly id: string
  readonly type: string
  readonly hard: boolean
  readonly context: AuditContext
  readonly event: AuditEvent
  /** For the leaver's receipt. */
  readonly sinceArrivalMs: SinceArrival
}

/** Deletes; false when there is no such resource. Throws a conflict for an account that an IdP must not take away. */
export async function remove(work: Work, removal: Removal): Promise<boolean> {
  if (removal.type !== 'User') return write(work, removal)
  return work.atomically(async (tx) => {
    const { orgId, id, hard, context, sinceArrivalMs } = removal
    const account = await holdLeaver(tx, orgId, { scimUserId: id })
    if (account !== undefined && hard) await erase(tx, context, { account, sinceArrivalMs })
    if (!(await write(tx, removal))) return false
    if (account !== undefined && !hard) {
      await leaveLocalGroups(tx, context, account.id)
      await recordLeave(tx, context, { accountId: account.id, userName: account.userName, because: 'deleted', sinceArrivalMs })
    }
    return true
  })
}

async function write(work: Work, removal: Removal): Promise<boolean> {
  const { orgId, id, type, hard, context, event } = removal
  const { rows } = await sql`
    with target as (
      select r.org_id, r.id from scim_resources r
      where r.org_id = ${orgId}::uuid and r.id = ${id}::uuid and r.type = ${type}
      for update
    ),
    memberships as (
      delete from scim_group_members m using target t where m.org_id = t.org_id and m.member_id = t.id
      returning m.org_id, m.group_id, m.member_id, m.member_type
    ),
    changed as (
      insert into scim_member_changes as c (org_id, group_id, shard, changes, changed_at)
      select distinct org_id, group_id, pg_backend_pid() % 16, 1, clock_timestamp() from memberships where group_id <> ${id}::uuid
      on conflict (org_id, group_id, shard) do update set changes = c.changes + 1,
        changed_at = greatest(excluded.changed_at, c.changed_at + interval '1 ms')
    ),
    resource as (${deleteResourcePart(sql`target`)}),
    account as (${(hard ? eraseAccountPart : releaseAccountPart)(sql`resource`)}),
    ${hard ? sql`` : sql`tombstone as (${tombstonePart(sql`resource`)}),`}
    keys as (${deleteAllEmailKeysPart(sql`resource`)}),
    texts as (${deleteTextsPart(sql`resource`)}),
    counted as (${countPart(-1, sql`resource`)}),
    audited as (${auditPart(context, [event], sql`exists (select from resource)`)}),
    audited_memberships as (${auditRowsPart(context, {
      action: 'scim.group.member.remove',
      target: sql`jsonb_build_object('kind', 'scim_group', 'id', group_id)`,
      payload: sql`jsonb_build_object('member', jsonb_build_object('id', member_id, 'type', member_type), 'reason', 'deleted')`,
      from: sql`memberships`,
    })})
    select id from resource`.execute(work.db)
  return rows.length > 0
}
