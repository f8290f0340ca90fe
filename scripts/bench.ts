// `npm run bench`: the server as shipped, held against limits measured in the same run. Times in milliseconds.
//
//   npm run bench                                   embedded PostgreSQL, 10,000 and 100,000 users
//   npm run bench -- --large --report FILE.md       also a million, and a report
//   npm run bench -- --external                     the distribution's PostgreSQL, documented settings
//   npm run bench -- --database-url URL             an empty database of your own
//   npm run bench -- --only 'POST,PATCH active'     scenarios whose name holds one of these
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { Command } from 'commander'
import { createDatabase, type Database } from '../src/db/postgres.ts'
import { getOrg } from '../src/directory/orgs.ts'
import { measureLists } from './bench/audit.ts'
import type { Bench, Scenario } from './bench/bench.ts'
import { bulks } from './bench/bulk.ts'
import type { Measurement } from './bench/chart.ts'
import { groups } from './bench/groups.ts'
import { limitRows, openLimits } from './bench/limits.ts'
import { lists } from './bench/lists.ts'
import { httpClient, WARM_UP_SECONDS } from './bench/load.ts'
import { measureMe } from './bench/me.ts'
import { reads, writes } from './bench/one-user.ts'
import { seedPeople } from './bench/people.ts'
import { cpuMs } from './bench/process-tree.ts'
import { processes } from './bench/processes.ts'
import { writeReport } from './bench/report.ts'
import type { Row } from './bench/row.ts'
import { type Measured, startServer } from './bench/server.ts'
import { embeddedStore, externalStore, givenStore, type Store } from './bench/store.ts'
import { printTable } from './bench/table.ts'
import { texts } from './bench/texts.ts'

type Options = {
  readonly users: readonly number[]
  readonly large: boolean
  readonly only: readonly string[]
  readonly concurrency: number
  readonly seconds: number
  readonly auditRows: number
  readonly databaseUrl?: string
  readonly external: boolean
  readonly report?: string
  readonly strict: boolean
}

const listOf = (text: string) => text.split(',').map((part) => part.trim())

const options = new Command()
  .description('Measures the server against the limits of this machine.')
  .option('--users <n,…>', 'sizes of the directory', (text) => listOf(text).map(Number), [10_000, 100_000])
  .option('--large', 'also with 1,000,000 users', false)
  .option('--only <names>', 'scenarios whose name holds one of these', listOf, [])
  .option('--concurrency <n>', 'requests at a time', Number, 16)
  .option('--seconds <n>', 'measured time of each row', Number, 4)
  .option('--audit-rows <n>', 'rows of the audit log for its pages', Number, 2_000_000)
  .option('--database-url <url>', 'an empty external database instead of the embedded one')
  .option('--external', "the distribution's PostgreSQL instead of the embedded one", false)
  .option('--report <file>', 'write a Markdown report, and its chart beside it')
  .option('--strict', 'fail when a goal is not met', false)
  .parse()
  .opts<Options>()

