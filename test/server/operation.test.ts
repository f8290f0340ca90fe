// Running it: health, metrics, logs, settings, outages, limits and the audit trail of what never reached the protocol.
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type App, startApp } from '../../src/app.ts'
import type { AuditContext } from '../../src/audit/event.ts'
import { listScimTokens } from '../../src/auth/scim-tokens.ts'
import { issueScimToken, revokeScimToken } from '../../src/auth/token-lifecycle.ts'
import { parseConfig } from '../../src/config.ts'
import { clientConfig } from '../../src/db/connection-target.ts'
import { createOrg, getOrg } from '../../src/directory/orgs.ts'
import { logTo } from '../../src/log.ts'
import { mintToken } from '../../src/primitives/token.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { expectError, expectStatus, text, user } from '../support/scim.ts'
import { type Answer, send } from '../support/wire.ts'

type Running = {
  readonly app: App
  readonly lines: readonly string[]
  readonly token: string
  readonly tokenId: string
  readonly context: AuditContext
  readonly call: (
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string; port?: number },
  ) => Promise<Answer>
}

const running: Running[] = []
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  for (const { app } of running) await app.close()
  await database.drop()
})

/** A process's worth of server with a token; `on` another database than the file's own. */
async function start(env: Record<string, string> = {}, on = database): Promise<Running> {
  const lines: string[] = []
  const config = parseConfig({ PLUR_PORT: '0', ...on.env, ...env })
  const app = await startApp({ config, log: logTo('info', { write: (line: string) => void lines.push(line) }) })
  const { work } = app.storage.database
  const org = await getOrg(work, config.org)
  const context: AuditContext = { orgId: org.id, org: org.slug, actor: { kind: 'system' }, channel: 'system', requestId: 'test' }
  const { token, row } = await issueScimToken(work, context, { name: 'test', idp: 'generic', lifetimeSeconds: 3600, ratePerSecond: null })
  const one: Running = {
    app,
    lines,
    token,
    tokenId: row.id,
    context,
    call: (path, { method = 'GET', headers = {}, body, port = app.port } = {}) =>
      send(`http://127.0.0.1:${port}`, {
        method,
        path,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  }
  running.push(one)
  return one
}

async function query<T extends object>({ app }: Running, statement: ReturnType<typeof sql<T>>): Promise<readonly T[]> {
  return (await statement.execute(app.storage.database.kysely)).rows
}
/** The buffer writes once a second. */
const eventually = async <T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> => {
  await expect.poll(async () => (await read()).length, { timeout: 5000 }).toBeGreaterThan(0)
  return read()
}

describe('health', () => {
  test('is told without credentials and without a word about anybody [L6]', async () => {
    const one = await start()
    expectStatus(await one.call('/scim/v2/Users', { method: 'POST', body: JSON.stringify(user('wilhelmina@example.com')) }), 201)
    const stranger = { headers: { authorization: '' } }
    expect((await one.call('/healthz', stranger)).json()).toEqual({ status: 'ok' })
    expect((await one.call('/readyz', stranger)).json()).toEqual({ status: 'ready' })
    const metrics = await one.call('/metrics', stranger)
    expect(metrics.text).toMatch(/plur_http_request_duration_seconds_count\{route="\/scim\/v2\/Users",method="POST",status="201"\} 1/)
    const first = await one.call('/', stranger)
    expect(first.text).toContain(`${one.app.publicUrl}/scim/v2`)
    for (const { text } of [metrics, first]) expect(text).not.toMatch(/wilhelmina|plur_scim_[0-9A-Za-z]/)
  })

  test('metrics can have a port of their own', async () => {
    const probe = await start()
    const port = probe.app.port
    await probe.app.close()
    const one = await start({ PLUR_METRICS_PORT: String(port) })
    expectStatus(await one.call('/metrics'), 404)
    expectStatus(await one.call('/metrics', { port }), 200)
    expectStatus(await one.call('/scim/v2/Users', { port }), 404)
  })

  test('a migration that this version lacks, or that is still to be done, makes it unready', async () => {
    const own = await testDatabase()
    const one = await start({}, own)
    const admin = new Client(clientConfig(own.connection))
    await admin.connect()
    await admin.query(`insert into kysely_migration (name, timestamp) values ('9999_future', '')`)
    expect(await one.call('/readyz')).toMatchObject({ status: 503 })
    await admin.query(`delete from kysely_migration where name in ('9999_future', '0004_server_secrets')`)
    const answer = await one.call('/readyz')
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('0004_server_secrets')])
    await admin.end()
    await one.app.close()
    await own.drop()
  })
})

