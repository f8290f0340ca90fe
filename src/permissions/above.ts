// Which groups are above a group: those it is in, by the IdP's nesting or, within one origin, by name, and those that these are in, and so on.
// Kept with each group that takes part (group_nodes.above), because every call of every person asks for it; written here and nowhere else,
// in the transaction of what changes it and with the settings held, so that nobody ever sees the one without the other.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { settingSql } from './settings.ts'
import { takeTurn } from './turn.ts'

/** Where the graph changed. */
export type Disturbance = {
  /** SCIM groups that came, went, moved, or now contain other groups than before, and those that they contained. */
  readonly scimGroupIds: readonly string[]
  /** Paths at which a group came or went. */
  readonly paths: readonly string[]
}

/** Brings `above` in line with the graph around what changed. Work: those groups and the groups inside them. */
export function refreshAbove(work: Work, orgId: string, { scimGroupIds, paths }: Disturbance): Promise<void> {
  const org = sql`${orgId}::uuid`
  const ids = sql`${scimGroupIds}::uuid[]`
  return refresh(
    work,
    orgId,
    sql`
    select n.id from group_nodes n where n.org_id = ${org} and n.scim_group_id = any (${ids})
    union all
    select n.id from scim_group_members m join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.member_id
    where m.org_id = ${org} and m.group_id = any (${ids}) and m.member_type = 'Group'
    union all
    select n.id from unnest(${paths}::text[]) p (path)
      join group_nodes n on n.org_id = ${org} and (n.path = p.path or (n.path > p.path || '/' and n.path < p.path || '0'))`,
  )
}

/** The same for all groups of an organisation. */
export function refreshAllAbove(work: Work, orgId: string): Promise<void> {
  const org = sql`${orgId}::uuid`
  return refresh(work, orgId, sql`select n.id from group_nodes n where n.org_id = ${org}`)
}

/** `seeds` are nodes from which other ways lead up than before; below them, everything may change. */
async function refresh(work: Work, orgId: string, seeds: RawBuilder<unknown>): Promise<void> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<{ id: string; above: readonly string[] }>`
    with recursive down (id, scim_group_id, origin, path, named) as (
      select n.id, n.scim_group_id, n.origin, n.path, false from group_nodes n where n.org_id = ${org} and n.path is not null and n.id in (${seeds})
      union
      select c.id, c.scim_group_id, c.origin, c.path, c.named from down d cross join lateral (
        select n.id, n.scim_group_id, n.origin, n.path, false as named from scim_group_members m
          join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.member_id and n.path is not null
        where m.org_id = ${org} and m.group_id = d.scim_group_id and m.member_type = 'Group'
        union all
        select n.id, n.scim_group_id, n.origin, n.path, true from group_nodes n
        where not d.named and n.org_id = ${org} and n.path > d.path || '/' and n.path < d.path || '0' and n.origin = d.origin
          and ${settingSql(org, 'nest_by_name')}
      ) c
    ),
    up (start, id, scim_group_id, origin, ancestors, named) as (
      select n.id, n.id, n.scim_group_id, n.origin, n.ancestors, false from (select distinct id from down) d
        join group_nodes n on n.org_id = ${org} and n.id = d.id
      union
      select u.start, p.id, p.scim_group_id, p.origin, p.ancestors, p.named from up u cross join lateral (
        select n.id, n.scim_group_id, n.origin, n.ancestors, false as named from scim_group_members m
          join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.path is not null
        where m.org_id = ${org} and m.member_id = u.scim_group_id
        union all
        select n.id, n.scim_group_id, n.origin, n.ancestors, true from group_nodes n
        where not u.named and n.org_id = ${org} and n.path = any (u.ancestors) and n.origin = u.origin
          and ${settingSql(org, 'nest_by_name')}
      ) p
    )
    select n.id::text, u.above::text[]
    from (select start, coalesce(array_agg(distinct id) filter (where id <> start), '{}') as above from up group by start) u
      join group_nodes n on n.org_id = ${org} and n.id = u.start and n.above <> u.above`.execute(work.db)
  if (rows.length === 0) return
  await takeTurn(work, orgId)
  await sql`
    update group_nodes n set above = u.above from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) u (id uuid, above uuid[])
    where n.org_id = ${org} and n.id = u.id`.execute(work.db)
}
