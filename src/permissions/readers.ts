// The same question the other way round: who reaches the scopes of these groups. For admins and previews; calls of people go by access.ts.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { writes } from './scope.ts'
import { settingSql } from './settings.ts'

/** Groups by what stays the same when they are switched off and on: the SCIM group, or the local group's own id. */
export type Carriers = { readonly scimGroupIds: readonly string[]; readonly localIds: readonly string[] }

/** Who reaches the scope of one group, or a scope granted to groups. */
export type Readers = {
  /** `idp:<SCIM id>`, `local:<id>` or `scope:<scope id>`. */
  readonly key: string
  readonly scope: string
  readonly readers: readonly string[]
  readonly writers: readonly string[]
}

/** Active accounts, by the scopes of groups that take part and by granted scopes. */
export async function readReaders(
  work: Work,
  orgId: string,
  { carriers, grantedScopeIds }: { carriers: Carriers; grantedScopeIds: readonly string[] },
): Promise<readonly Readers[]> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<Readers>`
    with recursive targets (key, scope_id, node_id, cap) as (
      select case n.origin when 'idp' then 'idp:' || n.scim_group_id else 'local:' || n.id end, n.scope_id, n.id, 'admin' from group_nodes n
      where n.org_id = ${org} and n.path is not null
        and (n.scim_group_id = any (${carriers.scimGroupIds}::uuid[]) or (n.origin = 'local' and n.id = any (${carriers.localIds}::uuid[])))
      union all
      select 'scope:' || g.scope_id, g.scope_id, n.id, g.role from scope_grants g
        join group_nodes n on n.org_id = g.org_id and n.id = g.node_id and n.path is not null
      where g.org_id = ${org} and g.scope_id = any (${grantedScopeIds}::uuid[])
    ),
    ${downPart(org, sql`select distinct node_id from targets`)},
    people (target, account_id, role) as (
      select d.target, r.account_id, case when d.id = d.target then coalesce(t.role, ${settingSql(org, 'member_role')}) else coalesce(t.role, 'viewer') end
      from down d join group_nodes t on t.org_id = ${org} and t.id = d.target
        join scim_group_members m on m.org_id = ${org} and m.group_id = d.scim_group_id and m.member_type = 'User'
        join scim_resources r on r.org_id = m.org_id and r.id = m.member_id
      union all
      select d.target, l.account_id, case when d.id = d.target then l.role else coalesce(t.role, 'viewer') end
      from down d join group_nodes t on t.org_id = ${org} and t.id = d.target
        join local_group_members l on l.org_id = ${org} and l.node_id = d.id
    ),
    reach (key, scope_id, account_id, writable) as (
      select t.key, t.scope_id, p.account_id, bool_or(${writes(sql`p.role`)} and ${writes(sql`t.cap`)})
      from targets t join people p on p.target = t.node_id
        join accounts a on a.org_id = ${org} and a.id = p.account_id and a.status = 'active'
      group by t.key, t.scope_id, p.account_id
    )
    select t.key, s.name as scope, array(select r.account_id::text from reach r where r.key = t.key) as readers,
      array(select r.account_id::text from reach r where r.key = t.key and r.writable) as writers
    from (select distinct key, scope_id from targets) t join scopes s on s.org_id = ${org} and s.id = t.scope_id
    order by s.name`.execute(work.db)
  return rows
}

/** The groups inside some groups, themselves included, as `down (target, id, scim_group_id, named)`; the mirror of access.ts. */
export function downPart(org: RawBuilder<unknown>, targets: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    down (target, id, scim_group_id, origin, path, named) as (
      select n.id, n.id, n.scim_group_id, n.origin, n.path, false from group_nodes n where n.org_id = ${org} and n.id in (${targets})
      union
      select d.target, c.id, c.scim_group_id, c.origin, c.path, c.named from down d cross join lateral (
        select n.id, n.scim_group_id, n.origin, n.path, false as named from scim_group_members m
          join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.member_id and n.path is not null
        where m.org_id = ${org} and m.group_id = d.scim_group_id and m.member_type = 'Group'
        union all
        select n.id, n.scim_group_id, n.origin, n.path, true from group_nodes n
        where not d.named and n.org_id = ${org} and n.path > d.path || '/' and n.path < d.path || '0' and n.origin = d.origin
          and ${settingSql(org, 'nest_by_name')}
      ) c
    )`
}

/** The groups in which some groups `n` are, themselves included, as `up (id, scim_group_id, origin, ancestors)`. */
export function upPart(org: RawBuilder<unknown>, isStart: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    up (id, scim_group_id, origin, ancestors) as (
      select n.id, n.scim_group_id, n.origin, n.ancestors from group_nodes n
      where n.org_id = ${org} and n.path is not null and (${isStart})
      union
      select p.id, p.scim_group_id, p.origin, p.ancestors from up u cross join lateral (
        select n.id, n.scim_group_id, n.origin, n.ancestors from scim_group_members m
          join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.path is not null
        where m.org_id = ${org} and m.member_id = u.scim_group_id
        union all
        select n.id, n.scim_group_id, n.origin, n.ancestors from group_nodes n
        where n.org_id = ${org} and n.path = any (u.ancestors) and n.origin = u.origin and ${settingSql(org, 'nest_by_name')}
      ) p
    )`
}

/** The groups in which these groups are, themselves included, and the scopes granted to any of them. */
export async function readAbove(
  work: Work,
  orgId: string,
  { scimGroupIds, localIds }: Carriers,
): Promise<{ readonly carriers: Carriers; readonly grantedScopeIds: readonly string[] }> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<{ scimGroupIds: string[]; localIds: string[]; grantedScopeIds: string[] }>`
    with recursive ${upPart(
      org,
      sql`n.scim_group_id = any (${scimGroupIds}::uuid[]) or (n.origin = 'local' and n.id = any (${localIds}::uuid[]))`,
    )}
    select array(select u.scim_group_id::text from up u where u.origin = 'idp') as "scimGroupIds",
      array(select u.id::text from up u where u.origin = 'local') as "localIds",
      array(select distinct g.scope_id::text from up u join scope_grants g on g.org_id = ${org} and g.node_id = u.id) as "grantedScopeIds"`.execute(
    work.db,
  )
  const [row] = rows
  if (row === undefined) throw new Error('a query of arrays returned no row')
  return { carriers: { scimGroupIds: row.scimGroupIds, localIds: row.localIds }, grantedScopeIds: row.grantedScopeIds }
}
