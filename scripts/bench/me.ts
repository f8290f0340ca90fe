// GET /api/v1/me of people in 500 groups of depth 8, in an organisation of 100,000 (design section 4: access is resolved for every call).
// Two shapes: groups that share the groups above them, as a company has them, and the worst case, where each has seven of its own above
// it. People and members are seeded beside the protocol; where the groups stand, the product decides itself.
import { Agent, get } from 'node:http'
import { sql } from 'kysely'
import type { AuditContext } from '../../src/audit/event.ts'
import { issueApiKey } from '../../src/auth/api-keys.ts'
import { createDatabase } from '../../src/db/postgres.ts'
import type { Work } from '../../src/db/work.ts'
import { getOrg } from '../../src/directory/orgs.ts'
import { changeSettings } from '../../src/permissions/selecting.ts'
import { atMost, type Row } from './row.ts'

const PEOPLE = 100_000
/** Groups that each of them is in. */
const GROUPS_OF_ALL = 5
const DEPTH = 8
/** Of the trees. */
const ROOTS = 5
const GROUPS_OF_ONE = 500
/** People who ask in turn, so that none of them meets the rate limit of one account. */
const ASKING = 25
const SECONDS = 8
const WARM_UP_SECONDS = 2
const P95_MS_MAX = 20

type Shape = 'shared' | 'own'
const SHAPES: Readonly<Record<Shape, string>> = { shared: 'groups above are shared', own: 'groups above are each its own' }

/** Seeds and measures; `say` tells how far it is. */
export async function measureMe(
  server: { readonly origin: string; readonly dsn: string },
  say: (text: string) => void,
): Promise<readonly Row[]> {
  const database = createDatabase({ connection: { kind: 'url', url: server.dsn }, poolSize: 2, statementTimeoutMs: 300_000 })
  const agent = new Agent({ keepAlive: true })
  try {
    const { work } = database
    const org = await getOrg(work, 'default')
    const context = { orgId: org.id, org: org.slug, actor: { kind: 'system' }, channel: 'system', requestId: 'bench' } as const
    say(`Seeding ${PEOPLE} people in groups of depth ${DEPTH} …`)
    await seedPeople(work, org.id)
    await seedGroups(work, org.id)
    const from = performance.now()
    await changeSettings(work, context, { rules: [{ pattern: 'me-*', select: true }] })
    say(`  groups found their places in ${((performance.now() - from) / 1000).toFixed(1)} s`)
    const rows: Row[] = []
    for (const shape of ['shared', 'own'] as const) {
      const keys = await seedAsking(work, context, shape)
      await sql`analyze accounts, scim_resources, scim_group_members, group_nodes`.execute(work.db)
      for (const concurrency of [1, 4]) {
        say(`Measuring /me, ${SHAPES[shape]}, ${concurrency} at a time …`)
        const ask = (index: number) => askMe({ origin: server.origin, agent, key: keys[index % keys.length] ?? '' })
        rows.push(row({ shape, concurrency }, await measure(ask, concurrency)))
      }
    }
    return rows
  } finally {
    agent.destroy()
    await database.close()
  }
}

type Measurement = { readonly durations: readonly number[]; readonly body: string }

function row({ shape, concurrency }: { shape: Shape; concurrency: number }, { durations, body }: Measurement): Row {
  const sorted = durations.toSorted((a, b) => a - b)
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const { length: scopes } = body.slice(0, body.indexOf('"writable_scopes"')).split('"group:').slice(1)
  return {
    name: `GET /me in ${GROUPS_OF_ONE} groups of depth ${DEPTH}, ${SHAPES[shape]}, ${concurrency} at a time`,
    rate: durations.length / SECONDS,
    p50: percentile(0.5),
    p99: percentile(0.99),
    note: `p95 ${percentile(0.95).toFixed(1)} ms, ${scopes} scopes, ${(body.length / 1000).toFixed(0)} kB`,
    // What one person waits; several at a time wait for the cores of the machine too.
    ...(concurrency === 1 ? { goal: atMost(percentile(0.95), P95_MS_MAX, 'ms at p95') } : {}),
  }
}

