-- The leavers of one statement are told by one insert, and what is not there is not ended: most who leave have neither session nor key.
-- The function of one account stays for servers that are still to be replaced.

-- Marks the live sessions and keys of accounts that a statement takes out of use, and tells it: one audit row for each, and then one for each
-- account's fact with what was ended. What makes them dead is the account's credential epoch, which the caller moves in the same transaction. A
-- function, so that it looks anew inside the statement that has waited for the accounts' rows: what was being made meanwhile is seen.
-- ends: an array of {context, account, fact}. context: orgId, org, actor, channel, ip, userAgent, requestId. fact: action, name, payload; an afterMs
-- in the payload is how long after the request's arrival the statement was sent, in milliseconds, and goes on counting until now. idle: how
-- long a session lives unused.
create function end_credentials(ends jsonb, because text, idle interval)
  returns table (ended_account uuid, ended_sessions integer, ended_keys integer) language plpgsql volatile as $$
declare
  leaver record;
  told jsonb[] := '{}';
begin
  for leaver in
    select e.account, e.context, e.fact, (e.context ->> 'orgId')::uuid as org_id
    from jsonb_to_recordset(ends) as e (account uuid, context jsonb, fact jsonb)
  loop
    ended_account := leaver.account;
    ended_sessions := 0;
    ended_keys := 0;

    if exists (select from sessions s where s.org_id = leaver.org_id and s.account_id = leaver.account and s.ended_at is null) then
      with ended as (
        update sessions s set ended_at = clock_timestamp(), ended_because = because
        where s.org_id = leaver.org_id and s.account_id = leaver.account and s.ended_at is null and s.expires_at > now()
          and s.last_seen_at > now() - idle
        returning s.id, s.method
      ), audited as (
        insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
        select leaver.org_id, leaver.context ->> 'org', leaver.context -> 'actor', 'auth.session.revoke',
          jsonb_build_object('kind', 'session', 'id', e.id), leaver.context ->> 'channel', 'success',
          jsonb_build_object('account', leaver.account, 'because', because, 'method', e.method),
          leaver.context ->> 'ip', leaver.context ->> 'userAgent', leaver.context ->> 'requestId'
        from ended e
      )
      select count(*) from ended into ended_sessions;
    end if;

    if exists (select from api_keys k where k.org_id = leaver.org_id and k.account_id = leaver.account and k.revoked_at is null) then
      with ended as (
        update api_keys k set revoked_at = clock_timestamp(), revoked_because = because
        where k.org_id = leaver.org_id and k.account_id = leaver.account and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > now())
        returning k.id, k.name
      ), audited as (
        insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
        select leaver.org_id, leaver.context ->> 'org', leaver.context -> 'actor', 'apikey.revoke',
          jsonb_build_object('kind', 'api_key', 'id', e.id, 'name', e.name), leaver.context ->> 'channel', 'success',
          jsonb_build_object('account', leaver.account, 'because', because),
          leaver.context ->> 'ip', leaver.context ->> 'userAgent', leaver.context ->> 'requestId'
        from ended e
      )
      select count(*) from ended into ended_keys;
    end if;

    told := told || jsonb_build_object(
      'context', leaver.context, 'account', leaver.account, 'fact', leaver.fact, 'sessions', ended_sessions, 'apiKeys', ended_keys
    );
    return next;
  end loop;

  insert into audit_log (org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
  select (t.context ->> 'orgId')::uuid, t.context ->> 'org', t.context -> 'actor', t.fact ->> 'action',
    jsonb_build_object('kind', 'account', 'id', t.account, 'name', t.fact ->> 'name'), t.context ->> 'channel', 'success',
    (t.fact -> 'payload') || jsonb_build_object('sessions', t.sessions, 'apiKeys', t."apiKeys") || case
      when t.fact -> 'payload' ? 'afterMs' then jsonb_build_object('afterMs', round(
        ((t.fact -> 'payload' ->> 'afterMs')::numeric + extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::numeric, 1))
      else '{}'
    end,
    t.context ->> 'ip', t.context ->> 'userAgent', t.context ->> 'requestId'
  from unnest(told) u (row) cross join lateral jsonb_to_record(u.row) as t (context jsonb, account uuid, fact jsonb, sessions integer, "apiKeys" integer);
end
$$;
