// What every request goes through, whatever its route: its id, the refusals that come before a route, the answer's headers, errors in
// the form of its path, and the note for the log.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../primitives/clock.ts'
import { uuidV7 } from '../primitives/ids.ts'
import { readBody } from './body.ts'
import { mapError } from './errors.ts'
import { explainMalformed, rawResponse } from './malformed.ts'
import {
  type ErrorForm,
  type ExchangeNote,
  HttpError,
  type HttpFailure,
  type HttpRequest,
  type HttpResponse,
  type Route,
} from './message.ts'
import { securityHeaders } from './security-headers.ts'
import { sendResponse } from './send.ts'

/** Octets of a request target; RFC 9110 section 4.1 wants 8,000 at least. Past it: 414. */
export const TARGET_OCTETS_MAX = 16 * 1024

/** How long a refused connection may go on sending. */
const LINGER_MS = 1000

/** One request and its response, after the last byte. */
export type Exchange = ExchangeNote & {
  readonly id: string
  readonly method: string
  readonly status: number
  readonly ms: number
  /** The client left before the response was complete. */
  readonly aborted: boolean
}

export type RimOptions = {
  /** By path prefix; the first one also answers when the path is not known. */
  readonly errorForms: readonly [ErrorForm, ...ErrorForm[]]
  /** Whether clients reach this server by https. */
  readonly https: boolean
  readonly clock: Clock
  readonly bodyTimeoutMs: number
  readonly onExchange: (exchange: Exchange) => void
  /** Told of outages and bugs. */
  readonly onError: (error: unknown, request: { id: string; route: string | undefined }) => void
}

/** A request and its response as Node has them; the address is unknown when the client has left already. */
export type Incoming = { readonly message: IncomingMessage; readonly response: ServerResponse; readonly address: string | undefined }

export class Rim {
  /** From now on every response ends its connection. */
  closing = false
  readonly #options: RimOptions
  readonly #headers: Readonly<Record<string, string>>
  /** The latest response of each connection, to tell whether bytes may still be written in its place. */
  readonly #latest = new WeakMap<Socket, ServerResponse>()
  /** Connections that got their last response. */
  readonly #refused = new WeakSet<Socket>()

  constructor(options: RimOptions) {
    this.#options = options
    this.#headers = securityHeaders({ https: options.https })
  }

  /** Answers one request by its route. Never rejects. */
  async exchange(route: Route, { message, response, address }: Incoming): Promise<void> {
    const { clock, onExchange, onError, bodyTimeoutMs } = this.#options
    const receivedAt = clock.monotonicMs()
    const id = uuidV7(clock.now())
    const method = message.method ?? 'GET'
    let note: ExchangeNote = { route: route.pattern }
    this.#latest.set(message.socket, response)
    response.once('close', () => {
      const ms = clock.monotonicMs() - receivedAt
      onExchange({ id, method, status: response.statusCode, ms, aborted: !response.writableFinished, ...note })
    })
    const from = withoutMapping(address ?? '')
    const [path, query] = splitTarget(message.url ?? '/')
    const request: HttpRequest = {
      id,
      method,
      path,
      query,
      header: (name) => headerOf(message.headers[name]),
      headerValues: (name) => headerValues(message.rawHeaders, name),
      body: (bytesMax) => readBody(message, { bytesMax, timeoutMs: bodyTimeoutMs }),
      address: from,
      receivedAt,
      note: (more) => {
        note = { ...note, ...more }
      },
    }
    const report = (error: unknown) => onError(error, { id, route: note.route })
    const refuse = (error: unknown) => this.#refuse(error, request, report)
    const answer = await dispatch(route, request, message).catch(refuse)
    const headers = { ...this.#headers, 'X-Request-Id': id, ...(this.closing ? { Connection: 'close' } : {}) }
    await sendResponse(answer, { message, response, headers, refuse, report })
  }

  /** Answers bytes that are no request, if a response to them can still be written. */
  malformed(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
    if (this.#refused.has(socket)) return
    const latest = this.#latest.get(socket)
    const answering = latest !== undefined && latest.headersSent && !latest.writableFinished
    const problem = answering ? undefined : explainMalformed(error, TARGET_OCTETS_MAX)
    if (problem === undefined || !socket.writable) {
      socket.destroy(error)
      return
    }
    // What a handler may still want to say to the same request would be a second response.
    if (latest?.writableFinished === false) latest.detachSocket(socket)
    this.endWith(socket, this.raw(problem.failure, problem.path))
  }

  /**
   * Ends a connection with a response. What the client is still sending is taken and dropped for a moment: cutting it off at once
   * could make it lose the response.
   */
  endWith(socket: Socket, bytes: string): void {
    this.#refused.add(socket)
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer)).once('end', () => socket.destroy())
    socket.end(bytes)
  }

  /** A refusal as bytes, for a connection that ends with it. */
  raw(failure: HttpFailure, path: string | undefined): string {
    const { clock, onExchange } = this.#options
    const id = uuidV7(clock.now())
    onExchange({ id, method: '-', route: 'malformed', status: failure.status, ms: 0, aborted: false })
    return rawResponse(this.#render(failure, path, undefined), { ...this.#headers, 'X-Request-Id': id, Date: clock.now().toUTCString() })
  }

  #refuse(error: unknown, request: HttpRequest, report: (error: unknown) => void): HttpResponse {
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.path.endsWith('/.search')
    const { failure, unexpected } = mapError(error, { id: request.id, reads })
    if (unexpected) report(error)
    return this.#render(failure, request.path, request.header('accept'))
  }

  #render(failure: HttpFailure, path: string | undefined, accept: string | undefined): HttpResponse {
    const [fallback] = this.#options.errorForms
    const form = path === undefined ? undefined : this.#options.errorForms.find(({ prefix }) => isBelow(path, prefix))
    return (form ?? fallback).render(failure, accept)
  }
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`)
}

async function dispatch(route: Route, request: HttpRequest, message: IncomingMessage): Promise<HttpResponse> {
  if (Buffer.byteLength(message.url ?? '') > TARGET_OCTETS_MAX) {
    const detail = `The request target is longer than ${TARGET_OCTETS_MAX} octets. Send long queries as POST to /.search.`
    throw new HttpError({ status: 414, detail })
  }
  if (message.httpVersion !== '1.0' && message.headers.host === undefined) {
    throw new HttpError({ status: 400, detail: 'An HTTP/1.1 request needs a Host header.' })
  }
  const { methods } = route
  if (methods !== undefined && !methods.includes(request.method)) {
    const detail = `${request.method} is not possible here, only ${methods.join(' and ')}.`
    throw new HttpError({ status: 405, detail, headers: { Allow: methods.join(', ') } })
  }
  return route.handle(request)
}

/** Path and query of a request target in origin or absolute form (RFC 9112 section 3.2). */
function splitTarget(target: string): [path: string, query: string] {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = origin.indexOf('?')
  const path = mark === -1 ? origin : origin.slice(0, mark)
  return [path === '' ? '/' : path, mark === -1 ? '' : origin.slice(mark + 1)]
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ')
}

/** Node keeps only the first of some repeated headers; the raw list of names and values has them all. */
function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [key, value] = [rawHeaders[i], rawHeaders[i + 1]]
    if (key?.length === name.length && key.toLowerCase() === name && value !== undefined) values.push(value)
  }
  return values
}

/** An IPv4 address that came in on an IPv6 socket, as IPv4. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
