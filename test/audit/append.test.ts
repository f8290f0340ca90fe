// Audit rows in the database: complete, inert whatever is in them, part of a transaction or of a bigger statement.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { append, auditPart } from '../../src/audit/append.ts'
import type { AuditContext, AuditEvent } from '../../src/audit/event.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const context: AuditContext = {
  orgId: '018f0000-0000-7000-8000-000000000001',
  org: 'acme',
  actor: { kind: 'scim_token', id: 'abc', name: 'Okta' },
  channel: 'scim',
  ip: '10.0.0.1',
  userAgent: 'Okta SCIM Client 1.0.0',
  requestId: 'r1',
}
const event = (name: string, payload: Record<string, string> = {}): AuditEvent => ({
  action: 'scim.user.create',
  target: { kind: 'scim_user', id: 'u1', name },
  outcome: 'success',
  payload,
})

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

async function rowsOf(requestId: string) {
  const { rows } = await sql<Record<string, unknown>>`
    select org_id, org, actor, action, target, channel, outcome, payload, ip, user_agent, request_id from audit_log
    where request_id = ${requestId} order by id`.execute(database.kysely)
  return rows
}

describe('an audit row', () => {
  test('says who, what, to whom, from where, and with which outcome [L3]', async () => {
    await append(database.kysely, context, [event('alice', { a: 'b' })])
    expect(await rowsOf('r1')).toEqual([
      {
        org_id: context.orgId,
        org: 'acme',
        actor: { kind: 'scim_token', id: 'abc', name: 'Okta' },
        action: 'scim.user.create',
        target: { kind: 'scim_user', id: 'u1', name: 'alice' },
        channel: 'scim',
        outcome: 'success',
        payload: { a: 'b' },
        ip: '10.0.0.1',
        user_agent: 'Okta SCIM Client 1.0.0',
        request_id: 'r1',
      },
    ])
  })

  test('can be found as the documentation says', async () => {
    const { rows } =
      await sql`SELECT ts, action, actor, target, payload FROM audit_log WHERE channel = 'scim' ORDER BY ts DESC LIMIT 50`.execute(
        database.kysely,
      )
    expect(rows.length).toBeGreaterThan(0)
  })

  test.each([
    ['quotes and backslashes', `'";--\\","outcome":"denied`],
    ['newlines and escapes', 'a\r\nb\u001b[31m'],
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['the text of an escape', 'a\\u0000b\\ud800'],
    ['prototype names', '__proto__'],
  ])('keeps %s as data [L4 L1 K3]', async (name, hostile) => {
    await append(database.kysely, { ...context, requestId: name }, [event(hostile, { [hostile]: hostile })])
    const kept = hostile.replaceAll('\0', '\uFFFD').toWellFormed()
    const [row, ...others] = await rowsOf(name)
    expect(others).toEqual([])
    expect(row).toMatchObject({ outcome: 'success', target: { name: kept } })
    expect(Object.values(row?.['payload'] ?? {})).toEqual([kept])
  })

  test('of one request stay in their order, and none adds none', async () => {
    await append(
      database.kysely,
      { ...context, requestId: 'many' },
      ['1', '2', '3'].map((name) => event(name)),
    )
    expect((await rowsOf('many')).map((row) => row['target'])).toEqual(
      ['1', '2', '3'].map((name) => ({ kind: 'scim_user', id: 'u1', name })),
    )
    await append(database.kysely, { ...context, requestId: 'none' }, [])
    expect(await rowsOf('none')).toEqual([])
  })

  test('goes with its transaction [L3]', async () => {
    const work = database.work.atomically(async ({ db }) => {
      await append(db, { ...context, requestId: 'undone' }, [event('x')])
      throw new Error('undo')
    })
    await expect(work).rejects.toThrow('undo')
    expect(await rowsOf('undone')).toEqual([])
  })

  test('can be part of a bigger statement, whose text stays the same for any events', async () => {
    const write = (requestId: string, events: readonly AuditEvent[]) =>
      sql`with audited as (${auditPart({ ...context, requestId }, events)}) select 1 as one`
    const [none, two] = [write('part0', []), write('part2', [event('a'), event('b')])]
    expect(none.compile(database.kysely).sql).toBe(two.compile(database.kysely).sql)
    expect(two.compile(database.kysely).parameters).toHaveLength(1)
    await none.execute(database.kysely)
    await two.execute(database.kysely)
    expect([(await rowsOf('part0')).length, (await rowsOf('part2')).length]).toEqual([0, 2])
  })

  test.each(['update audit_log set action = action', 'delete from audit_log', 'truncate audit_log'])(
    'cannot be changed: %s [L4]',
    async (statement) => {
      await expect(sql.raw(statement).execute(database.kysely)).rejects.toThrow(/permission denied|append-only/)
    },
  )
})
