// What is spoken: media types, methods, paths, errors (RFC 7644 sections 3.2, 3.8, 3.12, 3.13; rfc-checklist MED, URL, ERR, ME).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, filterOf, NOBODY, patchOf, text, user } from '../support/scim.ts'
import { send } from '../support/wire.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('Accept', () => {
  test.each([undefined, '*/*', 'application/*', 'application/scim+json', 'application/scim+json, application/json;q=0.5'])(
    '%s gives application/scim+json [MED-01 MED-03 MED-06 RC-11]',
    async (accept) => {
      const scim = await server.org()
      const headers: Record<string, string> = accept === undefined ? {} : { accept }
      for (const path of ['/Users', `/Users/${NOBODY}`, '/Nope', '/ServiceProviderConfig'])
        expect((await scim.get(path, headers)).header('content-type')).toMatch(/^application\/scim\+json/)
      expect((await server.anonymous().get('/Users', headers)).header('content-type')).toMatch(/^application\/scim\+json/)
    },
  )

  test('application/json is served as such [MED-02]', async () => {
    const answer = expectStatus(await (await server.org()).get('/Users', { accept: 'application/json' }), 200)
    expect(answer.header('content-type')).toMatch(/^application\/json/)
  })

  test('of what is not there answers 406, or SCIM all the same [MED-05]', async () => {
    const scim = await server.org()
    const { status, header } = await send(server.origin, {
      method: 'GET',
      path: `${server.root}/Users`,
      headers: { authorization: `Bearer ${scim.token}`, accept: 'text/html' },
    })
    expect([200, 406]).toContain(status)
    expect(header('content-type')).toMatch(/^application\/(scim\+)?json/)
  })
})

describe('Content-Type', () => {
  test.each([
    'application/scim+json',
    'application/json',
    'APPLICATION/JSON',
    'application/scim+json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('%s is taken [MED-04 RC-12]', async (type) => {
    expectStatus(await (await server.org()).post('/Users', user('a'), { 'content-type': type }), 201)
  })

  test.each([
    'text/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/scim+json; charset=latin1',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('%s answers 415 [MED-04 K3]', async (type) => {
    expectError(await (await server.org()).post('/Users', user('a'), { 'content-type': type }), 415)
  })

  test('a compressed body is refused, not unpacked [J3]', async () => {
    const answer = await (await server.org()).post('/Users', user('a'), { 'content-encoding': 'gzip' })
    expect([400, 415]).toContain(answer.status)
  })

  test.each([
    ['a byte order mark', '\uFEFF{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a"}'],
    ['half a character', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ])('%s is not UTF-8 JSON, and never a 500 [K3 JSN-01]', async (_, body) => {
    const scim = await server.org()
    const headers = { authorization: `Bearer ${scim.token}`, 'content-type': 'application/scim+json' }
    const answer = await send(server.origin, { method: 'POST', path: `${server.root}/Users`, headers, body })
    expect([201, 400]).toContain(answer.status)
  })
})

describe('methods and paths', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s of an unknown endpoint is 404 [URL-07 ERR-01]', async (method) => {
    const scim = await server.org()
    for (const path of ['/Nope', '/Nope/1', '/Users/x/y', '/Bulkx'])
      expectError(await scim.send(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} }), 404)
  })

  test('a method that does not fit is 405, with what fits [URL-07 URL-08 K7]', async () => {
    const scim = await server.org()
    const allowed: [string, string, string[]][] = [
      ['DELETE', '/Users', ['GET', 'POST']],
      ['PUT', '/Groups', ['GET', 'POST']],
      ['POST', `/Users/${NOBODY}`, ['GET', 'PUT', 'PATCH', 'DELETE']],
      ['GET', '/Bulk', ['POST']],
      ['GET', '/Users/.search', ['POST']],
      ['DELETE', '/ResourceTypes/User', ['GET']],
    ]
    for (const [method, path, allow] of allowed) {
      const answer = await scim.send(method, path, method === 'PUT' || method === 'POST' ? { body: {} } : {})
      expectError(answer, 405)
      for (const one of allow) expect(answer.header('allow')?.split(/\s*,\s*/)).toContain(one)
    }
  })

  test('HEAD is GET without the body [URL-09]', async () => {
    const scim = await server.org()
    const path = `/Users/${await scim.user('a')}`
    const [got, head] = [await scim.get(path), await scim.send('HEAD', path)]
    expectStatus(head, 200)
    expect(head.text).toBe('')
    for (const name of ['etag', 'content-type', 'content-location', 'vary', 'cache-control'])
      expect(head.header(name)).toBe(got.header(name))
  })

  test.each(['v1', 'v9'])('version %s is not answered with another one [URL-05]', async (version) => {
    const scim = await server.org()
    const path = server.root.replace(/v2$/, version)
    const answer = await send(server.origin, { method: 'GET', path: `${path}/Users`, headers: { authorization: `Bearer ${scim.token}` } })
    expect([400, 404]).toContain(answer.status)
    expect(at(answer, '/schemas/0')).toBe('urn:ietf:params:scim:api:messages:2.0:Error')
  })

  test('the version stands before the endpoint, in every location [URL-04 URL-02]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    expect(text(created, '/meta/location')).toMatch(/\/v2\/Users\/[^?]+$/)
    expect(server.root).toMatch(/\/v2$/)
  })

  test('without a version the newest one answers, or none [URL-06]', async () => {
    const scim = await server.org()
    const answer = await send(server.origin, {
      method: 'GET',
      path: `${server.root.replace(/\/v2$/, '')}/Users`,
      headers: { authorization: `Bearer ${scim.token}` },
    })
    expect([200, 404]).toContain(answer.status)
    expect(at(answer, '/schemas/0')).toMatch(/^urn:ietf:params:scim:api:messages:2\.0:/)
  })

  test('eight thousand octets of URI are fine, past the limit it is 414 [URL-10]', async () => {
    const scim = await server.org()
    const long = `userName eq "${'x'.repeat(7400)}"`
    expect([200, 400]).toContain((await scim.get(`/Users?${filterOf(long)}`)).status)
    expectError(await scim.get(`/Users?${filterOf(`userName eq "${'x'.repeat(20_000)}"`)}`), 414)
  })

  test('a host, a method or a body’s length from the client steers nothing [K4 URL-02]', async () => {
    const scim = await server.org()
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-http-method-override': 'DELETE',
    }
    const created = expectStatus(await scim.post('/Users', user('a'), headers), 201)
    expect(created.header('location')).toBe(`${scim.base}/Users/${text(created, '/id')}`)
    expectStatus(
      await scim.post(`/Users/.search?_method=DELETE`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] }, headers),
      200,
    )
    expectStatus(await scim.get(`/Users/${text(created, '/id')}`), 200)
  })

  test('answers are not cached, not sniffed, and open to no other origin [K7]', async () => {
    const answer = await (await server.org()).get('/Users', { origin: 'https://evil.example' })
    expect(answer.header('cache-control')).toMatch(/no-store|private/)
    expect(answer.header('x-content-type-options')).toBe('nosniff')
    expect(answer.header('access-control-allow-origin')).toBeUndefined()
  })
})

