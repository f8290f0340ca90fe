-- How people sign in with a password, and what is asked of them on the way.

-- What is still missing until a session counts. Only a full one opens anything; the others live for minutes.
alter table sessions add column stage text collate "C" not null default 'full' check (stage in ('totp', 'password_change', 'full'));
alter table sessions drop constraint sessions_ended_because_check;
-- `continued`: the next step of the same sign-in has a session of its own.
alter table sessions add constraint sessions_ended_because_check
  check (ended_because in ('signed_out', 'revoked', 'disabled', 'deleted', 'merged', 'continued'));

-- Passwords of accounts that have one.
create table local_credentials (
  org_id uuid not null,
  account_id uuid not null,
  -- Argon2id in the PHC string form, which names its own parameters.
  password_hash text not null check (starts_with(password_hash, '$argon2id$')),
  -- Somebody else knows it: a new one is asked for at the next sign-in.
  must_change boolean not null,
  changed_at timestamptz(3) not null default now(),
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade
);

-- Authenticator apps (RFC 6238).
create table totp_credentials (
  org_id uuid not null,
  account_id uuid not null,
  -- Sealed with a key of the server.
  secret text not null,
  -- The latest time step whose code was taken; it and those before it are taken no more.
  last_step bigint not null,
  created_at timestamptz(3) not null default now(),
  primary key (org_id, account_id),
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade
);

-- Codes for whoever lost the app, each good for one sign-in.
create table recovery_codes (
  org_id uuid not null,
  account_id uuid not null,
  code_hash bytea not null check (length(code_hash) = 32),
  used_at timestamptz(3),
  primary key (org_id, account_id, code_hash),
  foreign key (org_id, account_id) references totp_credentials (org_id, account_id) on delete cascade
);
