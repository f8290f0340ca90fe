-- Parts of names and addresses: filters with `co` and `ew` on userName, displayName and emails.value, by trigram.
-- Both extensions are trusted: whoever owns the database may create them. Where an administrator did already, nothing is done.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- Each resource's names and addresses, folded, one a line. A table of its own, because every write of a resource moves it in all of its
-- indexes, and this one is dear: here a row is written only when a name or an address changes. What is found here is looked at again there.
create table scim_texts (
  org_id uuid not null,
  resource_id uuid not null,
  texts text collate "C" not null,
  primary key (org_id, resource_id)
);

insert into scim_texts (org_id, resource_id, texts)
select r.org_id, r.id, concat_ws(E'\n', r.unique_key, nullif(r.display_name_key, r.unique_key),
  (select string_agg(distinct k.value_key, E'\n') from jsonb_array_elements(case when r.type = 'User' then r.comparable -> 'emails' end) e
    cross join lateral (select e ->> 'value' as value_key) k where k.value_key not in (r.unique_key, coalesce(r.display_name_key, ''))))
from scim_resources r;

-- The organisation is in the index, so that another one's people are not even looked at.
-- New entries wait in a short list, which is merged when it is full: the writer who fills it does not wait long, and searches read all of it.
create index scim_texts_parts on scim_texts using gin (org_id, texts gin_trgm_ops) with (gin_pending_list_limit = 1024);
