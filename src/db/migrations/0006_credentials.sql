-- What an account can prove itself with: API keys and sessions, each bound to the account and to the epoch of its making. A credential
-- counts only while its epoch is the account's own and the account is active.

-- Owns what people left behind who were erased: one for each organisation, made when first needed. It is disabled for ever.
alter table accounts drop constraint accounts_origin_check;
alter table accounts add constraint accounts_origin_check check (origin in ('local', 'scim', 'placeholder'));
alter table accounts add constraint accounts_placeholder check (origin <> 'placeholder' or (status = 'disabled' and user_name_key is null));

create table api_keys (
  org_id uuid not null,
  id text collate "C" not null check (id ~ '^[A-Za-z0-9]{16}$'),
  account_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  secret_hash bytea not null check (length(secret_hash) = 32),
  credential_epoch integer not null,
  created_actor jsonb not null,
  created_at timestamptz(3) not null default now(),
  -- Null is "never".
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  revoked_because text check (revoked_because in ('revoked', 'disabled', 'deleted', 'merged')),
  last_used_at timestamptz(3),
  last_used_ip text,
  last_used_user_agent text,
  primary key (org_id, id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade,
  check ((revoked_at is null) = (revoked_because is null))
);
create index api_keys_id on api_keys (id);
create index api_keys_account on api_keys (org_id, account_id);

create table sessions (
  org_id uuid not null,
  id text collate "C" not null check (id ~ '^[A-Za-z0-9]{16}$'),
  account_id uuid not null,
  secret_hash bytea not null check (length(secret_hash) = 32),
  credential_epoch integer not null,
  -- How the person signed in.
  method text collate "C" not null,
  ip text,
  user_agent text,
  created_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  -- The end, however busy it is.
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  ended_because text check (ended_because in ('signed_out', 'revoked', 'disabled', 'deleted', 'merged')),
  primary key (org_id, id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade,
  check ((ended_at is null) = (ended_because is null))
);
create index sessions_id on sessions (id);
create index sessions_account on sessions (org_id, account_id);
