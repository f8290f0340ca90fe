-- Signing in at the identity provider (OpenID Connect), and whose subject there is which account here.

create table sso_providers (
  org_id uuid not null references orgs,
  id uuid not null default gen_random_uuid(),
  -- On the button of the sign-in page.
  name text not null check (length(name) between 1 and 80),
  -- As its own discovery document names it; never changed, because subjects are only its.
  issuer text collate "C" not null check (length(issuer) <= 500),
  -- Null until it was entered.
  client_id text check (length(client_id) between 1 and 500),
  -- Sealed with a key of the server; null for a public client.
  client_secret text,
  -- The claim by which a person is recognised the first time.
  claim text not null default 'sub' check (length(claim) between 1 and 200),
  enabled boolean not null default false,
  -- When somebody last came all the way through, with the settings as they are.
  tested_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (org_id, id),
  check (not enabled or client_id is not null)
);
create index sso_providers_id on sso_providers (id);

-- Once linked, a person signs in by this subject, whatever their names and addresses become.
create table sso_links (
  org_id uuid not null,
  provider_id uuid not null,
  subject text collate "C" not null check (length(subject) between 1 and 255),
  account_id uuid not null,
  linked_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3),
  primary key (org_id, provider_id, subject),
  constraint sso_links_account unique (org_id, provider_id, account_id),
  foreign key (org_id, provider_id) references sso_providers (org_id, id) on delete cascade,
  foreign key (org_id, account_id) references accounts (org_id, id) on delete cascade
);
create index sso_links_of_account on sso_links (org_id, account_id);
