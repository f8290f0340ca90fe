// The outcome of a run as a page.
import os from 'node:os'
import type { LeaverResult } from './leaver.ts'
import type { RunResult } from './run.ts'

export type ChaosReport = {
  readonly command: string
  readonly seconds: number
  readonly run: RunResult
  readonly leaver: LeaverResult | undefined
}

/** After the database is back, writes go on within this. */
export const UNAVAILABLE_MS_MAX = 2_000

/** What keeps the run from being a success; empty when it is one. */
export function failuresOf({ run, leaver }: ChaosReport): readonly string[] {
  const { lost, half, twice, gaps } = run.found
  const late = run.faults.filter(({ longestMs }) => longestMs >= UNAVAILABLE_MS_MAX)
  return [
    ...lost,
    ...half,
    ...twice,
    ...gaps,
    ...run.strange,
    ...late.map(({ name, longestMs }) => `after "${name}" no write was acknowledged for ${Math.round(longestMs)} ms`),
    ...(leaver === undefined || leaver.served === 0 ? [] : [`${leaver.served} requests with dead credentials were served`]),
  ]
}

export function reportOf(report: ChaosReport): string {
  const { run, leaver } = report
  const { found, counts } = run
  const longest = Math.max(0, ...run.faults.map(({ longestMs }) => longestMs))
  const times = run.faults.reduce((sum, fault) => sum + fault.times, 0)
  const figures: readonly (readonly [string, string | number])[] = [
    ['kills of the server (kill -9, in the middle of traffic)', run.kills],
    ['faults of the database and the network', times],
    ['checks of everything', found.checks],
    ['changes acknowledged', counts.acknowledged],
    ['of them leavers', counts.leavers],
    ['changes without an answer, or answered 503', counts.doubtful],
    ['**acknowledged and lost**', found.lost.length],
    ['**half done** (user, account and credentials disagree)', found.half.length],
    ['**done twice** (change, member or audit row)', found.twice.length],
    ['**changes without audit row, or rows without change**', found.gaps.length],
    ['requests with credentials of leavers, all refused', found.probes],
    ['answers that were neither right nor a 503 with Retry-After', run.strange.length],
    ['longest time from kill -9 to a server that is ready', `${Math.round(run.longestRestartMs)} ms`],
    ['longest time from a database that is back to the first write', `${Math.round(longest)} ms`],
  ]
  return `# Faults

Made by \`${report.command}\`: ${SETUP}
Every answer is kept outside; after each kill and each fault the traffic is held and the database asked, around the product, for everything that
was acknowledged.

| | |
|---|---|
${figures.map(([name, value]) => `| ${name} | ${value} |`).join('\n')}

| fault | times | longest time to the first write afterwards |
|---|---|---|
${run.faults.map(faultRow).join('\n')}

The time counts from when nothing stands in the way any more: PostgreSQL accepts connections, the network passes data, the disk has room.
${leaver === undefined ? '' : leaverPart(leaver)}
${Math.round(report.seconds)} s on a machine with ${os.availableParallelism()} processors and ${Math.round(os.totalmem() / 2 ** 30)} GB of memory, Linux kernel ${os.release().split('.').slice(0, 2).join('.')}, Node ${process.versions.node.split('.')[0]},
everything beside each other on it. The harness is in \`scripts/chaos\`; \`test/e2e/chaos.test.ts\` runs a short form of it.
`
}

const SETUP = `two servers as shipped, on a PostgreSQL 18 with fsync on, under the traffic of eight
workers that create, change, disable with live keys and sessions, bring back, add to and take out of groups, and send Bulk.`

function faultRow({ what, times, longestMs, skipped }: RunResult['faults'][number]): string {
  return skipped === undefined ? `| ${what} | ${times} | ${Math.round(longestMs)} ms |` : `| ${what} | left out | ${skipped} |`
}

const leaverPart = ({ before, servedBefore, after, served, servers, connections }: LeaverResult) => `
## A leaver stays out

Keys and sessions (as bearer token and as cookie) of people who are disabled over SCIM meanwhile, from ${connections} connections through ${servers} servers on
one database. Sent before the answer to the change: ${before}, of them served ${servedBefore}. Sent after it: ${after}, of them served **${served}**.
`
