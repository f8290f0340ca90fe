-- The server may work as a role that owns nothing (src/db/server-role.ts). The one thing for which it needs the owner is a new partition
-- of the audit log, so the function that makes them runs as the owner. Partitions are append-only like the whole: also against TRUNCATE,
-- which row triggers do not see, and against the owner naming a partition.

create trigger audit_log_keep before truncate on audit_log for each statement execute function audit_log_refuse();

-- Called for each partition once, when it is made.
create function audit_log_protect(partition regclass) returns void language plpgsql as $$
begin
  execute format('revoke update, delete, truncate on %s from current_user', partition);
  execute format('create trigger audit_log_keep before truncate on %s for each statement execute function audit_log_refuse()', partition);
end
$$;

-- A query and not to_regclass, which may remember that there was none.
create function audit_log_has(partition text) returns boolean language sql volatile as $$
  select exists (select from pg_inherits join pg_class on oid = inhrelid where inhparent = 'audit_log'::regclass and relname = partition)
$$;

-- Makes the partition of the month that begins on this day, if it is not there.
create function audit_log_partition(first_day date) returns void language plpgsql as $$
declare
  name text := 'audit_log_' || to_char(first_day, 'YYYY_MM');
begin
  if extract(day from first_day) <> 1 then
    raise exception 'a partition begins on the first of a month, not on %', first_day;
  end if;
  if audit_log_has(name) then
    return;
  end if;
  -- Several processes may find it missing at once.
  perform pg_advisory_xact_lock(5076512983464);
  if audit_log_has(name) then
    return;
  end if;
  execute format(
    'create table %I partition of audit_log for values from (%L) to (%L)',
    name,
    first_day::timestamp at time zone 'UTC',
    (first_day + interval '1 month') at time zone 'UTC'
  );
  perform audit_log_protect(name::regclass);
end
$$;

create or replace function audit_log_partitions(months integer) returns void language plpgsql security definer as $$
declare
  month timestamp := date_trunc('month', now() at time zone 'UTC');
begin
  if months not between 0 and 24 then
    raise exception 'partitions are made for at most 24 months ahead, not %', months;
  end if;
  for i in 0 .. months loop
    perform audit_log_partition((month + make_interval(months => i))::date);
  end loop;
end
$$;
revoke execute on function audit_log_partition(date), audit_log_protect(regclass), audit_log_partitions(integer) from public;

do $$
declare
  partition regclass;
begin
  -- Names in a function that runs as the owner must not be what its caller makes of them.
  execute format('alter function audit_log_partitions(integer) set search_path = %I, pg_temp', current_schema());
  for partition in select inhrelid::regclass from pg_inherits where inhparent = 'audit_log'::regclass loop
    perform audit_log_protect(partition);
  end loop;
end
$$;
