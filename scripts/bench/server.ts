// The server as shipped, for measuring: the built program with its embedded PostgreSQL and a token without a rate limit.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = path.join(import.meta.dirname, '../../dist/main.js')

export type Measured = {
  readonly pid: number
  readonly base: string
  readonly token: string
  /** Connection string of its database. */
  readonly dsn: string
  /** Lines of its log that tell of outages and bugs. */
  errors(): readonly string[]
  stop(): Promise<void>
}

export async function startServer(): Promise<Measured> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'plur-bench-'))
  // As root the database runs as another user, who has to get there; else it would be put where nobody removes it.
  chmodSync(dataDir, 0o711)
  const port = await freePort()
  const env = { ...process.env, PLUR_DATA_DIR: dataDir, PLUR_PORT: String(port), PLUR_LOG_LEVEL: 'error' }
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const origin = `http://127.0.0.1:${port}`
  await ready(origin, child)
  const plur = (...args: string[]) =>
    execFileSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const minted: unknown = JSON.parse(plur('scim-token', 'create', '--name', 'bench', '--rate', 'none', '--json'))
  return {
    pid: child.pid ?? 0,
    base: `${origin}/scim/v2`,
    token: property(minted, 'token'),
    dsn: plur('dsn').trim(),
    errors: () => lines,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exited
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export function property(json: unknown, name: string): string {
  const value: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  if (typeof value !== 'string') throw new Error(`no text "${name}" in ${JSON.stringify(json)?.slice(0, 200)}`)
  return value
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

const START_SECONDS_MAX = 60

async function ready(origin: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_SECONDS_MAX * 1000
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`)
    const ok = await fetch(`${origin}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the server was not ready after ${START_SECONDS_MAX} s`)
}
