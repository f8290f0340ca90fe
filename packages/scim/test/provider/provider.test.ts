import { type Caller, createProvider, errorResponse, notFound, ScimError, type Store, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../memory-store.ts'
import { at, containing, group, harness, matching, patch, type TestCaller, user } from './harness.ts'

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

describe('every refusal', () => {
  test.each<[string, string, string, number]>([
    ['an unknown endpoint', 'GET', '/Nope', 404],
    ['an endpoint in another case', 'GET', '/users', 404],
    ['an unknown resource', 'GET', '/Users/1', 404],
    ['a method that is not possible', 'PATCH', '/Users', 405],
    ['a broken path', 'GET', '/Users/%', 400],
    ['a broken query string', 'GET', '/Users?filter=%ff', 400],
    ['/Me', 'GET', '/Me', 501],
    ['/Me by POST', 'POST', '/Me', 501],
    ['no body', 'POST', '/Users', 400],
    ['no Bulk body', 'POST', '/Bulk', 400],
    ['a bad filter', 'GET', '/Users?filter=x', 400],
  ])(
    'of %s is SCIM JSON with the status as a string [ERR-01 ERR-02 ERR-03 ME-01 MED-03 URL-07 RC-10 K6]',
    async (_what, method, target, status) => {
      const { send } = harness()
      const answer = await send(method, target)
      expect(answer.status).toBe(status)
      expect(answer.json).toMatchObject({ schemas: [ERROR], status: String(status), detail: matching(/.{10}/) })
      expect(answer.headers['Content-Type']).toBe('application/scim+json; charset=utf-8')
    },
  )

  test('can be given out by the layers in front in the same form [RC-10]', () => {
    const error = new ScimError(429, 'Too many requests.', { headers: { 'Retry-After': '3' } })
    expect(errorResponse(error)).toEqual({
      status: 429,
      headers: { 'Content-Type': 'application/scim+json; charset=utf-8', 'Retry-After': '3' },
      body: JSON.stringify({ schemas: [ERROR], status: '429', detail: 'Too many requests.' }),
    })
    expect(errorResponse(error, 'application/json').headers['Content-Type']).toBe('application/json; charset=utf-8')
  })

  test('names what is allowed instead of the method [URL-08]', async () => {
    const { send } = harness()
    expect((await send('DELETE', '/ServiceProviderConfig')).headers['Allow']).toBe('GET, HEAD')
  })
})

describe('media types', () => {
  test.each([
    [undefined, 'application/scim+json'],
    ['*/*', 'application/scim+json'],
    ['application/scim+json', 'application/scim+json'],
    ['application/json', 'application/json'],
    ['application/json, application/scim+json', 'application/scim+json'],
  ])('for Accept %j are %s on answers and errors [MED-01 MED-02 MED-03 MED-06 RC-11 OK-2 ON-4]', async (accept, type) => {
    const { send } = harness()
    const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept }
    for (const target of ['/Users', '/Users/1', '/Schemas', '/Nope']) {
      expect((await send('GET', target, { headers })).headers['Content-Type']).toBe(`${type}; charset=utf-8`)
    }
    expect((await send('POST', '/Users', { body: user('a'), headers })).headers['Content-Type']).toBe(`${type}; charset=utf-8`)
  })

  test('that are not offered answer 406 before anything is done [MED-05]', async () => {
    const { send } = harness()
    expect(await send('POST', '/Users', { body: user('a'), headers: { Accept: 'text/html' } })).toMatchObject({
      status: 406,
      json: { status: '406' },
    })
    expect((await send('GET', '/Users')).json).toMatchObject({ totalResults: 0 })
  })

  test.each([
    ['application/scim+json; charset=utf-8', 201],
    ['application/json', 201],
    ['', 201],
    ['text/xml', 415],
    ['application/json; charset=latin1', 415],
  ])('of a body as Content-Type %j answer %i [MED-04 RC-12 OK-75 K3]', async (type, status) => {
    const { send } = harness()
    expect((await send('POST', '/Users', { body: user('a'), headers: { 'Content-Type': type } })).status).toBe(status)
  })

  test('of requests without a body do not matter [RC-12 OK-2]', async () => {
    const { send, create } = harness()
    const id = await create('/Users', user('a'))
    const headers = { 'Content-Type': 'text/plain' }
    expect((await send('GET', '/Users', { headers })).status).toBe(200)
    expect((await send('DELETE', `/Users/${id}`, { headers, body: 'x' })).status).toBe(204)
  })
})

