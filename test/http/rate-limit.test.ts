// The limiter: one limit for all processes, few questions to the database, and no harm when it is away.
import { sql } from 'kysely'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { clearExpiredCounters, type Counter, databaseCounter, networkOf, RateLimiter, WINDOW_SECONDS } from '../../src/http/rate-limit.ts'
import { type Clock, systemClock } from '../../src/primitives/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

/** A clock that stands still until it is moved. */
function handClock(): Clock & { move: (ms: number) => void } {
  let ms = 0
  return { now: () => new Date(ms), monotonicMs: () => ms, move: (by) => void (ms += by) }
}

/** Counts in windows by the same rule as the database, on a hand-moved clock. */
function memoryCounter(clock: Clock): { count: Counter; asked: () => number } {
  const windows = new Map<string, { taken: number; until: number }>()
  let asked = 0
  return {
    asked: () => asked,
    count: (key, points) => {
      asked += 1
      const now = clock.monotonicMs()
      const known = windows.get(key)
      const window = known !== undefined && known.until > now ? known : { taken: 0, until: now + WINDOW_SECONDS * 1000 }
      window.taken += points
      windows.set(key, window)
      return Promise.resolve({ taken: window.taken, msLeft: window.until - now })
    },
  }
}

const limiterOf = (count: Counter, clock: Clock, errors: unknown[] = []) =>
  new RateLimiter({ count, clock, onError: (error) => errors.push(error) })

async function allowedOf(limiter: RateLimiter, perSecond: number, requests: number, key = 'k'): Promise<number> {
  let allowed = 0
  for (let i = 0; i < requests; i++) if ((await limiter.take(key, perSecond)).kind === 'allowed') allowed += 1
  return allowed
}

describe('a limit', () => {
  test('lends what the process holds without asking, never more, and none of a window that is over', async () => {
    const clock = handClock()
    const { count, asked } = memoryCounter(clock)
    const limiter = limiterOf(count, clock)
    expect(limiter.takeHeld('k')).toBe(false)
    expect(await allowedOf(limiter, 10, 1)).toBe(1)
    let held = 0
    while (limiter.takeHeld('k')) held += 1
    expect([held, asked()]).toEqual([4, 1])
    expect(await allowedOf(limiter, 10, 200)).toBe(100 - 5)
    expect(limiter.takeHeld('k')).toBe(false)
    clock.move(WINDOW_SECONDS * 1000)
    expect(limiter.takeHeld('k')).toBe(false)
    expect(await allowedOf(limiter, 10, 1)).toBe(1)
    expect(limiter.takeHeld('k')).toBe(true)
  })

  test('lets ten seconds’ worth through at once and asks for it in chunks', async () => {
    const clock = handClock()
    const { count, asked } = memoryCounter(clock)
    expect(await allowedOf(limiterOf(count, clock), 100, 1200)).toBe(1000)
    expect(asked()).toBeLessThanOrEqual(21)
  })

  test('says in whole seconds when to come back, and then lets through again', async () => {
    const clock = handClock()
    const limiter = limiterOf(memoryCounter(clock).count, clock)
    await allowedOf(limiter, 1, 10)
    clock.move(2_500)
    expect(await limiter.take('k', 1)).toEqual({ kind: 'limited', retryAfterSeconds: 8 })
    clock.move(7_400)
    expect(await limiter.take('k', 1)).toEqual({ kind: 'limited', retryAfterSeconds: 1 })
    clock.move(100)
    expect(await limiter.take('k', 1)).toEqual({ kind: 'allowed' })
  })

  test('is never passed by several processes together, whatever the order of their requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.record({ process: fc.nat(3), ms: fc.constantFrom(0, 0, 0, 1, 300, 4000) }), { maxLength: 800 }),
        async (perSecond, requests) => {
          const clock = handClock()
          const { count } = memoryCounter(clock)
          const processes = [0, 1, 2, 3].map(() => limiterOf(count, clock))
          const allowedAt: number[] = []
          for (const { process, ms } of requests) {
            clock.move(ms)
            const verdict = await processes[process]?.take('k', perSecond)
            if (verdict?.kind === 'allowed') allowedAt.push(clock.monotonicMs())
          }
          // Any ten seconds touch at most two windows.
          for (const from of allowedAt) {
            const within = allowedAt.filter((at) => at >= from && at < from + WINDOW_SECONDS * 1000).length
            expect(within).toBeLessThanOrEqual(2 * perSecond * WINDOW_SECONDS)
          }
          if (clock.monotonicMs() < WINDOW_SECONDS * 1000) expect(allowedAt.length).toBeLessThanOrEqual(perSecond * WINDOW_SECONDS)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('keeps callers apart', async () => {
    const clock = handClock()
    const limiter = limiterOf(memoryCounter(clock).count, clock)
    expect(await allowedOf(limiter, 1, 20, 'a')).toBe(10)
    expect(await allowedOf(limiter, 1, 20, 'b')).toBe(10)
  })

  test('is asked for once by requests that come together', async () => {
    const clock = handClock()
    const { count, asked } = memoryCounter(clock)
    const limiter = limiterOf(count, clock)
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.take('k', 100)))
    expect(verdicts.filter(({ kind }) => kind === 'allowed')).toHaveLength(50)
    expect(asked()).toBe(1)
  })
})

describe('on the database', () => {
  let server: TestDatabase
  let database: Database
  beforeAll(async () => {
    server = await testDatabase()
    database = createDatabase({ connection: server.connection, poolSize: 4 })
  })
  afterAll(async () => {
    await database.close()
    await server.drop()
  })

  test('processes share one limit', async () => {
    const limiters = [1, 2, 3].map(() => limiterOf(databaseCounter(database.pool), systemClock))
    const allowed = await Promise.all(limiters.map((limiter) => allowedOf(limiter, 10, 100, 'shared')))
    expect(allowed.reduce((sum, n) => sum + n)).toBeLessThanOrEqual(100)
    expect(allowed.reduce((sum, n) => sum + n)).toBeGreaterThanOrEqual(85)
  })

  test('a counter that cannot be reached lets requests through and is reported', async () => {
    const gone = createDatabase({ connection: { kind: 'url', url: 'postgresql://nobody@127.0.0.1:1/none' }, poolSize: 1 })
    const errors: unknown[] = []
    const limiter = limiterOf(databaseCounter(gone.pool), systemClock, errors)
    expect(await limiter.take('k', 1)).toEqual({ kind: 'allowed' })
    expect(errors).toHaveLength(1)
    await gone.close()
  })

  test('old counters are removed, running ones kept', async () => {
    await sql`insert into rate_limits values ('old', 1, ${Date.now() - 3 * 3600_000}), ('new', 1, ${Date.now()})`.execute(database.kysely)
    await clearExpiredCounters(database.work, new Date())
    const { rows } = await sql`select key from rate_limits where key in ('old', 'new')`.execute(database.kysely)
    expect(rows).toEqual([{ key: 'new' }])
  })
})

describe('the network of an address', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
