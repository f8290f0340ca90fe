// `npm run bench`: the server as shipped, on the embedded PostgreSQL with fsync on, held against limits measured in the same run.
import { setTimeout } from 'node:timers/promises'
import Table from 'cli-table3'
import { Command } from 'commander'
import { measureLists } from './bench/audit.ts'
import { measureLimits } from './bench/limits.ts'
import { type Http, httpClient, load, type Sample } from './bench/load.ts'
import { cpuMs, memoryMb } from './bench/process-tree.ts'
import { checked, makeGroup, patch, scenarios, seedUsers } from './bench/scenarios.ts'
import { startServer } from './bench/server.ts'

const options = new Command()
  .description('Measures the server against the limits of this machine. Rates per second, times in milliseconds.')
  .option('--users <n>', 'users in the directory', Number, 20_000)
  .option('--concurrency <n>', 'requests at a time', Number, 16)
  .option('--seconds <n>', 'measured time of each row', Number, 4)
  .option('--group <n>', 'members of the large group', Number, 100_000)
  .option('--audit-rows <n>', 'rows of the audit log for the pages that list; 0 leaves them out', Number, 2_000_000)
  .parse()
  .opts<{ users: number; concurrency: number; seconds: number; group: number; auditRows: number }>()

const say = (text: string) => process.stderr.write(`${text}\n`)
const round = (value: number, digits = 2) => value.toFixed(digits)

type Row = { name: string; sample: Sample; share?: number }

function print(rows: readonly Row[]): void {
  const table = new Table({
    head: ['scenario', 'rate/s', 'p50 ms', 'p99 ms', 'server CPU ms/op', 'of the limit'],
    style: { head: [], border: [] },
  })
  for (const { name, sample, share } of rows)
    table.push([
      name,
      round(sample.rate, 0),
      round(sample.p50),
      round(sample.p99),
      round(sample.cpuMs, 3),
      share === undefined ? '' : `${round(share * 100, 0)} %`,
    ])
  process.stdout.write(`${table.toString()}\n`)
}

/** Adds one member and removes it again, one after another: medians of both together. */
async function memberChange(http: Http, group: string, member: string): Promise<Sample> {
  return load({ concurrency: 1, seconds: options.seconds }, (index) =>
    checked(
      http,
      'PATCH',
      `/Groups/${group}`,
      patch(
        index % 2 === 0
          ? { op: 'add', path: 'members', value: [{ value: member }] }
          : { op: 'remove', path: `members[value eq "${member}"]` },
      ),
    ),
  )
}

const server = await startServer()
const http = httpClient(server.base, server.token)
try {
  const measured = { concurrency: options.concurrency, seconds: options.seconds }
  say('Measuring the limits …')
  const limits = await measureLimits(server.dsn, measured)
  say(`Creating ${options.users} users over Bulk …`)
  const from = performance.now()
  const ids = await seedUsers(http, Math.max(options.users, options.group + 1), (done) => done % 10_000 === 0 && say(`  ${done}`))
  const seconds = (performance.now() - from) / 1000
  say(`  ${round(ids.length / seconds, 0)} users a second`)
  const rows: Row[] = [
    { name: 'limit: bare HTTP server, one prepared point select', sample: limits.read },
    { name: 'limit: bare transaction, one row and one audit row', sample: limits.write },
  ]
  for (const { name, limit, run } of scenarios(http, ids.slice(0, options.users))) {
    say(`Measuring ${name} …`)
    const sample = await load({ ...measured, cpuMs: () => cpuMs(server.pid) }, run)
    rows.push({ name, sample, share: sample.rate / limits[limit].rate })
    await setTimeout(200)
  }
  print(rows)

  say('Measuring one member in groups of 10 and of many …')
  const member = ids.at(-1) ?? ''
  const small = await memberChange(http, await makeGroup(http, 'small', ids.slice(0, 10)), member)
  const large = await makeGroup(http, 'large', ids.slice(0, options.group))
  const big = await memberChange(http, large, member)
  print([
    { name: 'PATCH one member, group of 10', sample: small },
    { name: `PATCH one member, group of ${options.group}`, sample: big },
  ])
  process.stdout.write(`ratio of the medians: ${round(big.p50 / small.p50)} (limit 1.5)\n`)
  const whole = await checked(http, 'GET', `/Groups/${large}`)
  process.stdout.write(
    `GET of the large group: first byte after ${round(whole.firstByteMs, 0)} ms, ${round(whole.body.length / 1e6, 1)} MB; resident memory of the server ${round(memoryMb(server.pid), 0)} MB\n`,
  )
  if (options.auditRows > 0) await measureLists(server, { rows: options.auditRows, people: 100_000 }, say)
} finally {
  http.close()
  await server.stop()
}
