// The promise of batches under any interleaving: everything runs once, in its own lane, and fails by itself.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Batches } from '../../src/primitives/batches.ts'
import { TurnTimeout } from '../../src/primitives/turns.ts'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

type Flight = { readonly kind: string; readonly items: readonly number[]; readonly land: () => void }

/** Batches whose flights end when the test says so. Items that are odd break what they take part in. */
function controlled({
  atOnce = 1,
  besideMs = 0,
  sizeMax = 32,
  weightMax = 1000,
  waitMsMax = 10_000,
  mayBeOfOne = (): boolean => true,
} = {}) {
  const flights: Flight[] = []
  const batches = new Batches<number, string>({
    weigh: (item) => item,
    weightMax,
    alone: (_lane, item) => (item % 2 === 1 ? Promise.reject(new Error(`odd: ${item}`)) : Promise.resolve(String(item))),
    atOnce,
    besideMs,
    sizeMax,
    waitMsMax,
    mayBeOfOne,
    run: ({ kind, items }) =>
      new Promise((resolve, reject) =>
        flights.push({
          kind,
          items,
          land: () => (items.some((item) => item % 2 === 1) ? reject(new Error(`odd: ${items.join()}`)) : resolve(items.map(String))),
        }),
      ),
  })
  return { flights, batches }
}