describe('limits', () => {
  test('of a body are exact and named [LEN-02 J3 BLK-21 BLK-22]', async () => {
    const text = JSON.stringify(user('a'))
    for (const [bytesMax, status] of [
      [text.length, 201],
      [text.length - 1, 413],
    ]) {
      const answer = await harness({ limits: { bodyBytesMax: Number(bytesMax) } }).send('POST', '/Users', { body: text })
      expect(answer.status).toBe(status)
      if (status === 413) expect(answer.json).toMatchObject({ detail: containing(String(bytesMax)) })
    }
  })

  test('of nesting are exact [JSN-29 J3]', async () => {
    const nested = (depth: number) =>
      `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    const { send } = harness({ limits: { jsonDepthMax: 5 } })
    expect((await send('POST', '/Users', { body: nested(5) })).status).toBe(201)
    expect(await send('POST', '/Users', { body: nested(6) })).toMatchObject({ status: 400, json: { scimType: 'invalidSyntax' } })
  })

  test('of operations in a PATCH are exact and named [H4]', async () => {
    const { send, create } = harness({ limits: { patchOperationsMax: 2 } })
    const path = `/Users/${await create('/Users', user('a'))}`
    const operation = { op: 'replace', path: 'title', value: 't' }
    expect((await send('PATCH', path, { body: patch(operation, operation) })).status).toBe(200)
    expect(await send('PATCH', path, { body: patch(operation, operation, operation) })).toMatchObject({
      status: 413,
      json: { detail: containing('2') },
    })
  })
})

describe("Entra's mark", () => {
  test.each([
    ['the flag of the tenant URL', 'POST', '/Users?aadOptscim062020', { ...user('a'), active: 'False' }],
    ['a token of profile entra', 'POST', '/Users', { ...user('a'), active: 'False' }],
  ])('as %s makes a boolean of a text, and it is noted [EN-10 EN-17 EN-47]', async (what, method, target, body) => {
    const { send, log } = harness()
    const answer = await send(method, target, { body, profile: what.startsWith('a token') ? 'entra' : 'generic' })
    expect(answer).toMatchObject({ status: 201, json: { active: false } })
    expect([...(log().at(-1)?.operation.compat ?? [])].length).toBeGreaterThan(0)
  })

  test('missing, the same body is refused [EN-47]', async () => {
    const { send } = harness()
    expect(await send('POST', '/Users', { body: { ...user('a'), active: 'False' } })).toMatchObject({
      status: 400,
      json: { scimType: 'invalidValue' },
    })
  })

  test('as an op in capitals switches that PATCH alone, and an empty one is let through under the flag [EN-24 EN-40]', async () => {
    const { send, create, log } = harness()
    const member = await create('/Users', user('a'))
    const path = `/Groups/${await create('/Groups', group('g', member, await create('/Users', user('b'))))}`
    const body = patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: member }] })
    expect((await send('PATCH', path, { body })).status).toBe(204)
    expect(log().at(-1)?.operation.compat).toContain('op-case')
    expect(at((await send('GET', path)).json, 'members', 'length')).toBe(1)
    expect((await send('PATCH', path, { body: patch() })).status).toBe(400)
    expect((await send('PATCH', `${path}?aadOptscim062020`, { body: patch() })).status).toBe(204)
  })
})

describe('the store', () => {
  test('is told of each operation that is refused, once, and never of others [L3]', async () => {
    const { send, create, log } = harness()
    const id = await create('/Users', user('a'))
    const seen = log().length
    await send('GET', `/Users/${id}`)
    await send('GET', '/Users/nobody')
    await send('GET', '/Users?filter=x')
    await send('GET', '/Users?filter=%ff')
    await send('POST', '/Users', { body: '{' })
    await send('PUT', `/Users/${id}`, { body: user('') })
    await send('DELETE', `/Users/${id}`, { headers: { 'If-Match': 'x' } })
    await send('GET', `/Users/${id}?attributes=a&excludedAttributes=b`)
    await send('GET', '/Nope')
    await send('GET', '/Schemas?filter=x')
    const told = log()
      .slice(seen)
      .map(({ operation, outcome }) => [operation.kind, operation.id, outcome instanceof ScimError ? outcome.status : outcome])
    expect(told).toEqual([
      ['read', id, 'done'],
      ['read', 'nobody', 'done'],
      ['read', 'nobody', 404],
      ['query', undefined, 400],
      ['query', undefined, 400],
      ['create', undefined, 400],
      ['replace', id, 400],
      ['delete', id, 400],
      ['read', id, 400],
    ])
  })

  test('that breaks is told so, and what broke reaches the host', async () => {
    const outage = new Error('the database is gone')
    const told: unknown[] = []
    const wrap = (store: Store<TestCaller>): Store<TestCaller> => ({
      ...store,
      find: () => Promise.reject(outage),
      refused: (operation, error, cause) => {
        told.push([operation.kind, error, cause])
      },
    })
    const { send } = harness({ wrap })
    await expect(send('GET', '/Users/1')).rejects.toBe(outage)
    expect(told).toEqual([['read', undefined, outage]])
  })

  test('that refuses by a ScimError of its own is answered so', async () => {
    const wrap = (store: Store<TestCaller>): Store<TestCaller> => ({ ...store, find: () => Promise.reject(notFound('Gone fishing.')) })
    expect(await harness({ wrap }).send('GET', '/Users/1')).toMatchObject({ status: 404, json: { detail: 'Gone fishing.' } })
  })
})

test('X-HTTP-Method-Override changes nothing [K4]', async () => {
  const { send, create } = harness()
  const path = `/Users/${await create('/Users', user('a'))}`
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', '_method'])
    expect((await send('GET', path, { headers: { [name]: 'DELETE' } })).status).toBe(200)
  expect((await send('POST', path, { headers: { 'X-HTTP-Method-Override': 'PUT' }, body: user('b') })).status).toBe(405)
})

test('locations come from the configured root alone and hold no query [URL-02 URL-04 K4 EN-10]', async () => {
  const { send } = harness()
  const headers = { Host: 'evil', 'X-Forwarded-Host': 'evil', 'X-Forwarded-Proto': 'gopher' }
  const { text, headers: sent } = await send('POST', '//Users/?aadOptscim062020', { body: user('a'), headers })
  expect(text).not.toMatch(/evil|gopher|\?/)
  expect(sent['Location']).toMatch(/^https:\/\/example\.com\/scim\/v2\/Users\/[0-9a-f-]+$/)
})

test('hostile names pollute no prototype [H1 JSN-29]', async () => {
  const { send, create } = harness()
  const id = await create('/Users', user('a'))
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    const value = Object.fromEntries<unknown>([
      [name, { polluted: true }],
      [`${name}.polluted`, true],
    ])
    await send('POST', '/Users', { body: { ...user(name), ...value } })
    await send('PUT', `/Users/${id}`, { body: { ...user('a'), ...value } })
    await send('PATCH', `/Users/${id}`, { body: patch({ op: 'add', value }, { op: 'add', path: name, value: 1 }) })
    await send('GET', `/Users?${name}=1&attributes=${name}&sortBy=${name}&filter=${name}+pr`)
    await send('GET', `/${name}/${name}`)
  }
  for (const polluted of [{}, () => undefined]) expect(polluted).not.toHaveProperty('polluted')
})

describe('a provider', () => {
  const store = createMemoryStore<Caller>({ baseUrl: 'https://example.com', now: () => new Date() })
  const parts = { resourceTypes: [USER_RESOURCE_TYPE], store, cursors: { seal: () => '', open: () => undefined } }

  test.each(['/scim/v2', 'https://example.com/scim?x', 'https://example.com/scim#x'])(
    'with the root %s is a mistake of the host [URL-02]',
    (baseUrl) => {
      expect(() => createProvider({ ...parts, baseUrl })).toThrow()
    },
  )

  test('chooses random ids and the time of day by itself [COM-06 B5]', async () => {
    const provider = createProvider({ ...parts, baseUrl: 'https://example.com/scim/' })
    const body = new TextEncoder().encode(JSON.stringify(user('a')))
    const { body: text } = await provider.handle(
      { method: 'POST', path: '/Users', query: '', header: () => undefined, body },
      { profile: 'generic' },
    )
    expect(text).toMatch(
      /"location":"https:\/\/example\.com\/scim\/Users\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/,
    )
  })
})
