// The pages that list things, on many rows: the audit log with millions of them, people by the hundred thousand. Also what an audit row costs
// to write with the indexes the pages need, and without.
import { sql } from 'kysely'
import { issueSession } from '../../src/auth/sessions.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { createLocalAccount } from '../../src/directory/accounts.ts'
import { getOrg } from '../../src/directory/orgs.ts'
import { memoryMb } from './process-tree.ts'
import { atMost, type Row } from './row.ts'
import type { Measured } from './server.ts'

const REPEATS = 12
const INSERTED = 50_000
/** A page with a filter that an index serves, on millions of rows; one that none serves is bounded by itself. */
const PAGE_MS_MAX = 200

export type AuditBench = { readonly rows: number; readonly people: number }

/** Seeds and measures; `say` tells how far it is. */
export async function measureLists(server: Measured, { rows, people }: AuditBench, say: (text: string) => void): Promise<readonly Row[]> {
  const database = createDatabase({ connection: { kind: 'url', url: server.dsn }, poolSize: 2, statementTimeoutMs: 30 * 60_000 })
  try {
    const org = await getOrg(database.work, 'default')
    say(`Writing ${rows} audit rows and ${people} people …`)
    const from = performance.now()
    await seedAudit(database, org.id, rows)
    await seedPeople(database, org.id, people)
    await sql`vacuum analyze`.execute(database.kysely)
    say(`  ${Math.round((performance.now() - from) / 1000)} s`)
    const cookie = await signIn(database, { id: org.id, slug: org.slug })
    const paths = await pagesOf(database, org.id)
    const pages = await measurePages(server, cookie, paths)
    return [...pages, await measureExport(server, cookie), await measureInsert(database)]
  } finally {
    await database.close()
  }
}

/** Like a year of a company: SCIM reads and writes, agents at work, few refusals, fewer failures, and an admin now and then. */
async function seedAudit({ kysely }: Database, orgId: string, rows: number): Promise<void> {
  await sql
    .raw(`do $$
    declare first date := date_trunc('month', now() - interval '13 months'); month date;
    begin
      for month in select generate_series(first, date_trunc('month', now()) - interval '1 month', interval '1 month')::date loop
        execute format('create table if not exists %I partition of audit_log for values from (%L) to (%L)', 'audit_log_' || to_char(month, 'YYYY_MM'),
          month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      end loop;
    end $$`)
    .execute(kysely)
  await sql`
    insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
    select now() - (${rows}::int - i) * (interval '365 days' / ${rows}::int), ${orgId}::uuid, 'default',
      case k.channel when 'scim' then jsonb_build_object('kind', 'scim_token', 'id', case when i < ${rows}::int * 0.3 then 'oldConnection000' else 'newConnection000' end, 'name', 'Okta')
        when 'api' then jsonb_build_object('kind', 'account', 'id', md5('a' || i % 2000)::uuid, 'name', 'user-' || i % 2000)
        when 'auth' then jsonb_build_object('kind', 'unknown')
        when 'cli' then jsonb_build_object('kind', 'cli', 'user', 'ops')
        else jsonb_build_object('kind', 'account', 'id', md5('admin')::uuid, 'name', 'admin') end,
      k.action, jsonb_build_object('kind', 'scim_user', 'id', md5('t' || i % 20000)::uuid, 'name', 'user-' || i % 20000 || '@bench.example'), k.channel,
      case when i % 211 = 0 then 'denied' when i % 20011 = 0 then 'failure' else 'success' end,
      jsonb_build_object('changes', jsonb_build_object('title', jsonb_build_object('before', 'Engineer ' || i % 17, 'after', 'Engineer ' || i % 19)),
        'compat', '["op-case"]'::jsonb, 'note', 'a text of some length, as filters and errors are: ' || md5(i::text)),
      '10.0.' || i % 7 || '.' || i % 250, 'Okta SCIM Client 1.0.0',
      '01990000-' || lpad(to_hex(i / 65536), 4, '0') || '-7' || lpad(to_hex(i / 16 % 4096), 3, '0') || '-8000-' || md5((i / 2)::text)::char(12)
    from generate_series(1, ${rows}::int) i, lateral (select
      case when i % 10007 = 0 then 'scim.user.delete' when i % 100 < 45 then 'scim.user.list' when i % 100 < 65 then 'scim.user.update'
        when i % 100 < 80 then 'scim.group.member.add' when i % 100 < 97 then 'engram.create' when i % 100 = 97 then 'auth.failed'
        when i % 3000 = 98 then 'account.update' when i % 7000 = 199 then 'apikey.revoke' else 'engram.feedback' end as action,
      case when i % 10007 = 0 or i % 100 < 80 then 'scim' when i % 100 = 97 then 'auth' when i % 3000 = 98 then 'admin' when i % 7000 = 199 then 'cli'
        else 'api' end as channel) k`.execute(kysely)
}

