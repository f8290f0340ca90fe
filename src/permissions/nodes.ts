// The SQL of group_nodes and of the scopes they carry. Arrays go in whole: one statement does for one group and for all of them.
import { sql } from 'kysely'
import type { Actor, AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { ancestorsOf } from './path.ts'
import { groupScopeName, type Role } from './scope.ts'
import type { Obstacle } from './settle.ts'
import type { Switch } from './selection.ts'

export type Held = 'taken' | 'retained' | 'unusable' | 'too_deep'

/** A SCIM group as the directory has it now, and its place in the graph if it has one. */
export type GroupState = {
  readonly id: string
  /** Null: there is no such SCIM group any more. */
  readonly name: string | null
  readonly nodeId: string | null
  readonly nodeName: string | null
  readonly switched: Switch | null
  readonly selected: boolean
  readonly path: string | null
  readonly scopeId: string | null
}

const GROUP_STATE = sql`r.json::json ->> 'displayName' as name, n.id::text as "nodeId", n.display_name as "nodeName",
  n.switched, coalesce(n.selected, false) as selected, n.path, n.scope_id::text as "scopeId"`

/** The groups with these SCIM ids, those included that are gone. */
export async function readGroups(work: Work, orgId: string, ids: readonly string[]): Promise<readonly GroupState[]> {
  const { rows } = await sql<GroupState>`
    select i.id::text, ${GROUP_STATE}
    from unnest(${ids}::uuid[]) i (id)
      left join scim_resources r on r.org_id = ${orgId}::uuid and r.id = i.id and r.type = 'Group'
      left join group_nodes n on n.org_id = ${orgId}::uuid and n.scim_group_id = i.id`.execute(work.db)
  return rows
}

/** Some of the organisation's SCIM groups in the order of their making, after the given one. */
export async function readGroupsAfter(
  work: Work,
  orgId: string,
  page: { after: string; limit: number },
): Promise<readonly (GroupState & { seq: string })[]> {
  const { rows } = await sql<GroupState & { seq: string }>`
    select r.id::text, r.seq::text, ${GROUP_STATE}
    from scim_resources r left join group_nodes n on n.org_id = r.org_id and n.scim_group_id = r.id
    where r.org_id = ${orgId}::uuid and r.type = 'Group' and r.seq > ${page.after}::bigint
    order by r.seq limit ${page.limit}`.execute(work.db)
  return rows
}

/** Groups directly inside these, whatever is selected. */
export async function readNested(work: Work, orgId: string, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct m.member_id::text as id from scim_group_members m
    where m.org_id = ${orgId}::uuid and m.group_id = any (${ids}::uuid[]) and m.member_type = 'Group'`.execute(work.db)
  return rows.map(({ id }) => id)
}

export type Selected = { readonly id: string; readonly name: string; readonly selected: boolean }

/**
 * Writes names and what is selected. A group that is no longer selected takes no part from here on; one newly selected is placed
 * later in the same transaction.
 */
export async function writeSelected(work: Work, context: AuditContext, groups: readonly Selected[]): Promise<void> {
  if (groups.length === 0) return
  await sql`
    insert into group_nodes as n (org_id, origin, scim_group_id, display_name, selected, selected_at, selected_request_id, selected_actor)
    select ${context.orgId}::uuid, 'idp', g.id, g.name, g.selected, clock_timestamp(), ${context.requestId}, ${JSON.stringify(context.actor)}::jsonb
    from unnest(${groups.map(({ id }) => id)}::uuid[], ${groups.map(({ name }) => name)}::text[], ${groups.map(({ selected }) => selected)}::boolean[])
      g (id, name, selected)
    on conflict (org_id, scim_group_id) do update set display_name = excluded.display_name, selected = excluded.selected,
      selected_at = case when n.selected = excluded.selected then n.selected_at else excluded.selected_at end,
      selected_request_id = case when n.selected = excluded.selected then n.selected_request_id else excluded.selected_request_id end,
      selected_actor = case when n.selected = excluded.selected then n.selected_actor else excluded.selected_actor end,
      path = case when excluded.selected then n.path end, ancestors = case when excluded.selected then n.ancestors else '{}' end,
      above = case when excluded.selected then n.above else '{}' end,
      held = case when excluded.selected then n.held end, wanted_path = case when excluded.selected then n.wanted_path end,
      held_by = case when excluded.selected then n.held_by end`.execute(work.db)
}

/** Forgets groups whose SCIM group is gone; their scopes stay. */
export async function deleteNodesOf(work: Work, orgId: string, scimGroupIds: readonly string[]): Promise<void> {
  await sql`delete from group_nodes where org_id = ${orgId}::uuid and scim_group_id = any (${scimGroupIds}::uuid[])`.execute(work.db)
}

/** A selected group with what its place depends on. */
export type PlacedGroup = {
  readonly id: string
  readonly nodeId: string
  readonly seq: number
  readonly name: string
  readonly path: string | null
  readonly held: Held | null
  readonly wantedPath: string | null
  readonly heldBy: string | null
  readonly scopeId: string | null
  readonly scopeName: string | null
  /** The selected groups that contain it. */
  readonly parents: readonly string[]
}

/** The selected ones of these groups, and all selected groups inside them at any depth. */
export async function readSubtrees(work: Work, orgId: string, ids: readonly string[]): Promise<readonly PlacedGroup[]> {
  const { rows } = await sql<PlacedGroup>`
    with recursive down (id) as (
      select unnest(${ids}::uuid[])
      union
      select m.member_id from down d
        join scim_group_members m on m.org_id = ${orgId}::uuid and m.group_id = d.id and m.member_type = 'Group'
        join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.member_id and n.selected
    )
    select n.scim_group_id::text as id, n.id::text as "nodeId", r.seq::float8 as seq, n.display_name as name, n.path, n.held,
      n.wanted_path as "wantedPath", n.held_by::text as "heldBy", n.scope_id::text as "scopeId", s.name as "scopeName",
      array(
        select m.group_id::text from scim_group_members m
          join group_nodes p on p.org_id = m.org_id and p.scim_group_id = m.group_id and p.selected
        where m.org_id = n.org_id and m.member_id = n.scim_group_id and m.group_id <> n.scim_group_id
      ) as parents
    from down d join group_nodes n on n.org_id = ${orgId}::uuid and n.scim_group_id = d.id and n.selected
      join scim_resources r on r.org_id = n.org_id and r.id = n.scim_group_id
      left join scopes s on s.org_id = n.org_id and s.id = n.scope_id`.execute(work.db)
  return rows
}

/** Where selected groups stand, by SCIM id; those that are held are left out. */
export async function readStanding(work: Work, orgId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; path: string }>`
    select scim_group_id::text as id, path from group_nodes
    where org_id = ${orgId}::uuid and scim_group_id = any (${ids}::uuid[]) and path is not null`.execute(work.db)
  return new Map(rows.map(({ id, path }) => [id, path]))
}

/** The group scopes named after these paths. */
export async function readObstacles(work: Work, orgId: string, paths: readonly string[]): Promise<ReadonlyMap<string, Obstacle>> {
  const { rows } = await sql<Obstacle & { path: string }>`
    select substr(s.name, length('group:') + 1) as path, s.id::text as "scopeId",
      exists (select from group_nodes n where n.org_id = s.org_id and n.scope_id = s.id and n.path is not null) as live
    from scopes s where s.org_id = ${orgId}::uuid and s.name = any (${paths.map(groupScopeName)}::text[])`.execute(work.db)
  return new Map(rows.map(({ path, ...obstacle }) => [path, obstacle]))
}

/** Held groups that want one of these paths, by SCIM id. */
export async function readWaiting(work: Work, orgId: string, paths: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select scim_group_id::text as id from group_nodes
    where org_id = ${orgId}::uuid and held is not null and origin = 'idp' and wanted_path = any (${paths}::text[])`.execute(work.db)
  return rows.map(({ id }) => id)
}

export type Move = { readonly nodeId: string; readonly scopeId: string; readonly path: string; readonly isNew: boolean }
export type Hold = { readonly nodeId: string; readonly held: Held; readonly wantedPath: string | null; readonly heldBy: string | null }

/** Puts groups where they belong and names their scopes after it; names are checked when all have moved. */
export async function writeMoves(work: Work, context: AuditContext, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return
  const moved = JSON.stringify(
    moves.map(({ nodeId, scopeId, path, isNew }) => ({
      node: nodeId,
      scope: scopeId,
      path,
      name: groupScopeName(path),
      ancestors: ancestorsOf(path),
      is_new: isNew,
    })),
  )
  const { orgId } = context
  await sql`
    update scopes s set name = m.name from jsonb_to_recordset(${moved}::jsonb) m (scope uuid, name text, is_new boolean)
    where not m.is_new and s.org_id = ${orgId}::uuid and s.id = m.scope and s.name <> m.name`.execute(work.db)
  await sql`
    insert into scopes (org_id, id, kind, name)
    select ${orgId}::uuid, m.scope, 'group', m.name from jsonb_to_recordset(${moved}::jsonb) m (scope uuid, name text, is_new boolean)
    where m.is_new`.execute(work.db)
  await sql`
    update group_nodes n set path = m.path, ancestors = m.ancestors, scope_id = m.scope, held = null, wanted_path = null, held_by = null,
      placed_at = clock_timestamp(), placed_request_id = ${context.requestId}, placed_actor = ${JSON.stringify(context.actor)}::jsonb
    from jsonb_to_recordset(${moved}::jsonb) m (node uuid, scope uuid, path text, ancestors text[])
    where n.org_id = ${orgId}::uuid and n.id = m.node`.execute(work.db)
}

export async function writeHolds(work: Work, orgId: string, holds: readonly Hold[]): Promise<void> {
  if (holds.length === 0) return
  await sql`
    update group_nodes n set path = null, ancestors = '{}', above = '{}', held = h.held, wanted_path = h.wanted, held_by = h.by
    from unnest(${holds.map((h) => h.nodeId)}::uuid[], ${holds.map((h) => h.held)}::text[], ${holds.map((h) => h.wantedPath)}::text[],
      ${holds.map((h) => h.heldBy)}::uuid[]) h (node, held, wanted, by)
    where n.org_id = ${orgId}::uuid and n.id = h.node`.execute(work.db)
}

export type Switched = { readonly id: string; readonly name: string; readonly switched: Switch | null }

/** The admin's word on these groups. */
export async function writeSwitches(work: Work, orgId: string, groups: readonly Switched[]): Promise<void> {
  if (groups.length === 0) return
  await sql`
    insert into group_nodes (org_id, origin, scim_group_id, display_name, switched, selected)
    select ${orgId}::uuid, 'idp', g.id, g.name, g.switched, false
    from unnest(${groups.map(({ id }) => id)}::uuid[], ${groups.map(({ name }) => name)}::text[],
      ${groups.map(({ switched }) => switched)}::text[]) g (id, name, switched)
    on conflict (org_id, scim_group_id) do update set switched = excluded.switched`.execute(work.db)
}

/** The role of one group's members. */
export async function writeRole(work: Work, orgId: string, group: { id: string; name: string; role: Role | null }): Promise<void> {
  await sql`
    insert into group_nodes (org_id, origin, scim_group_id, display_name, role, selected)
    values (${orgId}::uuid, 'idp', ${group.id}::uuid, ${group.name}, ${group.role}, false)
    on conflict (org_id, scim_group_id) do update set role = excluded.role`.execute(work.db)
}

/** Gives a group that never had a scope the retained one of that name. */
export async function writeTakeOver(work: Work, orgId: string, take: { scimGroupId: string; scopeId: string }): Promise<void> {
  await sql`
    update group_nodes n set scope_id = null from group_nodes t
    where n.org_id = ${orgId}::uuid and n.scope_id = ${take.scopeId}::uuid and n.path is null
      and t.org_id = n.org_id and t.scim_group_id = ${take.scimGroupId}::uuid and t.id <> n.id`.execute(work.db)
  await sql`
    update group_nodes set scope_id = ${take.scopeId}::uuid
    where org_id = ${orgId}::uuid and scim_group_id = ${take.scimGroupId}::uuid`.execute(work.db)
}

export type Evidence = { readonly at: Date | null; readonly requestId: string | null; readonly actor: Actor | null }
