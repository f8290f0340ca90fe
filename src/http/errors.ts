// From anything thrown to what the client is told. The only place where an outage or a bug gets a status code.
import { DatabaseUnavailable, StatementTimeout } from '../db/failures.ts'
import { TurnTimeout } from '../primitives/turns.ts'
import { HttpError, type HttpFailure } from './message.ts'

/** Whole seconds: Okta doubles its waits on anything else (idp-wire OK-60). */
const RETRY_AFTER_SECONDS = 5

export type MappedError = {
  readonly failure: HttpFailure
  /** Not the client's doing: an operator should see it. */
  readonly unexpected: boolean
}

/** Which failure an error means; nothing of an unexpected error's own text is in it. */
export function mapError(error: unknown, request: { readonly id: string; readonly reads: boolean }): MappedError {
  if (error instanceof HttpError) return { failure: error.failure, unexpected: false }
  if (error instanceof DatabaseUnavailable) return { failure: unavailable('The server cannot reach its database.'), unexpected: true }
  if (error instanceof TurnTimeout) return { failure: unavailable('The server has too much to do.'), unexpected: true }
  if (error instanceof StatementTimeout)
    return { failure: request.reads ? tooMuch() : unavailable('The database was too slow.'), unexpected: true }
  return { failure: bug(request.id), unexpected: true }
}

const unavailable = (reason: string): HttpFailure => ({
  status: 503,
  detail: `${reason} Try again in ${RETRY_AFTER_SECONDS} seconds.`,
  headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
})

/** RFC 7644 table 9 has `tooMany` for what a server is not willing to calculate. */
const tooMuch = (): HttpFailure => ({
  status: 400,
  keyword: 'tooMany',
  detail: 'Answering this query takes too long. Ask for less: a filter with `eq` on userName, externalId, displayName or emails is fast.',
})

const bug = (id: string): HttpFailure => ({
  status: 500,
  detail: `The server failed to process the request; it is recorded under the request id ${id}.`,
})
