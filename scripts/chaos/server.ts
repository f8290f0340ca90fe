// The server as shipped, as a process of its own on a port that stays the same over its lives.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './port.ts'

const MAIN = path.join(import.meta.dirname, '../../dist/main.js')
const START_MS_MAX = 60_000
const STOP_MS_MAX = 20_000
const POLL_MS = 10
/** Lines kept of what it logs; a fault makes it log much. */
const LINES_MAX = 200
/** What a server rightly logs while its database is away. */
const OUTAGE =
  /"err":\{"type":"(DatabaseUnavailable|StatementTimeout|TurnTimeout)"|"msg":"(a database connection was lost|the rate limit could not be counted)/
const running = new Set<ChildProcess>()

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Env = Readonly<Record<string, string>>

export class ServerProcess {
  readonly port: number
  readonly origin: string
  /** The latest lines of its log, all its lives together. */
  readonly lines: string[] = []
  /** Lines that tell of an error which is no outage of the database. */
  readonly bugs: string[] = []
  readonly #env: Env
  #child: ChildProcess | undefined

  private constructor(port: number, env: Env) {
    this.port = port
    this.origin = `http://127.0.0.1:${port}`
    this.#env = { PLUR_LOG_LEVEL: 'error', ...env, PLUR_PORT: String(port) }
  }

  /** Not started yet. */
  static async with(env: Env): Promise<ServerProcess> {
    return new ServerProcess(await freePort(), env)
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    const child = this.#spawn()
    for (const deadline = Date.now() + START_MS_MAX; ; await delay(POLL_MS)) {
      if (hasEnded(child))
        throw new Error(`The server ended with ${child.exitCode ?? child.signalCode}: ${this.lines.slice(-5).join('\n')}`)
      if (await this.isReady()) return
      if (Date.now() > deadline) throw new Error(`The server is not ready after ${START_MS_MAX / 1000} s.`)
    }
  }

  isReady(): Promise<boolean> {
    return fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    )
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Its exit code when it stopped by itself in time. */
  async stop(): Promise<number | null> {
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_MS_MAX)
    await this.#end('SIGTERM')
    clearTimeout(timer)
    return this.#child?.exitCode ?? null
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || hasEnded(child)) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  #spawn(): ChildProcess {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN, 'serve'], {
      env: { PATH: process.env['PATH'], ...this.#env },
      // Ctrl-C at the terminal is for the harness.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line)
        if (this.lines.length > LINES_MAX) this.lines.shift()
        if (line.startsWith('{') && !OUTAGE.test(line) && this.bugs.length < LINES_MAX) this.bugs.push(line)
      })
    running.add(child)
    child.once('exit', () => running.delete(child))
    this.#child = child
    return child
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null
