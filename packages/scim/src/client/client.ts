// A SCIM client over fetch for tools that look at a server from outside (RFC 7644 section 3). It reports what came back and
// judges nothing: a status of 500 is an answer like any other. Only a missing answer is an error.
import { createPacer, SYSTEM_CLOCK, type Clock, type Pacer } from './pacer.ts'

export { difference, EMPTY, shown } from './difference.ts'
export { at, isObject, listAt, numberAt, textAt, type Members } from './read.ts'
export type { Clock } from './pacer.ts'
export * from '../urns.ts'

export const SCIM_MEDIA_TYPE = 'application/scim+json'

export type ClientOptions = {
  /** Service root such as `https://host/scim/v2`. A query (`?aadOptscim062020`, idp-wire EN-10) is repeated on every request. */
  readonly baseUrl: string
  readonly token?: string | undefined
  /** Okta drops the connection after 60 s (idp-wire OK-58), which is the default. */
  readonly timeoutMs?: number
  /** Requests started per second at most; 0, the default, for no cap. */
  readonly rateMax?: number
  /** How often 429 and 503 are waited out before they count as the answer (Okta: 10, idp-wire OK-60). */
  readonly retriesMax?: number
  readonly userAgent?: string
  /** Told of every answer, also of those that are retried. */
  readonly observe?: (exchange: Exchange) => void
  readonly clock?: Clock
}

export type ClientRequest = {
  readonly method: string
  /** Below the service root, with its leading slash; a query is already encoded. */
  readonly path: string
  /** A value is sent as JSON, a string or bytes as they are. */
  readonly body?: unknown
  /** Added to the usual ones, or instead of them; `null` leaves a usual one out. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** Another token than the client's; `null` for none. */
  readonly token?: string | null
}

export type Exchange = {
  readonly method: string
  readonly path: string
  readonly url: string
  /** As sent, except that credentials are left out. */
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: string | undefined
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined when there is none or it is not JSON. */
  readonly json: unknown
  /** From sending to the last byte, of the last attempt. */
  readonly ms: number
  /** 1, and one more for each 429 or 503 that was waited out. */
  readonly attempts: number
}

export type ScimClient = {
  readonly baseUrl: string
  /** @throws TransportError when no answer came. */
  readonly send: (request: ClientRequest) => Promise<Exchange>
}

/** No answer: name not resolved, connection refused, certificate not trusted, time over. `code` is the runtime's, such as ECONNREFUSED. */
export class TransportError extends Error {
  readonly code: string

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'TransportError'
    this.code = code
  }
}

const TIMEOUT_MS = 60_000
const RETRIES_MAX = 10
const WAIT_MS_FIRST = 1000
const WAIT_MS_MAX = 60_000

/** Creates a client; connections are kept alive by the runtime's fetch. */
export function createClient(options: ClientOptions): ScimClient {
  const clock = options.clock ?? SYSTEM_CLOCK
  const pacer = createPacer(options.rateMax ?? 0, clock)
  const { base, query } = splitBase(options.baseUrl)
  return {
    baseUrl: base,
    send: async (request) => {
      const retriesMax = options.retriesMax ?? RETRIES_MAX
      for (let attempt = 1; ; attempt += 1) {
        await pacer.turn()
        const exchange = await exchangeOnce({ options, request, url: address(base, query, request.path), clock, attempt })
        options.observe?.(exchange)
        if ((exchange.status !== 429 && exchange.status !== 503) || attempt > retriesMax) return exchange
        waitOut(pacer, exchange, attempt)
      }
    },
  }
}

/** Percent-encodes query parameters; spaces become %20, as Okta and Entra send them (idp-wire OK-3, EN-5). */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function splitBase(baseUrl: string): { base: string; query: string } {
  const mark = baseUrl.indexOf('?')
  const [base, query] = mark === -1 ? [baseUrl, ''] : [baseUrl.slice(0, mark), baseUrl.slice(mark + 1)]
  let end = base.length
  while (base[end - 1] === '/') end -= 1
  return { base: base.slice(0, end), query }
}

function address(base: string, query: string, path: string): string {
  if (query === '') return base + path
  return `${base}${path}${path.includes('?') ? '&' : '?'}${query}`
}

/** Whole seconds count; anything else (a date, nothing) makes the wait double from one second on (idp-wire OK-60). */
function waitOut(pacer: Pacer, exchange: Exchange, attempt: number): void {
  const asked = exchange.headers.get('retry-after') ?? ''
  const waitMs = /^\d{1,6}$/.test(asked) ? Number(asked) * 1000 : WAIT_MS_FIRST * 2 ** (attempt - 1)
  pacer.pause(Math.min(waitMs, WAIT_MS_MAX))
}

type Attempt = {
  readonly options: ClientOptions
  readonly request: ClientRequest
  readonly url: string
  readonly clock: Clock
  readonly attempt: number
}

async function exchangeOnce({ options, request, url, clock, attempt }: Attempt): Promise<Exchange> {
  const headers = headersOf(options, request)
  const bytes = bytesOf(request.body)
  const startedAt = clock.now()
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
      ...(bytes === undefined ? {} : { body: bytes }),
    })
    const text = await response.text()
    const { authorization: _credentials, ...shown } = headers
    return {
      method: request.method,
      path: request.path,
      url,
      requestHeaders: shown,
      requestBody: bytes === undefined ? undefined : new TextDecoder().decode(bytes),
      status: response.status,
      headers: response.headers,
      text,
      json: parseJson(text),
      ms: clock.now() - startedAt,
      attempts: attempt,
    }
  } catch (error) {
    throw transportError(error, request)
  }
}

function headersOf(options: ClientOptions, request: ClientRequest): Record<string, string> {
  const token = request.token === undefined ? options.token : (request.token ?? undefined)
  const headers = new Map<string, string>([['accept', SCIM_MEDIA_TYPE]])
  if (options.userAgent !== undefined) headers.set('user-agent', options.userAgent)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (request.body !== undefined) headers.set('content-type', `${SCIM_MEDIA_TYPE}; charset=utf-8`)
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === null) headers.delete(name.toLowerCase())
    else headers.set(name.toLowerCase(), value)
  }
  return Object.fromEntries(headers)
}

/** Bytes rather than a string: for a string, fetch would add a Content-Type of its own. */
function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined
  if (body instanceof Uint8Array) return new Uint8Array(body)
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function transportError(error: unknown, request: ClientRequest): TransportError {
  const where = `${request.method} ${request.path}`
  if (error instanceof Error && error.name === 'TimeoutError') return new TransportError('timeout', `${where}: no answer in time`, error)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'network'
  return new TransportError(code, `${where}: ${cause instanceof Error ? cause.message : String(cause)}`, error)
}
