// What is done to a stage, each as a step that breaks something, waits, and heals it. `healedAt` is the moment from which nothing stands
// in the way any more: PostgreSQL accepts connections, the network passes, the disk has room.
import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { End } from './cluster.ts'
import { type Disk, mountDisk, tablespaceOn } from './disk.ts'
import { addStandby, failOver } from './failover.ts'
import { createProductDatabase, type Stage, type StageOptions, superuser } from './stage.ts'

export type Healed = { readonly healedAt: number }
export type Fault = {
  readonly name: string
  /** For the report. */
  readonly what: string
  readonly times: number
  /** What it needs beforehand, each time. */
  readonly prepare?: (stage: Stage) => Promise<void>
  readonly run: (stage: Stage) => Promise<Healed>
}

const AWAY_MS = 700
const FULL_MS = 2_500
const SLOW_MS = 3_000
const LATENCY_MS = 40
const SHORT_SILENCE_MS = 4_000
/** Longer than the server waits for a silent database. */
const LONG_SILENCE_MS = 40_000
const now = (): Healed => ({ healedAt: performance.now() })

export const FAULTS: readonly Fault[] = [
  { name: 'stop', what: 'PostgreSQL stopped (fast) and started again', times: 4, run: (stage) => endAndStart(stage, 'SIGINT') },
  { name: 'quit', what: 'PostgreSQL told to quit at once (SIGQUIT)', times: 4, run: (stage) => endAndStart(stage, 'SIGQUIT') },
  { name: 'crash', what: 'PostgreSQL killed (SIGKILL) and recovered', times: 4, run: (stage) => endAndStart(stage, 'SIGKILL') },
  { name: 'backends', what: 'all sessions of the server ended by an admin', times: 4, run: endSessions },
  { name: 'connections', what: 'no connection left', times: 3, run: takeConnections },
  { name: 'slow', what: `every packet takes ${LATENCY_MS} ms longer`, times: 2, run: slow },
  { name: 'cut', what: 'every connection to the database cut', times: 4, run: cut },
  {
    name: 'silent',
    what: `a database that says nothing for ${SHORT_SILENCE_MS / 1000} s`,
    times: 2,
    run: (stage) => silence(stage, SHORT_SILENCE_MS),
  },
  {
    name: 'dead',
    what: `a database that says nothing for ${LONG_SILENCE_MS / 1000} s`,
    times: 1,
    run: (stage) => silence(stage, LONG_SILENCE_MS),
  },
  { name: 'failover', what: 'the primary killed, the synchronous standby promoted', times: 3, prepare: addStandby, run: failOver },
]

async function endAndStart(stage: Stage, how: End): Promise<Healed> {
  await stage.primary.end(how)
  await delay(AWAY_MS)
  await stage.primary.start()
  return now()
}

async function endSessions(stage: Stage): Promise<Healed> {
  await superuser(stage.primary, (client) =>
    client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plur'`),
  )
  return now()
}

/** Others take what the server's sessions leave behind, until the role gets none any more. */
async function takeConnections(stage: Stage): Promise<Healed> {
  const taken: Client[] = []
  const deadline = performance.now() + FULL_MS
  try {
    while (performance.now() < deadline) {
      const client = new Client({ connectionString: stage.primary.url('plur', 'plur'), application_name: 'chaos' })
      client.on('error', () => undefined)
      const got = await client.connect().then(
        () => true,
        () => false,
      )
      if (got) taken.push(client)
      else {
        await endSessions(stage)
        await delay(50)
      }
    }
  } finally {
    await Promise.all(taken.map((client) => client.end()))
  }
  return now()
}

async function slow({ proxy }: Stage): Promise<Healed> {
  proxy.slow(LATENCY_MS)
  await delay(SLOW_MS)
  proxy.heal()
  return now()
}

function cut({ proxy }: Stage): Promise<Healed> {
  proxy.cut()
  return Promise.resolve(now())
}

async function silence({ proxy }: Stage, ms: number): Promise<Healed> {
  proxy.silence()
  await delay(ms)
  proxy.heal()
  return now()
}

/** Its run needs the disk of its stage, which `diskStage` makes. */
export const DISK = {
  name: 'disk',
  what: 'no room left on the disk of the tables',
  times: 3,
  run: () => Promise.reject(new Error('without a disk')),
}

/** A stage whose tables are on a small disk, and the fault that fills it; or why there is none. */
export async function diskStage(options: StageOptions): Promise<DiskStage | { readonly skipped: string }> {
  await mkdir(options.folder, { recursive: true })
  const disk = await mountDisk(options.folder)
  if (typeof disk === 'string') return { skipped: disk }
  return {
    options: {
      ...options,
      createDatabase: async (client, files) => {
        await client.query(`create tablespace small location '${await tablespaceOn(disk, files.directory)}'`)
        await createProductDatabase(client)
        await client.query('alter database plur set tablespace small')
      },
    },
    fault: { ...DISK, run: () => fill(disk) },
    remove: () => disk.remove(),
  }
}

type DiskStage = { readonly options: StageOptions; readonly fault: Fault; readonly remove: () => Promise<void> }

async function fill(disk: Disk): Promise<Healed> {
  await disk.fill()
  await delay(FULL_MS)
  await disk.free()
  return now()
}
