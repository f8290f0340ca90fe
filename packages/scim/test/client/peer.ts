// A peer whose answers a test chooses, for looking at what a client sends and how it takes what comes back.
import { createServer, type IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'

export type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
export type Reply = { status?: number; headers?: Record<string, string>; body?: string }

/** Starts a server for the running test; it is closed when the test ends. */
export async function startPeer(answer: (received: Received) => Reply | Promise<Reply>): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const reply = await answer({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/scim+json', ...reply.headers })
      response.end(reply.body ?? '{}')
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the peer listens on no port')
  return `http://127.0.0.1:${address.port}`
}
