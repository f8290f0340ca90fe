// The buffer of audit rows: bounded, honest about what it dropped, and patient while the database is away.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepHashed } from '../../src/audit/addresses.ts'
import { getServerSecret } from '../../src/db/server-secrets.ts'
import { AuditBuffer } from '../../src/audit/buffer.ts'
import type { AuditContext, AuditEvent } from '../../src/audit/event.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import type { Work } from '../../src/db/work.ts'
import { systemClock } from '../../src/primitives/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const contextOf = (requestId: string, ip = '10.0.0.1'): AuditContext => ({
  orgId: '018f0000-0000-7000-8000-000000000001',
  org: 'acme',
  actor: { kind: 'unknown' },
  channel: 'scim',
  ip,
  requestId,
})
const readOf = (id: string): AuditEvent => ({
  action: 'scim.user.read',
  target: { kind: 'scim_user', id },
  outcome: 'success',
  payload: {},
})
const token = { kind: 'scim_token', id: 't1' }

let server: TestDatabase
let database: Database
beforeAll(async () => {
  server = await testDatabase()
  database = createDatabase({ connection: server.connection, poolSize: 2 })
})
afterAll(async () => {
  await database.close()
  await server.drop()
})

/** A unit of work whose database can be taken away. */
function fragile(): { work: Work; away: (is: boolean) => void } {
  const gone = createDatabase({ connection: { kind: 'url', url: 'postgresql://nobody@127.0.0.1:1/none' }, poolSize: 1 })
  let isAway = false
  return {
    away: (is) => {
      isAway = is
    },
    work: {
      get db() {
        return isAway ? gone.kysely : database.kysely
      },
      atomically: (run) => database.work.atomically(run),
      retrying: (run) => database.work.retrying(run),
    },
  }
}

const bufferOn = (work: Work, more: Partial<ConstructorParameters<typeof AuditBuffer>[0]> = {}) =>
  new AuditBuffer({ work, clock: systemClock, reads: true, alongside: () => Promise.resolve(), onError: () => undefined, ...more })

async function find(condition: ReturnType<typeof sql>) {
  const { rows } = await sql<
    Record<string, unknown>
  >`select action, target, payload, ip, request_id from audit_log where ${condition} order by id`.execute(database.kysely)
  return rows
}

