// Spaces requests out: a cap per second, and one common pause for all when the server asks for it (RFC 6585 section 4).

export type Clock = {
  /** Milliseconds, growing steadily. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

export type Pacer = {
  /** Resolves when the next request may start. */
  readonly turn: () => Promise<void>
  /** Nobody starts within the next `ms`. */
  readonly pause: (ms: number) => void
}

/** A pacer that starts at most `rateMax` requests in a second; 0 means no cap. */
export function createPacer(rateMax: number, clock: Clock): Pacer {
  const spacingMs = rateMax > 0 ? 1000 / rateMax : 0
  let nextAt = 0
  return {
    turn: async () => {
      const now = clock.now()
      const startAt = Math.max(now, nextAt)
      nextAt = startAt + spacingMs
      if (startAt > now) await clock.sleep(startAt - now)
    },
    pause: (ms) => {
      nextAt = Math.max(nextAt, clock.now() + ms)
    },
  }
}
