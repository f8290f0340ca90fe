-- What a write costs beside its own rows.

-- Organisations are never deleted, and every org_id comes from a row of orgs: checking it again for each person, resource and memory buys nothing.
alter table accounts drop constraint accounts_org_id_fkey;
alter table scim_resources drop constraint scim_resources_org_id_fkey;
alter table scim_resource_counts drop constraint scim_resource_counts_org_id_fkey;
alter table scim_tombstones drop constraint scim_tombstones_org_id_fkey;
alter table engrams drop constraint engrams_org_id_fkey;
alter table episodes drop constraint episodes_org_id_fkey;

-- Room on each page for the next version of a row: going on and off changes no indexed column of an account.
alter table accounts set (fillfactor = 85);
-- A user is about two kilobytes in its two forms: kept whole, it is not compressed at each write and not unpacked at each read.
alter table scim_resources set (fillfactor = 85, toast_tuple_target = 8160);

-- Looked for whenever an IdP asks for a userName that no SCIM user has.
create index scim_collisions_user_name on scim_collisions (org_id, user_name_key);

-- Marks the live sessions and keys of an account that a statement takes out of use, and tells it: one audit row for each, and one for the
-- fact with what was ended. What makes them dead is the account's credential epoch, which the caller moves in the same transaction. A function,
-- so that it looks anew inside the statement that has waited for the account's row: what was being made meanwhile is seen.
-- context: orgId, org, actor, channel, ip, userAgent, requestId. fact: action, name, payload; an afterMs in the payload is how long after the
-- request's arrival the statement was sent, in milliseconds, and goes on counting until now. idle: how long a session lives unused.
create function end_credentials(
  context jsonb, account uuid, because text, fact jsonb, idle interval, out ended_sessions integer, out ended_keys integer
) language plpgsql volatile as $$
declare
  of_org constant uuid := context ->> 'orgId';
  told jsonb := fact -> 'payload';
begin
  with ended as (
    update sessions s set ended_at = clock_timestamp(), ended_because = because
    where s.org_id = of_org and s.account_id = account and s.ended_at is null and s.expires_at > now() and s.last_seen_at > now() - idle
    returning s.id, s.method
  ), audited as (
    insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
    select of_org, context ->> 'org', context -> 'actor', 'auth.session.revoke', jsonb_build_object('kind', 'session', 'id', e.id),
      context ->> 'channel', 'success', jsonb_build_object('account', account, 'because', because, 'method', e.method),
      context ->> 'ip', context ->> 'userAgent', context ->> 'requestId'
    from ended e
  )
  select count(*) from ended into ended_sessions;

  with ended as (
    update api_keys k set revoked_at = clock_timestamp(), revoked_because = because
    where k.org_id = of_org and k.account_id = account and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    returning k.id, k.name
  ), audited as (
    insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
    select of_org, context ->> 'org', context -> 'actor', 'apikey.revoke', jsonb_build_object('kind', 'api_key', 'id', e.id, 'name', e.name),
      context ->> 'channel', 'success', jsonb_build_object('account', account, 'because', because),
      context ->> 'ip', context ->> 'userAgent', context ->> 'requestId'
    from ended e
  )
  select count(*) from ended into ended_keys;

  if told ? 'afterMs' then
    told := told || jsonb_build_object(
      'afterMs', round(((told ->> 'afterMs')::numeric + extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::numeric, 1)
    );
  end if;
  insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
  values (
    of_org, context ->> 'org', context -> 'actor', fact ->> 'action',
    jsonb_build_object('kind', 'account', 'id', account, 'name', fact ->> 'name'), context ->> 'channel', 'success',
    told || jsonb_build_object('sessions', ended_sessions, 'apiKeys', ended_keys),
    context ->> 'ip', context ->> 'userAgent', context ->> 'requestId'
  );
end
$$;
