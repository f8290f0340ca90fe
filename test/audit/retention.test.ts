// Months of the audit log that are let go, and what `audit verify` makes of the rest.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startApp } from '../../src/app.ts'
import { dropOldPartitions } from '../../src/audit/retention.ts'
import { type Finding, verifyAuditLog } from '../../src/audit/verify.ts'
import { parseConfig } from '../../src/config.ts'
import { clientConfig } from '../../src/db/connection-target.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { makeMonth, makeRows, monthAgo } from '../support/audit-rows.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let db: Database
let admin: Client

async function open() {
  server = await testDatabase()
  db = createDatabase({ connection: server.connection, poolSize: 4 })
  admin = new Client(clientConfig(server.superuserConnection))
  await admin.connect()
  await admin.query(`set role ${clientConfig(server.connection).user ?? ''}`)
}

async function close() {
  await admin.end()
  await db.close()
  await server.drop()
}

const asOwner = (text: string) => admin.query(text)
const label = (begins: Date) => begins.toISOString().slice(0, 7)

/** An organisation that is so many months old, with partitions and a row in the middle of each month. */
async function history(months: number) {
  const org = { orgId: randomUUID(), slug: 'acme' }
  await sql`insert into orgs (org_id, slug, created_at) values (${org.orgId}, ${org.slug}, ${monthAgo(months)})`.execute(db.kysely)
  for (let ago = months; ago >= 1; ago--) {
    const begins = monthAgo(ago)
    await makeMonth(asOwner, begins)
    await makeRows(db.work, org, [{ ts: new Date(begins.getTime() + 14 * 86_400_000) }, { ts: begins }])
  }
  await makeRows(db.work, org, [{ ts: new Date() }])
  return org
}

async function partitions(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_log'::regclass order by 1`.execute(db.kysely)
  return rows.map(({ name }) => name).filter((name) => name !== 'audit_log_default')
}

const states = (findings: readonly Finding[]) => Object.fromEntries(findings.map(({ check, state }) => [check, state]))

