// The migration runner, on folders of its own.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { DatabaseTooNew, migrate, MIGRATIONS_DIRECTORY, MigrationFailed, pendingMigrations } from '../../src/db/migrate.ts'
import { DatabaseUnavailable } from '../../src/db/failures.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const folder = await mkdtemp(path.join(inject('cluster').root, 'migrations-'))
let database: TestDatabase
let db: Database
const databases: TestDatabase[] = []

beforeEach(async () => {
  await rm(folder, { recursive: true })
  await cp(await mkdtemp(path.join(inject('cluster').root, 'empty-')), folder, { recursive: true })
  database = await testDatabase({ empty: true })
  databases.push(database)
  await db?.close()
  db = createDatabase({ connection: database.connection, poolSize: 2 })
})
afterAll(async () => {
  await db.close()
  for (const each of databases) await each.drop()
})

async function files(contents: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(contents)) await writeFile(path.join(folder, name), text)
}

const tables = async () => {
  const { rows } = await sql<{
    name: string
  }>`select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'
    order by tablename`.execute(db.kysely)
  return rows.map(({ name }) => name)
}

const ONE = { '0001_one.sql': 'create table one (id int); insert into one values (1); -- several statements' }
const TWO = { '0002_two.sql': 'create table two (id int)' }

describe('migrate', () => {
  test('runs what is missing, in order, once', async () => {
    await files(ONE)
    expect(await migrate(database.connection, folder)).toEqual(['0001_one'])
    await files(TWO)
    expect(await pendingMigrations(db.kysely, folder)).toEqual(['0002_two'])
    expect(await migrate(database.connection, folder)).toEqual(['0002_two'])
    expect(await migrate(database.connection, folder)).toEqual([])
    expect(await pendingMigrations(db.kysely, folder)).toEqual([])
    expect(await tables()).toEqual(['one', 'two'])
  })

  test('20 that start together run each migration once', async () => {
    await files({ ...ONE, ...TWO, '0003_count.sql': 'insert into one select 2' })
    const applied = await Promise.all(Array.from({ length: 20 }, () => migrate(database.connection, folder)))
    expect(applied.flat().sort()).toEqual(['0001_one', '0002_two', '0003_count'])
    expect((await sql`select id from one order by id`.execute(db.kysely)).rows).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('a failing one is undone whole, the ones before it stay, and the next run goes on from there', async () => {
    await files({ ...ONE, '0002_two.sql': 'create table two (id int); select 1 / 0', '0003_three.sql': 'create table three (id int)' })
    const failure = await migrate(database.connection, folder).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MigrationFailed)
    expect(String(failure)).toContain('0002_two')
    expect(await tables()).toEqual(['one'])
    expect(await pendingMigrations(db.kysely, folder)).toEqual(['0002_two', '0003_three'])
    await files(TWO)
    expect(await migrate(database.connection, folder)).toEqual(['0002_two', '0003_three'])
  })

  test('a database that a newer version has migrated is refused by name and left alone', async () => {
    await files({ ...ONE, ...TWO })
    await migrate(database.connection, folder)
    await rm(path.join(folder, '0002_two.sql'))
    await files({ '0003_three.sql': 'create table three (id int)' })
    await expect(migrate(database.connection, folder)).rejects.toThrow(DatabaseTooNew)
    await expect(migrate(database.connection, folder)).rejects.toThrow('0002_two')
    await expect(pendingMigrations(db.kysely, folder)).rejects.toThrow(DatabaseTooNew)
    expect(await tables()).toEqual(['one', 'two'])
  })

  test('may take longer than a statement of the server may', async () => {
    // In this database only: the role works for other tests beside this one.
    const { rows } = await sql<{ name: string }>`select quote_ident(current_database()) as name`.execute(db.kysely)
    const here = sql.raw(`alter role current_user in database ${rows[0]?.name ?? ''}`)
    await sql`${here} set statement_timeout to '50ms'`.execute(db.kysely)
    try {
      await files({ '0001_slow.sql': 'select pg_sleep(0.2)' })
      expect(await migrate(database.connection, folder)).toEqual(['0001_slow'])
    } finally {
      await sql`${here} reset statement_timeout`.execute(db.kysely)
    }
  })

  test('a file that is not named as a migration is refused', async () => {
    await files({ 'one.sql': 'create table one (id int)' })
    await expect(migrate(database.connection, folder)).rejects.toThrow('one.sql')
  })

  test('says that the database is not available when it is not', async () => {
    await expect(migrate({ kind: 'url', url: 'postgresql://plur@127.0.0.1:1/plur' }, folder)).rejects.toBeInstanceOf(DatabaseUnavailable)
  })
})

describe("the product's migrations", () => {
  test('run on an empty database as a role that is no superuser', async () => {
    expect(await migrate(database.connection)).not.toHaveLength(0)
    expect(await pendingMigrations(db.kysely)).toEqual([])
    expect(MIGRATIONS_DIRECTORY).toMatch(/src\/db\/migrations\/$/)
  })

  test('leave tables that the reader can read and not write', async () => {
    const migrated = await testDatabase()
    databases.push(migrated)
    const reader = createDatabase({ connection: migrated.readerConnection, poolSize: 1 })
    try {
      expect((await sql`select from orgs`.execute(reader.kysely)).rows).toEqual([])
      await expect(sql`begin read write; insert into orgs (slug) values ('a'); commit`.execute(reader.kysely)).rejects.toMatchObject({
        code: '42501',
      })
    } finally {
      await reader.close()
    }
  })
})
