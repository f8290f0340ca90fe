// How many requests a caller may make, counted in the database for all processes together. A process takes points in chunks, so that the
// database is asked once for many requests; what it does not use of a chunk is lost when the window ends.
import { sql } from 'kysely'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Database } from '../db/postgres.ts'
import type { Work } from '../db/work.ts'
import type { Clock } from '../primitives/clock.ts'

/** Points are counted in windows of this length, so that a burst of ten seconds' worth is fine. */
export const WINDOW_SECONDS = 10
const CHUNK_MAX = 50
/** Chunks a window is cut into, so that a few processes can share a low limit. */
const CHUNKS_OF_WINDOW = 20
/** Callers remembered by one process. */
const LEASES_MAX = 10_000
/** Counters are kept this long after their window. */
const KEPT_SECONDS = 3600

export type Verdict = { readonly kind: 'allowed' } | { readonly kind: 'limited'; readonly retryAfterSeconds: number }

/** Counts points of a key for all processes: how many were taken in this window, these included, and how long it still lasts. */
export type Counter = (key: string, points: number) => Promise<{ taken: number; msLeft: number }>

type Lease = { points: number; until: number; filling: Promise<void> | undefined }

const ALLOWED: Verdict = { kind: 'allowed' }

export class RateLimiter {
  readonly #count: Counter
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #leases = new Map<string, Lease>()

  constructor(options: { count: Counter; clock: Clock; onError: (error: unknown) => void }) {
    this.#count = options.count
    this.#clock = options.clock
    this.#onError = options.onError
  }

  /**
   * Takes one point. `perSecond` is the long-run rate; ten seconds' worth may come at once. When the counters cannot be reached, the
   * request is allowed: whatever it needs will tell what is wrong.
   */
  async take(key: string, perSecond: number): Promise<Verdict> {
    for (;;) {
      const lease = this.#lease(key)
      const msLeft = lease.until - this.#clock.monotonicMs()
      if (msLeft > 0) {
        if (lease.points > 0) {
          lease.points -= 1
          return ALLOWED
        }
        if (lease.points === EXHAUSTED) return { kind: 'limited', retryAfterSeconds: Math.max(1, Math.ceil(msLeft / 1000)) }
      }
      try {
        lease.filling ??= this.#fill(lease, key, perSecond)
        await lease.filling
      } catch (error) {
        this.#onError(error)
        return ALLOWED
      }
    }
  }

  /** Takes one point of those that this process holds already; false, and nothing is taken, when there are none. */
  takeHeld(key: string): boolean {
    const lease = this.#leases.get(key)
    if (lease === undefined || lease.points <= 0 || lease.until <= this.#clock.monotonicMs()) return false
    lease.points -= 1
    return true
  }

  #lease(key: string): Lease {
    const known = this.#leases.get(key)
    if (known !== undefined) return known
    if (this.#leases.size >= LEASES_MAX) this.#leases.clear()
    const lease: Lease = { points: 0, until: 0, filling: undefined }
    this.#leases.set(key, lease)
    return lease
  }

  async #fill(lease: Lease, key: string, perSecond: number): Promise<void> {
    const limit = perSecond * WINDOW_SECONDS
    const chunk = Math.max(1, Math.min(CHUNK_MAX, Math.floor(limit / CHUNKS_OF_WINDOW)))
    try {
      const { taken, msLeft } = await this.#count(key, chunk)
      const granted = Math.min(chunk, limit - (taken - chunk))
      lease.points = granted > 0 ? granted : EXHAUSTED
      lease.until = this.#clock.monotonicMs() + Math.max(1, msLeft)
    } finally {
      lease.filling = undefined
    }
  }
}

/** Points of a lease whose window has no more. */
const EXHAUSTED = -1

/** Counts in the table `rate_limits`. */
export function databaseCounter(pool: Database['pool']): Counter {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: '',
    duration: WINDOW_SECONDS,
    // The limits differ by caller and are judged above; the library counts.
    points: Number.MAX_SAFE_INTEGER,
    clearExpiredByTimeout: false,
  })
  return async (key, points) => {
    const { consumedPoints, msBeforeNext } = await limiter.consume(key, points)
    return { taken: consumedPoints, msLeft: msBeforeNext }
  }
}

/** Removes counters whose window is long over. */
export async function clearExpiredCounters(work: Work, now: Date): Promise<void> {
  await sql`delete from rate_limits where expire < ${now.getTime() - KEPT_SECONDS * 1000}`.execute(work.db)
}

/** The network a client's failures are counted for: an IPv4 address, or the /64 that an IPv6 customer has as a whole. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  const after = tail === undefined ? [] : tail.split(':')
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)).fill('0')
  const prefix = [...groups, ...zeros, ...after].slice(0, 4).map((group) => (group === '' ? '0' : group))
  return `${prefix.join(':')}::/64`
}
