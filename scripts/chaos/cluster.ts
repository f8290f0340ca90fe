// A PostgreSQL of its own for the harness: the programs that the product ships, a data directory below a temporary folder, one loopback
// port. It is started, stopped and killed like one that somebody else runs, so nothing of the product's supervisor is in the way.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { prepareServer } from '../../src/db/embedded/open.ts'
import { writeSettings } from '../../src/db/embedded/settings.ts'
import { childOptions, giveTo, type ServerUser } from '../../src/db/embedded/user.ts'
import { freePort } from './port.ts'

/** How it ends: told to, told to hurry, or shot. */
export type End = 'SIGINT' | 'SIGQUIT' | 'SIGKILL'

export type ClusterFiles = {
  /** The folder with `initdb` and `postgres`. */
  readonly programs: string
  readonly user: ServerUser
  readonly directory: string
}

export type Settings = Readonly<Record<string, string>>

/** Room for the pool of three servers, the harness and the standby; the walsender needs WAL that a standby can follow. */
const SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  wal_level: 'replica',
  max_wal_senders: '4',
  wal_keep_size: '1GB',
  max_wal_size: '4GB',
  hot_standby: 'on',
}
const AUTHENTICATION = `host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
`
const START_MS_MAX = 60_000
const POLL_MS = 10
const running = new Set<ChildProcess>()

/** Nothing outlives the harness, whatever ends it: children of a killed PostgreSQL end by themselves. */
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Makes an empty cluster below `folder` with the programs that the product ships. */
export async function makeCluster(folder: string): Promise<ClusterFiles> {
  const dataDir = path.join(folder, 'primary')
  const { home, binaries } = await prepareServer({ dataDir, systemDirectory: path.join(folder, 'system'), log: () => undefined })
  return { programs: binaries.directory, user: home.user, directory: home.cluster }
}

export class Cluster {
  readonly files: ClusterFiles
  readonly port: number
  readonly #settings: Record<string, string>
  #child: ChildProcess | undefined

  private constructor(files: ClusterFiles, port: number, settings: Settings) {
    this.files = files
    this.port = port
    this.#settings = { ...SETTINGS, ...settings, port: String(port) }
  }

  static async on(files: ClusterFiles, settings: Settings = {}): Promise<Cluster> {
    return new Cluster(files, await freePort(), settings)
  }

  /** Takes effect with the next start. */
  set(settings: Settings): void {
    Object.assign(this.#settings, settings)
  }

  url(user: string, database: string): string {
    return `postgresql://${user}@127.0.0.1:${this.port}/${database}`
  }

  /** Starts it, and resolves in the moment it accepts connections. */
  async start(): Promise<void> {
    const { directory, user } = this.files
    await writeSettings(directory, user, this.#settings)
    await writeFile(path.join(directory, 'pg_hba.conf'), AUTHENTICATION)
    await giveTo(user, path.join(directory, 'pg_hba.conf'))
    for (const deadline = Date.now() + START_MS_MAX; ; await delay(POLL_MS)) {
      // Children of a killed server may still be ending, which the next one refuses to share the memory with.
      if (this.#child === undefined || hasEnded(this.#child)) this.#child = this.#spawn()
      if (await this.accepts()) return
      if (Date.now() > deadline) throw new Error(`PostgreSQL does not accept connections after ${START_MS_MAX / 1000} s.`)
    }
  }

  /** Whether a session can be had and is answered. */
  async accepts(): Promise<boolean> {
    const client = new Client({ connectionString: this.url('postgres', 'postgres'), connectionTimeoutMillis: 1_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async end(how: End): Promise<void> {
    const child = this.#child
    if (child === undefined || hasEnded(child)) return
    const exited = once(child, 'exit')
    child.kill(how)
    await exited
  }

  #spawn(): ChildProcess {
    const { programs, directory, user } = this.files
    const child = spawn(path.join(programs, 'postgres'), ['-D', directory], {
      ...childOptions(user),
      // Ctrl-C at the terminal is for the harness, which has to ask questions before the database goes.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.pipe(createWriteStream(`${directory}.log`, { flags: 'a' }))
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Copies the files of a running cluster between pg_backup_start and pg_backup_stop, whose label makes good what changes meanwhile. */
export async function copyRunning(from: ClusterFiles, to: string): Promise<ClusterFiles> {
  await mkdir(to, { mode: 0o700 })
  for (const entry of await readdir(from.directory)) {
    if (LEFT_OUT.has(entry)) continue
    // A file that is removed while it is copied belongs to what the log makes good.
    await promisify(execFile)('cp', ['-a', path.join(from.directory, entry), to]).catch(() => undefined)
  }
  const slots = path.join(to, 'pg_replslot')
  await mkdir(slots, { mode: 0o700 })
  for (const made of [to, slots]) await giveTo(from.user, made)
  return { ...from, directory: to }
}

/** Of the running server, or of nobody else's concern. */
const LEFT_OUT: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts', 'pg_replslot', 'postgresql.auto.conf'])
