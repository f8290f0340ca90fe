// Pages, and all of the directory page by page.
import type { Bench, Scenario } from './bench.ts'
import { checked, numberIn, resourcesIn } from './bodies.ts'
import { load } from './load.ts'
import { memoryMb } from './process-tree.ts'
import { atLeast, atMost, measured, type Row } from './row.ts'

const PAGE = 100
/** Users a second that a reconcile should get. */
const RECONCILE_RATE_MIN = 15_000
const COUNT_MS_MAX = 5

const page = (name: string, path: (bench: Bench) => string, expected: (bench: Bench) => number): Scenario => ({
  name,
  async run(bench) {
    const [wanted, url] = [expected(bench), path(bench)]
    const one = await checked(bench.http, 'GET', url)
    if (resourcesIn(one) !== wanted) throw new Error(`${url} has ${resourcesIn(one)} resources, not ${wanted}`)
    const sample = await load(bench.load, () => checked(bench.http, 'GET', url))
    return [measured(name, sample, { memoryMb: memoryMb(bench.server.pid), ...usersPerSecond(sample.rate * wanted) })]
  },
})

/** What is asked to count, one at a time. */
const counting = (name: string, url: string): Scenario => ({
  name,
  async run(bench) {
    const sample = await load({ ...bench.load, concurrency: 1 }, () => checked(bench.http, 'GET', url))
    return [measured(name, sample, { goal: atMost(sample.p50, COUNT_MS_MAX, 'ms'), note: 'one at a time' })]
  },
})

const usersPerSecond = (rate: number) => ({ note: `${rate.toFixed(0)} users/s` })

/** A cursor page from the middle: the cursor of a page is good for as often as it is used. */
const cursorPage: Scenario = {
  name: 'cursor page of 100',
  async run(bench) {
    let next = ''
    for (let i = 0; i < 5; i++) next = cursorIn((await checked(bench.http, 'GET', `/Users?count=${PAGE}&cursor=${next}`)).body) ?? ''
    const sample = await load(bench.load, () => checked(bench.http, 'GET', `/Users?count=${PAGE}&cursor=${next}`))
    return [measured('cursor page of 100', sample, { memoryMb: memoryMb(bench.server.pid), ...usersPerSecond(sample.rate * PAGE) })]
  },
}

const cursorIn = (body: string) => /"nextCursor":"([^"]+)"/.exec(body)?.[1]

type Reconcile = { readonly name: string; readonly next: (body: string, read: number, total: number) => string | undefined }

/** All pages once, one after another; every user must appear exactly once. */
const reconcile = ({ name, next }: Reconcile): Scenario => ({
  name,
  async run(bench) {
    const ids = new Set<string>()
    const times: number[] = []
    const from = performance.now()
    let [query, total, read]: [string | undefined, number, number] = [next('', 0, Number.POSITIVE_INFINITY), 0, 0]
    while (query !== undefined) {
      const asked = performance.now()
      const reply = await checked(bench.http, 'GET', `/Users?count=${PAGE}&${query}`)
      times.push(performance.now() - asked)
      total = numberIn(reply, 'totalResults')
      for (const [, id] of reply.body.matchAll(/"location":"[^"]*\/Users\/([0-9a-f-]{36})"/g)) ids.add(id ?? '')
      read += resourcesIn(reply)
      query = next(reply.body, read, total)
      if (times.length % 500 === 0) bench.say(`  ${read} of ${total}`)
    }
    if (ids.size !== total || read !== total) throw new Error(`${total} users, ${read} read, ${ids.size} different ones`)
    const rate = (read * 1000) / (performance.now() - from)
    return [reconciled(bench, name, { rate, times, share: rate / (await bench.limits.scan()) })]
  },
})

function reconciled({ server }: Bench, name: string, { rate, times, share }: { rate: number; times: number[]; share: number }): Row {
  times.sort((a, b) => a - b)
  return {
    name,
    rate,
    p50: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
    share,
    memoryMb: memoryMb(server.pid),
    note: 'rate in users/s, times of a page',
    goal: atLeast(rate, RECONCILE_RATE_MIN, 'users/s'),
  }
}

/** The same users each time; those that a scenario added come after them. */
const DEEP = ({ people }: Bench) => people.count - 2 * PAGE

export const byCursor = reconcile({
  name: 'reconcile by cursor',
  next: (body, read) => (read === 0 ? 'cursor=' : body.includes('"nextCursor"') ? `cursor=${cursorIn(body) ?? ''}` : undefined),
})

export const lists: readonly Scenario[] = [
  page(
    'first page of 100',
    () => `/Users?count=${PAGE}`,
    () => PAGE,
  ),
  page(
    'deep index page of 100',
    (bench) => `/Users?startIndex=${DEEP(bench)}&count=${PAGE}`,
    () => PAGE,
  ),
  cursorPage,
  counting('count=1', '/Users?startIndex=1&count=1'),
  counting('count=0', '/Users?count=0'),
  byCursor,
  reconcile({
    name: 'reconcile by index',
    next: (_, read, total) => (read < total ? `startIndex=${read + 1}` : undefined),
  }),
]
