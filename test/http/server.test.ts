// The HTTP layer by itself, over real sockets: what it refuses, how it answers, how it streams and how it stops.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DatabaseUnavailable, StatementTimeout } from '../../src/db/failures.ts'
import { type ErrorForm, HttpError, type HttpRequest, type Route } from '../../src/http/message.ts'
import type { Exchange } from '../../src/http/rim.ts'
import { createHttpServer, type HttpServer } from '../../src/http/server.ts'
import { systemClock } from '../../src/primitives/clock.ts'
import { openSocket, parseResponse, readAll, sendRaw } from '../support/raw-http.ts'

const form = (prefix: string): ErrorForm => ({
  prefix,
  render: ({ status, detail, headers = {}, keyword }) => ({
    status,
    headers: { 'Content-Type': 'application/test', ...headers },
    body: JSON.stringify({ form: prefix, detail, ...(keyword === undefined ? {} : { keyword }) }),
  }),
})

const exchanges: Exchange[] = []
const errors: unknown[] = []
let released = 0
const called = Promise.withResolvers<void>()
const left = Promise.withResolvers<void>()
const noticed = Promise.withResolvers<string>()

async function* letters(count: number): AsyncGenerator<string> {
  try {
    for (let i = 0; i < count; i++) {
      await turn()
      yield 'x'.repeat(64 * 1024)
    }
  } finally {
    released += 1
  }
}

async function* broken(after: number): AsyncGenerator<string> {
  yield* letters(after)
  throw new DatabaseUnavailable('gone')
}

const fail = (error: Error) => async () => {
  throw error
}
const echo = (request: HttpRequest) => {
  const { method, path, query, address } = request
  return Promise.resolve({
    status: 200,
    body: JSON.stringify({ method, path, query, address, host: request.headerValues('authorization') }),
  })
}

const routes: Route[] = [
  { pattern: '/echo/*', handle: echo },
  {
    pattern: '/only',
    methods: ['GET', 'HEAD'],
    handle: () => Promise.resolve({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'only' }),
  },
  { pattern: '/body', handle: async (request) => ({ status: 200, body: `${(await request.body(1000))?.length}` }) },
  {
    pattern: '/waits',
    handle: async (request) => {
      called.resolve()
      await left.promise
      noticed.resolve(request.address)
      return { status: 200, body: '' }
    },
  },
  { pattern: '/unread', handle: () => Promise.resolve({ status: 401, body: 'no' }) },
  { pattern: '/empty', handle: () => Promise.resolve({ status: 204 }) },
  { pattern: '/stream', handle: () => Promise.resolve({ status: 200, body: letters(200) }) },
  { pattern: '/breaks', handle: () => Promise.resolve({ status: 200, body: broken(3) }) },
  { pattern: '/never-starts', handle: () => Promise.resolve({ status: 200, body: broken(0) }) },
  { pattern: '/refused', handle: fail(new HttpError({ status: 418, detail: 'short and stout' })) },
  { pattern: '/bug', handle: fail(new Error('secret of the house: /etc/passwd')) },
  { pattern: '/gone', handle: fail(new DatabaseUnavailable('host db-7 refused')) },
  { pattern: '/slow', handle: fail(new StatementTimeout()) },
]

let server: HttpServer
let port: number

beforeAll(async () => {
  server = createHttpServer({
    routes,
    errorForms: [form('/scim'), form('/')],
    https: true,
    trustProxy: [],
    clock: systemClock,
    timeouts: { headersMs: 150, bodyMs: 100, requestMs: 400, keepAliveMs: 5000 },
    onExchange: (exchange) => exchanges.push(exchange),
    onError: (error) => errors.push(error),
  })
  port = (await server.listen({ host: '127.0.0.1', port: 0 })).port
})
afterAll(() => server.close({ drainMs: 0, graceMs: 1000 }))

