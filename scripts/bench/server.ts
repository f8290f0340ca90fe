// The server as shipped, for measuring: the built program on a store, and a token without a rate limit.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Store } from './store.ts'

/** As `npm start` and the files in deploy/ run it. */
const FLAGS = z.array(z.string()).parse(JSON.parse(readFileSync(path.join(import.meta.dirname, '../server-flags.json'), 'utf8')))
const MAIN = path.join(import.meta.dirname, '../../dist/main.js')

export type Process = {
  readonly pid: number
  readonly origin: string
  /** Milliseconds from its start until it answered. */
  readonly startMs: number
  /** Lines of its log that tell of outages and bugs. */
  errors(): readonly string[]
  stop(): Promise<void>
}

export type Measured = {
  /** The process that is measured now. */
  readonly pid: number
  readonly origin: string
  readonly base: string
  readonly token: string
  /** Connection string of its database, as the owner. */
  readonly dsn: string
  errors(): readonly string[]
  /** Stops it and starts it anew; how long the start took. */
  restart(): Promise<number>
  /** Another process on the same database. */
  another(): Promise<Process>
  stop(): Promise<void>
}

export async function startServer(store: Store): Promise<Measured> {
  const port = await freePort()
  let running = await startProcess(store, port)
  const plur = (...args: string[]) =>
    execFileSync(process.execPath, [MAIN, ...args], { env: envOf(store, port), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const minted: unknown = JSON.parse(plur('scim-token', 'create', '--name', 'bench', '--rate', 'none', '--json'))
  const logged: string[] = []
  return {
    get pid() {
      return running.pid
    },
    origin: running.origin,
    base: `${running.origin}/scim/v2`,
    token: property(minted, 'token'),
    dsn: plur('dsn').trim(),
    errors: () => [...logged, ...running.errors()],
    async restart() {
      await running.stop()
      logged.push(...running.errors())
      running = await startProcess(store, port)
      return running.startMs
    },
    another: async () => startProcess(store, await freePort()),
    stop: () => running.stop(),
  }
}

const envOf = (store: Store, port: number) => ({ ...process.env, ...store.env, PLUR_PORT: String(port), PLUR_LOG_LEVEL: 'error' })

async function startProcess(store: Store, port: number): Promise<Process> {
  const from = performance.now()
  const child = spawn(process.execPath, [...FLAGS, MAIN, 'serve'], {
    env: envOf(store, port),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const origin = `http://127.0.0.1:${port}`
  await ready(origin, child).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(`the server did not start: ${said.join('\n')}`, { cause: error })
  })
  return {
    pid: child.pid ?? 0,
    origin,
    startMs: performance.now() - from,
    errors: () => lines,
    async stop() {
      if (child.exitCode !== null) return
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exited
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

const START_SECONDS_MAX = 120
const POLL_MS = 10

async function ready(origin: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_SECONDS_MAX * 1000
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`)
    const ok = await fetch(`${origin}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`the server was not ready after ${START_SECONDS_MAX} s`)
}
