// A server that runs: joining it and stopping it.
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { Binaries } from './binaries.ts'
import type { EmbeddedLog } from './event.ts'
import { EmbeddedPostgresError, errorCode } from './failure.ts'
import type { Home } from './home.ts'
import { isAlive, isPostmaster, readPidFile } from './postmaster.ts'
import type { ServerSettings } from './settings.ts'

/** A cluster and how its server is to run. */
export type Server = {
  readonly home: Home
  readonly binaries: Binaries
  readonly settings: ServerSettings
  readonly log: EmbeddedLog
}

/** A session of the superuser in the database `postgres`, and how others reach the server. */
export type Joined = { readonly session: Client; readonly socketDirectory: string; readonly port: number }

/**
 * `busy`: a server is coming or going. `absent`: there is none; `stale`: a pid file is in the way that PostgreSQL would obey, though its
 * number belongs to another program by now.
 */
export type Attempt =
  | ({ readonly kind: 'joined' } & Joined)
  | { readonly kind: 'busy' }
  | { readonly kind: 'absent'; readonly stale: boolean }

const POLL_MS = 20
const CONNECT_TIMEOUT_MS = 5_000
const STOP_TIMEOUT_MS = 8_000
/** A pid file that stays empty that long was left by a server that died while it wrote it. */
const EMPTY_MS_MAX = 1_000

/** Joins the server if it runs. */
export async function tryJoin({ home }: Server): Promise<Attempt> {
  const found = await readPidFile(home.cluster)
  if (found.kind === 'absent') return { kind: 'absent', stale: false }
  if (found.kind === 'empty') return found.ageMs < EMPTY_MS_MAX ? { kind: 'busy' } : { kind: 'absent', stale: true }
  if (found.kind === 'ready') {
    const session = await connect(found)
    if (session !== undefined) return { kind: 'joined', session, socketDirectory: found.socketDirectory, port: found.port }
  }
  if (await isPostmaster(found.pid, home.cluster)) return { kind: 'busy' }
  // That of a dead process is PostgreSQL's to judge: it also knows whether children of the dead server still live.
  return { kind: 'absent', stale: isAlive(found.pid) }
}

/** A session, or undefined when nobody answers or the server is not ready. */
async function connect({ socketDirectory, port }: { socketDirectory: string; port: number }): Promise<Client | undefined> {
  const session = new Client({
    host: socketDirectory,
    port,
    user: 'postgres',
    database: 'postgres',
    application_name: 'plur supervisor',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  session.on('error', () => {})
  try {
    await session.connect()
    return session
  } catch (error) {
    if (errorCode(error) === 'EACCES')
      throw new EmbeddedPostgresError(`the server of this data directory belongs to another user; ${socketDirectory} is closed to us.`, {
        cause: error,
      })
    return undefined
  }
}

/**
 * Shuts the server down: sessions are ended, everything is written, nothing has to be recovered at the next start (fast shutdown).
 * Resolves when it is gone; false when it still works on it after a while, which it then does alone.
 */
export async function stopServer({ home }: Server): Promise<boolean> {
  const found = await readPidFile(home.cluster)
  if (found.kind === 'absent' || found.kind === 'empty' || !(await isPostmaster(found.pid, home.cluster))) return true
  process.kill(found.pid, 'SIGINT')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (await isPostmaster(found.pid, home.cluster)) {
    if (Date.now() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}
