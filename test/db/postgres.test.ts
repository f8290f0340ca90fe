// The pool: names, failures, transactions, snapshots, streams. Runs on the embedded PostgreSQL and on the distribution's.
import { once } from 'node:events'
import net from 'node:net'
import { type Kysely, sql } from 'kysely'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { Proxy } from '../../scripts/chaos/proxy.ts'
import { DatabaseUnavailable, StatementTimeout, uniqueViolation } from '../../src/db/failures.ts'
import { createDatabase, type Database, type DatabaseOptions } from '../../src/db/postgres.ts'
import { STATEMENT_NAMES_MAX, unnamed } from '../../src/db/statement-names.ts'
import { streamRows } from '../../src/db/stream.ts'
import type { Tables } from '../../src/db/tables.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const database = await testDatabase({ empty: true })
afterAll(() => database.drop())

const opened: Database[] = []
afterEach(async () => {
  for (const db of opened.splice(0)) await db.close(0)
})

function open(options: Partial<DatabaseOptions> = {}): Database {
  const db = createDatabase({ connection: database.connection, poolSize: 4, ...options })
  opened.push(db)
  return db
}

async function only<Row>(db: Kysely<Tables>, query: ReturnType<typeof sql<Row>>): Promise<Row> {
  const { rows } = await query.execute(db)
  expect(rows).toHaveLength(1)
  return rows[0]!
}

/** Ends the session that runs `db`'s statements from another one, as an admin or a crash would. */
async function terminate(db: Database, pid: number): Promise<void> {
  await only(db.kysely, sql<{ done: boolean }>`select pg_terminate_backend(${pid}) as done`)
}

