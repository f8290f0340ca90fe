// HTTP as bytes, for requests that no client library would send.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type RawResponse = { status: number; headers: ReadonlyMap<string, string>; body: string; text: string }

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** All that comes until the other side ends the connection. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

/** Sends bytes and reads the first response; the request has to make the server end the connection. */
export async function sendRaw(port: number, bytes: string | readonly string[]): Promise<RawResponse> {
  const socket = await openSocket(port)
  const all = readAll(socket)
  for (const part of typeof bytes === 'string' ? [bytes] : bytes) socket.write(part)
  return parseResponse(await all)
}

export function parseResponse(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end === -1 ? 0 : end).split('\r\n')
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4), text }
}
