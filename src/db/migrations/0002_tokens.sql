-- Who may call /scim/v2. Only the SHA-256 of a token's secret is kept.

create table scim_tokens (
  org_id uuid not null references orgs,
  id text collate "C" not null check (id ~ '^[A-Za-z0-9]{16}$'),
  name text not null check (length(name) between 1 and 200),
  idp text not null check (idp in ('okta', 'entra', 'generic')),
  secret_hash bytea not null check (length(secret_hash) = 32),
  -- Whether the IdP's externalId is never given to another person, so that a returner may get the old memories back by it.
  external_id_immutable boolean not null,
  -- Requests a second; null is no limit.
  rate_per_second integer default 100 check (rate_per_second > 0),
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  -- Null is "never": allowed on purpose only, and shown as such.
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  rotated_to text collate "C",
  last_used_at timestamptz(3),
  last_used_ip text,
  last_used_user_agent text,
  primary key (org_id, id)
);
create index scim_tokens_id on scim_tokens (id);

-- The shared counters of the rate limiter: lost in a crash without harm.
create unlogged table rate_limits (
  key text collate "C" primary key,
  points integer not null default 0,
  expire bigint
);
