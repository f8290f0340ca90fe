// Reading a request body within limits of size and time. Bodies are read only when a handler asks, so never for somebody unknown.
import type { IncomingMessage } from 'node:http'
import { HttpError } from './message.ts'

export type BodyLimits = { readonly bytesMax: number; readonly timeoutMs: number }

/**
 * The whole body, or undefined when there is none. What comes past the limit is thrown away unread, in constant memory.
 * Throws an `HttpError`: 413, 415 for a compressed body (RFC 9110 section 15.5.16), 408 for one that takes too long.
 */
export function readBody(message: IncomingMessage, limits: BodyLimits): Promise<Buffer | undefined> {
  const { headers } = message
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return Promise.resolve(undefined)
  const coding = headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') return Promise.reject(compressed())
  if (Number(headers['content-length']) > limits.bytesMax) return Promise.reject(tooLarge(limits.bytesMax))
  return collect(message, limits)
}

function collect(message: IncomingMessage, { bytesMax, timeoutMs }: BodyLimits): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => settle(() => reject(tooSlow(timeoutMs))), timeoutMs)
    const settle = (how: () => void) => {
      clearTimeout(timer)
      message.off('data', onData).off('end', onEnd).off('close', onClose)
      how()
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) settle(() => reject(tooLarge(bytesMax)))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(() => resolve(bytes === 0 ? undefined : joined(chunks)))
    const onClose = () => settle(() => reject(new HttpError({ status: 400, detail: 'The connection ended before the body did.' })))
    // The error that follows a cut connection is told by `close`; without a listener it would end the process.
    message.on('error', () => undefined)
    message.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/** One chunk, the usual case, is not copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

const compressed = () =>
  new HttpError({
    status: 415,
    detail: 'Compressed request bodies are not accepted: send the body without Content-Encoding.',
    headers: { 'Accept-Encoding': 'identity' },
  })

const tooLarge = (bytesMax: number) =>
  new HttpError({ status: 413, detail: `The body is larger than the ${bytesMax} bytes accepted here. Send less at once.` })

const tooSlow = (timeoutMs: number) =>
  new HttpError({
    status: 408,
    detail: `The body did not arrive within ${Math.ceil(timeoutMs / 1000)} seconds.`,
    headers: { Connection: 'close' },
  })