async function seedPeople({ kysely }: Database, orgId: string, people: number): Promise<void> {
  await sql`
    insert into accounts (org_id, user_name, user_name_key, slug, display_name, email, email_key, origin, status, disabled_at)
    select ${orgId}::uuid, n, n, 'b-' || i, initcap(f || ' ' || l), n, n, case when i % 5000 = 0 then 'local' else 'scim' end,
      case when i % 11 = 0 then 'disabled' else 'active' end, case when i % 11 = 0 then now() end
    from generate_series(1, ${people}::int) i, lateral (select
      (array['ada', 'grace', 'alan', 'katherine', 'edsger', 'barbara', 'margaret', 'radia', 'zoe', 'linus'])[1 + i % 10] as f,
      (array['lovelace', 'hopper', 'turing', 'johnson', 'dijkstra', 'liskov', 'hamilton', 'perlman', 'mueller', 'torvalds'])[1 + i / 10 % 10] as l) x,
      lateral (select f || '.' || l || '.' || i || '@bench.example' as n) y on conflict do nothing`.execute(kysely)
}

async function signIn({ work }: Database, org: { id: string; slug: string }): Promise<string> {
  const userName = `bench-admin-${crypto.randomUUID().slice(0, 8)}`
  const person = { userName, userNameKey: userName, displayName: undefined, email: undefined, emailKey: undefined, active: true }
  const account = await createLocalAccount(work, org.id, { ...person, orgRole: 'org_admin' })
  const context = { orgId: org.id, org: org.slug, actor: { kind: 'system' }, channel: 'system', requestId: 'bench' } as const
  const { token } = await issueSession(work, context, { accountId: account?.id ?? '', method: 'bench' })
  return `plur_session=${token}`
}

async function pagesOf({ kysely }: Database, orgId: string): Promise<readonly (readonly [name: string, path: string])[]> {
  const { rows } = await sql<{ actor: string; target: string; request: string }>`
    select md5('a7')::uuid::text as actor, md5('t7')::uuid::text as target,
      (select request_id from audit_log where org_id = ${orgId}::uuid and ts < now() - interval '100 days' order by ts desc limit 1) as request`.execute(
    kysely,
  )
  const [{ actor, target, request } = { actor: '', target: '', request: '' }] = rows
  const audit = (fields: Record<string, string>) => `/admin/audit?${new URLSearchParams(fields)}`
  return [
    ['audit, first page', '/admin/audit'],
    ['audit, channel scim', audit({ channel: 'scim' })],
    ['audit, denied', audit({ outcome: 'denied' })],
    ['audit, failures', audit({ outcome: 'failure' })],
    ['audit, a rare action', audit({ action: 'scim.user.delete' })],
    ['audit, a rare channel', audit({ channel: 'cli' })],
    ['audit, an old connection', audit({ actor: 'oldConnection000' })],
    ['audit, a person did', audit({ actor })],
    ['audit, done to a person', audit({ target })],
    ['audit, connection and rare action', audit({ actor: 'newConnection000', action: 'scim.user.delete' })],
    ['audit, one request', audit({ request_id: request })],
    ['audit, one day', audit({ last: '1d' })],
    ['audit, a text that is there', audit({ text: 'engineer 3' })],
    ['audit, a text that is not (bounded)', audit({ text: 'nowhere' })],
    ['people, first page', '/admin/users'],
    ['people, a common name', '/admin/users?q=ada'],
    ['people, one person', '/admin/users?q=lovelace+77777'],
    ['people, nobody', '/admin/users?q=nobody'],
    ['people, disabled', '/admin/users?filter=disabled'],
    ['people, local', '/admin/users?filter=local'],
    ['people, admins', '/admin/users?filter=admins'],
  ]
}