describe('retention', () => {
  beforeEach(open)
  afterEach(close)

  test('drops whole months, keeps as many as asked for beside this one, and tells each in the log', async () => {
    const org = await history(5)
    const young = randomUUID()
    await sql`insert into orgs (org_id, slug) values (${young}, 'young')`.execute(db.kysely)
    const dropped = await dropOldPartitions(db.work, { monthsKept: 2, requestId: 'chore-1' })
    expect(dropped).toEqual([5, 4, 3].map((ago) => ({ month: label(monthAgo(ago)), rows: 2 })))
    expect((await partitions())[0]).toBe(`audit_log_${label(monthAgo(2)).replace('-', '_')}`)
    const { rows } = await sql<object>`
      select org, actor, action, target, channel, outcome, payload ->> 'rows' as rows, payload -> 'monthsKept' as kept, request_id as request
      from audit_log where action = 'audit.retention' order by id`.execute(db.kysely)
    expect(rows).toEqual(
      [5, 4, 3].map((ago) => ({
        org: 'acme',
        actor: { kind: 'system' },
        action: 'audit.retention',
        target: { kind: 'audit_log', name: label(monthAgo(ago)) },
        channel: 'system',
        outcome: 'success',
        rows: '2',
        kept: 2,
        request: 'chore-1',
      })),
    )
    const { rows: left } = await sql<{
      n: number
    }>`select count(*)::int as n from audit_log where org_id = ${org.orgId} and action <> 'audit.retention'`.execute(db.kysely)
    expect(left).toEqual([{ n: 5 }])
    expect(await dropOldPartitions(db.work, { monthsKept: 2, requestId: 'chore-2' })).toEqual([])
  })

  test('by several processes at once drops and tells each month once', async () => {
    await history(4)
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, i) => dropOldPartitions(db.work, { monthsKept: 1, requestId: `chore-${i}` })),
    )
    expect(
      all
        .flat()
        .map(({ month }) => month)
        .sort(),
    ).toEqual([4, 3, 2].map((ago) => label(monthAgo(ago))))
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from audit_log where action = 'audit.retention'`.execute(db.kysely)
    expect(rows).toEqual([{ n: 3 }])
  })

  test('never takes this month or the last, whatever is asked for', async () => {
    await history(2)
    const before = await partitions()
    for (const monthsKept of [0, -3]) expect(await dropOldPartitions(db.work, { monthsKept, requestId: 'x' })).toEqual([])
    const day = monthAgo(0).toISOString().slice(0, 10)
    const { rows } = await sql<{ gone: null }>`select audit_log_drop(${day}::date, 1, 'x') as gone`.execute(db.kysely)
    expect(rows).toEqual([{ gone: null }])
    expect(await partitions()).toEqual(before)
  })

  test('is the server’s own work where a number of months is set', async () => {
    await history(5)
    const before = await partitions()
    const failures: unknown[] = []
    const log = {
      exchange: () => undefined,
      failure: (error: unknown) => void failures.push(error),
      event: () => undefined,
      flush: () => undefined,
    }
    const env = { PLUR_PORT: '0', PLUR_DATABASE_URL: server.url }
    const forEver = await startApp({ config: parseConfig(env), log })
    await forEver.close()
    expect(await partitions()).toEqual(before)
    const app = await startApp({ config: parseConfig({ ...env, PLUR_AUDIT_RETENTION_MONTHS: '3' }), log })
    try {
      await vi.waitFor(async () => expect(await partitions()).toEqual(before.slice(2)), { timeout: 10_000 })
      expect(failures).toEqual([])
    } finally {
      await app.close()
    }
  })

  test('gives up rather than hold back who writes, and changes nothing', async () => {
    await history(3)
    const before = await partitions()
    await admin.query('begin')
    await admin.query('select 1 from audit_log limit 1')
    await expect(dropOldPartitions(db.work, { monthsKept: 1, requestId: 'x' })).rejects.toThrow(/lock timeout/)
    await admin.query('rollback')
    expect(await partitions()).toEqual(before)
    const { rows } = await sql`select 1 from audit_log where action = 'audit.retention'`.execute(db.kysely)
    expect(rows).toEqual([])
  })
})

describe('verify', () => {
  let org: { orgId: string; slug: string }
  beforeAll(async () => {
    await open()
    org = await history(4)
  })
  afterAll(close)

  const partition = (ago: number) => `audit_log_${label(monthAgo(ago)).replace('-', '_')}`
  const detach = (ago: number) => `alter table audit_log detach partition ${partition(ago)}`
  const attach = (ago: number) =>
    `alter table audit_log attach partition ${partition(ago)} for values from ('${monthAgo(ago).toISOString()}') to ('${monthAgo(ago - 1).toISOString()}')`
  const untrigger = 'drop trigger audit_log_append_only on audit_log'
  const trigger =
    'create trigger audit_log_append_only before update or delete on audit_log for each row execute function audit_log_refuse()'

  /** Whether the role owns the log is the operator's choice and no fault of the log. */
  const faults = async () => {
    const { 'the role may only read and append': _, ...others } = states(await verifyAuditLog(db.work))
    return Object.entries(others).filter(([, state]) => state !== 'ok')
  }

  test('finds nothing wrong with a log as the product keeps it, and changes nothing', async () => {
    const rows = async () => (await sql`select id, ts, org from audit_log where org_id = ${org.orgId} order by id`.execute(db.kysely)).rows
    const before = await rows()
    expect(await faults()).toEqual([])
    expect(await rows()).toEqual(before)
  })

  test.each([
    [
      'a trigger refuses changes',
      ['alter table audit_log disable trigger audit_log_append_only'],
      ['alter table audit_log enable trigger audit_log_append_only'],
    ],
    ['a trigger refuses changes', [untrigger], [trigger]],
    [
      'changes are refused when tried',
      [untrigger, 'grant update, delete on audit_log to current_user'],
      [trigger, 'revoke update, delete on audit_log from current_user'],
    ],
    ['no month is missing', [detach(2)], [attach(2)]],
    ['the beginning is accounted for', [detach(4)], [attach(4)]],
    ['the next rows have a place', [detach(-1)], [attach(-1)]],
  ] as const)('tells when it no longer holds that %s', async (check, tamper, repair) => {
    for (const statement of tamper) await asOwner(statement)
    expect(states(await verifyAuditLog(db.work))).toMatchObject({ [check]: 'problem' })
    for (const statement of repair) await asOwner(statement)
    expect(await faults()).toEqual([])
  })

  test('knows what retention let go from what somebody took', async () => {
    for (const monthsKept of [3, 1]) {
      await dropOldPartitions(db.work, { monthsKept, requestId: 'x' })
      expect(await faults()).toEqual([])
    }
  })

  test('tells of rows that no month took', async () => {
    await makeRows(db.work, org, [{ ts: monthAgo(30) }])
    expect(await faults()).toEqual([['every row lies in its month', 'note']])
  })
})
