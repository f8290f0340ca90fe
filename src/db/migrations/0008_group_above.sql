-- The groups above each group that takes part: those it is in, at any depth, by the IdP's nesting or by name. Derived, and written in the
-- transaction of whatever changes it (permissions/above.ts), so that a call finds all groups of a person without climbing.
alter table group_nodes add column above uuid[] not null default '{}';
-- All that a call wants to know of the groups above, without their rows.
create index group_nodes_standing on group_nodes (org_id, id) include (role, scope_id, path) where path is not null;

with recursive up (org_id, start, id, scim_group_id, origin, ancestors, named) as (
  select n.org_id, n.id, n.id, n.scim_group_id, n.origin, n.ancestors, false from group_nodes n where n.path is not null
  union
  select u.org_id, u.start, p.id, p.scim_group_id, p.origin, p.ancestors, p.named from up u cross join lateral (
    select n.id, n.scim_group_id, n.origin, n.ancestors, false as named from scim_group_members m
      join group_nodes n on n.org_id = m.org_id and n.scim_group_id = m.group_id and n.path is not null
    where m.org_id = u.org_id and m.member_id = u.scim_group_id
    union all
    select n.id, n.scim_group_id, n.origin, n.ancestors, true from group_nodes n
    where not u.named and n.org_id = u.org_id and n.path = any (u.ancestors) and n.origin = u.origin
      and coalesce((select s.nest_by_name from permission_settings s where s.org_id = u.org_id), true)
  ) p
)
update group_nodes n set above = u.above from (
  select org_id, start, array_agg(distinct id) filter (where id <> start) as above from up group by org_id, start
) u
where n.org_id = u.org_id and n.id = u.start and u.above is not null;
