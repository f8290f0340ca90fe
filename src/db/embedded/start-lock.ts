// One of our processes starts the server at a time: two that both find a stale pid file must not remove each other's new one.
import { createHash } from 'node:crypto'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from './failure.ts'
import type { Home } from './home.ts'

const POLL_MS = 10
/** Longer than a start takes; then whoever holds the lock is stuck, and PostgreSQL's own lock file has to do. */
const WAIT_MS_MAX = 30_000

/**
 * Waits for the lock and returns what releases it. An abstract socket, because the kernel frees it with its process, however that ends;
 * systems without them do without the lock.
 */
export async function holdStartLock(home: Home): Promise<() => void> {
  if (process.platform !== 'linux') return () => {}
  const name = `\0plur-start-${createHash('sha256').update(home.cluster).digest('hex').slice(0, 32)}`
  for (const deadline = Date.now() + WAIT_MS_MAX; Date.now() < deadline; await delay(POLL_MS)) {
    const server = await listen(name)
    if (server !== undefined) return () => server.close()
  }
  return () => {}
}

function listen(name: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(name, () => resolve(server))
  })
}