describe('/Me', () => {
  test.each(['GET', 'PATCH', 'PUT', 'DELETE', 'POST'])('%s answers 501: a provisioning token stands for nobody [ME-01]', async (method) => {
    expectError(await (await server.org()).send(method, '/Me', method === 'GET' || method === 'DELETE' ? {} : { body: {} }), 501)
  })
})

describe('errors', () => {
  test('are SCIM, with the status as text, wherever they come from [ERR-01 ERR-02 ERR-03 K6 RC-10]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const found: [number, Promise<Awaited<ReturnType<typeof scim.get>>>][] = [
      [400, scim.post('/Users', '{')],
      [401, server.anonymous().get('/Users')],
      [403, scim.get(`/Schemas?${filterOf('x pr')}`)],
      [404, scim.get('/Nope')],
      [405, scim.delete('/Users')],
      [409, scim.post('/Users', user('a'))],
      [412, scim.delete(`/Users/${id}`, { 'if-match': '"x"' })],
      [413, scim.post('/Users', `{"x":"${'x'.repeat(2_000_000)}"}`)],
      [415, scim.post('/Users', '<x/>', { 'content-type': 'text/xml' })],
      [501, scim.get('/Me')],
    ]
    for (const [status, answer] of found)
      expectError(await answer, status, status === 400 ? 'invalidSyntax' : status === 409 ? 'uniqueness' : null)
  })

  test('name their kind by the defined keywords [ERR-05]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const kinds: [string, Awaited<ReturnType<typeof scim.get>>][] = [
      ['invalidFilter', await scim.get(`/Users?${filterOf('x')}`)],
      ['uniqueness', await scim.post('/Users', user('a'))],
      ['mutability', await scim.patch(`/Users/${id}`, { op: 'remove', path: 'id' })],
      ['invalidSyntax', await scim.post('/Users', '{')],
      ['invalidPath', await scim.patch(`/Users/${id}`, { op: 'add', path: 'a b c', value: 1 })],
      ['noTarget', await scim.patch(`/Users/${id}`, { op: 'remove' })],
      ['invalidValue', await scim.patch(`/Users/${id}`, { op: 'add', path: 'active', value: 'x' })],
      ['invalidCursor', await scim.get('/Users?cursor=x')],
    ]
    expect(kinds.map(([, answer]) => at(answer, '/scimType'))).toEqual(kinds.map(([kind]) => kind))
  })

  test('do not echo a hostile body, a secret or the inside of the server [ERR-04 ERR-06 K5]', async () => {
    const scim = await server.org()
    const long = 'z'.repeat(10_000)
    for (const answer of [
      await scim.get(`/Users?${filterOf(`userName regex "${long}`)}`),
      await scim.patch('/Users/x', { op: 'add', path: long, value: 1 }),
      await scim.post('/Users', user(long, { password: 'S3cret', active: 'x' })),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.text.length).toBeLessThan(2000)
      expect(answer.text).not.toContain('S3cret')
    }
  })

  test('of a broken target inside the path are 400 or 404 [K6]', async () => {
    const scim = await server.org()
    for (const path of ['/Users/%ZZ', '/Users/%', '/Users/%00', '/Users/%FF', '/Users/..%2F..%2Fetc'])
      expect([400, 404]).toContain((await scim.get(path)).status)
  })

  test('a wrong PATCH body names the operation and what would be right', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const answer = await scim.send('PATCH', `/Users/${id}`, {
      body: patchOf({ op: 'add', path: 'title', value: 't' }, { op: 'add', path: 'emails[type eq work]', value: {} }),
    })
    expect(text(answer, '/detail')).toMatch(/operation 2/i)
  })
})
