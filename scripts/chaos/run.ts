// The order of a run: kills of the server in the middle of traffic, then each fault, with a check of everything after each.
import { setTimeout as delay } from 'node:timers/promises'
import { DISK, diskStage, FAULTS, type Fault } from './faults.ts'
import { type Found, setStage, type Stage, type StageOptions } from './stage.ts'

export type FaultResult = {
  readonly name: string
  readonly what: string
  times: number
  /** From when nothing stood in the way any more to the first write that was acknowledged. */
  longestMs: number
  /** Why it could not be done on this machine. */
  skipped?: string
}

export type RunResult = {
  kills: number
  /** From the kill until the server was ready again. */
  longestRestartMs: number
  readonly faults: FaultResult[]
  readonly counts: { acknowledged: number; doubtful: number; refused: number; leavers: number }
  readonly found: Found
  readonly strange: string[]
}

export type RunOptions = {
  readonly folder: string
  readonly kills: number
  readonly faults: readonly string[]
  /** How often each fault at most; as often as it is worth when undefined. */
  readonly timesMax?: number
  /** Ends the kills when it is over, whatever their number. */
  readonly secondsMax: number
  readonly random: () => number
  readonly onProgress: (done: number, total: number, doing: string) => void
}

const SERVERS = 2
const WORKERS = 8
/** Each so many kills all servers die at once. */
const ALL_AT_ONCE = 5
const TRAFFIC_MS_MIN = 60
const TRAFFIC_MS_MORE = 300
const LOGGED_MAX = 2_000
const BACK_MS_MAX = 60_000

export const FAULT_NAMES: readonly string[] = [...FAULTS, DISK].map(({ name }) => name)

export async function run(options: RunOptions): Promise<RunResult> {
  const { folder, random } = options
  const result: RunResult = {
    kills: 0,
    longestRestartMs: 0,
    faults: [],
    counts: { acknowledged: 0, doubtful: 0, refused: 0, leavers: 0 },
    found: { lost: [], half: [], twice: [], gaps: [], probes: 0, checks: 0 },
    strange: [],
  }
  const wanted = FAULTS.filter(({ name }) => options.faults.includes(name))
  const total =
    options.kills +
    [...wanted, ...(options.faults.includes(DISK.name) ? [DISK] : [])].reduce((sum, fault) => sum + timesOf(fault, options), 0)
  let done = 0
  const tick = (doing: string) => options.onProgress(++done, total, doing)
  const stageOptions = { servers: SERVERS, workers: WORKERS, random }
  await onStage(setStage({ ...stageOptions, folder: `${folder}/main` }), result, async (stage) => {
    await killServers(stage, options, result, tick)
    for (const fault of wanted) await repeat(stage, fault, { options, result, tick })
  })
  if (options.faults.includes(DISK.name)) await fillDisk({ ...stageOptions, folder: `${folder}/disk` }, { options, result, tick })
  return result
}

const timesOf = ({ times }: Fault, { timesMax = times }: RunOptions) => Math.min(times, timesMax)

/** Traffic over a stage, and its findings into the result, also when something is thrown. */
async function onStage(setting: Promise<Stage>, result: RunResult, work: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await setting
  try {
    stage.traffic.start()
    await work(stage)
    await stage.check()
  } finally {
    await stage.close()
    const { counts, byKind, strange } = stage.ledger
    for (const name of ['acknowledged', 'doubtful', 'refused'] as const) result.counts[name] += counts[name]
    result.counts.leavers += byKind.leave
    result.strange.push(
      ...strange,
      ...stage.servers.flatMap(({ bugs }) => bugs.map((line) => `a server logged ${line.slice(0, LOGGED_MAX)}`)),
    )
    for (const kind of ['lost', 'half', 'twice', 'gaps'] as const) result.found[kind].push(...stage.findings[kind])
    result.found.probes += stage.findings.probes
    result.found.checks += stage.findings.checks
  }
}

async function killServers(stage: Stage, options: RunOptions, result: RunResult, tick: (doing: string) => void): Promise<void> {
  const { random } = options
  const deadline = performance.now() + options.secondsMax * 1000
  for (let n = 1; n <= options.kills && performance.now() < deadline; n++) {
    await delay(TRAFFIC_MS_MIN + random() * TRAFFIC_MS_MORE)
    const one = stage.servers[Math.floor(random() * stage.servers.length)]
    const victims = n % ALL_AT_ONCE === 0 || one === undefined ? stage.servers : [one]
    const from = performance.now()
    await Promise.all(victims.map(async (server) => (await server.kill(), server.start())))
    result.longestRestartMs = Math.max(result.longestRestartMs, performance.now() - from)
    await stage.check()
    result.kills += 1
    tick('kill -9 of the server')
  }
}

type Context = { readonly options: RunOptions; readonly result: RunResult; readonly tick: (doing: string) => void }

async function repeat(stage: Stage, fault: Fault, { options, result, tick }: Context): Promise<void> {
  const row: FaultResult = { name: fault.name, what: fault.what, times: 0, longestMs: 0 }
  result.faults.push(row)
  for (let n = 0; n < timesOf(fault, options); n++) {
    await fault.prepare?.(stage)
    await delay(TRAFFIC_MS_MIN + options.random() * TRAFFIC_MS_MORE)
    const { healedAt } = await fault.run(stage)
    row.longestMs = Math.max(row.longestMs, (await firstWrite(stage, fault)) - healedAt)
    row.times += 1
    await delay(TRAFFIC_MS_MIN)
    await stage.check()
    tick(fault.what)
  }
}

async function firstWrite({ traffic }: Stage, { name }: Fault): Promise<number> {
  const late = AbortSignal.timeout(BACK_MS_MAX)
  const never = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () =>
      reject(new Error(`No write was acknowledged for ${BACK_MS_MAX / 1000} s after the fault "${name}".`)),
    ),
  )
  return Promise.race([traffic.nextAcknowledged(), never])
}

/** On a stage of its own, whose tables are on a small disk. */
async function fillDisk(options: StageOptions, context: Context): Promise<void> {
  const disk = await diskStage(options)
  if ('skipped' in disk) {
    context.result.faults.push({ name: DISK.name, what: DISK.what, times: 0, longestMs: 0, skipped: disk.skipped })
    return
  }
  try {
    await onStage(setStage(disk.options), context.result, (stage) => repeat(stage, disk.fault, context))
  } finally {
    await disk.remove()
  }
}
