// Ports of the loopback address.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** One that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new TypeError('A TCP server without a port')
  return address.port
}
