// POST /.search (RFC 7644 section 3.4.3; rfc-checklist SEA).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, list, number, texts } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

describe('.search', () => {
  test('is a query, at every endpoint and at the root, and makes nothing [SEA-01 QRY-07]', async () => {
    const scim = await server.org()
    await scim.user('u')
    await scim.group('g')
    for (const [path, found] of [
      ['/Users/.search', 1],
      ['/Groups/.search', 1],
      ['/.search', 2],
    ] as const) {
      expect(number(expectStatus(await scim.post(path, { schemas: [SEARCH] }), 200), '/totalResults')).toBe(found)
    }
    expect(number(await scim.get('/'), '/totalResults')).toBe(2)
  })

  test.each([[[]], [undefined], [['urn:ietf:params:scim:schemas:core:2.0:User']], [['urn:ietf:params:scim:api:messages:2.0:PatchOp']]])(
    'with schemas %j answers 400 invalidSyntax [SEA-02]',
    async (schemas) => {
      expectError(await (await server.org()).post('/Users/.search', { schemas }), 400, 'invalidSyntax')
    },
  )

  test('a filter must be one [SEA-03]', async () => {
    expectError(await (await server.org()).post('/Users/.search', { schemas: [SEARCH], filter: 'userName' }), 400, 'invalidFilter')
  })

  test('gives what the same GET gives [SEA-04]', async () => {
    const scim = await server.org()
    for (const name of ['d', 'a', 'c', 'b']) await scim.user(name, { title: name < 'd' ? 't' : 'x' })
    const query = `filter=${encodeURIComponent('title eq "t"')}&sortBy=userName&sortOrder=descending&startIndex=2&count=2&attributes=userName,title`
    const body = {
      schemas: [SEARCH],
      filter: 'title eq "t"',
      sortBy: 'userName',
      sortOrder: 'descending',
      startIndex: 2,
      count: 2,
      attributes: ['userName', 'title'],
    }
    const searched = expectStatus(await scim.post('/Users/.search', body), 200)
    expect(searched.json()).toEqual((await scim.get(`/Users?${query}`)).json())
    expect(list(searched, '/Resources/*/userName')).toEqual(['b', 'a'])
    expect((await scim.post('/Users/.search', { ...body, attributes: 'userName,title' })).json()).toEqual(searched.json())
    expect((await scim.post('/Users/.search', { schemas: [SEARCH], excludedAttributes: ['title', 'meta'] })).text).not.toContain('"title"')
  })

  test.each([
    { count: 'x' },
    { attributes: 1 },
    { startIndex: '1.5' },
    { filter: 5 },
    { sortBy: {} },
    { attributes: [1] },
    { sortOrder: 'up', sortBy: 'userName' },
  ])('%j answers 400 [SEA-05 K5]', async (more) => {
    expect((await (await server.org()).post('/Users/.search', { schemas: [SEARCH], ...more })).status).toBe(400)
  })

  test('member names of the message are taken in any case [JSN-03]', async () => {
    const scim = await server.org()
    for (const name of ['a', 'b']) await scim.user(name)
    expect(texts(await scim.post('/Users/.search', { SCHEMAS: [SEARCH], FILTER: 'userName eq "b"' }), '/Resources/*/userName')).toEqual([
      'b',
    ])
    expect(at(await scim.post('/Users/.search', { schemas: [SEARCH], COUNT: 0 }), '/Resources')).toEqual([])
  })
})