const url = (path: string) => `http://127.0.0.1:${port}${path}`
const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`

describe('every response', () => {
  test.each(['/only', '/nothing', '/bug', '/gone'])('of %s carries the security headers and its own request id', async (path) => {
    const response = await fetch(url(path), { headers: { 'X-Request-Id': 'mine' } })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
    })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    expect(response.headers.has('x-powered-by')).toBe(false)
  })

  test('is told to the log with its route, status and time', async () => {
    const id = (await fetch(url('/only?token=1'))).headers.get('x-request-id')
    const told = exchanges.find((exchange) => exchange.id === id)
    expect(told).toEqual({ id, method: 'GET', route: '/only', status: 200, aborted: false, ms: told?.ms })
    expect(told?.ms).toBeGreaterThan(0)
  })
})

describe('routing', () => {
  test.each([
    ['/nothing', '/'],
    ['/scim', '/scim'],
    ['/scim/v2/Nope', '/scim'],
    ['/scimitar', '/'],
  ])('an unknown path %s is answered in the form of %s [K6 ERR-01]', async (path, prefix) => {
    const response = await fetch(url(path))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ form: prefix })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    '%s on a path for reading answers 405 with Allow [K7 URL-08]',
    async (method) => {
      const response = await fetch(url('/only'), { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    },
  )

  test.each(['TRACE /only', 'CONNECT only:80', 'BREW /only'])('%s answers 405 with Allow and closes [K7]', async (start) => {
    const response = await sendRaw(port, `${start} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toContain('GET')
    expect(JSON.parse(response.body)).toHaveProperty('detail')
  })

  test('HEAD has the headers of GET and no body [K7 URL-09]', async () => {
    const [head, whole] = await Promise.all([fetch(url('/only'), { method: 'HEAD' }), fetch(url('/only'))])
    expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'))
    expect(head.headers.get('content-type')).toBe('text/plain')
    expect(await head.text()).toBe('')
  })

  test.each([
    ['/echo/a%2Fb/%41?x=%20&y', { path: '/echo/a%2Fb/%41', query: 'x=%20&y' }],
    ['/echo//a/../b', { path: '/echo//a/../b', query: '' }],
    ['/echo', { path: '/echo', query: '' }],
    ['http://elsewhere/echo/a?q', { path: '/echo/a', query: 'q' }],
  ])('the target %s reaches its handler as it was sent', async (target, expected) => {
    expect(JSON.parse((await sendRaw(port, get(target))).body)).toMatchObject(expected)
  })

  test('Accept-Version, overriding headers and forwarded headers of a stranger change nothing [K4]', async () => {
    const headers = 'Accept-Version: 9\r\nX-HTTP-Method-Override: DELETE\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: evil\r\n'
    expect(JSON.parse((await sendRaw(port, get('/echo/x?_method=DELETE', headers))).body)).toMatchObject({
      method: 'GET',
      address: '127.0.0.1',
    })
  })

  test('all values of a repeated header can be seen [A8]', async () => {
    const response = await sendRaw(port, get('/echo/x', 'Authorization: a\r\nauthorization: b\r\n'))
    expect(JSON.parse(response.body)).toMatchObject({ host: ['a', 'b'] })
  })
})