/** `concurrency` workers, each with one request at a time. */
async function measure(ask: (index: number) => Promise<string>, concurrency: number): Promise<Measurement> {
  const durations: number[] = []
  let body = ''
  let index = 0
  const from = performance.now() + WARM_UP_SECONDS * 1000
  const until = from + SECONDS * 1000
  const worker = async () => {
    for (let started = performance.now(); started < until; started = performance.now()) {
      body = await ask(index++)
      if (started >= from) durations.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { durations, body }
}

/** The answer; fails on anything but a success: a wrong answer is no measurement. */
function askMe({ origin, agent, key }: { origin: string; agent: Agent; key: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${origin}/api/v1/me`, { agent, headers: { authorization: `Bearer ${key}` } }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        if (incoming.statusCode === 200) resolve(body)
        else reject(new Error(`GET /api/v1/me answered ${incoming.statusCode}: ${body.slice(0, 300)}`))
      })
    }).on('error', reject)
  })
}

/** Users with their accounts, by number. */
async function seedPeople(work: Work, orgId: string): Promise<void> {
  await sql`
    with made as (
      insert into accounts (org_id, user_name, user_name_key, slug, origin)
      select ${orgId}::uuid, 'me-' || i, 'me-' || i, 'me-' || i, 'scim' from generate_series(1, ${PEOPLE}::int) i
      returning id, user_name
    )
    insert into scim_resources (org_id, id, type, account_id, unique_key, json, comparable)
    select ${orgId}::uuid, gen_random_uuid(), 'User', id, user_name, json_build_object('userName', user_name)::text,
      jsonb_build_object('userName', user_name) from made`.execute(work.db)
}

/** All groups: level 1 is at the top, the deepest ones are those that people are measured in. */
const GROUPS = sql`(
  select 'shared' as shape, level, i, i >> 1 as above from generate_series(1, ${sql.lit(DEPTH)}) level,
    lateral generate_series(0, ${sql.lit(ROOTS)} * (1 << (level - 1)) - 1) i
  union all
  select 'own', level, i, i from generate_series(1, ${sql.lit(DEPTH)}) level, lateral generate_series(0, ${sql.lit(GROUPS_OF_ONE - 1)}) i
)`
const nameOf = (shape: string, level: string, i: string) =>
  sql`'me-' || ${sql.raw(shape)} || '-' || ${sql.raw(level)} || '-' || ${sql.raw(i)}`

/**
 * Groups as an IdP pushes them, nested by membership: `shared`, trees that fork at every level, and `own`, chains. Their names have no
 * separator: where each stands follows from the groups around it.
 */
async function seedGroups(work: Work, orgId: string): Promise<void> {
  const org = sql`${orgId}::uuid`
  await sql`
    insert into scim_resources (org_id, id, type, unique_key, json, comparable)
    select ${org}, gen_random_uuid(), 'Group', g.name, json_build_object('displayName', g.name)::text, jsonb_build_object('displayName', g.name)
    from (select ${nameOf('shape', 'level', 'i')} as name from ${GROUPS} g) g`.execute(work.db)
  await sql`
    insert into scim_group_members (org_id, group_id, member_id, member_type)
    select ${org}, p.id, c.id, 'Group' from ${GROUPS} g
      join scim_resources c on c.org_id = ${org} and c.type = 'Group' and c.unique_key = ${nameOf('g.shape', 'g.level', 'g.i')}
      join scim_resources p on p.org_id = ${org} and p.type = 'Group' and p.unique_key = ${nameOf('g.shape', '(g.level - 1)', 'g.above')}`.execute(
    work.db,
  )
  await sql`
    insert into scim_group_members (org_id, group_id, member_id, member_type)
    select ${org}, g.id, u.id, 'User' from generate_series(1, ${PEOPLE}::int) n
      cross join generate_series(0, ${GROUPS_OF_ALL - 1}::int) k
      join scim_resources u on u.org_id = ${org} and u.type = 'User' and u.unique_key = 'me-' || n
      join scim_resources g on g.org_id = ${org} and g.type = 'Group'
        and g.unique_key = ${nameOf(`'shared'`, String(DEPTH), `((n * 7 + k * 101) % ${ROOTS * 2 ** (DEPTH - 1)})`)}`.execute(work.db)
}

/** Keys of people who are in the deepest groups of a shape and in no others. */
async function seedAsking(work: Work, context: AuditContext, shape: Shape): Promise<readonly string[]> {
  const first = shape === 'shared' ? 1 : 1 + ASKING
  const { rows } = await sql<{ id: string }>`
    with asking as (
      select r.id, r.account_id from generate_series(${first}::int, ${first + ASKING - 1}::int) n
        join scim_resources r on r.org_id = ${context.orgId}::uuid and r.type = 'User' and r.unique_key = 'me-' || n
    ),
    emptied as (delete from scim_group_members m using asking a where m.org_id = ${context.orgId}::uuid and m.member_id = a.id),
    joined as (
      insert into scim_group_members (org_id, group_id, member_id, member_type)
      select g.org_id, g.id, a.id, 'User' from asking a cross join generate_series(0, ${GROUPS_OF_ONE - 1}::int) i
        join scim_resources g on g.org_id = ${context.orgId}::uuid and g.type = 'Group'
          and g.unique_key = ${nameOf(`'${shape}'`, String(DEPTH), 'i')}
      on conflict do nothing
    )
    select account_id::text as id from asking`.execute(work.db)
  const keys: string[] = []
  for (const { id } of rows) {
    const { key } = await issueApiKey(work, context, { accountId: id, name: 'bench', lifetimeSeconds: null })
    keys.push(key)
  }
  return keys
}
