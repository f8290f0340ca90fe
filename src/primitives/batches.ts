// Work of the same kind that waits at the same time is done together: whoever comes first starts at once, and what arrives meanwhile
// shares the next start. A lone one does not wait for company, and what goes wrong for one goes wrong for that one alone.
import { TurnTimeout } from './turns.ts'

export type BatchesOptions<T, R> = {
  /** Does all of them or none, and gives their results in the order of the items. */
  readonly run: (batch: { readonly lane: string; readonly kind: string; readonly items: readonly T[] }) => Promise<readonly R[]>
  /** Does one of those that failed together, when the error may be about one of them. No place of the lane is taken meanwhile. */
  readonly alone: (lane: string, item: T) => Promise<R>
  readonly mayBeOfOne: (error: unknown) => boolean
  /** How heavy an item is; a batch has one item at least, and no more than `weightMax` beyond that. */
  readonly weigh: (item: T) => number
  readonly weightMax?: number
  readonly sizeMax?: number
  /** Batches of one lane that may run at once. */
  readonly atOnce?: number
  /** How long no other of a batch's kind goes beside it: those who wait for its end are more, and go together. */
  readonly besideMs?: number
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

const DEFAULTS = { atOnce: 2, besideMs: 20, sizeMax: 32, weightMax: 256 * 1024, waitMsMax: 10_000 }

type Entry<T, R> = {
  readonly item: T
  readonly kind: string
  readonly key: string
  readonly since: number
  readonly resolve: (result: R | Promise<R>) => void
  readonly reject: (error: unknown) => void
}

type Running = { readonly kind: string; readonly since: number }

type Lane<T, R> = {
  readonly name: string
  waiting: Entry<T, R>[]
  readonly running: Set<Running>
  departing: boolean
  /** Until somebody may go beside what runs. */
  beside: NodeJS.Timeout | undefined
  timer: NodeJS.Timeout | undefined
}

export class Batches<T, R> {
  readonly #options: Required<BatchesOptions<T, R>>
  readonly #lanes = new Map<string, Lane<T, R>>()

  constructor(options: BatchesOptions<T, R>) {
    this.#options = { ...DEFAULTS, ...options }
  }

  /** Runs the item with others or alone. Settles with its own result or error, or rejects with a `TurnTimeout` without having run it. */
  run({ lane: name, kind, key }: Place, item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const lane = this.#lanes.get(name) ?? {
        name,
        waiting: [],
        running: new Set<Running>(),
        departing: false,
        beside: undefined,
        timer: undefined,
      }
      this.#lanes.set(name, lane)
      lane.waiting.push({ item, kind, key, since: performance.now(), resolve, reject })
      this.#schedule(lane)
      this.#watch(lane)
    })
  }

  #schedule(lane: Lane<T, R>): void {
    if (lane.waiting.length === 0) {
      if (lane.running.size === 0) this.#forget(lane)
      return
    }
    if (lane.departing || lane.running.size >= this.#options.atOnce) return
    if (this.#kindToGo(lane) === undefined) this.#lookLater(lane)
    else this.#departSoon(lane)
  }

  /** Leaves time for the others that came in with the same turn of the event loop. */
  #departSoon(lane: Lane<T, R>): void {
    lane.departing = true
    setImmediate(() => {
      lane.departing = false
      const kind = this.#kindToGo(lane)
      if (kind !== undefined && lane.running.size < this.#options.atOnce) void this.#travel(lane, kind)
      this.#schedule(lane)
    })
  }

  /** Until the oldest batch is slow. */
  #lookLater(lane: Lane<T, R>): void {
    if (lane.beside !== undefined) return
    const oldest = Math.min(...[...lane.running].map(({ since }) => since))
    const look = () => {
      lane.beside = undefined
      this.#schedule(lane)
    }
    lane.beside = setTimeout(look, Math.max(1, oldest + this.#options.besideMs - performance.now()))
  }

  /** Of the one that waits longest among those that need not wait for another of their kind, or about the same thing. */
  #kindToGo({ waiting, running }: Lane<T, R>): string | undefined {
    const slowSince = performance.now() - this.#options.besideMs
    const held = new Set([...running].flatMap(({ kind, since }) => (since > slowSince ? [kind] : [])))
    const keys = new Set<string>()
    for (const { kind, key } of waiting) {
      if (!held.has(kind) && !keys.has(key)) return kind
      keys.add(key)
    }
    return undefined
  }

  /** Those who may go when it ends are sent off before its results are given out, so that the database does not wait for what is done with them. */
  async #travel(lane: Lane<T, R>, kind: string): Promise<void> {
    const batch = this.#board(lane, kind)
    const running = { kind, since: performance.now() }
    lane.running.add(running)
    const settle = await this.#outcome(lane.name, batch)
    lane.running.delete(running)
    const next = lane.departing ? undefined : this.#kindToGo(lane)
    if (next === undefined) {
      settle()
    } else {
      void this.#travel(lane, next)
      setImmediate(settle)
    }
    this.#schedule(lane)
  }

  #forget(lane: Lane<T, R>): void {
    clearTimeout(lane.timer)
    clearTimeout(lane.beside)
    this.#lanes.delete(lane.name)
  }

  /** With a database that has fallen silent, the queue would otherwise be served one long silence after another. */
  #watch(lane: Lane<T, R>): void {
    const [first] = lane.waiting
    if (first === undefined || lane.timer !== undefined) return
    const { waitMsMax } = this.#options
    const look = () => {
      lane.timer = undefined
      const now = performance.now()
      const isLate = ({ since }: Entry<T, R>) => now - since >= waitMsMax
      for (const { reject } of lane.waiting.filter(isLate)) reject(new TurnTimeout(waitMsMax))
      lane.waiting = lane.waiting.filter((entry) => !isLate(entry))
      this.#watch(lane)
    }
    lane.timer = setTimeout(look, Math.max(1, waitMsMax - (performance.now() - first.since)))
  }

  /** The one of the kind that waits longest, and those that may go along; the others keep their order. */
  #board(lane: Lane<T, R>, kind: string): readonly Entry<T, R>[] {
    const { sizeMax, weightMax, weigh } = this.#options
    const batch: Entry<T, R>[] = []
    const keys = new Set<string>()
    const left: Entry<T, R>[] = []
    let weight = 0
    for (const entry of lane.waiting) {
      const fits = batch.length === 0 || (batch.length < sizeMax && weight + weigh(entry.item) <= weightMax)
      const boards = entry.kind === kind && !keys.has(entry.key) && fits
      ;(boards ? batch : left).push(entry)
      if (boards) weight += weigh(entry.item)
      keys.add(entry.key)
    }
    lane.waiting = left
    return batch
  }

  /** Runs a batch; gives what tells each of it how it went. */
  async #outcome(lane: string, batch: readonly Entry<T, R>[]): Promise<() => void> {
    const [first] = batch
    if (first === undefined) return () => undefined
    const { run, alone, mayBeOfOne } = this.#options
    try {
      const results = await run({ lane, kind: first.kind, items: batch.map(({ item }) => item) })
      if (results.length !== batch.length) throw new Error(`a batch of ${batch.length} gave ${results.length} results`)
      return () => {
        for (const [index, result] of results.entries()) batch[index]?.resolve(result)
      }
    } catch (error) {
      const each = batch.length > 1 && mayBeOfOne(error)
      return () => {
        for (const { item, resolve, reject } of batch)
          if (each) resolve(alone(lane, item))
          else reject(error)
      }
    }
  }
}
