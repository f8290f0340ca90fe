// The SQL of group membership. Every change is a delta in the database: the list is never read to be changed, so that adding one
// member costs the same in a group of ten and of a million. Each statement also moves the group's change counter and writes one audit
// row per member, in one round trip.
import { type RawBuilder, sql } from 'kysely'
import { auditRowsPart } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import { list } from '../db/lists.ts'
import type { Work } from '../db/work.ts'

export type MemberRef = { readonly id: string; readonly display: string | undefined; readonly displayKey: string | undefined }

/** The members named by a request: those whose ids have the form of one, and what cannot be an id of ours. */
export type NamedMembers = { readonly refs: readonly MemberRef[]; readonly malformed: readonly string[] }

/** Whose members change, on whose behalf, and what the audit rows say besides. */
export type MembershipWrite = {
  readonly orgId: string
  readonly groupId: string
  readonly context: AuditContext
  readonly tokenId: string | undefined
  readonly compat: readonly string[]
  /** The group is being made in this transaction: its first members are no change of it (RFC 7643 section 3.1, lastModified). */
  readonly creating: boolean
  /** Ids that creations of the same transaction will have, by resource type. */
  readonly expected: ReadonlyMap<string, 'User' | 'Group'>
  /** `refused`: where groups would come or go as members nothing is done, because more has to be done then (lifecycle/group-sync). */
  readonly nesting: 'allowed' | 'refused'
}

export type MembershipOutcome = {
  readonly added: number
  readonly removed: number
  /** How many of the named ids are resources of the organisation. */
  readonly known: number
  readonly unknown: readonly string[]
  /** The group's own row, as the statement found it. */
  readonly json: string
  readonly createdAt: Date
  /**
   * The group's version after this write: what the statement saw, plus its own change. Where others committed meanwhile the real
   * version is higher, so that a condition on this one fails rather than overwrite what its holder never saw.
   */
  readonly version: number
  readonly lastModifiedAt: Date
}

/** Counters are split by server process of the database, so that parallel writers of one group do not wait for each other. */
const CHANGE_SHARDS = 16

/** Adds members; those already there stay as they are. Nothing is written when none of the ids is known, or when nesting is refused. */
export function addMembers(work: Work, write: MembershipWrite, members: NamedMembers): Promise<MembershipOutcome | undefined> {
  return run(
    work,
    sql`
    with ${wanted(write, members)}, ${target(write, NAMES_GROUPS)},
    gone as (select null::uuid as member_id, null::text as member_type where false),
    ${added(write)},
    ${followUp(write)}`,
  )
}

/** Makes the members exactly these. With a list of which no id is known nothing is written; an empty list empties the group. */
export function setMembers(work: Work, write: MembershipWrite, members: NamedMembers): Promise<MembershipOutcome | undefined> {
  const named = members.refs.length + members.malformed.length
  return run(
    work,
    sql`
    with ${wanted(write, members)},
    ${target(write, sql<boolean>`${NAMES_GROUPS} or ${groupsWhere(write, sql`not exists (select from wanted w where w.id = m.member_id)`)}`)},
    gone as (
      delete from scim_group_members m using target t
      where m.org_id = t.org_id and m.group_id = t.id
        and not exists (select from wanted w where w.id = m.member_id)
        and (exists (select from known) or ${named === 0}::boolean)
      returning m.member_id, m.member_type
    ),
    ${added(write)},
    ${followUp(write)}`,
  )
}

/** Removes the members for which the condition (on alias `m`) holds. */
export function removeMembersWhere(
  work: Work,
  write: MembershipWrite,
  condition: RawBuilder<boolean>,
): Promise<MembershipOutcome | undefined> {
  return run(
    work,
    sql`
    with ${wanted(write, { refs: [], malformed: [] })}, ${target(write, groupsWhere(write, condition))},
    gone as (
      delete from scim_group_members m using target t
      where m.org_id = t.org_id and m.group_id = t.id and (${condition})
      returning m.member_id, m.member_type
    ),
    added as (select null::uuid as member_id, null::text as member_type where false),
    ${followUp(write)}`,
  )
}

export function removeMembers(work: Work, write: MembershipWrite, ids: readonly string[]): Promise<MembershipOutcome | undefined> {
  return removeMembersWhere(work, write, sql`m.member_id = any (${list(ids, 'uuid')})`)
}

/** Groups are among the members that a request names. */
const NAMES_GROUPS = sql<boolean>`exists (select from known k where k.type = 'Group')`

/** Groups are among the members `m` for which the condition holds. */
function groupsWhere({ orgId, groupId }: MembershipWrite, condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql`exists (select from scim_group_members m where m.org_id = ${orgId}::uuid and m.group_id = ${groupId}::uuid
    and m.member_type = 'Group' and (${condition}))`
}

/** The group, locked against deletion but not against other writers of its members; none when its nesting would change and must not. */
function target(write: MembershipWrite, nests: RawBuilder<boolean>): RawBuilder<unknown> {
  const settled = write.nesting === 'allowed' ? sql`` : sql`and not (${nests})`
  return sql`target as (
    select r.org_id, r.id, r.json, r.version, r.created_at, r.last_modified_at, r.json::json ->> 'displayName' as name from scim_resources r
    where r.org_id = ${write.orgId}::uuid and r.id = ${write.groupId}::uuid and r.type = 'Group' ${settled} for key share
  )`
}

