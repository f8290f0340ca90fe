// Runs cases against a server: a number of requests at a time, every answer judged, every failure shrunk.
import { Dice } from './dice.ts'
import { judge } from './judge.ts'
import { shrink } from './shrink.ts'
import type { Target } from './target.ts'
import { type Outcome, Wire } from './wire.ts'
import { Keeper } from './world.ts'

export type Failure = { readonly target: string; readonly input: string; readonly why: string }

export type Tally = {
  readonly target: string
  readonly cases: number
  /** How many answers had each status; `closed` for those without. */
  readonly statuses: ReadonlyMap<string, number>
  readonly slowestMs: number
  readonly failures: readonly Failure[]
}

export type FuzzOptions = {
  readonly port: number
  readonly token: string
  readonly seed: number
  readonly concurrency: number
  readonly onProgress?: (target: string, cases: number) => void
}

/** After so many cases the resources are looked after, and after so many they are made anew. */
const LOOK_AFTER = 250
const MAKE_ANEW = 5_000
/** More of one kind are not worth the time. */
const FAILURES_MAX = 20

export class Fuzzer {
  readonly #options: FuzzOptions
  readonly #wire: Wire
  readonly #keeper: Keeper

  constructor(options: FuzzOptions) {
    this.#options = options
    this.#wire = new Wire(options.port)
    this.#keeper = new Keeper(this.#wire, { host: `127.0.0.1:${options.port}`, token: options.token })
  }

  close(): void {
    this.#wire.close()
  }

  /** Generated cases. The same seed makes the same inputs, whatever the concurrency. */
  run(target: Target, cases: number): Promise<Tally> {
    const { seed } = this.#options
    return this.#all(target, cases, (index) => target.generate(new Dice(seed, target.name, index)))
  }

  replay(target: Target, inputs: readonly string[]): Promise<Tally> {
    return this.#all(target, inputs.length, (index) => inputs[index] ?? '')
  }

  async #all(target: Target, cases: number, inputOf: (index: number) => string): Promise<Tally> {
    const { concurrency, onProgress } = this.#options
    const statuses = new Map<string, number>()
    const failures: Failure[] = []
    let slowestMs = 0
    let next = 0
    const worker = async (end: number) => {
      while (next < end && failures.length < FAILURES_MAX) {
        const input = inputOf(next++)
        const outcome = await this.#send(target, input)
        const status = outcome.kind === 'answer' ? String(outcome.status) : outcome.kind
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        slowestMs = Math.max(slowestMs, outcome.ms)
        const why = judge(outcome, target)
        if (why !== undefined) failures.push({ target: target.name, input, why })
        await this.#keeper.clean(outcome)
      }
    }
    for (let end = 0; end < cases && failures.length < FAILURES_MAX; ) {
      await this.#keeper.restore({ anew: end % MAKE_ANEW === 0 })
      end = Math.min(cases, end + LOOK_AFTER)
      await Promise.all(Array.from({ length: concurrency }, () => worker(end)))
      onProgress?.(target.name, next)
    }
    return { target: target.name, cases: next, statuses, slowestMs, failures: await this.#shrunk(target, failures) }
  }

  /** One of each reason, as small as it still fails. What does not fail alone stays as it was. */
  async #shrunk(target: Target, failures: readonly Failure[]): Promise<readonly Failure[]> {
    const first = new Map(failures.map((failure) => [failure.why, failure]))
    const small: Failure[] = []
    for (const failure of first.values()) {
      await this.#keeper.restore({ anew: true })
      const fails = async (input: string) => judge(await this.#send(target, input), target) === failure.why
      small.push((await fails(failure.input)) ? { ...failure, input: await shrink(failure.input, fails) } : failure)
    }
    return small
  }

  #send(target: Target, input: string): Promise<Outcome> {
    const bytes = target.request(input, this.#keeper.world)
    const isHead = bytes.subarray(0, 5).toString('latin1') === 'HEAD '
    return this.#wire.send(bytes, { isHead, alone: target.raw === true })
  }
}
