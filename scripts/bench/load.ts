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
export async function load(options: LoadOptions, operation: (index: number) => Promise<unknown>): Promise<Sample> {
  let index = 0
  let until = performance.now() + WARM_UP_SECONDS * 1000
  const worker = async (durations: number[]) => {
    while (performance.now() < until) {
      const from = performance.now()
      await operation(index++)
      durations.push(performance.now() - from)
    }
  }
  const workers = (durations: number[]) => Promise.all(Array.from({ length: options.concurrency }, () => worker(durations)))
  await workers([])
  const durations: number[] = []
  const cpuFrom = options.cpuMs?.() ?? 0
  const from = performance.now()
  until = from + options.seconds * 1000
  await workers(durations)
  const elapsed = performance.now() - from
  const cpuMs = options.cpuMs === undefined ? Number.NaN : (options.cpuMs() - cpuFrom) / durations.length
  return { ...sampleOf(durations), rate: (durations.length / elapsed) * 1000, cpuMs }
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
