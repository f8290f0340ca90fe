// The computed attribute `groups` of a user: direct memberships and those through nested groups (RFC 7643 section 4.1.2). The walk up
// is a recursive UNION, which ends on cycles because it never visits a group twice. Each step asks an index about one group: `offset 0` keeps
// the planner, which cannot know how few groups there are, from reading all of a table for each user and joining that.
import type { Attribute } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'

/** The groups `up (group_id, direct)` that contain the resource `r`. */
const GROUPS_OF_R = sql`(
  with recursive up (group_id, direct) as (
    select m.group_id, true from scim_group_members m where m.org_id = r.org_id and m.member_id = r.id
    union
    select m.group_id, false from up cross join lateral (
      select m.group_id from scim_group_members m where m.org_id = r.org_id and m.member_id = up.group_id offset 0) m
  ) select up.group_id, bool_or(up.direct) as direct from up group by up.group_id)`

/** The group `u` of them as a resource. */
const GROUP_OF_U = sql`(select * from scim_resources g where g.org_id = r.org_id and g.id = u.group_id offset 0)`

/** The comparable form of one sub-attribute of a user's group. */
export function groupColumn(sub: Attribute): RawBuilder<unknown> {
  switch (sub.name) {
    case 'value':
      return sql`g.id::text collate "C"`
    case 'display':
      return sql`g.unique_key`
    case 'type':
      return sql`case when u.direct then 'direct' else 'indirect' end collate "C"`
    case '$ref':
      return sql`('Groups/' || g.id::text) collate "C"`
    default:
      return sql`null::text`
  }
}

/** Some group of the resource `r` fulfils the condition. */
export function anyGroup(condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql`exists (select from ${GROUPS_OF_R} u cross join lateral ${GROUP_OF_U} g where ${condition})`
}

/** The group `g`, in which somebody is as `u` says, as JSON text; several in the order of their creation. */
const elementsJson = (baseUrl: string): RawBuilder<string | null> => sql`
  string_agg('{"value":"' || g.id || '","$ref":"' || ${baseUrl}::text || '/Groups/' || g.id || '","display":'
    || to_json(g.json::json ->> 'displayName')::text || ',"type":"' || case when u.direct then 'direct' else 'indirect' end || '"}', ',' order by g.seq)`

/** The elements of `groups` of the resource `r` as JSON text, or null when there are none. */
export function groupsJson(baseUrl: string): RawBuilder<string | null> {
  return sql`(select ${elementsJson(baseUrl)} from ${GROUPS_OF_R} u cross join lateral ${GROUP_OF_U} g)`
}

/** The same for each resource `r` of `page`, which are walked up from together: the column to read and the join that brings it. */
export const GROUPS_OF_PAGE: RawBuilder<string | null> = sql`of_page.groups`
export function joinGroupsOfPage(orgId: string, baseUrl: string): RawBuilder<unknown> {
  return sql`left join (
    with recursive up (member_id, group_id, direct) as (
      select m.member_id, m.group_id, true from scim_group_members m
      where m.org_id = ${orgId}::uuid and m.member_id = any (array(select id from page))
      union
      select up.member_id, m.group_id, false from up cross join lateral (
        select m.group_id from scim_group_members m where m.org_id = ${orgId}::uuid and m.member_id = up.group_id offset 0) m
    )
    select u.member_id, ${elementsJson(baseUrl)} as groups
    from (select member_id, group_id, bool_or(direct) as direct from up group by member_id, group_id) u
      cross join lateral (select * from scim_resources g where g.org_id = ${orgId}::uuid and g.id = u.group_id offset 0) g
    group by u.member_id
  ) of_page on of_page.member_id = r.id`
}
