-- What /admin/audit and `plur audit export` find rows by, and how months of the log are let go.

-- Each index costs every write, so these are all there are (docs/decisions/0017-audit-search.md). Newest first within each: a page is read
-- from the end of an index range and costs the page.

-- Channel, outcome and action take few values together: any filter on them is a few ranges of this index.
create index audit_log_kind on audit_log (org_id, channel, outcome, action, ts, id);
-- Who did it: the id of an account or token, the name at the command line, or a kind that has only one.
create index audit_log_actor on audit_log (org_id, (coalesce(actor ->> 'id', actor ->> 'user', actor ->> 'kind')), ts, id);
-- All rows of one request. Its ids are ordered by time, so that new entries meet at the end.
create index audit_log_request on audit_log (org_id, request_id);

-- The months whose partitions lie wholly before the last `months_kept` whole months, as their first days.
create function audit_log_expired(months_kept integer) returns setof date language sql stable as $$
  select first_day
  from pg_inherits i join pg_class c on c.oid = i.inhrelid,
    lateral (select case when c.relname ~ '^audit_log_\d{4}_\d\d$' then to_date(substr(c.relname, 11), 'YYYY_MM') end as first_day) month
  where i.inhparent = 'audit_log'::regclass and months_kept >= 1
    and first_day + interval '1 month' <= date_trunc('month', now() at time zone 'UTC') - make_interval(months => months_kept)
  order by first_day
$$;

/* Lets one such month go, and says so in the log of every organisation that was there by then. The number of rows that went; null when
   another process was faster. It runs as the owner of the log, for servers whose role owns nothing. */
create function audit_log_drop(first_day date, months_kept integer, request text) returns bigint language plpgsql security definer as $$
declare
  name text := 'audit_log_' || to_char(first_day, 'YYYY_MM');
  begins timestamptz := first_day::timestamp at time zone 'UTC';
  ends timestamptz := (first_day + interval '1 month') at time zone 'UTC';
  counts jsonb;
begin
  perform pg_advisory_xact_lock(5076512983466);
  if first_day not in (select audit_log_expired(months_kept)) then
    return null;
  end if;
  -- Counted before the lock that everybody else would wait for.
  execute format('select coalesce(jsonb_object_agg(org_id, rows), ''{}'') from (select org_id, count(*) as rows from %I group by org_id) g', name)
    into counts;
  insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, request_id)
  select o.org_id, o.slug, '{"kind": "system"}', 'audit.retention', jsonb_build_object('kind', 'audit_log', 'name', to_char(first_day, 'YYYY-MM')),
    'system', 'success', jsonb_build_object('rows', coalesce((counts ->> o.org_id::text)::bigint, 0), 'from', begins, 'to', ends,
      'monthsKept', months_kept), request
  from orgs o where o.created_at < ends;
  execute format('drop table %I', name);
  return (select coalesce(sum(rows::bigint), 0) from jsonb_each_text(counts) each (org, rows));
end
$$;
revoke execute on function audit_log_drop(date, integer, text) from public;

do $$
begin
  -- Names in a function that runs as the owner must not be what its caller makes of them.
  execute format('alter function audit_log_drop(date, integer, text) set search_path = %I, pg_temp', current_schema());
end
$$;
