-- Who did what. Append-only: by privilege (the owner takes the rights from itself) and by trigger (also against a superuser's slip).

create sequence audit_log_id;

create table audit_log (
  id bigint not null default nextval('audit_log_id'),
  ts timestamptz not null default clock_timestamp(),
  org_id uuid not null,
  org text not null,
  actor jsonb not null,
  action text collate "C" not null,
  target jsonb not null,
  channel text collate "C" not null,
  outcome text collate "C" not null check (outcome in ('success', 'denied', 'failure')),
  payload jsonb not null default '{}',
  ip text,
  user_agent text,
  request_id text collate "C",
  primary key (org_id, ts, id)
) partition by range (ts);
create index audit_log_target on audit_log (org_id, (target ->> 'id'), ts);

-- Rows whose month has no partition yet are never lost.
create table audit_log_default partition of audit_log default;

create function audit_log_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_log_append_only before update or delete on audit_log for each row execute function audit_log_refuse();

-- Makes the partitions of this month and the given number of following ones; called at start and daily.
create function audit_log_partitions(months integer) returns void language plpgsql as $$
declare
  month timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC';
begin
  for i in 0 .. months loop
    execute format(
      'create table if not exists %I partition of audit_log for values from (%L) to (%L)',
      'audit_log_' || to_char((month + make_interval(months => i)) at time zone 'UTC', 'YYYY_MM'),
      ((month at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC',
      ((month at time zone 'UTC') + make_interval(months => i + 1)) at time zone 'UTC'
    );
  end loop;
end
$$;
select audit_log_partitions(3);

revoke update, delete, truncate on audit_log, audit_log_default from current_user;
