// Writing responses: whole ones at once, streamed ones as fast as the client reads.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpResponse } from './message.ts'

export type Sending = {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** For every response; those of the response itself win. */
  readonly headers: Readonly<Record<string, string>>
  /** The response in place of a stream that fails before its first chunk. */
  readonly refuse: (error: unknown) => HttpResponse
  readonly report: (error: unknown) => void
}

/** Sends a response. Never rejects: what goes wrong halfway is reported, and the connection is cut so that nobody takes it for whole. */
export async function sendResponse(answer: HttpResponse, sending: Sending): Promise<void> {
  const { body } = answer
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) sendWhole({ ...answer, body }, sending)
  else await sendStream({ ...answer, body }, sending)
}

/** Text of more characters becomes bytes first: as text it is joined from its pieces to be measured, and again behind the head. */
const LONG_TEXT = 16 * 1024

function sendWhole(answer: HttpResponse & { body: string | Buffer | undefined }, { message, response, headers }: Sending): void {
  const { status } = answer
  const body = typeof answer.body === 'string' && answer.body.length > LONG_TEXT ? Buffer.from(answer.body) : answer.body
  const bodiless = status === 204 || status === 304 || (message.method === 'HEAD' && body === undefined)
  const length = bodiless ? {} : { 'Content-Length': String(body === undefined ? 0 : Buffer.byteLength(body)) }
  response.writeHead(status, { ...headers, ...answer.headers, ...length })
  if (body === undefined || message.method === 'HEAD') response.end()
  else response.end(body)
}

async function sendStream(answer: HttpResponse & { body: AsyncIterable<string> }, sending: Sending): Promise<void> {
  const { message, response, headers, refuse, report } = sending
  const chunks = answer.body[Symbol.asyncIterator]()
  try {
    const first = await chunks.next()
    response.writeHead(answer.status, { ...headers, ...answer.headers })
    if (message.method === 'HEAD') {
      response.end()
      await chunks.return?.()
      return
    }
    await pipeline(Readable.from(from(first, chunks)), response)
  } catch (error) {
    if (!response.headersSent) sendWhole(whole(refuse(error)), sending)
    else if (!isClientGone(error)) report(error)
  }
}

/** The chunks from a first one on; the rest is told when the reader leaves early, so that it can free what it holds. */
async function* from(first: IteratorResult<string, unknown>, rest: AsyncIterator<string, unknown>): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** Refusals are never streams. */
function whole(answer: HttpResponse): HttpResponse & { body: string | Buffer | undefined } {
  const { body } = answer
  return { ...answer, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined }
}

function isClientGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE')
  )
}
