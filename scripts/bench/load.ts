// A closed loop: `concurrency` workers, each with one request at a time, over keep-alive connections.
import { Agent, request } from 'node:http'

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

const WARM_UP_SECONDS = 1

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

/** A client of one server that checks nothing but that there is an answer. */
export function httpClient(base: string, token: string | undefined): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const headers = { 'content-type': 'application/scim+json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const from = performance.now()
        const outgoing = request(`${base}${path}`, { method, agent, headers }, (incoming) => {
          const chunks: Buffer[] = []
          let firstByteMs = 0
          incoming.on('data', (chunk: Buffer) => {
            if (chunks.length === 0) firstByteMs = performance.now() - from
            chunks.push(chunk)
          })
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString(), firstByteMs }))
          incoming.on('error', reject)
        })
        outgoing.on('error', reject)
        outgoing.end(body === undefined ? undefined : JSON.stringify(body))
      }),
    close: () => agent.destroy(),
  }
}
