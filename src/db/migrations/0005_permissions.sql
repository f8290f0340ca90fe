-- Which memories who may read and write: scopes, the groups that carry them, and which of the IdP's groups take part.
-- Membership of IdP groups has no rows here: it is read from scim_group_members through a group's scim_group_id, so that a change of
-- members is effective with its own commit and costs nothing more.

-- Groups inside groups, found without reading a long list of people.
create index scim_group_members_nested on scim_group_members (org_id, group_id, member_id) where member_type = 'Group';

-- A place for memories. Its id stays, its name may change: renaming or moving a group renames the scope and moves no memory.
create table scopes (
  org_id uuid not null references orgs,
  -- Personal scopes have the id of their account; global and org have ids that are the same in every organisation.
  id uuid not null default gen_random_uuid(),
  kind text collate "C" not null check (kind in ('global', 'org', 'user', 'group', 'project', 'space')),
  name text collate "C" not null check (name ~ '^[a-z0-9:._/-]+$' and length(name) <= 700 and (name = kind or starts_with(name, kind || ':'))),
  created_at timestamptz(3) not null default now(),
  primary key (org_id, id),
  -- Checked after each statement, so that two scopes can swap their names in one.
  constraint scopes_name unique (org_id, name) deferrable initially immediate
);

-- How the IdP's groups become scopes. One row for each organisation, made when first needed; it is also the lock that keeps what is
-- projected and what is written apart: whoever changes groups holds it.
create table permission_settings (
  org_id uuid primary key references orgs,
  separator text not null default '/' check (length(separator) between 1 and 8),
  -- In front of every projected path; empty for none.
  prefix text collate "C" not null default '' check (prefix ~ '^[a-z0-9._/-]*$'),
  -- What members of an IdP group may do in its scope, unless the group says otherwise.
  member_role text not null default 'editor' check (member_role in ('viewer', 'editor', 'admin')),
  -- [{"pattern": "Engineering/**", "select": true}, …]: the first that matches a group's own name decides.
  rules jsonb not null default '[]' check (jsonb_typeof(rules) = 'array'),
  -- Whether members of Engineering/Platform may read what Engineering knows, as members of groups nested by the IdP may.
  nest_by_name boolean not null default true,
  -- Whether anything was ever selected; while it is false, SCIM writes of groups need not look further.
  in_use boolean not null default false
);

/* Locks the settings for the rest of the transaction and returns them as they are then, made if there were none: shared while nothing is
   selected, so that writers of groups do not wait for each other; alone otherwise. */
create function hold_permission_settings(org uuid, alone boolean) returns permission_settings language plpgsql as $$
declare
  held permission_settings;
begin
  select * into held from permission_settings s where s.org_id = org;
  if not found then
    insert into permission_settings (org_id) values (org) on conflict (org_id) do nothing;
  end if;
  if not alone and not coalesce(held.in_use, false) then
    select * into held from permission_settings s where s.org_id = org for share;
    if not held.in_use then
      return held;
    end if;
  end if;
  select * into held from permission_settings s where s.org_id = org for no key update;
  return held;
end
$$;

-- A group of the permission graph: one of an IdP that is or was selected, or a local one.
create table group_nodes (
  org_id uuid not null references orgs,
  id uuid not null default gen_random_uuid(),
  origin text not null check (origin in ('idp', 'local')),
  scim_group_id uuid,
  -- As the IdP or the admin wrote it.
  display_name text not null,
  -- The admin's word on this one group; null: the rules decide.
  switched text check (switched in ('on', 'off')),
  selected boolean not null,
  selected_at timestamptz(3),
  selected_request_id text,
  selected_actor jsonb,
  -- What its members may do in its scope; null: the default for direct members, reading for those of groups inside it.
  role text check (role in ('viewer', 'editor', 'admin')),
  -- Where it stands in the graph, below `group:`; null when it does not take part.
  path text collate "C",
  -- The paths above it.
  ancestors text[] collate "C" not null default '{}',
  placed_at timestamptz(3),
  placed_request_id text,
  placed_actor jsonb,
  -- Its scope, from the first time it took part.
  scope_id uuid,
  -- Why it does not take part although it is selected, the path it would have, and the scope in its way.
  held text check (held in ('taken', 'retained', 'unusable', 'too_deep')),
  wanted_path text collate "C",
  held_by uuid,
  created_at timestamptz(3) not null default now(),
  primary key (org_id, id),
  constraint group_nodes_scim_group unique (org_id, scim_group_id),
  constraint group_nodes_path unique (org_id, path) deferrable initially immediate,
  constraint group_nodes_scope unique (org_id, scope_id),
  foreign key (org_id, scope_id) references scopes (org_id, id),
  check ((origin = 'idp') = (scim_group_id is not null)),
  check (path is null or (selected and scope_id is not null and held is null)),
  check (held is null or selected)
);
create index group_nodes_wanted on group_nodes (org_id, wanted_path) where held is not null;

-- Members of local groups; those of IdP groups are the IdP's.
create table local_group_members (
  org_id uuid not null,
  node_id uuid not null,
  account_id uuid not null,
  role text not null check (role in ('viewer', 'editor', 'admin')),
  added_at timestamptz(3) not null default now(),
  added_request_id text,
  added_actor jsonb,
  primary key (org_id, node_id, account_id),
  foreign key (org_id, node_id) references group_nodes (org_id, id) on delete cascade,
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade
);
create index local_group_members_account on local_group_members (org_id, account_id);

-- A group's members may use a further scope: project:… or space:….
create table scope_grants (
  org_id uuid not null,
  node_id uuid not null,
  scope_id uuid not null,
  role text not null check (role in ('viewer', 'editor', 'admin')),
  granted_at timestamptz(3) not null default now(),
  granted_request_id text,
  granted_actor jsonb,
  primary key (org_id, node_id, scope_id),
  foreign key (org_id, node_id) references group_nodes (org_id, id) on delete cascade,
  foreign key (org_id, scope_id) references scopes (org_id, id)
);
create index scope_grants_scope on scope_grants (org_id, scope_id);
