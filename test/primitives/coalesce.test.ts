// The promise of the coalescer under any interleaving: shared lookups, never an answer older than its question.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Coalescer } from '../../src/primitives/coalesce.ts'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

describe('coalesced lookups', () => {
  test('callers of one turn share one lookup, each key asked once', async () => {
    const asked: (readonly string[])[] = []
    const coalescer = new Coalescer<string, string>({
      lookup: (keys) => {
        asked.push(keys)
        return Promise.resolve(new Map([['a', 'A']]))
      },
    })
    expect(await Promise.all(['a', 'b', 'a'].map((key) => coalescer.get(key)))).toEqual(['A', undefined, 'A'])
    expect(asked).toEqual([['a', 'b']])
  })

  test('a failed lookup fails its callers only', async () => {
    let fail = true
    const coalescer = new Coalescer<string, number>({
      lookup: () => (fail ? Promise.reject(new Error('gone')) : Promise.resolve(new Map([['a', 1]]))),
    })
    await expect(Promise.all([coalescer.get('a'), coalescer.get('b')])).rejects.toThrow('gone')
    fail = false
    expect(await coalescer.get('a')).toBe(1)
  })

  test('an answer never predates its question, whatever the order of arrivals, changes and answers', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('change' as const) }),
      fc.record({ kind: fc.constant('answer' as const), nth: fc.nat(3) }),
      fc.record({ kind: fc.constant('turn' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, flightsMax) => {
        let state = 0
        let running = 0
        let runningMax = 0
        const flights: (() => void)[] = []
        const coalescer = new Coalescer<string, number>({
          flightsMax,
          lookup: (keys) => {
            const seen = state
            runningMax = Math.max(runningMax, ++running)
            expect(new Set(keys).size).toBe(keys.length)
            return new Promise((resolve) =>
              flights.push(() => {
                running -= 1
                resolve(new Map(keys.map((key) => [key, seen])))
              }),
            )
          },
        })
        const asked: { askedAt: number; answer: Promise<number | undefined> }[] = []
        for (const next of steps) {
          if (next.kind === 'ask') asked.push({ askedAt: state, answer: coalescer.get(next.key) })
          else if (next.kind === 'change') state += 1
          else if (next.kind === 'turn') await turn()
          else flights.splice(next.nth, 1)[0]?.()
        }
        let open = asked.length
        for (const { answer } of asked) void answer.then(() => (open -= 1))
        while (open > 0) {
          flights.shift()?.()
          await turn()
        }
        for (const { askedAt, answer } of asked) expect(await answer).toBeGreaterThanOrEqual(askedAt)
        expect(runningMax).toBeLessThanOrEqual(flightsMax)
      }),
      { numRuns: 300 },
    )
  })
})
