// The process itself: how soon it answers, how much it keeps, and several of them on one database.
import type { Scenario } from './bench.ts'
import { checked, patch } from './bodies.ts'
import { groups } from './groups.ts'
import { byCursor } from './lists.ts'
import { type Http, httpClient, load } from './load.ts'
import { cpuMs, forgetPeak, memoryMb, peakMb } from './process-tree.ts'
import { atMost, measured, type Row } from './row.ts'

const START_MS_MAX = 3_000
const MEMORY_MB_MAX = 250

const start: Scenario = {
  name: 'start',
  async run({ server, people }) {
    const ms = await server.restart()
    return [
      {
        name: `start with ${people.count} users, to /readyz`,
        p50: ms,
        memoryMb: memoryMb(server.pid),
        goal: atMost(ms, START_MS_MAX, 'ms'),
      },
    ]
  },
}

/** A new process does what fills memory most, and says what it has then. */
const memory: Scenario = {
  name: 'memory',
  async run(bench) {
    await bench.server.restart()
    const { pid } = bench.server
    forgetPeak(pid)
    await byCursor.run(bench)
    for (const scenario of groups.filter(({ name }) => name === 'GET group')) await scenario.run(bench)
    const [now, peak] = [memoryMb(pid), peakMb(pid)]
    return [
      {
        name: 'memory after a reconcile and reading a large group',
        memoryMb: now,
        note: `${peak.toFixed(0)} MB at most meanwhile`,
        goal: atMost(now, MEMORY_MB_MAX, 'MB'),
      },
    ]
  },
}

const several = (count: number): Scenario => ({
  name: `${count} processes`,
  async run(bench) {
    const { server, people } = bench
    const others = []
    for (let i = 1; i < count; i++) others.push(await server.another())
    const origins = [server.origin, ...others.map(({ origin }) => origin)]
    const clients = origins.map((origin) => httpClient(`${origin}/scim/v2`, server.token))
    const pids = [server.pid, ...others.map(({ pid }) => pid)]
    try {
      const options = { ...bench.load, cpuMs: () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0) }
      const at = (i: number): Http => clients[i % count] ?? bench.http
      const user = (i: number) => `/Users/${people.idOf((i * 7919) % people.count)}`
      const [readLimit, writeLimit] = [await bench.limits.read(), await bench.limits.write()]
      const reads = await load(options, (i) => checked(at(i), 'GET', user(i)))
      const writes = await load(options, (i) =>
        checked(at(i), 'PATCH', user(i), patch({ op: 'replace', path: 'title', value: `Engineer ${i}` })),
      )
      const memory = { memoryMb: pids.reduce((sum, pid) => sum + memoryMb(pid), 0) }
      return [
        measured(`GET /Users/{id}, ${count} processes`, reads, { ...memory, share: reads.rate / readLimit.rate }),
        measured(`PATCH title, ${count} processes`, writes, { ...memory, share: writes.rate / writeLimit.rate }),
      ] satisfies Row[]
    } finally {
      for (const client of clients) client.close()
      await Promise.all(others.map((other) => other.stop()))
    }
  },
})

export const processes: readonly Scenario[] = [several(2), several(4), start, memory]
