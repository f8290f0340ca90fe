-- Keys that all processes share and no admin has to think of; made by whoever needs one first.
create table server_secrets (
  name text collate "C" primary key,
  secret bytea not null,
  created_at timestamptz(3) not null default now()
);
