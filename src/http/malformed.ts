// Requests that Node could not parse: what is wrong with them, and the answer as bytes, because there is no response object for them.
import { STATUS_CODES } from 'node:http'
import type { HttpFailure, HttpResponse } from './message.ts'

/** Answered to a method that HTTP does not know; the routes answer for those they know. */
const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE'

export type MalformedRequest = {
  readonly failure: HttpFailure
  /** The path of the request, where it could still be seen. */
  readonly path: string | undefined
}

/** What a `clientError` of Node's HTTP server means. Undefined: the client has gone, there is nobody to answer. */
export function explainMalformed(
  error: { readonly code?: string; readonly rawPacket?: unknown },
  targetOctetsMax: number,
): MalformedRequest | undefined {
  const { code = '' } = error
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_EOF_STATE') return undefined
  const line = requestLine(error.rawPacket)
  return { path: line?.path, failure: failureOf(code, line, targetOctetsMax) }
}

function failureOf(code: string, line: RequestLine | undefined, targetOctetsMax: number): HttpFailure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, detail: 'The request did not arrive in time.' }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return line !== undefined && line.octets <= targetOctetsMax
      ? { status: 431, detail: 'The request headers are too large.' }
      : { status: 414, detail: 'The request target is too long. Send long queries as POST to /.search.' }
  }
  if (code === 'HPE_INVALID_METHOD' && line?.path !== undefined)
    return { status: 405, detail: 'This HTTP method is not known here.', headers: { Allow: ALLOW } }
  return { status: 400, detail: 'The request is not valid HTTP/1.1.' }
}

/** `octets`: of the target, as far as it is known. */
type RequestLine = { readonly path: string | undefined; readonly octets: number }

function requestLine(packet: unknown): RequestLine | undefined {
  if (!Buffer.isBuffer(packet)) return undefined
  const end = packet.indexOf('\r\n')
  const [, target = ''] = packet.toString('latin1', 0, end === -1 ? undefined : end).split(' ', 3)
  return { path: target === '' ? undefined : target.split('?', 1)[0], octets: target.length }
}

/** A whole HTTP/1.1 response that ends the connection. */
export function rawResponse(response: HttpResponse, headers: Readonly<Record<string, string>>): string {
  const body = typeof response.body === 'string' ? response.body : ''
  const all = {
    ...headers,
    ...response.headers,
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${lines.join('')}\r\n${body}`
}
