// A closed loop: `concurrency` workers, each with one request at a time, over keep-alive connections.
import { Pool } from 'undici'

export type Sample = {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** CPU of the measured process for one operation; NaN when nobody looked. */
  readonly cpuMs: number
  readonly operations: number
}

export type LoadOptions = {
  readonly concurrency: number
  /** Measured time in seconds. */
  readonly seconds: number
  /** Milliseconds of CPU that the measured process tree has used so far. */
  readonly cpuMs?: () => number
}

/** Long enough for the compiler of the measured process to be done with what is measured. */
export const WARM_UP_SECONDS = 4
const CONNECTIONS = 64

/** Runs `operation` in a loop. Its argument counts up over all workers. Rates per second, times in milliseconds. */
export async function load(options: LoadOptions, operation: Operation): Promise<Sample> {
  const run = loopOf(options.concurrency, operation)
  await run(WARM_UP_SECONDS)
  return measured(await run(options.seconds, options.cpuMs))
}

export type Operation = (index: number) => Promise<unknown>

/** A slice of a measurement; the CPU of the measured process meanwhile, NaN when nobody looked. */
type Slice = { readonly durations: readonly number[]; readonly elapsedMs: number; readonly cpuMs: number }

const rateOf = ({ durations, elapsedMs }: Slice) => (durations.length * 1000) / elapsedMs

function loopOf(concurrency: number, operation: Operation): (seconds: number, cpuMs?: () => number) => Promise<Slice> {
  let index = 0
  return async (seconds, cpuMs) => {
    const durations: number[] = []
    const [cpuFrom, from] = [cpuMs?.() ?? Number.NaN, performance.now()]
    const until = from + seconds * 1000
    const worker = async () => {
      while (performance.now() < until) {
        const began = performance.now()
        await operation(index++)
        durations.push(performance.now() - began)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    return { durations, elapsedMs: performance.now() - from, cpuMs: (cpuMs?.() ?? Number.NaN) - cpuFrom }
  }
}

function measured(...slices: readonly Slice[]): Sample {
  const durations = slices.flatMap((slice) => slice.durations)
  const sum = (of: (slice: Slice) => number) => slices.reduce((total, slice) => total + of(slice), 0)
  return {
    ...sampleOf(durations),
    rate: (durations.length * 1000) / sum(({ elapsedMs }) => elapsedMs),
    cpuMs: sum(({ cpuMs }) => cpuMs) / durations.length,
  }
}

/** Slices of a comparison: enough that the median does not mind a second in which the machine was busy with something else. */
const ROUNDS = 9

/**
 * Holds an operation against a limit in turns of a fraction of a second, because a machine that others use too is not the same a minute later:
 * `share` is the median over the turns, each held against the limit just before and after it.
 */
export async function compare(options: LoadOptions, limit: Operation, operation: Operation): Promise<{ sample: Sample; share: number }> {
  const [atLimit, ours] = [loopOf(options.concurrency, limit), loopOf(options.concurrency, operation)]
  const seconds = options.seconds / ROUNDS
  await atLimit(WARM_UP_SECONDS)
  await ours(WARM_UP_SECONDS)
  const slices: Slice[] = []
  const shares: number[] = []
  let before = rateOf(await atLimit(seconds))
  for (let round = 0; round < ROUNDS; round++) {
    const slice = await ours(seconds, options.cpuMs)
    const after = rateOf(await atLimit(seconds))
    slices.push(slice)
    shares.push((2 * rateOf(slice)) / (before + after))
    before = after
  }
  return { sample: measured(...slices), share: shares.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN }
}

/** Of one operation after another. Sorts the durations. */
export function sampleOf(durations: number[]): Sample {
  durations.sort((a, b) => a - b)
  return {
    rate: (durations.length * 1000) / durations.reduce((sum, ms) => sum + ms, 0),
    p50: durations[Math.floor(durations.length * 0.5)] ?? Number.NaN,
    p99: durations[Math.floor(durations.length * 0.99)] ?? Number.NaN,
    cpuMs: Number.NaN,
    operations: durations.length,
  }
}

export type Reply = { readonly status: number; readonly body: string; readonly firstByteMs: number }

export type Http = {
  send(method: string, path: string, body?: object): Promise<Reply>
  close(): void
}

/** A client of one server that checks nothing but that there is an answer. It takes as little as it can of the CPU that it shares. */
export function httpClient(base: string, token: string | undefined): Http {
  const { origin, pathname } = new URL(base)
  const prefix = pathname === '/' ? '' : pathname
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const headers = { 'content-type': 'application/scim+json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const from = performance.now()
        const chunks: Buffer[] = []
        let status = 0
        let firstByteMs = 0
        pool.dispatch(
          { method, path: `${prefix}${path}`, headers, body: body === undefined ? null : JSON.stringify(body) },
          {
            onRequestStart: () => undefined,
            onResponseStart: (_, statusCode) => {
              status = statusCode
            },
            onResponseData: (_, chunk) => {
              if (chunks.length === 0) firstByteMs = performance.now() - from
              chunks.push(chunk)
            },
            onResponseEnd: () => resolve({ status, body: Buffer.concat(chunks).toString(), firstByteMs }),
            onResponseError: (_, error) => reject(error),
          },
        )
      }),
    close: () => void pool.destroy(),
  }
}
