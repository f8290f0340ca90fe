// Outlives a test run by a moment: when the run ends, in whatever way, its pipe to us closes, and we stop every PostgreSQL that works
// below the run's folder and remove it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const root = realpathSync(process.argv[2])
const ROUNDS_MAX = 100

process.stdin.resume()
process.stdin.once('close', () => void clean())

async function clean() {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const pids = process.platform === 'linux' ? serversByFolder() : serversByCommand()
    if (pids.length === 0) break
    // At once and without writing anything: the data goes too.
    for (const pid of pids) stop(pid)
    await delay(50)
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}

/** Every process of a server works in its data directory, also when that is removed by now. */
function serversByFolder() {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(root) && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n'
      )
    } catch {
      // It ended meanwhile, or it is somebody else's.
      return false
    }
  })
}

function serversByCommand() {
  const lines = execFileSync('ps', ['-axo', 'pid=,command=']).toString().split('\n')
  return lines.filter((line) => line.includes('postgres -D ') && line.includes(root)).map((line) => line.trim().split(' ')[0])
}

function stop(pid) {
  try {
    process.kill(Number(pid), 'SIGQUIT')
  } catch {
    // It ended meanwhile.
  }
}