const started = performance.now()
const say = (text: string) => process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}\n`)

const wanted = (name: string) => options.only.length === 0 || options.only.some((part) => name.toLowerCase().includes(part.toLowerCase()))
const scenarios: readonly Scenario[] = [...reads, ...groups, ...lists, ...texts, ...processes, ...writes, ...bulks]

const openStore = (): Store | Promise<Store> =>
  options.databaseUrl !== undefined ? givenStore(options.databaseUrl) : options.external ? externalStore() : embeddedStore()

/** Runs on a store of its own, or on the one that was given. */
async function onServer<T>(run: (world: { store: Store; server: Measured; database: Database }) => Promise<T>): Promise<T> {
  const store = await openStore()
  try {
    const server = await startServer(store)
    const database = createDatabase({ connection: { kind: 'url', url: server.dsn }, poolSize: 2, statementTimeoutMs: 60 * 60_000 })
    try {
      const result = await run({ store, server, database })
      const [error, ...more] = server.errors()
      if (error !== undefined) say(`the server logged ${1 + more.length} errors, the first: ${error}`)
      return result
    } finally {
      await database.close()
      await server.stop()
    }
  } finally {
    await store.remove()
  }
}

/** A failure of one scenario is told in its row, and the others go on. */
async function attempt(name: string, run: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  say(name)
  try {
    return await run()
  } catch (error) {
    return [{ name, wrong: true, note: error instanceof Error ? error.message : String(error) }]
  }
}

const measurements: Measurement[] = []

/** Shown and reported as soon as it is there, so that a long run that is cut off has not been for nothing. */
function note(measurement: Measurement): void {
  measurements.push(measurement)
  printTable(measurement.title, measurement.rows)
  const conditions = [
    `${options.concurrency} requests at a time, ${options.seconds} s each after ${WARM_UP_SECONDS} s to warm up, fsync and synchronous_commit on`,
    'what one user costs is held against its limit in nine turns each, and the median of their shares is shown',
    'the client and the bare HTTP server are processes of their own on the same cores',
  ]
  if (options.report !== undefined) writeReport(options.report, measurements, conditions)
}

async function measureDirectory({ store, server, database }: { store: Store; server: Measured; database: Database }) {
  const measuredTime = { concurrency: options.concurrency, seconds: options.seconds }
  const http = httpClient(server.base, server.token)
  const { id: orgId } = await getOrg(database.work, 'default')
  const sizes = [...options.users, ...(options.large ? [1_000_000] : [])].sort((a, b) => a - b)
  const limits = await openLimits(server.dsn, measuredTime)
  let seeded = 0
  try {
    for (const count of sizes) {
      say(`Seeding ${count - seeded} users …`)
      const people = await seedPeople({ http, database, orgId }, seeded, count)
      seeded = count
      const load = { ...measuredTime, cpuMs: () => cpuMs(server.pid) }
      const bench: Bench = { server, http, database, people, limits, load, say }
      const rows: Row[] = []
      say('Measuring the limits …')
      rows.push(...(await limitRows(limits)))
      const chosen = scenarios.filter(({ name }) => wanted(name))
      for (const [i, { name, run }] of chosen.entries())
        rows.push(...(await attempt(`${name} (${i + 1} of ${chosen.length}, ${count} users)`, () => run(bench))))
      note({ title: `${count} users, ${store.name}`, rows })
    }
  } finally {
    http.close()
    await limits.close()
  }
}

/** What needs an organisation of its own. */
const ASIDE: readonly (readonly [name: string, run: (server: Measured) => Promise<readonly Row[]>])[] = [
  ['me', (server) => measureMe(server, say)],
  ['audit', (server) => measureLists(server, { rows: options.auditRows, people: 100_000 }, say)],
]

execFileSync(process.execPath, [path.join(import.meta.dirname, 'bootstrap.mjs'), 'build'], { stdio: ['ignore', 2, 2] })
if (scenarios.some(({ name }) => wanted(name))) await onServer(measureDirectory)
for (const [name, run] of ASIDE.filter(([name]) => wanted(name))) {
  note(
    await onServer(async ({ store, server }) => ({
      title: `${name}, ${store.name}`,
      rows: await attempt(name, () => run(server)),
    })),
  )
}
const rows = measurements.flatMap((measurement) => measurement.rows)
const unmet = rows.filter(({ goal, wrong = false }) => wrong || goal?.met === false)
for (const { name, note } of unmet.filter(({ wrong = false }) => wrong)) say(`WRONG: ${name}: ${note ?? ''}`)
say(`${rows.filter(({ goal }) => goal?.met === true).length} goals met, ${rows.filter(({ goal }) => goal?.met === false).length} not met`)
process.exitCode = rows.some(({ wrong = false }) => wrong) || (options.strict && unmet.length > 0) ? 1 : 0
