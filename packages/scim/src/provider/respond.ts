// From parts to responses. Everything small is one string; only a body that holds a stream becomes chunks.
import type { ScimError } from '../errors.ts'
import type { MediaType } from './media-type.ts'
import { negotiateError } from './media-type.ts'
import type { ScimResponse } from './message.ts'
import type { Elements } from './store.ts'

/** Pieces of a body in order: text at hand, or text still to come. */
export type Body = readonly Elements[]

/** A response with a JSON body made of pieces. */
export function jsonResponse(
  status: number,
  type: MediaType,
  body: Body | string,
  headers: Readonly<Record<string, string>> = {},
): ScimResponse {
  return { status, headers: { 'Content-Type': contentType(type), ...headers }, body: typeof body === 'string' ? body : joinBody(body) }
}

/** A response without a body. */
export function emptyResponse(status: number, headers: Readonly<Record<string, string>> = {}): ScimResponse {
  return { status, headers, body: undefined }
}

/**
 * The answer to a refusal (RFC 7644 section 3.12), for the provider and for a host's layers in front of it. `accept` is the
 * request's Accept header.
 */
export function errorResponse(error: ScimError, accept?: string): ScimResponse {
  return jsonResponse(error.status, negotiateError(accept), JSON.stringify(error.toBody()), error.headers)
}

/** The same response as a HEAD request gets it (RFC 9110 section 9.3.2). */
export function withoutBody(response: ScimResponse): ScimResponse {
  return { ...response, body: undefined }
}

/** RFC 8259 needs no charset, but idp-wire RC-11 found clients that guess another one without it. */
function contentType(type: MediaType): string {
  return type === 'application/scim+json' ? 'application/scim+json; charset=utf-8' : 'application/json; charset=utf-8'
}

/** One string when all pieces are at hand, otherwise chunks with neighbouring strings joined. */
export function joinBody(body: Body): string | AsyncIterable<string> {
  const pieces: Elements[] = []
  let text = ''
  for (const piece of body) {
    if (typeof piece === 'string') text += piece
    else {
      pieces.push(text, piece)
      text = ''
    }
  }
  return pieces.length === 0 ? text : concatenate([...pieces, text])
}

async function* concatenate(pieces: readonly Elements[]): AsyncGenerator<string, void, undefined> {
  for (const piece of pieces) {
    if (typeof piece !== 'string') yield* piece
    else if (piece !== '') yield piece
  }
}