/** Passes everything on to the database, and puts the end of the first session right behind the answer to what sets it up. */
async function endingFront(connection: TestDatabase['connection']) {
  if (connection.kind !== 'socket') throw new TypeError('tests reach their database by its socket')
  let ends = 1
  const front = net.createServer((client) => {
    const behind = net.connect({ path: `${connection.directory}/.s.PGSQL.${connection.port}` })
    client.pipe(behind)
    behind.on('data', (chunk: Buffer) => {
      const isFirst = ends > 0 && chunk.includes('set_config')
      if (isFirst) ends -= 1
      client.write(isFirst ? Buffer.concat([chunk, TERMINATED]) : chunk)
    })
    for (const socket of [client, behind]) socket.on('error', () => undefined)
    client.on('close', () => behind.destroy())
    behind.on('close', () => client.destroy())
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const address = front.address()
  if (typeof address !== 'object' || address === null) throw new TypeError('a TCP server without a port')
  return { port: address.port, database: connection.database, ended: () => ends === 0, close: () => front.close() }
}

/** ErrorResponse (PostgreSQL documentation, section 54.7): the session is ended by an admin. */
const FIELDS = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
const TERMINATED = Buffer.concat([Buffer.from('E'), Buffer.from(Uint32Array.of(FIELDS.length + 4).buffer).swap32(), FIELDS])

const backendPid = async (db: Kysely<Tables>) => (await only(db, sql<{ pid: number }>`select pg_backend_pid() as pid`)).pid

describe('a session', () => {
  test('has UTC, a statement timeout, an idle timeout and a name', async () => {
    const db = open({ statementTimeoutMs: 1234, idleInTransactionTimeoutMs: 4321 })
    const settings = await only(
      db.kysely,
      sql<Record<string, string>>`select current_setting('timezone') as timezone, current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    )
    expect(settings).toEqual({ timezone: 'UTC', statement: '1234ms', idle: '4321ms', name: 'plur' })
  })

  test('is nobody who could get round the privileges on a table', async () => {
    const { superuser } = await only(
      open().kysely,
      sql<{ superuser: boolean }>`select rolsuper as superuser from pg_roles where rolname = current_user`,
    )
    expect(superuser).toBe(false)
  })
})

describe('statement names', () => {
  const prepared = async (db: Kysely<Tables>) => {
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db)
    return rows.map(({ statement }) => statement)
  }

  test('equal texts share one prepared statement, different texts do not', async () => {
    const db = open({ poolSize: 1 })
    for (let n = 0; n < 3; n++) await sql`select ${n}::int as a`.execute(db.kysely)
    await sql`select ${1}::int as b`.execute(db.kysely)
    expect(await prepared(db.kysely)).toEqual(expect.arrayContaining(['select $1::int as a', 'select $1::int as b']))
    expect(db.statistics().statementNames).toBe(2)
  })

  test('texts that a client shapes are sent without a name', async () => {
    const db = open({ poolSize: 1 })
    await sql`select ${1}::int as shaped`.execute(unnamed(db.kysely))
    expect(await prepared(db.kysely)).not.toContain('select $1::int as shaped')
  })

  test('statements in a transaction are named, and unnamed in it where asked for', async () => {
    const db = open({ poolSize: 1 })
    await db.work.atomically(async ({ db: tx }) => {
      await sql`select ${1}::int as named`.execute(tx)
      await sql`select ${1}::int as shaped`.execute(unnamed(tx))
    })
    const statements = await prepared(db.kysely)
    expect(statements).toContain('select $1::int as named')
    expect(statements).not.toContain('select $1::int as shaped')
  })

  test('stop at the limit, and statements past it still run', async () => {
    const db = open({ poolSize: 1 })
    const run = (n: number) => only(db.kysely, sql<{ n: number }>`select ${n}::int as n, ${sql.lit(`text ${n}`)} as text`)
    for (let n = 1; n <= STATEMENT_NAMES_MAX; n++) await run(n)
    expect(db.statistics().statementNames).toBe(STATEMENT_NAMES_MAX)
    expect((await run(STATEMENT_NAMES_MAX + 1)).n).toBe(STATEMENT_NAMES_MAX + 1)
    expect(db.statistics().statementNames).toBe(STATEMENT_NAMES_MAX)
    expect((await run(1)).n).toBe(1)
  })

  test('survive a migration of the table they read', async () => {
    const db = open({ poolSize: 1 })
    await sql`create table grows (a int); insert into grows values (1)`.execute(db.kysely)
    const read = (on: Kysely<Tables>) => only(on, sql<{ a: number }>`select * from grows where a = ${1}`)
    expect(await read(db.kysely)).toEqual({ a: 1 })
    await sql`alter table grows add column b int default 2`.execute(db.kysely)
    expect(await read(db.kysely)).toEqual({ a: 1, b: 2 })
    await sql`alter table grows add column c int default 3`.execute(db.kysely)
    expect(await db.work.atomically(({ db: tx }) => read(tx))).toEqual({ a: 1, b: 2, c: 3 })
  })

  test('end where the other side forgets prepared statements', async () => {
    const db = open({ poolSize: 1 })
    const read = (on: Kysely<Tables>) => only(on, sql<{ a: number }>`select ${1}::int as a, 'forgotten'`)
    await read(db.kysely)
    await sql`deallocate all`.execute(db.kysely)
    expect((await db.work.atomically(({ db: tx }) => read(tx))).a).toBe(1)
    expect(db.statistics().statementNames).toBe(0)
  })
})

describe('failures', () => {
  test('a statement over its time is a StatementTimeout, and the connection stays usable', async () => {
    const db = open({ poolSize: 1, statementTimeoutMs: 100 })
    const pid = await backendPid(db.kysely)
    await expect(sql`select pg_sleep(20)`.execute(db.kysely)).rejects.toBeInstanceOf(StatementTimeout)
    expect(await backendPid(db.kysely)).toBe(pid)
  })

  describe('of a database that says nothing', () => {
    /** The database behind something that can fall silent. */
    async function behindProxy(options: Partial<DatabaseOptions> = {}) {
      const { connection } = database
      if (connection.kind !== 'socket') throw new TypeError('tests reach their database by its socket')
      const proxy = await Proxy.to({ path: `${connection.directory}/.s.PGSQL.${connection.port}` })
      const url = `postgresql://${connection.user}@127.0.0.1:${proxy.port}/${connection.database}`
      const limits = { statementTimeoutMs: 200, silenceMs: 100, acquireTimeoutMs: 2_000 }
      return { proxy, db: open({ connection: { kind: 'url', url }, ...limits, ...options }) }
    }
    const one = (db: Kysely<Tables>) => only(db, sql<{ n: number }>`select ${1}::int as n`)

    test('statements, transactions and waiting callers are DatabaseUnavailable, and the next statement after it goes through', async () => {
      const { proxy, db } = await behindProxy({ poolSize: 2 })
      await Promise.all([one(db.kysely), one(db.kysely)])
      proxy.silence()
      const asked = [one(db.kysely), db.work.atomically(({ db: tx }) => one(tx)), one(db.kysely), one(db.kysely)]
      for (const each of await Promise.allSettled(asked)) {
        expect(each.status).toBe('rejected')
        expect(each.status === 'rejected' && each.reason).toBeInstanceOf(DatabaseUnavailable)
      }
      proxy.heal()
      expect(await one(db.kysely)).toEqual({ n: 1 })
      await db.close(0)
      await proxy.close()
    })

    test('takes the idle connections along, whose users would learn the same', async () => {
      const { proxy, db } = await behindProxy({ poolSize: 3 })
      await Promise.all([one(db.kysely), one(db.kysely), one(db.kysely)])
      expect(db.statistics()).toMatchObject({ open: 3, idle: 3 })
      proxy.silence()
      await expect(one(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
      await expect.poll(() => db.statistics().open).toBe(0)
      await db.close(0)
      await proxy.close()
    })

    test('does not keep the pool from closing', async () => {
      const { proxy, db } = await behindProxy()
      await one(db.kysely)
      proxy.silence()
      await db.close(10)
      await proxy.close()
    })
  })

  test('a unique violation tells its constraint', async () => {
    const db = open()
    await sql`create table once (id int constraint once_only primary key)`.execute(db.kysely)
    await sql`insert into once values (${1})`.execute(db.kysely)
    const error = await sql`insert into once values (${1})`.execute(db.kysely).catch((error: unknown) => error)
    expect(uniqueViolation(error)).toBe('once_only')
    expect(uniqueViolation(new Error('other'))).toBeUndefined()
  })

  test.each([
    ['nobody listens', { kind: 'url', url: 'postgresql://plur@127.0.0.1:1/plur' }],
    ['there is no socket', { kind: 'socket', directory: '/nowhere', port: 5432, user: 'plur', database: 'plur' }],
    ['the host is unknown', { kind: 'url', url: 'postgresql://plur@nowhere.invalid/plur' }],
    ['the database does not exist', { ...database.connection, database: 'missing' }],
    ['the role does not exist', { ...database.connection, user: 'nobody_knows' }],
  ] as const)('DatabaseUnavailable when %s', async (_, connection) => {
    const db = open({ connection })
    await expect(sql`select ${1}::int`.execute(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
    await expect(db.work.atomically(async () => 'ran')).rejects.toBeInstanceOf(DatabaseUnavailable)
  })

  test('DatabaseUnavailable when every connection is busy for too long', async () => {
    const db = open({ poolSize: 1, acquireTimeoutMs: 50 })
    await db.work.atomically(async () => {
      await expect(sql`select 1`.execute(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
    })
    expect(await backendPid(db.kysely)).toBeGreaterThan(0)
  })

  test('a session ended during a statement is DatabaseUnavailable, and the next statement gets a new one', async () => {
    const [db, admin] = [open({ poolSize: 1 }), open()]
    const pid = await backendPid(db.kysely)
    const running = expect(sql`select pg_sleep(20)`.execute(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
    await terminate(admin, pid)
    await running
    expect(await backendPid(db.kysely)).not.toBe(pid)
  })

  test('a session ended inside a transaction undoes it, reports it once and ends no process', async () => {
    const [db, admin] = [open({ poolSize: 1 }), open()]
    await sql`create table kept (id int)`.execute(db.kysely)
    let runs = 0
    const transaction = db.work.atomically(async ({ db: tx }) => {
      runs += 1
      await sql`insert into kept values (${1})`.execute(tx)
      await terminate(admin, await backendPid(tx))
      await sql`insert into kept values (${2})`.execute(tx)
    })
    await expect(transaction).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(runs).toBe(1)
    expect(await only(db.kysely, sql`select count(*)::int as n from kept`)).toEqual({ n: 0 })
  })

  test('a session that is ended in the moment it is ready is DatabaseUnavailable, and the next statement gets a new one', async () => {
    const front = await endingFront(database.connection)
    const url = `postgresql://${database.connection.kind === 'socket' ? database.connection.user : ''}@127.0.0.1:${front.port}/${front.database}`
    const db = open({ connection: { kind: 'url', url }, poolSize: 1 })
    await expect(sql`select ${1}::int`.execute(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(front.ended()).toBe(true)
    expect(await only(db.kysely, sql`select ${1}::int as n`)).toEqual({ n: 1 })
    await db.close(0)
    front.close()
  })

  test('an idle session that is ended is reported, and replaced at the next use', async () => {
    const admin = open()
    const lost = Promise.withResolvers<Error>()
    const db = open({ poolSize: 1, onConnectionLost: lost.resolve })
    const pid = await backendPid(db.kysely)
    await terminate(admin, pid)
    expect(await lost.promise).toBeInstanceOf(Error)
    expect(await backendPid(db.kysely)).not.toBe(pid)
  })

  test('a writable transaction on a read-only server is DatabaseUnavailable, as after a failover', async () => {
    const db = open({ poolSize: 1 })
    await sql`create table standby (id int)`.execute(db.kysely)
    await sql`set default_transaction_read_only to on`.execute(db.kysely)
    await expect(sql`insert into standby values (${1})`.execute(db.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable)
  })
})

describe('transactions', () => {
  test('are read committed', async () => {
    const { isolation } = await open().work.atomically(({ db: tx }) =>
      only(tx, sql<{ isolation: string }>`select current_setting('transaction_isolation') as isolation`),
    )
    expect(isolation).toBe('read committed')
  })

  test('two that deadlock both succeed, one of them at a later try', async () => {
    const db = open()
    await sql`create table accounts_of_two (id int primary key, n int); insert into accounts_of_two values (1, 0), (2, 0)`.execute(
      db.kysely,
    )
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let runs = 0
    const add = (first: number, second: number) =>
      db.work.atomically(async ({ db: tx }) => {
        runs += 1
        await sql`update accounts_of_two set n = n + 1 where id = ${first}`.execute(tx)
        met[first - 1]!.resolve()
        await met[second - 1]!.promise
        await sql`update accounts_of_two set n = n + 1 where id = ${second}`.execute(tx)
      })
    await Promise.all([add(1, 2), add(2, 1)])
    expect(runs).toBeGreaterThan(2)
    expect((await sql`select n from accounts_of_two`.execute(db.kysely)).rows).toEqual([{ n: 2 }, { n: 2 }])
  })

  test('one whose failed statement was swallowed is refused at its end', async () => {
    const db = open({ poolSize: 1 })
    await sql`create table half (id int)`.execute(db.kysely)
    const transaction = db.work.atomically(async ({ db: tx }) => {
      await sql`insert into half values (${1})`.execute(tx)
      await sql`select 1 / ${0}::int`.execute(tx).catch(() => {})
    })
    await expect(transaction).rejects.toThrow('rolled back')
    expect(await only(db.kysely, sql`select count(*)::int as n from half`)).toEqual({ n: 0 })
  })

  test('an error of the caller undoes the transaction and comes back unchanged', async () => {
    const db = open({ poolSize: 1 })
    await sql`create table undone (id int)`.execute(db.kysely)
    const mine = new Error('mine')
    const transaction = db.work.atomically(async ({ db: tx }) => {
      await sql`insert into undone values (${1})`.execute(tx)
      throw mine
    })
    await expect(transaction).rejects.toBe(mine)
    expect(await only(db.kysely, sql`select count(*)::int as n from undone`)).toEqual({ n: 0 })
  })

  test('one inside another is a savepoint', async () => {
    const db = open({ poolSize: 1 })
    await sql`create table nested (id int)`.execute(db.kysely)
    await db.work.atomically(async (work) => {
      await sql`insert into nested values (${1})`.execute(work.db)
      const inner = work.atomically(async ({ db: tx }) => {
        await sql`insert into nested values (${2})`.execute(tx)
        throw new Error('inner')
      })
      await expect(inner).rejects.toThrow('inner')
    })
    expect((await sql`select id from nested`.execute(db.kysely)).rows).toEqual([{ id: 1 }])
  })
})

describe('a read-only snapshot', () => {
  test('does not see what is committed meanwhile', async () => {
    const db = open()
    await sql`create table seen (id int); insert into seen values (1)`.execute(db.kysely)
    const counts = await db.readOnlySnapshot(async (work) => {
      const count = () => only(work.db, sql<{ n: number }>`select count(*)::int as n from seen`)
      const before = await count()
      await sql`insert into seen values (${2})`.execute(db.kysely)
      return [before.n, (await count()).n]
    })
    expect(counts).toEqual([1, 1])
  })

  test('refuses to write, with the error of the database', async () => {
    const db = open()
    await sql`create table unwritten (id int)`.execute(db.kysely)
    const write = db.readOnlySnapshot((work) => sql`insert into unwritten values (${1})`.execute(work.db))
    await expect(write).rejects.toMatchObject({ code: '25006' })
  })
})

describe('streamRows', () => {
  const collect = async (db: Database, rows: number, batch: number) =>
    db.readOnlySnapshot(async (work) => {
      const sizes: number[] = []
      let last = 0
      for await (const batchRows of streamRows(work.db, sql<{ n: number }>`select n from generate_series(1, ${rows}::int) n`, batch)) {
        sizes.push(batchRows.length)
        for (const { n } of batchRows) expect(n).toBe(++last)
      }
      return sizes
    })

  test.each([
    [0, 10, []],
    [9, 10, [9]],
    [10, 10, [10]],
    [25, 10, [10, 10, 5]],
  ])('gives %i rows in batches of %i as %j', async (rows, batch, sizes) => {
    expect(await collect(open(), rows, batch)).toEqual(sizes)
  })

  test('may take longer than one statement may, and lets other statements go between', async () => {
    const db = open({ statementTimeoutMs: 300 })
    const rows = await db.readOnlySnapshot(async (work) => {
      let rows = 0
      // 20 rows of 40 ms each: no plan may put the sleep elsewhere, because it is volatile.
      for await (const batch of streamRows(work.db, sql`select n, pg_sleep(0.04) from generate_series(1, 20) n`, 2)) {
        rows += batch.length
        await sql`select ${rows}::int`.execute(work.db)
      }
      return rows
    })
    expect(rows).toBe(20)
  })

  test('may be left early, and the session is usable again', async () => {
    const db = open({ poolSize: 1 })
    await db.readOnlySnapshot(async (work) => {
      for await (const batch of streamRows(work.db, sql`select n from generate_series(1, 1000) n`, 10)) {
        expect(batch).toHaveLength(10)
        break
      }
      expect(await only(work.db, sql`select 1 as one`)).toEqual({ one: 1 })
    })
    expect(await only(db.kysely, sql`select 1 as one`)).toEqual({ one: 1 })
  })

  test('gives up when the session ends in the middle', async () => {
    const [db, admin] = [open({ poolSize: 1 }), open()]
    const reading = db.readOnlySnapshot(async (work) => {
      const pid = await backendPid(work.db)
      for await (const batch of streamRows(work.db, sql`select n from generate_series(1, 1000) n`, 10)) {
        expect(batch).toHaveLength(10)
        await terminate(admin, pid)
      }
    })
    await expect(reading).rejects.toBeInstanceOf(DatabaseUnavailable)
  })

  test('refuses to run outside a transaction', async () => {
    await expect(streamRows(open().kysely, sql`select 1`, 10).next()).rejects.toThrow('transaction')
  })
})

describe('close', () => {
  test('waits for a running statement, and not for ever', async () => {
    const db = createDatabase({ connection: database.connection, poolSize: 1 })
    const quick = only(db.kysely, sql`select 1 as one from pg_sleep(0.05)`)
    const slow = createDatabase({ connection: database.connection, poolSize: 1 })
    const endless = sql`select pg_sleep(20)`.execute(slow.kysely).catch((error: unknown) => error)
    // Both statements have a connection before the pools are closed.
    await Promise.all([db, slow].map((each) => expect.poll(() => each.statistics().open).toBe(1)))
    const sleeping = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()`
    const admin = open()
    await expect.poll(async () => (await only(admin.kysely, sleeping)).n).toBe(2)
    await Promise.all([db.close(), slow.close(50)])
    expect(await quick).toEqual({ one: 1 })
    expect(await endless).toBeInstanceOf(DatabaseUnavailable)
  })
})
