// Requests, responses and routes as plain values, so that no other folder knows the HTTP library.

/** Who made a request, for the log line; ids only, never names. */
export type Principal = { readonly kind: 'scim_token' | 'account'; readonly id: string }

/** What the log and the metrics may know of an exchange. */
export type ExchangeNote = {
  /** The route with its variable parts left out, such as `/scim/v2/Users/:id`; one of few values. */
  readonly route?: string
  readonly principal?: Principal
}

export type HttpRequest = {
  /** Ours, time-ordered; answered as `X-Request-Id`. A client's own is not taken over. */
  readonly id: string
  readonly method: string
  /** As sent, still percent-encoded, without the query. */
  readonly path: string
  /** As sent, without its question mark. */
  readonly query: string
  /** By lower-case name; undefined when it was not sent. */
  readonly header: (name: string) => string | undefined
  /** All values of a header that may come only once, by lower-case name. */
  readonly headerValues: (name: string) => readonly string[]
  /**
   * Reads the body; undefined when there is none. Called at most once, and never for a caller who has shown no secret that is or was good, so that
   * nobody unknown makes the server read. Throws an `HttpError`: 413 past `bytesMax`, 415 when it is compressed, 408 when it is too slow.
   */
  readonly body: (bytesMax: number) => Promise<Buffer | undefined>
  /** Of the client; of the one that the nearest trusted proxy names, when a proxy is trusted. */
  readonly address: string
  /** `performance.now()` when the request head had arrived, in milliseconds. */
  readonly receivedAt: number
  readonly note: (note: ExchangeNote) => void
}

export type HttpResponse = {
  readonly status: number
  /** A list for a header that comes several times, such as `Set-Cookie`. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** An iterable is sent as it comes, as fast as the client reads; when it throws, the connection is cut. */
  readonly body?: string | Buffer | AsyncIterable<string> | undefined
}

export type Route = {
  /** Undefined: any method; the handler answers for it. */
  readonly methods?: readonly string[]
  /** A fixed path, or a prefix followed by `/*`. */
  readonly pattern: string
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>
}

/** Why the server itself refuses a request, before or instead of a route. */
export type HttpFailure = {
  readonly status: number
  /** Reaches the client: what was wrong, and what would be right. */
  readonly detail: string
  /** A keyword of the wire's own error vocabulary, for wires that have one. */
  readonly keyword?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How errors look below a path prefix; the server has many errors of its own, and each wire its own form. */
export type ErrorForm = {
  /** Such as `/scim`; it covers the path itself and everything below. */
  readonly prefix: string
  /** `accept` is the request's Accept header, where it is known. */
  readonly render: (failure: HttpFailure, accept: string | undefined) => HttpResponse
}

/** A refusal on the way to or from a handler. */
export class HttpError extends Error {
  readonly failure: HttpFailure

  constructor(failure: HttpFailure, options: { cause?: unknown } = {}) {
    super(failure.detail, options)
    this.name = 'HttpError'
    this.failure = failure
  }
}
