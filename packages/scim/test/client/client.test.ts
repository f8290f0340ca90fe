import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { at, createClient, listAt, numberAt, queryOf, textAt, TransportError, type Clock } from '../../src/client/client.ts'
import { createPacer } from '../../src/client/pacer.ts'
import { startPeer, type Received } from './peer.ts'

/** Time that passes only by sleeping. */
function fakeClock(): Clock & { readonly slept: number[] } {
  let now = 0
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
  }
}

describe('requests', () => {
  test('carry the SCIM media types and the token, which the exchange does not show', async () => {
    const received: Received[] = []
    const baseUrl = await startPeer((request) => {
      received.push(request)
      return { body: '{"id":"1"}' }
    })
    const exchange = await createClient({ baseUrl, token: 'secret-1' }).send({ method: 'POST', path: '/Users', body: { userName: 'a' } })
    expect(received[0]).toMatchObject({ method: 'POST', url: '/Users', body: '{"userName":"a"}' })
    expect(received[0]?.headers).toMatchObject({
      accept: 'application/scim+json',
      authorization: 'Bearer secret-1',
      'content-type': 'application/scim+json; charset=utf-8',
    })
    expect(exchange).toMatchObject({ status: 200, json: { id: '1' }, attempts: 1 })
    expect(JSON.stringify(exchange)).not.toContain('secret-1')
  })

  test('leave out what is null: the token, a header, the Content-Type of a body', async () => {
    const received: Received[] = []
    const baseUrl = await startPeer((request) => {
      received.push(request)
      return {}
    })
    const client = createClient({ baseUrl, token: 't' })
    await client.send({ method: 'POST', path: '/Users', body: '{', token: null, headers: { 'Content-Type': null, Accept: 'text/html' } })
    expect(received[0]?.headers.authorization).toBeUndefined()
    expect(received[0]?.headers['content-type']).toBeUndefined()
    expect(received[0]?.headers.accept).toBe('text/html')
    expect(received[0]?.body).toBe('{')
  })

  test.each([
    ['/scim/v2', '/Users', '/scim/v2/Users'],
    ['/scim/v2///', '/Users?count=1', '/scim/v2/Users?count=1'],
    ['/scim/v2/?aadOptscim062020', '/Users', '/scim/v2/Users?aadOptscim062020'],
    ['/scim/v2?aadOptscim062020', '/Users?count=1', '/scim/v2/Users?count=1&aadOptscim062020'],
  ])('to base %s and path %s go to %s [EN-10]', async (base, path, expected) => {
    const urls: string[] = []
    const origin = await startPeer(({ url }) => {
      urls.push(url)
      return {}
    })
    await createClient({ baseUrl: origin + base }).send({ method: 'GET', path })
    expect(urls).toEqual([expected])
  })

  test('encode a query with %20, %22 and %2B [OK-3]', () => {
    expect(queryOf({ filter: 'userName eq "a+b@x.io"', count: 1, startIndex: undefined })).toBe(
      '?filter=userName%20eq%20%22a%2Bb%40x.io%22&count=1',
    )
    expect(queryOf({})).toBe('')
  })
})

describe('throttling', () => {
  test.each([
    ['3', 3000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 1000],
    ['0.5', 1000],
    ['', 1000],
    ['86400', 60_000],
  ])('a 429 with Retry-After "%s" is waited out for %d ms [OK-60 AUT-12]', async (retryAfter, waitMs) => {
    const clock = fakeClock()
    let answers = 0
    const baseUrl = await startPeer(() => {
      answers += 1
      return answers === 1 ? { status: 429, headers: { 'retry-after': retryAfter } } : {}
    })
    const exchange = await createClient({ baseUrl, clock }).send({ method: 'GET', path: '/Users' })
    expect(exchange).toMatchObject({ status: 200, attempts: 2 })
    expect(clock.slept).toEqual([waitMs])
  })

  test('the last 503 is the answer when the retries are used up, each wait twice as long', async () => {
    const clock = fakeClock()
    const baseUrl = await startPeer(() => ({ status: 503 }))
    const exchange = await createClient({ baseUrl, clock, retriesMax: 3 }).send({ method: 'GET', path: '/Users' })
    expect(exchange).toMatchObject({ status: 503, attempts: 4 })
    expect(clock.slept).toEqual([1000, 2000, 4000])
  })

  test('a pacer spaces starts evenly and pauses everybody at once', async () => {
    const clock = fakeClock()
    const pacer = createPacer(10, clock)
    const starts: number[] = []
    for (let i = 0; i < 4; i += 1) {
      if (i === 2) pacer.pause(500)
      await pacer.turn()
      starts.push(clock.now())
    }
    expect(starts).toEqual([0, 100, 600, 700])
  })
})

describe('no answer', () => {
  test('a refused connection is a TransportError with its code', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    listener.close()
    await once(listener, 'close')
    const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
    const failure = createClient({ baseUrl }).send({ method: 'GET', path: '/Users' })
    await expect(failure).rejects.toThrow(TransportError)
    await expect(failure).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('silence ends with code timeout', async () => {
    const baseUrl = await startPeer(() => new Promise(() => {}))
    const failure = createClient({ baseUrl, timeoutMs: 50 }).send({ method: 'GET', path: '/Users' })
    await expect(failure).rejects.toMatchObject({ code: 'timeout' })
  })
})

describe('reading', () => {
  const body: unknown = { Resources: [{ id: 'u1', meta: { size: 2 } }] }

  test('follows own names and indexes only', () => {
    expect(textAt(body, 'Resources', 0, 'id')).toBe('u1')
    expect(numberAt(body, 'Resources', 0, 'meta', 'size')).toBe(2)
    expect(textAt(body, 'Resources', 0, 'meta')).toBeUndefined()
    expect(listAt(body, 'Resources')).toHaveLength(1)
    expect(listAt(body, 'nothing')).toEqual([])
    expect(at(body, 'constructor')).toBeUndefined()
    expect(at(body, '__proto__')).toBeUndefined()
    expect(at(body, 'Resources', 'length')).toBeUndefined()
  })

  test('a body that is not JSON is kept as text', async () => {
    const baseUrl = await startPeer(() => ({ status: 403, headers: { 'content-type': 'text/html' }, body: '<html>blocked' }))
    const exchange = await createClient({ baseUrl }).send({ method: 'GET', path: '/Users' })
    expect(exchange).toMatchObject({ status: 403, text: '<html>blocked', json: undefined })
  })
})
