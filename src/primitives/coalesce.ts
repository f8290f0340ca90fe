// Many equal questions, few queries, and never an old answer: a caller may share a lookup only when that lookup starts after the
// caller asked. So what was committed before the question is always seen, in every process, without any cache to invalidate.

export type CoalescerOptions<K, V> = {
  /** Asks for several keys at once; a key without an entry has no value. */
  readonly lookup: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>
  /** Lookups that may run at once; a second one keeps a slow answer from delaying everybody. */
  readonly flightsMax?: number
}

type Waiting<V> = { readonly resolve: (value: V | undefined) => void; readonly reject: (error: unknown) => void }

export class Coalescer<K, V> {
  readonly #lookup: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>
  readonly #flightsMax: number
  /** Callers of the lookup that has not started yet. */
  #boarding = new Map<K, Waiting<V>[]>()
  #departing = false
  #flights = 0

  constructor({ lookup, flightsMax = 2 }: CoalescerOptions<K, V>) {
    this.#lookup = lookup
    this.#flightsMax = flightsMax
  }

  /** The key's value as of some moment between this call and its answer. Rejects with what the lookup threw. */
  get(key: K): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = this.#boarding.get(key)
      if (waiting === undefined) this.#boarding.set(key, [{ resolve, reject }])
      else waiting.push({ resolve, reject })
      this.#schedule()
    })
  }

  /** Leaves time for the other requests that came in with the same turn of the event loop. */
  #schedule(): void {
    if (this.#departing || this.#flights >= this.#flightsMax || this.#boarding.size === 0) return
    this.#departing = true
    setImmediate(() => {
      this.#departing = false
      void this.#fly()
    })
  }

  async #fly(): Promise<void> {
    const passengers = this.#boarding
    this.#boarding = new Map()
    this.#flights += 1
    const settle = await this.#outcome(passengers)
    this.#flights -= 1
    // Those who wait by now are sent off before the answers are given out, so that the database does not wait for what is done with them.
    if (this.#boarding.size > 0 && !this.#departing) {
      void this.#fly()
      setImmediate(settle)
    } else {
      settle()
    }
    this.#schedule()
  }

  async #outcome(passengers: ReadonlyMap<K, readonly Waiting<V>[]>): Promise<() => void> {
    try {
      const found = await this.#lookup([...passengers.keys()])
      return () => {
        for (const [key, waiting] of passengers) for (const { resolve } of waiting) resolve(found.get(key))
      }
    } catch (error) {
      return () => {
        for (const waiting of passengers.values()) for (const { reject } of waiting) reject(error)
      }
    }
  }
}
