// Writing a backup: every table as it is at one moment, whatever is written meanwhile.
import { Client } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { clientConfig, type ConnectionTarget } from '../connection-target.ts'
import { unavailable } from '../failures.ts'
import { type ArchiveWriter, writeArchive } from './archive.ts'
import { quoted, readAuditMonths, readMigrations, readSequences, readTables, type TableColumns } from './catalog.ts'
import { type Manifest, parseManifest, printManifest, type TableEntry } from './manifest.ts'

/** How far a backup or a restore has come; `rows` are known when a table is done. */
export type Progress = { readonly table: string; readonly bytes: number; readonly rows: number | undefined }
export type OnProgress = (progress: Progress) => void

const CONNECT_TIMEOUT_MS = 10_000

/** Writes the database to a file and returns what is in it. Throws DatabaseUnavailable, or what the file system says. */
export async function dump(source: ConnectionTarget, file: string, onProgress: OnProgress): Promise<Manifest> {
  return onSession(source, (client) => writeArchive(file, (writer) => dumpTables(client, writer, onProgress)))
}

/** A session without the limits that requests have. */
export async function onSession<T>(target: ConnectionTarget, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...clientConfig(target), application_name: 'plur backup', connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw unavailable(error)
  }
  try {
    // COPY writes as the session reads: what it says must not depend on a server's own settings, nor hold a part of the rows in silence.
    await client.query(`set statement_timeout to 0; set idle_in_transaction_session_timeout to 0; set lock_timeout to 0; set timezone to 'UTC';
      set datestyle to 'ISO, YMD'; set intervalstyle to 'postgres'; set bytea_output to 'hex'; set extra_float_digits to 1;
      set row_security to off`)
    return await run(client)
  } finally {
    await client.end()
  }
}

async function dumpTables(client: Client, writer: ArchiveWriter, onProgress: OnProgress): Promise<Manifest> {
  await client.query('begin isolation level repeatable read read only')
  const tables = await readTables(client)
  const migrations = await readMigrations(client)
  if (migrations.length === 0) throw new Error('There is nothing to back up: the database has never been used.')
  // A migration has to wait: the tables would change under the snapshot.
  await client.query(`lock table ${tables.map(({ name }) => quoted(name)).join(', ')} in access share mode`)
  const entries: TableEntry[] = []
  for (const table of tables) entries.push(await dumpTable(client, writer, { table, onProgress }))
  const { rows } = await client.query<{ now: Date; version: string }>(`select now(), current_setting('server_version') as version`)
  const text = printManifest({
    createdAt: (rows[0]?.now ?? new Date()).toISOString(),
    server: rows[0]?.version ?? '',
    migrations: [...migrations],
    auditMonths: [...(await readAuditMonths(client))],
    // Last, because sequences know no snapshot: no row of it has a number above these.
    sequences: [...(await readSequences(client))],
    tables: entries,
  })
  await writer.finish(text)
  return parseManifest(text)
}

type OneTable = { readonly table: TableColumns; readonly onProgress: OnProgress }

async function dumpTable(client: Client, writer: ArchiveWriter, { table, onProgress }: OneTable): Promise<TableEntry> {
  const { name, columns } = table
  // A query, because a partitioned table cannot be copied as a whole.
  const stream = client.query(copyTo(`copy (select ${columns.map(quoted).join(', ')} from ${quoted(name)}) to stdout`))
  let passed = 0
  const digest = await writer.table(name, stream, (bytes) => onProgress({ table: name, bytes: (passed += bytes), rows: undefined }))
  onProgress({ table: name, bytes: passed, rows: stream.rowCount })
  return { name, columns: [...columns], rows: stream.rowCount, ...digest }
}