describe('the audit buffer', () => {
  test('writes what waits, once', async () => {
    const buffer = bufferOn(database.work)
    for (const id of ['1', '2']) buffer.recordRead(contextOf('flush'), readOf(id))
    expect(buffer.statistics()).toEqual({ waiting: 2, dropped: 0 })
    await buffer.flush()
    await buffer.flush()
    expect(await find(sql`request_id = 'flush'`)).toHaveLength(2)
    expect(buffer.statistics()).toEqual({ waiting: 0, dropped: 0 })
  })

  test('writes by itself at five hundred rows', async () => {
    const buffer = bufferOn(database.work)
    for (let i = 0; i < 500; i++) buffer.recordRead(contextOf('full'), readOf(`${i}`))
    await expect.poll(async () => (await find(sql`request_id = 'full'`)).length, { timeout: 10_000 }).toBe(500)
  })

  test('writes what is left when it stops', async () => {
    const buffer = bufferOn(database.work)
    buffer.start()
    buffer.recordRead(contextOf('stop'), readOf('1'))
    await buffer.stop()
    expect(await find(sql`request_id = 'stop'`)).toHaveLength(1)
  })

  test('leaves reads out when they are not wanted, and nothing else', async () => {
    const buffer = bufferOn(database.work, { reads: false })
    buffer.recordRead(contextOf('quiet'), readOf('1'))
    buffer.record(contextOf('quiet'), { ...readOf('2'), outcome: 'denied' })
    buffer.recordFailure(contextOf('quiet'), 'unknown', token)
    await buffer.flush()
    expect((await find(sql`request_id = 'quiet'`)).map((row) => row['action'])).toEqual(['scim.auth.failed', 'scim.user.read'])
  })

  test('counts equal failures of one address in one row [A12]', async () => {
    const buffer = bufferOn(database.work)
    for (let i = 0; i < 20; i++) buffer.recordFailure(contextOf('fail'), 'unknown', token)
    buffer.recordFailure(contextOf('fail'), 'expired', token)
    buffer.recordFailure(contextOf('fail', '10.0.0.2'), 'unknown', token)
    await buffer.flush()
    expect((await find(sql`request_id = 'fail'`)).map(({ ip, payload }) => [ip, payload])).toEqual([
      ['10.0.0.1', { reason: 'unknown', times: 20 }],
      ['10.0.0.1', { reason: 'expired', times: 1 }],
      ['10.0.0.2', { reason: 'unknown', times: 1 }],
    ])
  })

  test('keeps failures of endless addresses in bounded memory and loses none of their number', async () => {
    const buffer = bufferOn(database.work)
    for (let i = 0; i < 5000; i++) buffer.recordFailure(contextOf('flood', `10.1.${i >> 8}.${i & 255}`), 'unknown', token)
    expect(buffer.statistics().waiting).toBeLessThanOrEqual(1001)
    await buffer.flush()
    const { rows } = await sql<{ sum: number }>`
      select sum((payload ->> 'times')::int)::int as sum from audit_log where request_id = 'flood'`.execute(database.kysely)
    expect(rows).toEqual([{ sum: 5000 }])
  })

  test('keeps rows while the database is away, and writes them when it is back', async () => {
    const { work, away } = fragile()
    const buffer = bufferOn(work)
    away(true)
    buffer.recordRead(contextOf('outage'), readOf('1'))
    buffer.recordFailure(contextOf('outage'), 'unknown', token)
    await expect(buffer.flush()).rejects.toThrow()
    buffer.recordFailure(contextOf('outage'), 'unknown', token)
    away(false)
    await buffer.flush()
    expect((await find(sql`request_id = 'outage'`)).map((row) => row['payload'])).toEqual([{ reason: 'unknown', times: 2 }, {}])
  })

  test('drops the oldest reads when it is full, and a row says how many', async () => {
    const { work, away } = fragile()
    const buffer = bufferOn(work, { rowsMax: 100 })
    away(true)
    for (let i = 0; i < 150; i++) buffer.recordRead(contextOf('drop'), readOf(`${i}`))
    const { waiting, dropped } = buffer.statistics()
    expect(waiting).toBeLessThanOrEqual(100)
    expect(waiting + dropped).toBe(150)
    away(false)
    await buffer.flush()
    const rows = await find(sql`request_id = 'drop'`)
    const ids = rows.filter((row) => row['action'] === 'scim.user.read').map((row) => row['target'])
    expect(ids).toEqual(Array.from({ length: waiting }, (_, i) => ({ kind: 'scim_user', id: `${dropped + i}` })))
    expect(rows.filter((row) => row['action'] === 'audit.overflow').map((row) => row['payload'])).toEqual([{ dropped }])
  })

  test('does what is due alongside, whose failure holds no row back', async () => {
    const errors: unknown[] = []
    const buffer = bufferOn(database.work, { alongside: () => Promise.reject(new Error('aside')), onError: (error) => errors.push(error) })
    buffer.recordRead(contextOf('aside'), readOf('1'))
    await buffer.flush()
    expect(await find(sql`request_id = 'aside'`)).toHaveLength(1)
    expect(errors).toEqual([expect.objectContaining({ message: 'aside' })])
  })
})

describe('hashed addresses', () => {
  test('stay equal for equal addresses, in every process, and give nothing away', async () => {
    const [one, other] = [
      keepHashed(await getServerSecret(database.work, 'audit_address')),
      keepHashed(await getServerSecret(database.work, 'audit_address')),
    ]
    expect(one('10.0.0.1')).toBe(other('10.0.0.1'))
    expect(one('10.0.0.1')).not.toBe(one('10.0.0.2'))
    expect(one('10.0.0.1')).not.toContain('10.0')
    expect(keepHashed(Buffer.alloc(32))('10.0.0.1')).not.toBe(one('10.0.0.1'))
  })
})