async function measurePages(server: Measured, cookie: string, paths: readonly (readonly [string, string])[]): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [name, path] of paths) {
    const times: number[] = []
    for (let i = 0; i < REPEATS; i++) {
      const from = performance.now()
      const response = await fetch(server.origin + path, { headers: { cookie } })
      await response.text()
      times.push(performance.now() - from)
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    }
    const median = times.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? Number.NaN
    rows.push({
      name,
      p50: median,
      p99: Math.max(...times),
      note: `the first ${(times[0] ?? 0).toFixed(0)} ms`,
      goal: atMost(median, PAGE_MS_MAX, 'ms'),
    })
  }
  return rows
}

async function measureExport(server: Measured, cookie: string): Promise<Row> {
  const before = memoryMb(server.pid)
  const from = performance.now()
  const response = await fetch(`${server.origin}/admin/audit/export?format=csv&channel=api`, { headers: { cookie } })
  let [bytes, rows, peak] = [0, 0, before]
  if (response.body === null) throw new Error('the export has no body')
  for await (const chunk of response.body) {
    bytes += chunk.length
    rows += Buffer.from(chunk).filter((byte) => byte === 0x0a).length
    if (rows % 50 === 0) peak = Math.max(peak, memoryMb(server.pid))
  }
  const seconds = (performance.now() - from) / 1000
  return {
    name: `audit, export of ${rows} rows as CSV`,
    rate: rows / seconds,
    memoryMb: peak,
    note: `rate in rows/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s; memory ${before.toFixed(0)} MB before`,
  }
}

const INDEXES = ['audit_log_kind', 'audit_log_actor', 'audit_log_request']

/** One row of the log, again and again, in transactions that are undone. */
async function measureInsert({ kysely }: Database): Promise<Row> {
  const cost = async (indexes: boolean): Promise<number> => {
    let microseconds = Number.NaN
    await kysely
      .transaction()
      .execute(async (tx) => {
        if (!indexes) for (const index of INDEXES) await sql`drop index ${sql.id(index)}`.execute(tx)
        const from = performance.now()
        await sql`
          insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id)
          select clock_timestamp(), l.org_id, l.org, l.actor, l.action, jsonb_set(l.target, '{id}', to_jsonb(gen_random_uuid()::text)), l.channel, l.outcome,
            l.payload, l.ip, l.user_agent, lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || gen_random_uuid()::text
          from audit_log l where ts < now() - interval '20 days' order by ts desc limit ${INSERTED}`.execute(tx)
        microseconds = ((performance.now() - from) * 1000) / INSERTED
        throw new Error('undo')
      })
      .catch(() => undefined)
    return microseconds
  }
  const runs = [await cost(true), await cost(false), await cost(true), await cost(false)]
  const [withThem, without] = [Math.min(runs[0] ?? 0, runs[2] ?? 0), Math.min(runs[1] ?? 0, runs[3] ?? 0)]
  return {
    name: 'audit, one row written',
    p50: withThem / 1000,
    note: `${without.toFixed(0)} µs without ${INDEXES.join(', ')}, ${withThem.toFixed(0)} µs with them`,
  }
}
