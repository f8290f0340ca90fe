// Outlives a test run by a moment: when the run ends, in whatever way, its pipe to us closes, and we stop every PostgreSQL below the
// run's folder and remove it.
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const root = realpathSync(process.argv[2])
const DEPTH_MAX = 12

process.stdin.resume()
process.stdin.once('close', () => void clean())

async function clean() {
  for (let round = 0; round < 100; round++) {
    const pids = [...postmasters(root, 0)].filter(isBelowRoot)
    if (pids.length === 0) break
    // At once and without writing anything: the data goes too.
    for (const pid of pids) process.kill(pid, 'SIGQUIT')
    await delay(50)
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}

function* postmasters(directory, depth) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && depth < DEPTH_MAX) yield* postmasters(path.join(directory, entry.name), depth + 1)
    else if (entry.name === 'postmaster.pid') yield Math.abs(Number(readFileSync(path.join(directory, entry.name), 'utf8').split('\n')[0]))
  }
}

/** Whether the process lives and works in the run's folder: tests also write pid files that lie. */
function isBelowRoot(pid) {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0)
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(root)
  } catch {
    return false
  }
}
