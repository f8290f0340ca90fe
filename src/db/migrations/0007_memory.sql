-- What agents remember: engrams in scopes, and the episodes of each person.

create table engrams (
  org_id uuid not null references orgs,
  -- As clients know it; unique in the organisation, not in the scope, because clients ask by id alone.
  id text collate "C" not null check (id ~ '^(ENG|ABS|META)-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{3,18}$'),
  -- Order of creation: the stable order of lists.
  seq bigint generated always as identity,
  scope_id uuid not null,
  author_id uuid not null,
  status text collate "C" not null default 'active' check (status in ('active', 'dormant', 'retired', 'candidate')),
  type text collate "C" not null check (type in ('behavioral', 'terminological', 'procedural', 'architectural')),
  statement text not null check (statement <> ''),
  pinned boolean not null default false,
  -- Everything else that a client may say about it, as it was sent.
  data jsonb not null default '{}' check (jsonb_typeof(data) = 'object'),
  -- SHA-256 of the normalised statement: the same fact, not the same engram.
  content_hash text collate "C" not null,
  -- SHA-256 of what the create said; null once changed. A create that is sent again finds what it made.
  created_from bytea,
  retrieval_strength real not null default 0.7 check (retrieval_strength between 0 and 1),
  storage_strength real not null default 1 check (storage_strength between 0 and 1),
  frequency integer not null default 0 check (frequency >= 0),
  last_accessed date not null default current_date,
  positive integer not null default 0 check (positive >= 0),
  negative integer not null default 0 check (negative >= 0),
  neutral integer not null default 0 check (neutral >= 0),
  write_count integer not null default 1 check (write_count >= 1),
  -- Of the content; feedback does not move it.
  version integer not null default 1 check (version >= 1),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  search tsvector not null generated always as (
    setweight(to_tsvector('pg_catalog.english', statement), 'A')
    || setweight(to_tsvector('pg_catalog.english', coalesce(data -> 'tags', '[]')), 'B')
    || setweight(to_tsvector('pg_catalog.english', replace(coalesce(data ->> 'domain', ''), '.', ' ') || ' ' || coalesce(data ->> 'summary', '')), 'B')
    || setweight(to_tsvector('pg_catalog.english', coalesce(data ->> 'rationale', '')), 'C')
  ) stored,
  primary key (org_id, id),
  foreign key (org_id, scope_id) references scopes (org_id, id),
  foreign key (org_id, author_id) references accounts (org_id, id)
);
create index engrams_scope on engrams (org_id, scope_id, seq);
create index engrams_author on engrams (org_id, author_id);
create index engrams_created_from on engrams (org_id, scope_id, created_from) where created_from is not null;
create index engrams_search on engrams using gin (search) where status = 'active';

-- What happened in a person's agent sessions, for that person alone. Written once, never changed.
create table episodes (
  org_id uuid not null references orgs,
  id text collate "C" not null check (id ~ '^EPS-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{3,18}$'),
  seq bigint generated always as identity,
  account_id uuid not null,
  ts timestamptz(3) not null default clock_timestamp(),
  agent text,
  channel text collate "C" check (channel in ('session', 'hook', 'incident', 'mcp', 'webhook', 'learning')),
  summary text not null check (summary <> ''),
  session text,
  tags jsonb not null default '[]' check (jsonb_typeof(tags) = 'array'),
  -- Ids of engrams it led to or came from.
  links jsonb not null default '[]' check (jsonb_typeof(links) = 'array'),
  primary key (org_id, id),
  foreign key (org_id, account_id) references accounts (org_id, id)
);
create index episodes_account on episodes (org_id, account_id, seq);
