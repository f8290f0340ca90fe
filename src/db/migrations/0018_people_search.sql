-- Finding people by any word of their name, user name or address, as it begins. The organisation is a word of its own in the index, so that
-- another one's people are not even looked at. Punctuation separates words.
alter table accounts add column search tsvector not null generated always as (
  to_tsvector('pg_catalog.simple', translate(
    coalesce(user_name_key, lower(user_name)) || ' ' || coalesce(email_key, '') || ' ' || lower(coalesce(display_name, '')),
    '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)
  )) || array_to_tsvector(array[org_id::text])
) stored;
create index accounts_search on accounts using gin (search);

-- Earlier lives of an account: for what the audit log tells about a person, and for erasing one.
create index scim_tombstones_account on scim_tombstones (org_id, account_id) where account_id is not null;

-- Admins are few: for their list, and for whoever asks whether one is the last.
create index accounts_admins on accounts (org_id, id) where org_role = 'org_admin';