describe('the log', () => {
  test('has one line per request, with ids and numbers and nothing else [L6 SEC-03]', async () => {
    const one = await start()
    const answer = await one.call('/scim/v2/Users?filter=userName%20eq%20%22secret%40example.com%22', { headers: { 'user-agent': 'Okta' } })
    await one.call('/scim/v2/Users', { method: 'POST', body: JSON.stringify(user('secret@example.com', { password: 'hunter2' })) })
    await one.call('/scim/v2/Groups/secret@example.com')
    await one.call('/scim/v2/secret@example.com')
    await one.call(`/scim/v2/Users?access_token=${one.token}`, { headers: { authorization: '' } })
    const lines = one.lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line))).filter(({ msg }) => msg === 'request')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toEqual({
      level: 'info',
      time: lines[0]?.['time'],
      msg: 'request',
      id: answer.header('x-request-id'),
      method: 'GET',
      route: '/scim/v2/Users',
      status: 200,
      ms: lines[0]?.['ms'],
      principal: { kind: 'scim_token', id: one.tokenId },
    })
    expect(lines.map(({ route }) => route)).toEqual([
      '/scim/v2/Users',
      '/scim/v2/Users',
      '/scim/v2/Groups/:id',
      '/scim/v2/*',
      '/scim/v2/Users',
    ])
    expect(one.lines.join('')).not.toMatch(/secret@|hunter2|127\.0\.0\.1|Okta|access_token|plur_scim_/)
  })
})

describe('what the operator set', () => {
  test('https in the public URL makes every answer say so, and is where locations point [SEC-01 K4]', async () => {
    const one = await start({ PLUR_PUBLIC_URL: 'https://plur.example.com/team' })
    const made = await one.call('/scim/v2/Users', {
      method: 'POST',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' },
      body: JSON.stringify(user('hsts')),
    })
    expect(made.header('strict-transport-security')).toMatch(/^max-age=\d{7,}/)
    expect(made.header('location')).toBe(`https://plur.example.com/team/scim/v2/Users/${text(made, '/id')}`)
    expect(made.text).not.toContain('evil')
  })

  test('addresses are those of the connection, or those a trusted proxy names [K4]', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    const plain = await start()
    const behind = await start({ PLUR_TRUST_PROXY: 'loopback' })
    const hashed = await start({ PLUR_TRUST_PROXY: 'loopback', PLUR_AUDIT_HASH_IPS: 'true' })
    const seen: unknown[] = []
    for (const one of [plain, behind, hashed]) {
      const id = (await one.call('/scim/v2/Users', { headers })).header('x-request-id')
      const [row] = await eventually(() => query(one, sql<{ ip: string }>`select ip from audit_log where request_id = ${id}`))
      seen.push(row?.ip)
      const [token] = (await listScimTokens(one.app.storage.database.work, one.context.orgId)).filter(({ id }) => id === one.tokenId)
      expect(token?.lastUsedIp).toBe(row?.ip)
    }
    expect(seen).toEqual(['127.0.0.1', '203.0.113.9', expect.stringMatching(/^hmac:[\w-]{22}$/)])
  })

  test('reads are left out of the audit log on demand, writes and refusals never', async () => {
    const one = await start({ PLUR_AUDIT_SCIM_READS: 'false' })
    const read = (await one.call('/scim/v2/Users')).header('x-request-id')
    const refused = (await one.call('/scim/v2/Users', { headers: { authorization: `Bearer ${mintToken('scim').token}` } })).header(
      'x-request-id',
    )
    const find = (id: string | undefined) => query(one, sql<{ action: string }>`select action from audit_log where request_id = ${id}`)
    expect(await eventually(() => find(refused))).toEqual([{ action: 'scim.auth.failed' }])
    expect(await find(read)).toEqual([])
  })
})

describe('credentials', () => {
  test('revoked through one process are dead in the next request to any other [A7]', async () => {
    const [one, other] = [await start(), await start()]
    const headers = { authorization: `Bearer ${one.token}` }
    for (let n = 0; n < 3; n++) expectStatus(await other.call('/scim/v2/Users', { headers }), 200)
    await revokeScimToken(one.app.storage.database.work, one.context, one.tokenId)
    expectError(await other.call('/scim/v2/Users', { headers }), 401)
  })

  test('that fail too often slow their address down, and nobody who has a good one [SEC-04 A12]', async () => {
    const one = await start({ PLUR_TRUST_PROXY: 'loopback' })
    const address = { 'x-forwarded-for': '198.51.100.7' }
    const bad = { headers: { ...address, authorization: `Bearer ${mintToken('scim').token}` } }
    const answers = await Promise.all(Array.from({ length: 80 }, () => one.call('/scim/v2/Users', bad)))
    const limited = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 401).length + limited.length).toBe(80)
    expect(limited.length).toBeGreaterThan(0)
    for (const answer of limited) expectError(answer, 429)
    expect(limited[0]?.header('retry-after')).toMatch(/^[1-9]\d?$/)
    expectStatus(await one.call('/scim/v2/Users', { headers: address }), 200)
    expectError(await one.call('/scim/v2/Users', { headers: { ...address, authorization: '' } }), 401)
    expectError(await one.call('/scim/v2/Users', { headers: { ...bad.headers, 'x-forwarded-for': '198.51.100.8' } }), 401)
  })

  test('of the wrong kind are told apart for the admin who mixed them up [OK-4 A3]', async () => {
    const one = await start()
    const details = await Promise.all(
      [
        `Bearer ${mintToken('api_key').token}`,
        one.token,
        `Bearer Bearer ${one.token}`,
        `Bearer ${one.token.slice(0, -1)}`,
        'non-token',
        'Basic eDp5',
        '',
      ].map(async (authorization) => {
        const answer = await one.call('/scim/v2/Users', { headers: { authorization } })
        expectError(answer, 401)
        return text(answer, '/detail')
      }),
    )
    expect(new Set(details).size).toBe(7)
    expect(details[0]).toContain('API key')
    expect(details[1]).toContain('lacks the scheme "Bearer"')
    expect(details[2]).toContain('twice')
    expect(details[3]).toContain('mistyped or cut off')
  })
})

