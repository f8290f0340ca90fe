// Reading a backup: checking it, and filling an empty database with it, all or nothing.
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { ConnectionTarget } from '../connection-target.ts'
import { migrate, migrateTo } from '../migrate.ts'
import { type ArchiveReader, readArchive } from './archive.ts'
import { quoted, readObstacles, readTables } from './catalog.ts'
import { type OnProgress, onSession } from './dump.ts'
import { BackupUnusable, type Manifest, type TableEntry } from './manifest.ts'

/** Reads all of a backup and compares it with its digests. Throws BackupUnusable. */
export function verify(file: string, onProgress: OnProgress): Promise<Manifest> {
  return readArchive(file, async (reader) => {
    for (const entry of reader.manifest.tables) {
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
      await pipeline(await reader.table(entry, () => undefined), nowhere)
      onProgress({ table: entry.name, bytes: entry.bytes, rows: entry.rows })
    }
    return reader.manifest
  })
}

/** Whether anything was ever kept in this database. */
export function hasData(target: ConnectionTarget): Promise<boolean> {
  return onSession(target, async (client) => {
    const { rows: tables } = await client.query<{ exists: boolean }>(`select to_regclass('orgs') is not null as exists`)
    if (tables[0]?.exists !== true) return false
    const { rows } = await client.query<{ exists: boolean }>('select exists (select from orgs) as exists')
    return rows[0]?.exists === true
  })
}

/**
 * Fills an empty database as the owner of its tables: the schema as it was, the rows in one transaction, then the migrations that came
 * later, whose names are returned. Check the file first. Throws BackupUnusable, DatabaseTooNew, MigrationFailed, DatabaseUnavailable.
 */
export async function load(owner: ConnectionTarget, file: string, onProgress: OnProgress): Promise<readonly string[]> {
  await readArchive(file, async (reader) => {
    await migrateTo(owner, reader.manifest.migrations)
    await onSession(owner, (client) => fill(client, reader, onProgress))
  })
  return migrate(owner)
}

async function fill(client: Client, reader: ArchiveReader, onProgress: OnProgress): Promise<void> {
  const { tables, sequences, auditMonths } = reader.manifest
  await client.query('begin')
  await refuseUnlike(client, tables)
  const { aside, back } = await readObstacles(client)
  for (const statement of aside) await client.query(statement)
  await empty(client, tables)
  await makePartitions(client, auditMonths)
  for (const entry of tables) await fillTable(client, reader, { entry, onProgress })
  for (const { name, value, called } of sequences) await client.query('select setval($1::regclass, $2, $3)', [quoted(name), value, called])
  for (const statement of back) await client.query(statement)
  await client.query('commit')
  await client.query('analyze')
}

/** The same migrations make the same tables; anything else is no backup of ours. */
async function refuseUnlike(client: Client, tables: readonly TableEntry[]): Promise<void> {
  const there = new Map((await readTables(client)).map(({ name, columns }) => [name, columns.join()]))
  const unlike = tables.find(({ name, columns }) => there.get(name) !== columns.join())
  if (unlike !== undefined) throw new BackupUnusable(`Its table ${unlike.name} has other columns than this version gives it.`)
}

/** Migrations may have put rows in. The audit log has none, and lets nobody remove any. */
async function empty(client: Client, tables: readonly TableEntry[]): Promise<void> {
  for (const { name } of tables) {
    const { rows } = await client.query<{ some: boolean }>(`select exists (select from ${quoted(name)}) as some`)
    if (rows[0]?.some === true) await client.query(`delete from ${quoted(name)}`)
  }
}

/** Those of months gone by. A schema that is older than the function keeps all rows in one place. */
async function makePartitions(client: Client, months: readonly string[]): Promise<void> {
  const { rowCount } = await client.query(`select where to_regprocedure('audit_log_partition(date)') is not null`)
  if (rowCount !== 0) await client.query('select audit_log_partition(month::date) from unnest($1::text[]) month', [months])
}

type OneTable = { readonly entry: TableEntry; readonly onProgress: OnProgress }

async function fillTable(client: Client, reader: ArchiveReader, { entry, onProgress }: OneTable): Promise<void> {
  const { name, columns, rows } = entry
  let passed = 0
  const source = await reader.table(entry, (bytes) => onProgress({ table: name, bytes: (passed += bytes), rows: undefined }))
  const target = client.query(copyFrom(`copy ${quoted(name)} (${columns.map(quoted).join(', ')}) from stdin`))
  await pipeline(source, target)
  if (target.rowCount !== rows) throw new BackupUnusable(`The table ${name} has ${target.rowCount} rows and should have ${rows}.`)
  onProgress({ table: name, bytes: passed, rows })
}
