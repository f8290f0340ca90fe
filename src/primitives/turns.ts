// A few at a time for each key, the rest in the order they came: so that one caller can not take everything that all share.

type Lane = { running: number; readonly waiting: (() => void)[] }

export class Turns<K> {
  readonly #atOnce: number
  readonly #lanes = new Map<K, Lane>()

  /** At most `atOnce` tasks of one key run at the same time. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Runs the task when it is its turn. Settles as the task does. */
  async run<T>(key: K, task: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(key)
    if (lane.running >= this.#atOnce) await new Promise<void>((resolve) => lane.waiting.push(resolve))
    else lane.running += 1
    try {
      return await task()
    } finally {
      const next = lane.waiting.shift()
      // The place goes straight to the next one: nobody who came later can slip in between.
      if (next !== undefined) next()
      else if (--lane.running === 0) this.#lanes.delete(key)
    }
  }

  #laneOf(key: K): Lane {
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = { running: 0, waiting: [] }
    this.#lanes.set(key, lane)
    return lane
  }
}
