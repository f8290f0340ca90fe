// The outcome of a run as a page.
import type { Tally } from './run.ts'

export type FuzzReport = {
  readonly seed: number
  readonly concurrency: number
  readonly tallies: readonly Tally[]
  readonly memory: { readonly warm: number; readonly most: number; readonly end: number }
  readonly seconds: number
  /** Outages and bugs in the server's log. */
  readonly logged: readonly string[]
}

const GROUPS: readonly [name: string, includes: (status: string) => boolean][] = [
  ['2xx', (status) => status.startsWith('2')],
  ['3xx', (status) => status.startsWith('3')],
  ['4xx', (status) => status.startsWith('4')],
  ['501, 505', (status) => status === '501' || status === '505'],
  ['closed', (status) => status === 'closed'],
]

export function reportOf({ seed, concurrency, tallies, memory, seconds, logged }: FuzzReport): string {
  const run = tallies.filter(({ cases }) => cases > 0)
  const cases = run.reduce((sum, tally) => sum + tally.cases, 0)
  const unexpected = run.reduce((sum, tally) => sum + tally.failures.length, 0)
  const rows = run.map(({ target, cases, statuses, failures, slowestMs }) => {
    const counts = GROUPS.map(([, includes]) => [...statuses].reduce((sum, [status, count]) => sum + (includes(status) ? count : 0), 0))
    return `| ${[target, cases, ...counts, failures.length, Math.round(slowestMs)].join(' | ')} |`
  })
  return `# Fuzzing over HTTP

Made by \`npm run fuzz -- --cases ${cases} --seed ${seed} --report\`; the same seed makes the same requests. Each goes over a raw socket to the
server as shipped, on its embedded PostgreSQL, ${concurrency} at a time, several on one connection. Acceptable is an answer below 500 (501 for what is not
implemented, 505 for unknown versions of HTTP), in UTF-8 and JSON where it says so, an error in the form of RFC 7644 section 3.12, without a
word of the server's inside, within a minute. Where the bytes are no HTTP, the end of the connection is acceptable too.

| target | cases | ${GROUPS.map(([name]) => name).join(' | ')} | unexpected | slowest ms |
|---|---|${GROUPS.map(() => '---|').join('')}---|---|
${rows.join('\n')}

${cases} cases in ${Math.round(seconds)} s, ${unexpected} unexpected. The server logged ${logged.length} outages or bugs. It took ${Math.round(memory.warm)} MB after a tenth of
the cases, ${Math.round(memory.most)} MB at most and ${Math.round(memory.end)} MB at the end.

An answer that is not acceptable is shrunk to a line of \`corpus/fuzz\`, which \`test/e2e/fuzz.test.ts\` replays together with a short run. The
generators are in \`scripts/fuzz/targets\`.
`
}
