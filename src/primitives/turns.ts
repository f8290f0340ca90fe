// A few at a time for each key, the rest in the order they came: so that one caller can not take everything that all share.

type Lane = { running: number; readonly waiting: Set<() => void> }

/** It was not a task's turn within the time that it may wait. */
export class TurnTimeout extends Error {
  constructor(waitedMs: number) {
    super(`It was nobody's turn to end for ${waitedMs} ms`)
    this.name = 'TurnTimeout'
  }
}

export class Turns<K> {
  readonly #atOnce: number
  readonly #waitMsMax: number | undefined
  readonly #lanes = new Map<K, Lane>()

  /** At most `atOnce` tasks of one key run at the same time. A task waits for `waitMsMax` at most, or for ever. */
  constructor(atOnce: number, waitMsMax?: number) {
    this.#atOnce = atOnce
    this.#waitMsMax = waitMsMax
  }

  /** Runs the task when it is its turn. Settles as the task does, or rejects with a `TurnTimeout` without having run it. */
  async run<T>(key: K, task: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(key)
    if (lane.running >= this.#atOnce) await this.#wait(lane)
    else lane.running += 1
    try {
      return await task()
    } finally {
      const [next] = lane.waiting
      // The place goes straight to the next one: nobody who came later can slip in between.
      if (next !== undefined) next()
      else if (--lane.running === 0) this.#lanes.delete(key)
    }
  }

  #wait({ waiting }: Lane): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        waiting.delete(begin)
        clearTimeout(timer)
        resolve()
      }
      const limit = this.#waitMsMax
      const giveUp = (waitedMs: number) => {
        waiting.delete(begin)
        reject(new TurnTimeout(waitedMs))
      }
      const timer = limit === undefined ? undefined : setTimeout(giveUp, limit, limit)
      waiting.add(begin)
    })
  }

  #laneOf(key: K): Lane {
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = { running: 0, waiting: new Set() }
    this.#lanes.set(key, lane)
    return lane
  }
}
