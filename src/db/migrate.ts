// The schema: forward-only SQL files, each run once, in one transaction, by Kysely's migrator, which holds a lock meanwhile.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { Pool } from 'pg'
import { clientConfig, type ConnectionTarget } from './connection-target.ts'
import { translate, unavailable } from './failures.ts'
import type { Tables } from './tables.ts'

/** The compiler copies no SQL, so that this is the same folder seen from `src/db` and from `dist/db`. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../src/db/migrations/', import.meta.url))
const MIGRATION_FILE = /^\d{4}_[a-z0-9_]+\.sql$/
const CONNECT_TIMEOUT_MS = 10_000

/** The database has migrations that this version does not know: a newer version has been here. */
export class DatabaseTooNew extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `The database was migrated by a newer version (${unknown.join(', ')}). Start that version or a later one; there is no way back down.`,
    )
    this.name = 'DatabaseTooNew'
  }
}

/** Migrations are missing, and the role that we are may not make them. */
export class MigrationNeedsOwner extends Error {
  constructor(role: string, pending: readonly string[]) {
    super(
      `The database is not up to date (${pending.join(', ')}), and the role ${role} may not change its schema. ` +
        'Run `plur-enterprise migrate` with PLUR_DATABASE_OWNER_URL naming a role that may, then try again.',
    )
    this.name = 'MigrationNeedsOwner'
  }
}

/** A migration failed and was undone; the ones before it stay. */
export class MigrationFailed extends Error {
  constructor(migration: string, cause: unknown) {
    super(`Migration ${migration} failed and was undone: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'MigrationFailed'
  }
}

/**
 * Brings the schema up to date and returns the names of the migrations that were run. Safe when many processes start together: one
 * migrates, the others wait and find nothing to do. Needs a direct connection or a session pool, because the lock is one of the session.
 * Throws DatabaseTooNew, MigrationNeedsOwner, MigrationFailed, DatabaseUnavailable.
 */
export async function migrate(target: ConnectionTarget, directory = MIGRATIONS_DIRECTORY): Promise<readonly string[]> {
  return migrateWith(target, await readMigrations(directory))
}

/** Runs these migrations and no others, on a database that has none yet: the schema as another one had it. */
export async function migrateTo(target: ConnectionTarget, names: readonly string[]): Promise<void> {
  const known = await readMigrations(MIGRATIONS_DIRECTORY)
  const unknown = names.filter((name) => !Object.hasOwn(known, name))
  if (unknown.length > 0) throw new DatabaseTooNew(unknown)
  await migrateWith(target, Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name))))
}

async function migrateWith(target: ConnectionTarget, migrations: Record<string, Migration>): Promise<readonly string[]> {
  const pool = new Pool({ ...clientConfig(target), max: 1, application_name: 'plur migrate', connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  pool.on('error', () => {})
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await connect(pool)
    const pending = await missing(db, migrations)
    if (pending.length === 0) return []
    await refuseToOthers(db, pending)
    return await runAll(db, migrations)
  } finally {
    await db.destroy()
  }
}

/** Migrations that this version has and the database has not, in order. Throws DatabaseTooNew when it is the other way round. */
export async function pendingMigrations(db: Kysely<Tables>, directory = MIGRATIONS_DIRECTORY): Promise<readonly string[]> {
  return missing(db, await readMigrations(directory))
}

async function missing(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<readonly string[]> {
  const executed = new Set(await refuseUnknown(db, migrations))
  return Object.keys(migrations)
    .filter((name) => !executed.has(name))
    .sort()
}

/** A failure here is one of the connection, and no migration's. */
async function connect(pool: Pool): Promise<void> {
  try {
    const client = await pool.connect()
    try {
      // A migration may take long, whatever the role's or the database's own setting.
      await client.query('set statement_timeout to 0')
    } finally {
      client.release()
    }
  } catch (error) {
    throw unavailable(error)
  }
}

/** One at a time, so that each has a transaction of its own. */
async function runAll(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const applied: string[] = []
  for (;;) {
    const { error, results = [] } = await migrator.migrateUp()
    if (error !== undefined) {
      const failed = results.find(({ status }) => status === 'Error')
      const cause = translate(error, { broken: false, writable: true })
      if (failed !== undefined) throw new MigrationFailed(failed.migrationName, cause)
      // A newer version may have been faster than we.
      await refuseUnknown(db, migrations)
      throw cause
    }
    if (results.length === 0) return applied
    applied.push(...results.map(({ migrationName }) => migrationName))
  }
}

async function readMigrations(directory: string): Promise<Record<string, Migration>> {
  const files = await readdir(directory)
  const strange = files.filter((file) => file.endsWith('.sql') && !MIGRATION_FILE.test(file))
  if (strange.length > 0) throw new Error(`Migrations are named 0001_name.sql, not ${strange.join(', ')}`)
  const entries = files
    .filter((file) => MIGRATION_FILE.test(file))
    .map((file): [string, Migration] => [path.basename(file, '.sql'), { up: (db) => run(db, path.join(directory, file)) }])
  return Object.fromEntries(entries)
}

async function run(db: Kysely<unknown>, file: string): Promise<void> {
  await sql.raw(await readFile(file, 'utf8')).execute(db)
}

/** Before anything is tried: what PostgreSQL would say names a table and not what to do. */
async function refuseToOthers(db: Kysely<Tables>, pending: readonly string[]): Promise<void> {
  const { rows } = await sql<{ role: string; may: boolean }>`
    select current_user as role, coalesce(
      (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('kysely_migration')),
      has_schema_privilege(current_schema(), 'create'),
      false) as may`.execute(db)
  const [found] = rows
  if (found?.may !== true) throw new MigrationNeedsOwner(found?.role ?? '', pending)
}

async function refuseUnknown(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<readonly string[]> {
  const executed = await executedMigrations(db)
  const unknown = executed.filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) throw new DatabaseTooNew(unknown)
  return executed
}

async function executedMigrations(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(db)
  if (tables[0]?.exists !== true) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name collate "C"`.execute(db)
  return rows.map(({ name }) => name)
}