describe('batches', () => {
  test('the first starts at once, those that come meanwhile share the next start', async () => {
    const { flights, batches } = controlled()
    const first = batches.run({ lane: 'a', kind: 'k', key: '0' }, 0)
    await turn()
    const others = [2, 4, 6].map((item) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item))
    await turn()
    expect(flights.map(({ items }) => items)).toEqual([[0]])
    flights[0]?.land()
    expect(await first).toBe('0')
    await vi.waitFor(() => expect(flights).toHaveLength(2))
    expect(flights[1]?.items).toEqual([2, 4, 6])
    flights[1]?.land()
    expect(await Promise.all(others)).toEqual(['2', '4', '6'])
  })

  test('a slow one has its lane to itself for a while, and then those behind it go beside it', async () => {
    const { flights, batches } = controlled({ atOnce: 2, besideMs: 30 })
    const run = (item: number) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item)
    const slow = run(0)
    await turn()
    const behind = Promise.all([run(2), run(4)])
    await turn()
    expect(flights.map(({ items }) => items)).toEqual([[0]])
    await vi.waitFor(() => expect(flights).toHaveLength(2))
    flights[1]?.land()
    expect(await behind).toEqual(['2', '4'])
    flights[0]?.land()
    expect(await slow).toBe('0')
  })

  test('another kind does not wait for a slow one', async () => {
    const { flights, batches } = controlled({ atOnce: 2, besideMs: 10_000 })
    const run = (item: number, kind: string) => batches.run({ lane: 'a', kind, key: String(item) }, item)
    const all = Promise.all([run(0, 'k'), run(2, 'l')])
    await turn()
    await turn()
    const held = run(4, 'k')
    await turn()
    expect(flights.map(({ items }) => items)).toEqual([[0], [2]])
    for (const flight of flights) flight.land()
    expect(await all).toEqual(['0', '2'])
    await vi.waitFor(() => expect(flights).toHaveLength(3))
    flights[2]?.land()
    expect(await held).toBe('4')
  })

  test('another kind, the same key and what is too many wait for a later one, in their order', async () => {
    const { flights, batches } = controlled({ sizeMax: 2 })
    const run = (item: number, kind: string, key: string) => batches.run({ lane: 'a', kind, key }, item)
    const all = Promise.all([run(0, 'k', 'x'), run(2, 'l', 'y'), run(4, 'k', 'x'), run(6, 'k', 'z'), run(8, 'k', 'w')])
    for (let nth = 0; nth < 4; nth++) {
      await turn()
      flights[nth]?.land()
      await turn()
    }
    expect(await all).toEqual(['0', '2', '4', '6', '8'])
    expect(flights.map(({ items }) => items)).toEqual([[0, 6], [2], [4, 8]])
  })

  test('one lane does not wait for another', async () => {
    const { flights, batches } = controlled()
    void batches.run({ lane: 'a', kind: 'k', key: '0' }, 0)
    void batches.run({ lane: 'b', kind: 'k', key: '0' }, 2)
    await turn()
    expect(flights.map(({ items }) => items)).toEqual([[0], [2]])
  })

  test('an error that concerns all is not tried again', async () => {
    const { flights, batches } = controlled({ mayBeOfOne: () => false })
    const all = Promise.allSettled([0, 1].map((item) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item)))
    await turn()
    flights[0]?.land()
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(flights).toHaveLength(1)
  })

  test('what has waited too long is turned away and never run, while those before it still run', async () => {
    const { flights, batches } = controlled({ waitMsMax: 20 })
    const run = (item: number) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item)
    const first = run(0)
    await turn()
    await expect(run(2)).rejects.toThrow(TurnTimeout)
    flights[0]?.land()
    expect(await first).toBe('0')
    const next = run(4)
    await vi.waitFor(() => expect(flights).toHaveLength(2))
    flights[1]?.land()
    expect(await next).toBe('4')
    expect(flights.map(({ items }) => items)).toEqual([[0], [4]])
  })

  test('what is too heavy to go along waits; the first may weigh what it will', async () => {
    const { flights, batches } = controlled({ weightMax: 10 })
    const all = Promise.all([20, 2, 4, 6, 8].map((item) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item)))
    for (let nth = 0; nth < 4; nth++) {
      await vi.waitFor(() => expect(flights.length).toBeGreaterThan(nth))
      flights[nth]?.land()
    }
    expect(await all).toEqual(['20', '2', '4', '6', '8'])
    expect(flights.map(({ items }) => items)).toEqual([[20], [2, 4], [6], [8]])
  })

  test('after a failure each is done alone, while the lane goes on', async () => {
    const { flights, batches } = controlled()
    const run = (item: number) => batches.run({ lane: 'a', kind: 'k', key: String(item) }, item)
    const both = Promise.allSettled([run(0), run(1)])
    await turn()
    const next = run(2)
    flights[0]?.land()
    expect((await both).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await vi.waitFor(() => expect(flights).toHaveLength(2))
    flights[1]?.land()
    expect(await next).toBe('2')
  })

  test('everything settles with its own result, whatever the order of arrivals and ends', async () => {
    const item = fc.record({ value: fc.nat(20), lane: fc.constantFrom('a', 'b'), kind: fc.constantFrom('k', 'l') })
    const step = fc.oneof(item, fc.record({ land: fc.nat(3) }), fc.constant('turn' as const))
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 50 }),
        fc.record({ atOnce: fc.integer({ min: 1, max: 3 }), sizeMax: fc.integer({ min: 1, max: 4 }) }),
        async (steps, options) => {
          const { flights, batches } = controlled(options)
          const asked: { value: number; answer: Promise<PromiseSettledResult<string>[]> }[] = []
          for (const next of steps) {
            if (next === 'turn') await turn()
            else if ('land' in next) flights[next.land % Math.max(1, flights.length)]?.land()
            else {
              const { value, ...place } = next
              asked.push({ value, answer: Promise.allSettled([batches.run({ ...place, key: String(value) }, value)]) })
            }
          }
          const done = Promise.all(asked.map(({ answer }) => answer))
          let landed = 0
          let settled = false
          void done.then(() => (settled = true))
          while (!settled) {
            for (; landed < flights.length; landed++) flights[landed]?.land()
            await turn()
          }
          for (const [nth, [result]] of (await done).entries()) {
            const value = asked[nth]?.value ?? 0
            if (value % 2 === 0) expect(result).toEqual({ status: 'fulfilled', value: String(value) })
            else expect(result).toMatchObject({ status: 'rejected', reason: { message: `odd: ${value}` } })
          }
          for (const { items } of flights) {
            expect(items.length).toBeLessThanOrEqual(options.sizeMax)
            expect(new Set(items).size).toBe(items.length)
          }
        },
      ),
    )
  })
})
