-- What admins see of their connections: what each is doing, and where the things worth a look stand in the audit log.

alter table scim_tokens
  add column first_used_at timestamptz(3),
  -- HTTP status of the last request.
  add column last_status smallint;
update scim_tokens set first_used_at = last_used_at;

-- Requests of each token by hour: a chart reads these few rows and never the audit log.
create table scim_activity (
  org_id uuid not null references orgs,
  hour timestamptz(0) not null,
  token_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('change', 'read', 'refused', 'failed')),
  requests bigint not null,
  primary key (org_id, hour, token_id, kind)
) with (fillfactor = 50);

-- First steps and refusals of a connection; most rows of the audit log are neither and cost nothing here. In the order of their ids, which
-- no other index has, so that none is taken that would have to skip what is not looked for.
create index audit_log_milestones on audit_log (org_id, (actor ->> 'id'), outcome, id)
  where channel = 'scim' and (action in ('scim.user.create', 'scim.group.create') or outcome <> 'success');

-- Who left.
create index audit_log_leavers on audit_log (org_id, id) where action in ('account.disable', 'account.delete') and outcome = 'success';
