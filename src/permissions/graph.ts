// The permission graph as admins look at it: the groups that take part, what lies inside what, and what is granted to them. Parts of it,
// because a company may have more groups than anybody can look at.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { RETAINED } from './access.ts'
import type { Role } from './scope.ts'
import { settingSql } from './settings.ts'

export type GraphNode = {
  readonly id: string
  readonly path: string
  readonly name: string
  readonly origin: 'idp' | 'local'
  readonly scimGroupId: string | null
  readonly role: Role | null
  /** People directly in it, counted up to MEMBERS_COUNTED and one more. */
  readonly members: number
}

/** The inner group's members count as members of the outer one. */
export type Nesting = { readonly inner: string; readonly outer: string; readonly by: 'idp' | 'name' }

export type NodeGrant = { readonly nodeId: string; readonly scope: string; readonly role: Role }

export type PermissionGraph = {
  /** In the order of a tree: what lies below a path follows it. */
  readonly nodes: readonly GraphNode[]
  readonly nestings: readonly Nesting[]
  readonly grants: readonly NodeGrant[]
}

export const MEMBERS_COUNTED = 500

/** A path that sorts before everything else that begins with it and what lies below it. */
const TREE_ORDER = sql`replace(n.path, '/', chr(1)) collate "C"`

export type Part = {
  /** The path after which the part begins. */
  readonly after?: string | undefined
  /** What a path begins with, or a word in the name. */
  readonly text?: string | undefined
  readonly limit: number
}

/** Some groups in the order of a tree. */
export async function readGraphPart(work: Work, orgId: string, { after, text, limit }: Part): Promise<PermissionGraph> {
  const conditions = [sql`true`]
  if (after !== undefined) conditions.push(sql`${TREE_ORDER} > replace(${after}::text, '/', chr(1)) collate "C"`)
  if (text !== undefined)
    conditions.push(sql`(strpos(n.path, lower(${text}::text)) > 0 or strpos(lower(n.display_name), lower(${text}::text)) > 0)`)
  return readGraph(work, orgId, { where: sql.join(conditions, sql` and `), limit })
}

/** A group with everything that it is in, everything in it, and the other groups that share a scope granted to it. */
export async function readNeighbourhood(
  work: Work,
  orgId: string,
  { path, limit }: { path: string; limit: number },
): Promise<PermissionGraph> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<{ id: string }>`
    with up (id) as (
      select unnest(n.above || n.id) from group_nodes n where n.org_id = ${org} and n.path = ${path}
    ),
    down (id) as (
      select c.id from group_nodes n join group_nodes c on c.org_id = n.org_id and n.id = any (c.above) where n.org_id = ${org} and n.path = ${path}
    ),
    sharing (id) as (
      select o.node_id from group_nodes n join scope_grants g on g.org_id = n.org_id and g.node_id = n.id
        join scope_grants o on o.org_id = g.org_id and o.scope_id = g.scope_id
      where n.org_id = ${org} and n.path = ${path}
    )
    select distinct id::text from ((select id from up limit ${limit}) union all (select id from down limit ${limit})
      union all (select id from sharing limit ${limit})) near limit ${limit}`.execute(work.db)
  return readGraph(work, orgId, { where: sql`n.id = any (${rows.map(({ id }) => id)}::uuid[])`, limit })
}

async function readGraph(
  work: Work,
  orgId: string,
  { where, limit }: { where: RawBuilder<unknown>; limit: number },
): Promise<PermissionGraph> {
  const org = sql`${orgId}::uuid`
  const { rows: nodes } = await sql<GraphNode>`
    select n.id::text, n.path, n.display_name as name, n.origin, n.scim_group_id::text as "scimGroupId", n.role,
      (select count(*)::int from (
        (select 1 from scim_group_members m where m.org_id = n.org_id and m.group_id = n.scim_group_id and m.member_type = 'User' limit ${MEMBERS_COUNTED + 1})
        union all
        (select 1 from local_group_members l where l.org_id = n.org_id and l.node_id = n.id limit ${MEMBERS_COUNTED + 1})
      ) people) as members
    from group_nodes n where n.org_id = ${org} and n.path is not null and ${where} order by ${TREE_ORDER} limit ${limit}`.execute(work.db)
  const ids = nodes.map(({ id }) => id)
  const [nestings, grants] = await Promise.all([readNestings(work, org, ids), readNodeGrants(work, org, ids)])
  return { nodes, nestings, grants }
}

