// Work of the same kind that waits at the same time is done together: whoever comes first starts at once, and what arrives meanwhile
// shares the next start. Nobody waits for company, and what goes wrong for one goes wrong for that one alone.
import { TurnTimeout } from './turns.ts'

export type BatchesOptions<T, R> = {
  /** Does all of them or none, and gives their results in the order of the items. */
  readonly run: (kind: string, items: readonly T[]) => Promise<readonly R[]>
  /** Whether an error may be about one of the items, so that each is run again by itself. */
  readonly mayBeOfOne: (error: unknown) => boolean
  /** Batches of one lane that may run at once. */
  readonly atOnce?: number
  readonly sizeMax?: number
  /** How long an item may wait for its start. */
  readonly waitMsMax?: number
}

export type Place = {
  /** Whose work it is: lanes do not wait for each other. */
  readonly lane: string
  /** Only items of one kind run together. */
  readonly kind: string
  /** What the item is about: two about the same thing never run together. */
  readonly key: string
}

const WAIT_MS = 10_000

type Entry<T, R> = {
  readonly item: T
  readonly kind: string
  readonly key: string
  readonly since: number
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

type Lane<T, R> = { waiting: Entry<T, R>[]; running: number; departing: boolean }

export class Batches<T, R> {
  readonly #options: Required<BatchesOptions<T, R>>
  readonly #lanes = new Map<string, Lane<T, R>>()

  constructor(options: BatchesOptions<T, R>) {
    this.#options = { atOnce: 2, sizeMax: 32, waitMsMax: WAIT_MS, ...options }
  }

  /** Runs the item with others or alone. Settles with its own result or error, or rejects with a `TurnTimeout` without having run it. */
  run({ lane, kind, key }: Place, item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const known = this.#lanes.get(lane) ?? { waiting: [], running: 0, departing: false }
      this.#lanes.set(lane, known)
      known.waiting.push({ item, kind, key, since: performance.now(), resolve, reject })
      this.#schedule(lane, known)
    })
  }

  /** Leaves time for the others that came in with the same turn of the event loop. */
  #schedule(name: string, lane: Lane<T, R>): void {
    if (lane.waiting.length === 0) {
      if (lane.running === 0) this.#lanes.delete(name)
      return
    }
    if (lane.departing || lane.running >= this.#options.atOnce) return
    lane.departing = true
    setImmediate(() => {
      lane.departing = false
      this.#turnAway(lane)
      const batch = this.#board(lane)
      lane.running += 1
      void this.#depart(batch).finally(() => {
        lane.running -= 1
        this.#schedule(name, lane)
      })
      this.#schedule(name, lane)
    })
  }

  /** With a database that has fallen silent, the queue would otherwise be served one long silence after another. */
  #turnAway(lane: Lane<T, R>): void {
    const { waitMsMax } = this.#options
    const latest = performance.now() - waitMsMax
    for (const { since, reject } of lane.waiting) if (since < latest) reject(new TurnTimeout(waitMsMax))
    lane.waiting = lane.waiting.filter(({ since }) => since >= latest)
  }

  /** The one that waits longest, and those of its kind that may go along; the others keep their order. */
  #board(lane: Lane<T, R>): readonly Entry<T, R>[] {
    const batch: Entry<T, R>[] = []
    const keys = new Set<string>()
    const kind = lane.waiting[0]?.kind
    const left: Entry<T, R>[] = []
    for (const entry of lane.waiting) {
      const boards = entry.kind === kind && !keys.has(entry.key) && batch.length < this.#options.sizeMax
      ;(boards ? batch : left).push(entry)
      keys.add(entry.key)
    }
    lane.waiting = left
    return batch
  }

  async #depart(batch: readonly Entry<T, R>[]): Promise<void> {
    const [first] = batch
    if (first === undefined) return
    try {
      const results = await this.#options.run(
        first.kind,
        batch.map(({ item }) => item),
      )
      if (results.length !== batch.length) throw new Error(`a batch of ${batch.length} gave ${results.length} results`)
      for (const [index, result] of results.entries()) batch[index]?.resolve(result)
    } catch (error) {
      if (batch.length === 1 || !this.#options.mayBeOfOne(error)) for (const { reject } of batch) reject(error)
      else for (const entry of batch) await this.#depart([entry])
    }
  }
}
