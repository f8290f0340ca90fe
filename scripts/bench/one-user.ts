// What IdPs do with one user all day.
import { checked, filtered, patch, userBody } from './bodies.ts'
import type { Bench, Scenario } from './bench.ts'
import { load } from './load.ts'
import { memoryMb } from './process-tree.ts'
import { atLeast, measured, type Row } from './row.ts'

type Operation = { readonly limit: 'read' | 'write'; readonly operation: (index: number) => Promise<unknown> }

/** Of what a bare server, or a bare transaction, without authentication, protocol and rights could do. */
const SHARE_MIN = { read: 0.6, write: 0.45 } as const

const scenario = (name: string, prepare: (bench: Bench) => Operation): Scenario => ({
  name,
  async run(bench) {
    const { limit, operation } = prepare(bench)
    const [before, sample, after] = [await bench.limits[limit](), await load(bench.load, operation), await bench.limits[limit]()]
    const share = (2 * sample.rate) / (before.rate + after.rate)
    const goal = atLeast(share, SHARE_MIN[limit], 'of the limit')
    return [measured(name, sample, { share, memoryMb: memoryMb(bench.server.pid), goal })] satisfies Row[]
  },
})

/** Fails unless the answer is about the one user. */
async function hit({ http, people }: Bench, number: number): Promise<void> {
  const { body } = await checked(http, 'GET', filtered(`userName eq "${people.nameOf(number)}@bench.example"`))
  if (!body.includes('"totalResults":1') || !body.includes(people.idOf(number))) throw new Error(`not found: ${people.nameOf(number)}`)
}

async function miss({ http }: Bench, index: number): Promise<void> {
  const { body } = await checked(http, 'GET', filtered(`userName eq "nobody-${index}@bench.example"`))
  if (!body.includes('"totalResults":0')) throw new Error(`found somebody who is not there: ${body.slice(0, 300)}`)
}

const LEAVERS = 100

/** Spreads the numbers over the directory, each once before any comes twice. */
const spread = (index: number, count: number) => (index * 7919) % count

export const reads: readonly Scenario[] = [
  scenario('GET /Users/{id}', ({ http, people }) => ({
    limit: 'read',
    operation: (i) => checked(http, 'GET', `/Users/${people.idOf(spread(i, people.count))}`),
  })),
  scenario('filter userName eq, hit', (bench) => ({ limit: 'read', operation: (i) => hit(bench, spread(i, bench.people.count)) })),
  scenario('filter userName eq, miss', (bench) => ({ limit: 'read', operation: (i) => miss(bench, i) })),
]

/** Creates last: all else is measured on a directory of the size that is said. */
export const writes: readonly Scenario[] = [
  scenario('PUT /Users/{id}', ({ http, people }) => ({
    limit: 'write',
    operation: (i) => {
      const number = spread(i, people.count)
      return checked(http, 'PUT', `/Users/${people.idOf(number)}`, { ...userBody(people.nameOf(number)), title: `Engineer ${i}` })
    },
  })),
  scenario('PATCH active', ({ http, people }) => ({
    limit: 'write',
    operation: (i) => {
      // A hundred leave, and come back: half of what is measured is a leaver, however fast it goes.
      const block = Math.floor(i / LEAVERS)
      const number = Math.floor(block / 2) * LEAVERS + (i % LEAVERS)
      const change = patch({ op: 'replace', path: 'active', value: block % 2 === 1 })
      return checked(http, 'PATCH', `/Users/${people.idOf(spread(number, people.count))}`, change)
    },
  })),
  scenario('POST /Users', ({ http }) => {
    const run = crypto.randomUUID().slice(0, 8)
    return { limit: 'write', operation: (i) => checked(http, 'POST', '/Users', userBody(`${run}-${i}`)) }
  }),
]
