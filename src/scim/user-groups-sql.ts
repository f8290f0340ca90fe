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

/** A user's membership as JSON text: what is the same for all members of the group `g`, and how the user is in it by `u`. */
const ofGroup = (baseUrl: string): RawBuilder<string> =>
  sql`'{"value":"' || g.id || '","$ref":"' || ${baseUrl}::text || '/Groups/' || g.id || '","display":' || to_json(g.json::json ->> 'displayName')::text`
const OF_MEMBER = sql`',"type":"' || case when u.direct then 'direct' else 'indirect' end || '"}'`

/** The elements of `groups` of the resource `r` as JSON text, or null when there are none. */
export function groupsJson(baseUrl: string): RawBuilder<string | null> {
  return sql`(select string_agg(${ofGroup(baseUrl)} || ${OF_MEMBER}, ',' order by g.seq)
    from ${GROUPS_OF_R} u cross join lateral ${GROUP_OF_U} g)`
}

/**
 * The same for each resource `r` of the relation `page`, as a column and the join that it comes from. People share groups, so what is above each
 * group is looked for once and its name is read once; each step that all have is one question for all, so that a plan made while there was
 * little reads a table through once and not for each of them. Beyond that it costs what it shows: a row for each group of each user.
 */
export function groupsOfPage(
  orgId: string,
  baseUrl: string,
): { readonly column: RawBuilder<string | null>; readonly join: RawBuilder<unknown> } {
  const org = sql`${orgId}::uuid`
  const join = sql`left join (
    with recursive held as materialized (
      select m.member_id, m.group_id from scim_group_members m where m.org_id = ${org} and m.member_id = any (array(select id from page))
    ), first as materialized (
      select m.member_id as below, m.group_id from scim_group_members m
      where m.org_id = ${org} and m.member_id = any (array(select distinct group_id from held))
    ), higher (below, group_id) as (
      select below, group_id from first
      union
      select m.member_id, m.group_id from higher h cross join lateral (
        select m.member_id, m.group_id from scim_group_members m where m.org_id = ${org} and m.member_id = h.group_id offset 0) m
    ), above as materialized (
      select below, group_id from higher
    ), up (member_id, group_id) as (
      select member_id, group_id from held
      union
      select u.member_id, a.group_id from up u join above a on a.below = u.group_id
    ), named as materialized (
      select g.id, g.seq, ${ofGroup(baseUrl)} as text from scim_resources g
      where g.org_id = ${org} and g.id = any (array(select distinct group_id from up))
    ), told as materialized (
      select u.member_id, string_agg(g.text || ${OF_MEMBER}, ',' order by g.seq) as groups
      from (select up.member_id, up.group_id, held.group_id is not null as direct from up left join held using (member_id, group_id)) u
        join named g on g.id = u.group_id group by u.member_id
    )
    select member_id, groups from told
  ) of_page on of_page.member_id = r.id`
  return { column: sql`of_page.groups`, join }
}
