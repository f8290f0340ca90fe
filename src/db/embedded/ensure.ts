// One server per cluster: join the one that runs, wait for one that is coming or going, start one when there is none.
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedPostgresError } from './failure.ts'
import { launch } from './launch.ts'
import { removePidFile } from './postmaster.ts'
import { type Joined, type Server, tryJoin } from './server.ts'
import { holdStartLock } from './start-lock.ts'

/** Recovery after a crash may take its time; the server is up long before in every other case. */
const START_TIMEOUT_MS = 5 * 60_000
const POLL_MS = 20

/** Joins or starts the server. Throws EmbeddedPostgresError when it does not come up. */
export async function ensureServer(server: Server): Promise<Joined> {
  const { home, log } = server
  const deadline = Date.now() + START_TIMEOUT_MS
  for (let waited = false; Date.now() < deadline; waited = true) {
    const attempt = await tryJoin(server)
    if (attempt.kind === 'joined') {
      log({ kind: 'adopted', level: 'info', message: `joined the running server of ${home.cluster}` })
      return attempt
    }
    const started = attempt.kind === 'absent' ? await start(server) : undefined
    if (started !== undefined) return started
    if (!waited) log({ kind: 'waiting', level: 'info', message: `the server of ${home.cluster} is starting or stopping; waiting` })
    await delay(POLL_MS)
  }
  throw new EmbeddedPostgresError(`the server of ${home.cluster} is not ready after ${START_TIMEOUT_MS / 1000} seconds.`)
}

/** Undefined when there is nothing to start after all. */
async function start(server: Server): Promise<Joined | undefined> {
  const release = await holdStartLock(server.home)
  try {
    const attempt = await tryJoin(server)
    if (attempt.kind === 'joined') return attempt
    if (attempt.kind === 'busy') return undefined
    if (attempt.stale) await removePidFile(server.home.cluster)
    return await launch(server)
  } finally {
    release()
  }
}