function wanted(write: MembershipWrite, { refs, malformed }: NamedMembers): RawBuilder<unknown> {
  const expected = [...write.expected]
  const column = (name: keyof MemberRef, type: 'uuid' | 'text') =>
    list(
      refs.map((ref) => ref[name] ?? null),
      type,
    )
  return sql`wanted as (
    select distinct on (id) id, display, display_key
    from unnest(${column('id', 'uuid')}, ${column('display', 'text')}, ${column('displayKey', 'text')}) w (id, display, display_key)
  ),
  known as (
    select w.id, w.display, w.display_key, r.type from wanted w
      join scim_resources r on r.org_id = ${write.orgId}::uuid and r.id = w.id and r.type in ('User', 'Group')
    union all
    select w.id, w.display, w.display_key, e.type from wanted w
      join unnest(${expected.map(([id]) => id)}::uuid[], ${expected.map(([, type]) => type)}::text[]) e (id, type) on e.id = w.id
      where not exists (select from scim_resources r where r.org_id = ${write.orgId}::uuid and r.id = w.id)
  ),
  unknown as (
    select w.id::text as value from wanted w where not exists (select from known k where k.id = w.id)
    union select u.value from unnest(${malformed}::text[]) u (value)
  )`
}

function added(write: MembershipWrite): RawBuilder<unknown> {
  return sql`added as (
    insert into scim_group_members (org_id, group_id, member_id, member_type, display, display_key, added_request_id, added_token_id)
    select t.org_id, t.id, k.id, k.type, k.display, k.display_key, ${write.context.requestId}::text, ${write.tokenId ?? null}::text
    from known k cross join target t
    on conflict do nothing
    returning member_id, member_type
  )`
}

/** Moves the change counter, notes unknown ids and forgets healed ones, writes the audit rows, and tells what came of it. */
function followUp(write: MembershipWrite): RawBuilder<unknown> {
  return sql`changed as (
    insert into scim_member_changes as c (org_id, group_id, shard, changes, changed_at)
    select org_id, id, pg_backend_pid() % ${sql.lit(CHANGE_SHARDS)}, 1, clock_timestamp() from target
    where not ${write.creating}::boolean and (exists (select from added) or exists (select from gone))
    on conflict (org_id, group_id, shard) do update set changes = c.changes + 1,
      changed_at = greatest(excluded.changed_at, c.changed_at + interval '1 ms')
    returning changed_at
  ),
  noted as (
    insert into scim_unknown_members (org_id, group_id, value)
    select t.org_id, t.id, u.value from unknown u cross join target t where exists (select from known)
    on conflict (org_id, group_id, value) do update set named_at = excluded.named_at
  ),
  audited_unknown as (${auditRowsPart(write.context, {
    action: 'scim.group.update',
    target: TARGET,
    payload: sql`jsonb_build_object('unknownMembers', (select jsonb_agg(u.value) from unknown u))`,
    from: sql`target t where exists (select from known) and exists (select from unknown)`,
  })}),
  healed as (
    delete from scim_unknown_members u using target t, added a
    where u.org_id = t.org_id and u.group_id = t.id and u.value = a.member_id::text
  ),
  audited_additions as (${auditRowsPart(write.context, {
    action: 'scim.group.member.add',
    target: TARGET,
    payload: memberPayload(write),
    from: sql`added a cross join target t`,
  })}),
  audited_removals as (${auditRowsPart(write.context, {
    action: 'scim.group.member.remove',
    target: TARGET,
    payload: memberPayload(write),
    from: sql`gone a cross join target t`,
  })})
  select t.json, t.created_at as "createdAt", (select count(*)::int from added) as added, (select count(*)::int from gone) as removed,
    (select count(*)::int from known) as known, array(select u.value from unknown u) as unknown,
    (t.version + before.changes + (select count(*) from changed))::float8 as version,
    greatest(t.last_modified_at, before.changed_at, (select c.changed_at from changed c)) as "lastModifiedAt"
  from target t cross join lateral (
    select coalesce(sum(c.changes), 0) as changes, max(c.changed_at) as changed_at from scim_member_changes c
    where c.org_id = t.org_id and c.group_id = t.id
  ) before`
}

const TARGET = sql`jsonb_build_object('kind', 'scim_group', 'id', t.id, 'name', t.name)`

function memberPayload(write: MembershipWrite): RawBuilder<unknown> {
  const compat = write.compat.length === 0 ? null : JSON.stringify(write.compat)
  return sql`jsonb_strip_nulls(jsonb_build_object('member', jsonb_build_object('id', a.member_id, 'type', a.member_type), 'compat', ${compat}::jsonb))`
}

/** The statement's one row; undefined when there is no such group, or nesting was refused. */
async function run(work: Work, statement: RawBuilder<unknown>): Promise<MembershipOutcome | undefined> {
  const { rows } = await sql<MembershipOutcome>`${statement}`.execute(work.db)
  return rows[0]
}
