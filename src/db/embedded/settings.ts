// The configuration files of the embedded cluster.
import { readFile, writeFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import path from 'node:path'
import { errorCode } from './failure.ts'
import { giveTo, type ServerUser } from './user.ts'

export type ServerSettings = Readonly<Record<string, string>>

const MB = 1024 * 1024

/** What this process may count on: the machine's memory, or less where a container or a service unit has a limit. */
const memoryMb = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity) / MB

/**
 * An eighth of the memory for the database's own cache, 128 MB at least and 1 GB at most; with the operating system's it may count on half.
 * It is taken as it is filled: a directory of 10,000 people needs some 40 MB.
 */
export const memorySettings = (mb: number): ServerSettings => ({
  shared_buffers: `${Math.min(1024, Math.max(128, Math.floor(mb / 8)))}MB`,
  effective_cache_size: `${Math.max(128, Math.floor(mb / 2))}MB`,
})

/** Safe, and silent about what people store: failed statements and their values are not logged. */
const SETTINGS: ServerSettings = {
  max_connections: '100',
  jit: 'off',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  autovacuum: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'iso, mdy',
  default_text_search_config: 'pg_catalog.simple',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  unix_socket_permissions: '0700',
}

const MAIN = `# Settings of the embedded database. Those of the product are in plur.conf, which is written anew at each start.
include 'plur.conf'
# Yours go below and win.
`

/** Trust, because the folder of the socket is open to the server's user and root only; a password for the loopback port. */
const AUTHENTICATION = `local all all trust
host plur plur,plur_reader 127.0.0.1/32 scram-sha-256
`

/** Writes the files of a new cluster. */
export async function writeInitialSettings(cluster: string, user: ServerUser): Promise<void> {
  for (const [name, text] of [
    ['postgresql.conf', MAIN],
    ['pg_hba.conf', AUTHENTICATION],
  ] as const) {
    const file = path.join(cluster, name)
    await writeFile(file, text)
    await giveTo(user, file)
  }
}

/** Brings plur.conf up to date. Writes only what has changed, so that a full disk does not prevent a start. */
export async function writeSettings(cluster: string, user: ServerUser, overrides: ServerSettings): Promise<void> {
  const file = path.join(cluster, 'plur.conf')
  const lines = Object.entries({ ...memorySettings(memoryMb()), ...SETTINGS, ...overrides }).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  )
  const text = lines.join('')
  if ((await readText(file)) === text) return
  await writeFile(file, text, { mode: 0o600 })
  await giveTo(user, file)
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
