// Sends what an IdP sends and notes whether the answer was the one it needs. Nothing here throws for a wrong answer: a
// simulation that stops at the first surprise would show one problem where there are five.
import {
  createClient,
  isObject,
  textAt,
  TransportError,
  type ClientRequest,
  type Exchange,
  type ScimClient,
} from '@plur-enterprise/scim/client'

export type Expected = {
  readonly status: readonly number[]
  /** What else must hold of the answer; says what is wrong, or undefined. */
  readonly judge?: (exchange: Exchange) => string | undefined
}

export type Unexpected = {
  readonly phase: string
  readonly method: string
  readonly path: string
  readonly expected: string
  readonly got: string
  readonly detail: string
  /** How often the like of it came; the rest is the first of them. */
  readonly times: number
}

export type PhaseReport = {
  readonly phase: string
  readonly requests: number
  readonly ok: number
  readonly unexpected: number
  readonly p50Ms: number
  readonly p95Ms: number
}

/** As many kinds of unexpected answers are kept; the rest are counted by phase. */
export const UNEXPECTED_KINDS_MAX = 50

export type WireOptions = {
  readonly url: string
  readonly token: string
  readonly rate: number
  readonly userAgent: string
  readonly client?: ScimClient
}

/** One connection of an IdP to one server, with its bookkeeping by phase. */
export class Wire {
  readonly #client: ScimClient
  readonly #times = new Map<string, number[]>()
  readonly #failures = new Map<string, number>()
  readonly #unexpected = new Map<string, Unexpected>()
  /** Paths of what was created and not deleted since. */
  readonly existing = new Set<string>()
  phase = ''

  constructor({ url, token, rate, userAgent, client }: WireOptions) {
    this.#client = client ?? createClient({ baseUrl: url, token, rateMax: rate, userAgent })
  }

  /** The answer when it is the expected one, else undefined. */
  async send(request: ClientRequest, expected: Expected): Promise<Exchange | undefined> {
    try {
      const exchange = await this.#client.send(request)
      this.#note(exchange.ms)
      this.#follow(exchange)
      const wrong = expected.status.includes(exchange.status) ? expected.judge?.(exchange) : `status ${exchange.status}`
      if (wrong === undefined) return exchange
      const detail = textAt(exchange.json, 'detail') ?? (isObject(exchange.json) ? '' : exchange.text.slice(0, 120))
      this.fail({ method: request.method, path: request.path, expected: expected.status.join(' or '), got: wrong, detail })
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      this.#note(0)
      this.fail({
        method: request.method,
        path: request.path,
        expected: expected.status.join(' or '),
        got: 'no answer',
        detail: error.message,
      })
    }
    return undefined
  }

  /** Notes a state that is not the one the IdP believes in. */
  fail(found: Omit<Unexpected, 'phase' | 'times'>): void {
    const { phase } = this
    this.#failures.set(phase, (this.#failures.get(phase) ?? 0) + 1)
    const kind = [phase, found.method, found.path.split(/[/?]/)[1], found.expected, found.got.split(' should ')[0]].join(' ')
    const first = this.#unexpected.get(kind)
    if (first !== undefined) this.#unexpected.set(kind, { ...first, times: first.times + 1 })
    else if (this.#unexpected.size < UNEXPECTED_KINDS_MAX) this.#unexpected.set(kind, { phase, ...found, times: 1 })
  }

  /** The first of each kind of unexpected answer, in the order in which they came. */
  get unexpected(): readonly Unexpected[] {
    return [...this.#unexpected.values()]
  }

  /** What happened in a phase; the unexpected may outnumber the requests, since one answer can be wrong in two ways. */
  report(phase: string): PhaseReport {
    const times = (this.#times.get(phase) ?? []).toSorted((a, b) => a - b)
    const unexpected = this.#failures.get(phase) ?? 0
    const ok = Math.max(0, times.length - unexpected)
    return { phase, requests: times.length, ok, unexpected, p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95) }
  }

  #follow({ method, path, status, json }: Exchange): void {
    const id = textAt(json, 'id')
    if (method === 'POST' && status === 201 && id !== undefined) this.existing.add(`${path}/${id}`)
    if (method === 'DELETE' && status === 204) this.existing.delete(path)
  }

  #note(ms: number): void {
    const times = this.#times.get(this.phase) ?? []
    times.push(ms)
    this.#times.set(this.phase, times)
  }
}

/** The value below which a share of the sorted list lies, in whole tenths. */
function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 10) / 10
}

/** Runs a task for each element, at most `width` at a time. */
export async function eachOf<T>(list: readonly T[], width: number, task: (element: T) => Promise<void>): Promise<void> {
  const waiting = list.values()
  const workers = Array.from({ length: Math.min(width, list.length) }, async () => {
    for (const element of waiting) await task(element)
  })
  await Promise.all(workers)
}
