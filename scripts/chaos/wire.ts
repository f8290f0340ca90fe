// HTTP as the harness needs it: every request ends, as an answer or as one that was lost, about which nobody knows what became of it.
import { Agent, request } from 'node:http'

export type Answer = {
  readonly kind: 'answered'
  readonly status: number
  readonly body: string
  readonly requestId: string
  readonly retryAfter: string | undefined
  /** When the answer was complete, on the clock of performance.now(). */
  readonly at: number
}
export type Lost = { readonly kind: 'lost'; readonly reason: string; readonly sent: boolean }

export type Sent = {
  readonly origin: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

/** Longer than the server may keep anybody waiting. */
export const ANSWER_MS_MAX = 45_000

export class Wire {
  readonly #agent: Agent

  constructor(connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  send({ origin, method, path, headers = {}, body }: Sent): Promise<Answer | Lost> {
    const bytes = body === undefined ? undefined : JSON.stringify(body)
    const type = bytes === undefined ? {} : { 'content-type': 'application/scim+json' }
    return new Promise((resolve) => {
      const lose = (error: Error) => resolve({ kind: 'lost', reason: error.message, sent: !isRefused(error) })
      const outgoing = request(`${origin}${path}`, { method, agent: this.#agent, headers: { ...type, ...headers } }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', lose)
        incoming.on('end', () =>
          resolve({
            kind: 'answered',
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            requestId: String(incoming.headers['x-request-id'] ?? ''),
            retryAfter: incoming.headers['retry-after'],
            at: performance.now(),
          }),
        )
      })
      outgoing.setTimeout(ANSWER_MS_MAX, () => outgoing.destroy(new Error(UNANSWERED)))
      outgoing.on('error', lose)
      outgoing.end(bytes)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** The reason of a request that nobody answered and nobody cut off. */
export const UNANSWERED = `no answer for ${ANSWER_MS_MAX / 1000} s`

/** Nobody listens: not a byte of the request has left. */
const isRefused = (error: Error) => 'code' in error && error.code === 'ECONNREFUSED'
