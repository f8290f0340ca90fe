// How often somebody may try to guess: passwords and codes, counted in the database for all processes together, over longer times than
// requests are. When it cannot be counted, nothing is tried.
import { createHash } from 'node:crypto'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { unavailable } from '../db/failures.ts'
import type { Database } from '../db/postgres.ts'

/** Attempts of each kind, in windows of so many seconds. */
const KINDS = {
  /** For one name. */
  password: { points: 20, duration: 15 * 60 },
  /** From one address or network, whoever it tries. */
  address: { points: 100, duration: 15 * 60 },
  /** Second factors of one account: three codes of a million are right at any moment. */
  code: { points: 10, duration: 60 * 60 },
} as const

export type AttemptKind = keyof typeof KINDS
export type Attempt = { readonly kind: AttemptKind; readonly key: string }

export type AttemptVerdict = { readonly kind: 'allowed' } | { readonly kind: 'limited'; readonly retryAfterSeconds: number }

export class Attempts {
  readonly #limiters: Readonly<Record<AttemptKind, RateLimiterPostgres>>

  constructor(pool: Database['pool']) {
    const limiter = (kind: AttemptKind) =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        tableName: 'rate_limits',
        tableCreated: true,
        keyPrefix: `attempts:${kind}`,
        clearExpiredByTimeout: false,
        ...KINDS[kind],
      })
    this.#limiters = { password: limiter('password'), address: limiter('address'), code: limiter('code') }
  }

  /** Takes one attempt of each, before anything is looked at. @throws DatabaseUnavailable when it cannot be counted. */
  async take(attempts: readonly Attempt[]): Promise<AttemptVerdict> {
    let verdict: AttemptVerdict = { kind: 'allowed' }
    for (const { kind, key } of attempts) {
      try {
        await this.#limiters[kind].consume(hashed(key))
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw unavailable(error)
        verdict = { kind: 'limited', retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) }
      }
    }
    return verdict
  }

  /** What was tried was right: it does not count, and for one name neither does what went wrong before it. */
  async succeeded(attempts: readonly Attempt[]): Promise<void> {
    for (const { kind, key } of attempts) {
      if (kind === 'address') await this.#limiters[kind].reward(hashed(key))
      else await this.#limiters[kind].delete(hashed(key))
    }
  }
}

/** Names and addresses that somebody tried stand nowhere as they are. */
const hashed = (key: string) => createHash('sha256').update(key).digest('base64url')