describe('bodies', () => {
  const post = (path: string, headers: string, body = '') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`
  const chunked = (size: number) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`

  test.each([
    ['none', '', '', 'undefined'],
    ['of length 0', 'Content-Length: 0\r\n', '', 'undefined'],
    ['at the limit', 'Content-Length: 1000\r\n', 'x'.repeat(1000), '1000'],
    ['chunked at the limit', 'Transfer-Encoding: chunked\r\n', chunked(1000), '1000'],
    ['without a media type', 'Content-Length: 1\r\n', 'x', '1'],
    ['of a malformed media type', 'Content-Type: ;;\r\nContent-Length: 1\r\n', 'x', '1'],
    ['with identity as its coding', 'Content-Encoding: identity\r\nContent-Length: 1\r\n', 'x', '1'],
  ])('%s reaches its handler', async (_, headers, body, expected) => {
    expect((await sendRaw(port, post('/body', headers, body))).body).toBe(expected)
  })

  test.each([
    ['announced', 'Content-Length: 1001\r\n', 'x'.repeat(1001)],
    ['announced and never sent', 'Content-Length: 999999999999\r\n', ''],
    ['chunked', 'Transfer-Encoding: chunked\r\n', chunked(1001)],
  ])('one byte too many, %s, answers 413 and names the limit [J3]', async (_, headers, body) => {
    const response = await sendRaw(port, post('/body', headers, body))
    expect(response.status).toBe(413)
    expect(response.body).toContain('1000 bytes')
  })

  test.each(['gzip', 'deflate', 'br', 'GZIP', 'identity, gzip'])('a body in %s answers 415 unread [J3]', async (coding) => {
    const response = await sendRaw(port, post('/body', `Content-Encoding: ${coding}\r\nContent-Length: 3\r\n`, 'xxx'))
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity'])
  })

  test('a body that stalls answers 408 [J3]', async () => {
    const response = await sendRaw(port, post('/body', 'Content-Length: 10\r\n', 'x'))
    expect(response.status).toBe(408)
  })

  test('a head that stalls answers 408 in the form of the protocol [J3 K6]', async () => {
    const response = await sendRaw(port, 'GET /only HTTP/1.1\r\nHost: x\r\n')
    expect(response.status).toBe(408)
    expect(JSON.parse(response.body)).toMatchObject({ form: '/scim' })
  })

  test('a caller who is refused is answered before the body is there', async () => {
    const socket = await openSocket(port)
    const all = readAll(socket)
    socket.write('POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    expect(parseResponse(await all).status).toBe(401)
  })

  test('a client that leaves in the middle of its body leaves no unhandled error', async () => {
    const socket = await openSocket(port)
    const before = exchanges.length
    socket.write('POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx')
    await turn()
    socket.destroy()
    await expect.poll(() => exchanges.length).toBe(before + 1)
    expect(exchanges.at(-1)).toMatchObject({ route: '/body' })
  })
})

describe('what is no request', () => {
  test.each([
    ['rubbish', 'rubbish\r\n\r\n', 400],
    ['a header without a name', 'GET /scim/x HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
    [
      'length and chunks at once',
      'POST /scim/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST /scim/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', 400],
    ['no Host', 'GET /scim/x HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a bad percent sign', get('/scim/v2/Users/%zz'), 400],
    ['a NUL in a header', 'GET /scim/x HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n', 400],
    ['an expectation nobody can meet', get('/scim/x', 'Expect: the-unexpected\r\n'), 417],
    ['a target past the limit', get(`/scim/v2/Users?filter=${'x'.repeat(16_384)}`), 414],
    ['a target past what is parsed', get(`/scim/v2/Users?filter=${'x'.repeat(60_000)}`), 414],
    ['a target past one packet', get(`/scim/v2/Users?filter=${'x'.repeat(300_000)}`), 414],
    ['headers past the limit', get('/scim/x', `A: ${'x'.repeat(40_000)}\r\n`), 431],
  ])('%s is answered in the form of the protocol [K6 K4 ERR-01]', async (_, bytes, status) => {
    const response = await sendRaw(port, bytes)
    expect(response.status).toBe(status)
    expect(JSON.parse(response.body)).toMatchObject({ form: '/scim' })
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-type')).toBe('application/test')
  })

  test('a target of 8,000 octets is fine [URL-10]', async () => {
    const query = 'x'.repeat(8000 - '/echo/?'.length)
    expect(JSON.parse((await sendRaw(port, get(`/echo/?${query}`))).body)).toMatchObject({ query })
  })

  test('broken chunks in the middle of a body are answered once', async () => {
    const bytes = 'POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'
    const response = await sendRaw(port, bytes)
    expect(response.status).toBe(400)
    expect(response.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
  })
})

describe('errors', () => {
  test.each([
    ['/refused', 418, 'short and stout', undefined],
    ['/gone', 503, 'The server cannot reach its database.', '5'],
  ])('%s answers %i with its detail', async (path, status, detail, retryAfter) => {
    const response = await fetch(url(path))
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(detail)
    expect(response.headers.get('retry-after') ?? undefined).toBe(retryAfter)
  })

  test('a bug answers 500 with the request id and nothing of the error [ERR-04 K5]', async () => {
    const response = await fetch(url('/bug'))
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).toContain(response.headers.get('x-request-id'))
    expect(text).not.toMatch(/secret|passwd|at /)
    expect(errors.at(-1)).toMatchObject({ message: 'secret of the house: /etc/passwd' })
  })

  test.each([
    ['GET', 400, 'tooMany'],
    ['POST', 503, undefined],
  ])('a statement that takes too long answers %s with %i [G6]', async (method, status, keyword) => {
    const response = await fetch(url('/slow'), { method })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(keyword === undefined ? {} : { keyword })
  })
})

describe('streams', () => {
  test('arrive whole', async () => {
    expect((await (await fetch(url('/stream'))).text()).length).toBe(200 * 64 * 1024)
  })

  test('that fail before their first chunk become an error', async () => {
    const response = await fetch(url('/never-starts'))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test('that fail halfway cut the connection, so that nobody takes them for whole', async () => {
    const before = errors.length
    const response = await fetch(url('/breaks'))
    await expect(response.text()).rejects.toThrow()
    expect(errors.slice(before)).toEqual([expect.any(DatabaseUnavailable)])
  })

  test('are let go when the client leaves or only asked for the head', async () => {
    const before = released
    const socket = await openSocket(port)
    socket.write(get('/stream'))
    await once(socket, 'data')
    socket.destroy()
    await fetch(url('/stream'), { method: 'HEAD' })
    await expect.poll(() => released).toBe(before + 2)
  })

  test('wait for a slow reader', async () => {
    const socket = await openSocket(port)
    const before = released
    socket.write(get('/stream'))
    await once(socket, 'readable')
    for (let i = 0; i < 1000; i++) await turn()
    expect(released).toBe(before)
    expect((await readAll(socket)).length).toBeGreaterThan(200 * 64 * 1024)
  })
})

test('who left while the request ran is still known by address', async () => {
  const socket = await openSocket(port)
  socket.write('GET /waits HTTP/1.1\r\nHost: x\r\n\r\n')
  await called.promise
  socket.resetAndDestroy()
  await expect.poll(() => exchanges.some(({ route, aborted }) => route === '/waits' && aborted)).toBe(true)
  left.resolve()
  expect(await noticed.promise).toBe('127.0.0.1')
})

describe('stopping', () => {
  const start = async (handle: Route['handle']) => {
    const stopping = createHttpServer({
      routes: [{ pattern: '/wait', handle }],
      errorForms: [form('/')],
      https: false,
      trustProxy: ['loopback'],
      clock: systemClock,
      onExchange: () => undefined,
      onError: () => undefined,
    })
    return { stopping, at: (await stopping.listen({ host: '127.0.0.1', port: 0 })).port }
  }

  test('what runs is finished, the connection then closed, nothing new accepted', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const { stopping, at } = await start(async (request) => {
      begun.resolve()
      await gate.promise
      return { status: 200, body: request.address }
    })
    const answer = fetch(`http://127.0.0.1:${at}/wait`, { headers: { 'X-Forwarded-For': '9.9.9.9' } })
    await begun.promise
    const closed = stopping.close({ drainMs: 0, graceMs: 5000 })
    gate.resolve()
    const response = await answer
    expect([response.headers.get('connection'), await response.text()]).toEqual(['close', '9.9.9.9'])
    await closed
    await expect(fetch(`http://127.0.0.1:${at}/wait`)).rejects.toThrow()
  })

  test('a connection that was kept open gets one more answer, which is told to be its last', async () => {
    const { stopping, at } = await start(() => Promise.resolve({ status: 200, body: 'here' }))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const get = () =>
      new Promise<{ connection: string | undefined; port: number | undefined }>((resolve, reject) => {
        const outgoing = request({ host: '127.0.0.1', port: at, path: '/wait', agent }, (incoming) => {
          const port = incoming.socket.localPort
          incoming.resume().on('end', () => resolve({ connection: incoming.headers.connection, port }))
        })
        outgoing.on('error', reject).end()
      })
    const before = await get()
    expect(before.connection).toBe('keep-alive')
    const closed = stopping.close({ drainMs: 60_000, graceMs: 60_000 })
    expect(await get()).toEqual({ connection: 'close', port: before.port })
    // Long before the time is over, because nobody is there any more.
    await closed
    await expect(get()).rejects.toThrow()
    agent.destroy()
  })

  test('what does not finish in time is cut', async () => {
    const begun = Promise.withResolvers<void>()
    const { stopping, at } = await start(() => {
      begun.resolve()
      return new Promise(() => undefined)
    })
    const answer = fetch(`http://127.0.0.1:${at}/wait`).catch(() => 'cut')
    await begun.promise
    await stopping.close({ drainMs: 0, graceMs: 50 })
    expect(await answer).toBe('cut')
  })
})