describe('requests that never reach the protocol', () => {
  test.each([
    ['POST', '/Users', 413, 'scim.user.create'],
    ['PATCH', '/Groups/x', 413, 'scim.group.update'],
    ['POST', '/Users/.search', 413, 'scim.user.list'],
  ])('%s %s past the limit leaves a row of its own [L3 J3]', async (method, path, status, action) => {
    const one = await start()
    const answer = await one.call(`/scim/v2${path}`, { method, body: ' '.repeat(1024 * 1024 + 1) })
    expectError(answer, status)
    expect(text(answer, '/detail')).toContain('1048576')
    const rows = await eventually(() =>
      query(
        one,
        sql<object>`select action, outcome, payload -> 'error' -> 'status' as status from audit_log where request_id = ${answer.header('x-request-id')}`,
      ),
    )
    expect(rows).toEqual([{ action, outcome: 'denied', status }])
  })

  test('a Bulk may be eight times as large', async () => {
    const one = await start()
    expectError(await one.call('/scim/v2/Bulk', { method: 'POST', body: ' '.repeat(1024 * 1024 + 1) }), 400, 'invalidSyntax')
    expectError(await one.call('/scim/v2/Bulk', { method: 'POST', body: ' '.repeat(8 * 1024 * 1024 + 1) }), 413)
  })
})

describe('an organisation that asks for too much', () => {
  test('leaves the others their share of the database [G6]', async () => {
    const own = await testDatabase()
    const one = await start({}, own)
    const { work } = one.app.storage.database
    const other = await createOrg(work, 'other', { actor: { kind: 'system' }, channel: 'system', requestId: 'other' })
    const request = { name: 'other', idp: 'generic', lifetimeSeconds: 3600, ratePerSecond: null } as const
    const theirs = await issueScimToken(work, { ...one.context, orgId: other.id, org: other.slug }, request)
    const blocker = new Client(clientConfig(own.connection))
    await blocker.connect()
    // Every create of the first organisation waits for this lock, with a connection in its hand.
    await blocker.query('begin')
    await blocker.query('select from orgs where org_id = $1 for update', [one.context.orgId])
    const greedy = Array.from({ length: 30 }, (_, n) =>
      one.call('/scim/v2/Users', { method: 'POST', body: JSON.stringify(user(`greedy${n}`)) }),
    )
    for (let n = 0; n < 5; n++) {
      expectStatus(await one.call('/scim/v2/Users', { headers: { authorization: `Bearer ${theirs.token}` } }), 200)
    }
    await blocker.query('rollback')
    await blocker.end()
    for (const answer of await Promise.all(greedy)) expectStatus(answer, 201)
    await one.app.close()
    await own.drop()
  })
})

describe('without its database', () => {
  test('answers 503 with Retry-After as SCIM JSON, is unready, and recovers without a restart', async () => {
    const own = await testDatabase()
    const one = await start({}, own)
    const { superuserConnection: inside, connection } = own
    if (inside.kind !== 'socket' || connection.kind !== 'socket') throw new Error('the test database is not on a socket')
    const admin = new Client(clientConfig({ ...inside, database: 'postgres' }))
    const name = connection.database
    await admin.connect()
    await admin.query(`alter database ${name} allow_connections false`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    const answer = await one.call('/scim/v2/Users')
    expectError(answer, 503)
    expect(answer.header('retry-after')).toBe('5')
    expect(answer.text).not.toContain(name)
    expect(await one.call('/readyz')).toMatchObject({ status: 503 })
    expectStatus(await one.call('/healthz'), 200)
    expectError(await one.call('/scim/v2/Users', { headers: { authorization: '' } }), 401)
    await admin.query(`alter database ${name} allow_connections true`)
    await expect.poll(async () => (await one.call('/scim/v2/Users')).status, { timeout: 5000 }).toBe(200)
    expectStatus(await one.call('/readyz'), 200)
    await admin.end()
    await one.app.close()
    await own.drop()
  })
})

describe('stopping', () => {
  test('writes the audit rows that waited', async () => {
    const own = await testDatabase()
    const one = await start({}, own)
    const id = (await one.call('/scim/v2/Users')).header('x-request-id')
    await one.app.close()
    const reader = new Client(clientConfig(own.connection))
    await reader.connect()
    expect((await reader.query('select action from audit_log where request_id = $1', [id])).rows).toEqual([{ action: 'scim.user.list' }])
    await reader.end()
    await own.drop()
  })
})
