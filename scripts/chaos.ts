// `npm run chaos -- --kills 200 --report docs/chaos-report.md`: kills the server and breaks its database in the middle of traffic, and holds
// what was acknowledged against what is there. Leaves with 1 when anything was lost, half done, done twice or not told.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { leaversStayOut } from './chaos/leaver.ts'
import { showProgress } from './chaos/progress.ts'
import { type ChaosReport, failuresOf, reportOf } from './chaos/report.ts'
import { FAULT_NAMES, run } from './chaos/run.ts'
import { setStage } from './chaos/stage.ts'

const options = new Command()
  .description('Kills and breaks servers and databases of its own, on the loopback address, and looks for what was lost.')
  .option('--kills <n>', 'how often a server is killed (kill -9)', Number, 200)
  .option('--seconds <n>', 'no more kills after this', Number, 1800)
  .option('--faults <names>', `some of ${FAULT_NAMES.join(',')}; none`, FAULT_NAMES.join(','))
  .option('--leaver-requests <n>', 'requests with dead credentials; 0 leaves them out', Number, 10_000)
  .option('--report <file>', 'write a page about it')
  .parse()
  .opts<{ kills: number; seconds: number; faults: string; leaverRequests: number; report?: string }>()

const say = (text: string) => process.stderr.write(`${text}\n`)
const folder = mkdtempSync(path.join(os.tmpdir(), 'plur-chaos-'))
// As root the database runs as another user, who has to get there.
chmodSync(folder, 0o711)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

const known = options.faults === 'none' ? [] : options.faults.split(',')
const unknown = known.filter((name) => !FAULT_NAMES.includes(name))
if (unknown.length > 0) {
  say(`There is no fault ${unknown.join(', ')}, only ${FAULT_NAMES.join(', ')}.`)
  process.exit(2)
}

const started = performance.now()
const progress = showProgress(process.stderr)
const random = Math.random
const result = await run({
  folder,
  kills: options.kills,
  faults: known,
  secondsMax: options.seconds,
  random,
  onProgress: progress.tick,
}).finally(progress.stop)
for (const { what, skipped } of result.faults) if (skipped !== undefined) say(`Left out: ${what}, because ${skipped}.`)

async function tryLeavers() {
  say(`Trying the credentials of leavers ${options.leaverRequests} times …`)
  const stage = await setStage({ folder: path.join(folder, 'leavers'), servers: 3, workers: 4, random })
  try {
    stage.traffic.start()
    return await leaversStayOut(stage, { requests: options.leaverRequests, connections: 16, people: 20 })
  } finally {
    await stage.close()
  }
}

const command = `npm run chaos -- --kills ${options.kills}${options.faults === FAULT_NAMES.join(',') ? '' : ` --faults ${options.faults}`}`
const report: ChaosReport = {
  command,
  run: result,
  leaver: options.leaverRequests > 0 ? await tryLeavers() : undefined,
  seconds: (performance.now() - started) / 1000,
}
process.stdout.write(reportOf(report))
if (options.report !== undefined) writeFileSync(options.report, reportOf(report))
const failures = failuresOf(report)
for (const failure of failures.slice(0, 50)) say(failure)
if (failures.length > 50) say(`and ${failures.length - 50} more`)
process.exitCode = failures.length === 0 ? 0 : 1
