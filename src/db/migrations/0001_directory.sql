-- Who exists: organisations, accounts, SCIM resources and memberships.
-- Every key holds org_id, so that the database can be distributed by organisation. Text keys are folded by the application
-- (one function for writing and for filtering) and ordered by code point, whatever the database's own collation.

create table orgs (
  org_id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  created_at timestamptz(3) not null default now()
);

-- A person in PLUR. Lives apart from the SCIM resource, so that a deleted resource is gone while the account and its memories stay.
create table accounts (
  org_id uuid not null references orgs,
  id uuid not null default gen_random_uuid(),
  user_name text not null,
  -- Claims the name for a local account or a live SCIM user; null once the SCIM user was deleted, so that the name is free again.
  user_name_key text collate "C",
  -- The name it once claimed: a later bearer of that name may be the same person, which only an admin can tell.
  former_user_name_key text collate "C",
  -- The last part of the account's own scope; taken once from user_name and never given to another account.
  slug text collate "C" not null check (slug ~ '^[a-z0-9._-]{1,100}$'),
  display_name text,
  email text,
  email_key text collate "C",
  status text not null default 'active' check (status in ('active', 'disabled')),
  org_role text not null default 'member' check (org_role in ('member', 'org_admin')),
  origin text not null check (origin in ('local', 'scim')),
  break_glass boolean not null default false,
  -- An admin allowed the next matching SCIM create to adopt this local account: by this externalId, or by user name when null.
  prelinked_at timestamptz(3),
  prelinked_external_id text collate "C",
  -- Credentials carry the epoch of their making and die when it moves: one row revokes them all, also one that is being minted.
  credential_epoch integer not null default 0,
  created_at timestamptz(3) not null default now(),
  disabled_at timestamptz(3),
  primary key (org_id, id),
  constraint accounts_user_name unique (org_id, user_name_key),
  constraint accounts_slug unique (org_id, slug),
  check ((status = 'disabled') = (disabled_at is not null))
);
create index accounts_local_email on accounts (org_id, email_key) where origin = 'local';
create index accounts_former_user_name on accounts (org_id, former_user_name_key) where former_user_name_key is not null;

-- What an IdP manages. One table for all resource types: ids are unique across them, and a query at the service root is one scan.
create table scim_resources (
  org_id uuid not null references orgs,
  id uuid not null,
  -- Order of creation: the stable order of lists.
  seq bigint generated always as identity,
  type text collate "C" not null,
  account_id uuid,
  manager_id uuid,
  -- Folded value of the type's unique attribute: userName, a group's displayName.
  unique_key text collate "C" not null,
  display_name_key text collate "C",
  external_id text collate "C",
  -- The resource as it is served, without meta and without what the store keeps elsewhere.
  json text not null,
  -- The same with every value ready for comparison; filters run on it.
  comparable jsonb not null,
  version bigint not null default 1,
  created_at timestamptz(3) not null default now(),
  last_modified_at timestamptz(3) not null default now(),
  primary key (org_id, id),
  constraint scim_resources_unique_key unique (org_id, type, unique_key),
  constraint scim_resources_account unique (org_id, account_id),
  foreign key (org_id, account_id) references accounts (org_id, id)
);
create unique index scim_resources_seq on scim_resources (org_id, type, seq);
create index scim_resources_external_id on scim_resources (org_id, type, external_id);
create index scim_resources_display_name on scim_resources (org_id, type, display_name_key);
create index scim_resources_last_modified on scim_resources (org_id, type, last_modified_at);
create index scim_resources_manager on scim_resources (org_id, manager_id) where manager_id is not null;

-- The folded values of emails.value: a filter on them is one index read, and an update that leaves the addresses alone does not touch it.
create table scim_email_keys (
  org_id uuid not null,
  value_key text collate "C" not null,
  resource_id uuid not null,
  primary key (org_id, value_key, resource_id)
);

-- Direct members of SCIM groups: users and groups, as the IdP named them.
create table scim_group_members (
  org_id uuid not null,
  group_id uuid not null,
  member_id uuid not null,
  member_type text collate "C" not null check (member_type in ('User', 'Group')),
  display text,
  display_key text collate "C",
  added_at timestamptz(3) not null default now(),
  -- The request and the token that made the edge: the answer to "why can she see this".
  added_request_id text,
  added_token_id text,
  primary key (org_id, group_id, member_id),
  foreign key (org_id, group_id) references scim_resources (org_id, id) on delete cascade,
  -- Deferred, so that two groups of one Bulk may contain each other.
  foreign key (org_id, member_id) references scim_resources (org_id, id) on delete cascade deferrable initially deferred
);
create index scim_group_members_member on scim_group_members (org_id, member_id, group_id);

-- How often a group's members changed, split over rows so that parallel writers of one group do not wait for each other. A group's
-- version is its row's version plus the sum: exact, because every commit that changes members adds to it, removals included.
create table scim_member_changes (
  org_id uuid not null,
  group_id uuid not null,
  shard smallint not null,
  changes bigint not null,
  changed_at timestamptz(3) not null,
  primary key (org_id, group_id, shard),
  foreign key (org_id, group_id) references scim_resources (org_id, id) on delete cascade
) with (fillfactor = 50);

-- How many resources there are, split for the same reason: totalResults of an unfiltered list without counting a table.
create table scim_resource_counts (
  org_id uuid not null references orgs,
  type text collate "C" not null,
  shard smallint not null,
  resources bigint not null,
  primary key (org_id, type, shard)
) with (fillfactor = 50);

-- What was deleted: a returner is recognised by it, and a deleted id is told apart from one that never was.
create table scim_tombstones (
  org_id uuid not null references orgs,
  id uuid not null,
  type text collate "C" not null,
  external_id text collate "C",
  account_id uuid,
  deleted_at timestamptz(3) not null default now(),
  primary key (org_id, id)
);
create index scim_tombstones_external_id on scim_tombstones (org_id, type, external_id) where external_id is not null;

-- Accounts of earlier lives that may belong to a new SCIM user; an admin decides.
create table possible_returners (
  org_id uuid not null,
  account_id uuid not null,
  former_account_id uuid not null,
  found_at timestamptz(3) not null default now(),
  primary key (org_id, account_id, former_account_id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade,
  foreign key (org_id, former_account_id) references accounts (org_id, id) on delete cascade
);

-- Member ids that a client named and nobody knows; gone when a later request heals them.
create table scim_unknown_members (
  org_id uuid not null,
  group_id uuid not null,
  value text collate "C" not null,
  named_at timestamptz(3) not null default now(),
  primary key (org_id, group_id, value),
  foreign key (org_id, group_id) references scim_resources (org_id, id) on delete cascade
);

-- A SCIM create that met a local account; listed until an admin links or renames it.
create table scim_collisions (
  org_id uuid not null,
  account_id uuid not null,
  -- As the IdP sent it: its next lookup goes by this name.
  user_name text not null,
  user_name_key text collate "C" not null,
  external_id text,
  first_seen_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  times integer not null default 1,
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade
);
