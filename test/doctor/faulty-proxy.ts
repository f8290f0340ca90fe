// A real server with one thing wrong: a proxy that passes everything on and lets a test alter what it likes.
import { createServer, type IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'

export type Asked = { readonly method: string; readonly path: string; readonly body: string }
export type Answered = { readonly status: number; readonly headers: Record<string, string>; readonly body: string }

/** Asks the server, with another body if given. */
export type Pass = (instead?: { readonly body: string }) => Promise<Answered>

/** Answers in place of the server, or not (undefined). */
export type Fault = (asked: Asked, pass: Pass) => Promise<Partial<Answered> | undefined> | Partial<Answered> | undefined

/** Starts the proxy before `origin` for the running test; it is closed when the test ends. */
export async function startFaultyProxy(origin: string, fault: Fault): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const asked = await read(request)
      const pass: Pass = (instead = asked) => forward(origin, request, { ...asked, body: instead.body })
      const altered = await fault(asked, pass)
      const answer =
        altered === undefined ? await pass() : { status: 200, headers: { 'content-type': 'application/scim+json' }, body: '', ...altered }
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port')
  return `http://127.0.0.1:${address.port}`
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk)
  return { method: request.method ?? '', path: request.url ?? '', body: Buffer.concat(chunks).toString() }
}

async function forward(origin: string, { headers }: IncomingMessage, { method, path, body }: Asked): Promise<Answered> {
  const names = ['authorization', 'accept', 'content-type', 'user-agent'] as const
  const passed = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as [string, string]]))
  const answer = await fetch(origin + path, { method, headers: passed, redirect: 'manual', ...(body === '' ? {} : { body }) })
  const kept = ['content-type', 'www-authenticate', 'location', 'date'].flatMap((name) => {
    const value = answer.headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() }
}
