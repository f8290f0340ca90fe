// `npm run fuzz -- --cases 100000 --seed 1`: generated requests against a server of its own, over raw sockets. Leaves with 1 when an answer
// was not acceptable, with the shrunk input in corpus/fuzz.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import Table from 'cli-table3'
import { Command } from 'commander'
import { memoryMb } from './bench/process-tree.ts'
import { startServer } from './bench/server.ts'
import { embeddedStore } from './bench/store.ts'
import { addToCorpus, readCorpus } from './fuzz/corpus.ts'
import { type FuzzReport, reportOf } from './fuzz/report.ts'
import { Fuzzer, type Tally } from './fuzz/run.ts'
import { TARGETS } from './fuzz/targets.ts'

const REPORT = path.join(import.meta.dirname, '../docs/fuzz-report.md')
const PROGRESS_MS = 10_000
/** What a server may have grown by, from when a tenth of the cases had warmed it up. */
const GROWTH_MB_MAX = 192

const options = new Command()
  .description('Sends generated requests to a server of its own and judges every answer.')
  .option('--cases <n>', 'cases over all targets', Number, 70_000)
  .option('--seed <n>', 'the same seed makes the same cases', Number, Math.floor(Date.now() / 1000))
  .option('--target <name...>', `some of ${TARGETS.map(({ name }) => name).join(', ')}`)
  .option('--concurrency <n>', 'requests at a time', Number, 24)
  .option('--report', 'write docs/fuzz-report.md')
  .parse()
  .opts<{ cases: number; seed: number; target?: string[]; concurrency: number; report?: boolean }>()

const say = (text: string) => process.stderr.write(`${text}\n`)
const targets = TARGETS.filter(({ name }) => options.target?.includes(name) ?? true)
const perTarget = Math.ceil(options.cases / targets.length)
const started = performance.now()
const seconds = () => (performance.now() - started) / 1000

say(`seed ${options.seed}`)
const store = embeddedStore()
const server = await startServer(store)
let died = false
const memory = { warm: 0, most: 0, end: 0 }
const tallies: Tally[] = []
let told = performance.now()
const fuzzer = new Fuzzer({
  port: Number(new URL(server.base).port),
  token: server.token,
  seed: options.seed,
  concurrency: options.concurrency,
  onProgress(target, cases) {
    const now = memoryMb(server.pid)
    const done = tallies.reduce((sum, tally) => sum + tally.cases, 0) + cases
    if (done >= options.cases / 10) memory.warm ||= now
    memory.most = Math.max(memory.most, now)
    memory.end = now
    if (now === 0) died = true
    if (performance.now() - told < PROGRESS_MS) return
    told = performance.now()
    say(`${target} ${cases}/${perTarget}, ${Math.round(done / seconds())} a second, ${Math.round(now)} MB`)
  },
})
try {
  for (const target of targets) tallies.push(await fuzzer.replay(target, readCorpus(target.name)))
  for (const target of targets) {
    const tally = await fuzzer.run(target, perTarget)
    tallies.push(tally)
    for (const { input, why } of tally.failures) addToCorpus(target.name, input, why)
  }
} finally {
  fuzzer.close()
  await server.stop()
  await store.remove()
}

const failures = tallies.flatMap((tally) => tally.failures)
const grown = memory.most - memory.warm
const report: FuzzReport = {
  seed: options.seed,
  tallies,
  memory,
  seconds: seconds(),
  logged: server.errors(),
  concurrency: options.concurrency,
}
const table = new Table({ head: ['target', 'cases', 'unexpected', 'slowest ms'], style: { head: [], border: [] } })
for (const { target, cases, slowestMs, failures } of tallies)
  if (cases > 0) table.push([target, cases, failures.length, Math.round(slowestMs)])
process.stdout.write(`${table.toString()}\n`)
for (const { target, why, input } of failures) say(`${target}: ${why}\n  ${JSON.stringify(input).slice(0, 500)}`)
for (const line of report.logged.slice(0, 10)) say(`the server logged ${line.slice(0, 1000)}`)
say(
  `${Math.round(seconds())} s; the server took ${Math.round(memory.warm)} MB when warm, ${Math.round(memory.most)} MB at most, ${Math.round(memory.end)} MB at the end`,
)
if (grown > GROWTH_MB_MAX) say(`it grew by ${Math.round(grown)} MB, which is more than ${GROWTH_MB_MAX}`)
if (options.report === true) writeFileSync(REPORT, reportOf(report))
process.exitCode = failures.length > 0 || report.logged.length > 0 || died || grown > GROWTH_MB_MAX ? 1 : 0
