// What IdPs do with one user all day.
import { checked, filtered, patch, userBody } from './bodies.ts'
import type { Bench, Scenario } from './bench.ts'
import { compare, type Operation } from './load.ts'
import { memoryMb } from './process-tree.ts'
import { atLeast, measured, type Row } from './row.ts'

type Prepared = { readonly kind: 'read' | 'write'; readonly operation: Operation }

/** Of what a bare server, or a bare transaction, without authentication, protocol and rights could do. */
const SHARE_MIN = { read: 0.6, write: 0.45 } as const

const scenario = (name: string, prepare: (bench: Bench) => Prepared): Scenario => ({
  name,
  async run(bench) {
    const { kind, operation } = prepare(bench)
    const limit = await (kind === 'read' ? bench.limits.reader() : bench.limits.writer())
    try {
      const { sample, share } = await compare(bench.load, limit.operation, operation)
      const goal = atLeast(share, SHARE_MIN[kind], 'of the limit')
      return [measured(name, sample, { share, memoryMb: memoryMb(bench.server.pid), goal })] satisfies Row[]
    } finally {
      await limit.close()
    }
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
    kind: 'read',
    operation: (i) => checked(http, 'GET', `/Users/${people.idOf(spread(i, people.count))}`),
  })),
  scenario('filter userName eq, hit', (bench) => ({ kind: 'read', operation: (i) => hit(bench, spread(i, bench.people.count)) })),
  scenario('filter userName eq, miss', (bench) => ({ kind: 'read', operation: (i) => miss(bench, i) })),
]

/** Creates last: all else is measured on a directory of the size that is said. */
export const writes: readonly Scenario[] = [
  scenario('PUT /Users/{id}', ({ http, people }) => ({
    kind: 'write',
    operation: (i) => {
      const number = spread(i, people.count)
      return checked(http, 'PUT', `/Users/${people.idOf(number)}`, { ...userBody(people.nameOf(number)), title: `Engineer ${i}` })
    },
  })),
  scenario('PATCH active', ({ http, people }) => ({
    kind: 'write',
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
    return { kind: 'write', operation: (i) => checked(http, 'POST', '/Users', userBody(`${run}-${i}`)) }
  }),
]