async function readNestings(work: Work, org: RawBuilder<unknown>, ids: readonly string[]): Promise<readonly Nesting[]> {
  const { rows } = await sql<Nesting>`
    select c.id::text as inner, p.id::text as outer, 'idp' as by
    from group_nodes c join scim_group_members m on m.org_id = c.org_id and m.member_id = c.scim_group_id
      join group_nodes p on p.org_id = m.org_id and p.scim_group_id = m.group_id and p.id = any (${ids}::uuid[])
    where c.org_id = ${org} and c.id = any (${ids}::uuid[]) and c.id <> p.id
    union
    select c.id::text, p.id::text, 'name'
    from group_nodes c join lateral (
      select p.id, p.scim_group_id from group_nodes p
      where p.org_id = c.org_id and p.path = any (c.ancestors) and p.origin = c.origin order by length(p.path) desc limit 1
    ) p on true
    where c.org_id = ${org} and c.id = any (${ids}::uuid[]) and p.id = any (${ids}::uuid[]) and ${settingSql(org, 'nest_by_name')}
      and not exists (select from scim_group_members m where m.org_id = c.org_id and m.member_id = c.scim_group_id and m.group_id = p.scim_group_id)
    order by 2, 1`.execute(work.db)
  return rows
}

async function readNodeGrants(work: Work, org: RawBuilder<unknown>, ids: readonly string[]): Promise<readonly NodeGrant[]> {
  const { rows } = await sql<NodeGrant>`
    select g.node_id::text as "nodeId", s.name as scope, g.role from scope_grants g join scopes s on s.org_id = g.org_id and s.id = g.scope_id
    where g.org_id = ${org} and g.node_id = any (${ids}::uuid[]) order by s.name`.execute(work.db)
  return rows
}

/** One group that takes part, by its place. */
export async function findGraphNode(work: Work, orgId: string, path: string): Promise<GraphNode | undefined> {
  const { nodes } = await readGraph(work, orgId, { where: sql`n.path = ${path}`, limit: 1 })
  return nodes[0]
}

export type GroupMember = {
  readonly id: string
  /** Null for groups, and for people whose account is gone. */
  readonly accountId: string | null
  readonly name: string
  readonly kind: 'person' | 'group'
  readonly disabled: boolean
  /** Of local groups; what members of IdP groups may do is decided for the group. */
  readonly role: Role | null
  readonly addedAt: Date
}

/** Direct members by id, after the given one. */
export async function listMembers(
  work: Work,
  orgId: string,
  { node, after, limit }: { node: Pick<GraphNode, 'id' | 'scimGroupId'>; after: string | undefined; limit: number },
): Promise<readonly GroupMember[]> {
  const org = sql`${orgId}::uuid`
  const start = sql`${after ?? '00000000-0000-0000-0000-000000000000'}::uuid`
  const { rows } = await sql<GroupMember>`
    (select m.member_id::text as id, r.account_id::text as "accountId", coalesce(a.display_name, a.user_name, r.json::json ->> 'displayName', r.id::text) as name,
      case m.member_type when 'User' then 'person' else 'group' end as kind, coalesce(a.status = 'disabled', false) as disabled,
      null as role, m.added_at as "addedAt"
    from scim_group_members m join scim_resources r on r.org_id = m.org_id and r.id = m.member_id
      left join accounts a on a.org_id = r.org_id and a.id = r.account_id
    where m.org_id = ${org} and m.group_id = ${node.scimGroupId}::uuid and m.member_id > ${start} order by m.member_id limit ${limit})
    union all
    (select l.account_id::text, l.account_id::text, coalesce(a.display_name, a.user_name), 'person', a.status = 'disabled', l.role, l.added_at
    from local_group_members l join accounts a on a.org_id = l.org_id and a.id = l.account_id
    where l.org_id = ${org} and l.node_id = ${node.id}::uuid and l.account_id > ${start} order by l.account_id limit ${limit})`.execute(
    work.db,
  )
  return rows
}

export type RetainedScope = { readonly id: string; readonly name: string }

/** Scopes that no group leads to any more: they keep memories, which admins of the organisation read. */
export async function listRetainedScopes(work: Work, orgId: string, limit: number): Promise<readonly RetainedScope[]> {
  const { rows } = await sql<RetainedScope>`
    select s.id::text, s.name from scopes s where s.org_id = ${orgId}::uuid and ${RETAINED} order by s.name limit ${limit}`.execute(work.db)
  return rows
}
