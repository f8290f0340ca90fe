// Time as something handed in, so that a test can hold it still.

export type Clock = {
  /** The time of day; may jump. */
  readonly now: () => Date
  /** Milliseconds since some moment; never goes back. The same scale as `performance.now()`. */
  readonly monotonicMs: () => number
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }
