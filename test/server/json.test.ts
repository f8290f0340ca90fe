// JSON on the wire: encoding, names, types, and the forms of a value (RFC 7643 section 2, rfc-checklist JSN).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, filterOf, list, patchOf, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('encoding', () => {
  const name = 'Zoë 東京 𝒳'
  test.each(['application/scim+json; charset=utf-8', 'application/scim+json', 'application/json'])(
    'text comes back code point by code point after a POST as %s [JSN-01 JSN-02]',
    async (type) => {
      const scim = await server.org()
      const created = expectStatus(await scim.post('/Users', user('zoe', { displayName: name }), { 'content-type': type }), 201)
      const read = await scim.get(`/Users/${text(created, '/id')}`)
      expect([...text(read, '/displayName')]).toEqual([...name])
    },
  )

  test.each([
    ['NUL', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"n","displayName":"a\\u0000b"}'],
    ['a lone surrogate', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"n","displayName":"a\\ud800b"}'],
  ])('%s in a text answers 400 invalidValue [JSN-27 K3]', async (_, body) => {
    expectError(await (await server.org()).post('/Users', body), 400, 'invalidValue')
  })
})

describe('names', () => {
  test('attribute names are taken without regard to case [JSN-03 K2]', async () => {
    const scim = await server.org()
    const body = { SCHEMAS: ['urn:ietf:params:scim:schemas:core:2.0:User'], USERNAME: 'x', Name: { GIVENNAME: 'y' } }
    const created = expectStatus(await scim.post('/Users', body), 201)
    expect(created.json()).toMatchObject({ userName: 'x', name: { givenName: 'y' } })
    const patched = await scim.send('PATCH', `/Users/${text(created, '/id')}`, {
      body: { schemas: patchOf().schemas, operations: [{ OP: 'replace', PATH: 'NICKNAME', VALUE: 'z' }] },
    })
    expect(at(expectStatus(patched, 200), '/nickName')).toBe('z')
  })

  test.each([
    ['spelt alike', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","userName":"b"}'],
    ['that differ by case', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","username":"b"}'],
    [
      'inside a value',
      '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","name":{"givenName":"a","GIVENNAME":"b"}}',
    ],
  ])('two members %s answer 400 invalidSyntax and store nothing [JSN-28 K1 K2]', async (_, body) => {
    const scim = await server.org()
    expectError(await scim.post('/Users', body), 400, 'invalidSyntax')
    expect(at(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('members may come in any order [JSN-17]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', { name: { givenName: 'b', familyName: 'a' }, userName: 'x', schemas: user('x').schemas })
    expect(expectStatus(created, 201).json()).toMatchObject({ userName: 'x', name: { familyName: 'a', givenName: 'b' } })
  })

  test('no other member changes a prototype or is stored [JSN-29 H1]', async () => {
    const scim = await server.org()
    const body =
      '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"p","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const answer = await scim.post('/Users', body)
    expect([201, 400]).toContain(answer.status)
    expect(answer.text).not.toContain('polluted')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('types', () => {
  const wrong: [string, string, object][] = [
    ['a number for a string', 'JSN-07', { displayName: 123 }],
    ['a word for a boolean', 'JSN-08', { active: 'yes' }],
    ['a number for a boolean', 'JSN-08', { active: 1 }],
    ['a sub-attribute that is an object', 'JSN-05', { name: { givenName: { x: 1 } } }],
    ['text for a complex attribute', 'JSN-05', { name: 'Alice' }],
    ['no base64', 'JSN-12', { x509Certificates: [{ value: '@@@' }] }],
    ['a URI with a space', 'JSN-13', { profileUrl: 'http://a b' }],
    [
      'two primaries',
      'JSN-20',
      {
        emails: [
          { value: 'a@x.io', primary: true },
          { value: 'b@x.io', primary: true },
        ],
      },
    ],
  ]
  test.each(wrong)('%s answers 400 invalidValue [%s] [K5]', async (_name, _row, more) => {
    const scim = await server.org()
    expectError(await scim.post('/Users', user('wrong', more)), 400, 'invalidValue')
    expect(at(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('an absolute URI is fine, and compares exactly [JSN-13 JSN-16]', async () => {
    const scim = await server.org()
    await scim.user('url', { profileUrl: 'https://x.io/u' })
    expect(await scim.find('/Users', 'profileUrl eq "https://x.io/u"')).toEqual(['url'])
    expect(await scim.find('/Users', 'profileUrl eq "HTTPS://X.IO/U"')).toEqual([])
  })

  test('times have date, time and zone, and whole numbers neither fraction nor exponent [JSN-10 JSN-11]', async () => {
    const scim = await server.org()
    const created = await scim.get(`/Users/${await scim.user('t')}`)
    for (const pointer of ['/meta/created', '/meta/lastModified']) {
      expect(text(created, pointer)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
    }
    for (const name of ['totalResults', 'itemsPerPage', 'startIndex']) {
      expect((await scim.get('/Users?count=1')).text).toMatch(new RegExp(`"${name}":\\s*-?\\d+[,}]`))
    }
    expect((await scim.get('/ServiceProviderConfig')).text).toMatch(/"maxOperations":\s*\d+[,}]/)
  })

  test('a value in a list that has unknown parts is never stored nested [JSN-18]', async () => {
    const scim = await server.org()
    const answer = await scim.post('/Users', user('nested', { emails: [{ value: 'a@x.io', bogus: { deep: [] } }] }))
    expect([201, 400]).toContain(answer.status)
    expect(answer.text).not.toContain('"deep"')
    expect((await scim.get('/Users')).text).not.toContain('bogus"')
  })
})

describe('values', () => {
  test('a missing primary reads as false [JSN-21]', async () => {
    const scim = await server.org()
    await scim.user('one', { emails: [{ value: 'a@x.io' }] })
    await scim.user('two', { emails: [{ value: 'b@x.io', primary: true }] })
    expect(await scim.find('/Users', 'emails[primary eq false]')).toEqual(['one'])
  })

  test('the same value of the same type is kept once, of two types twice [JSN-24]', async () => {
    const scim = await server.org()
    const emails = [
      { value: 'a@x.io', type: 'work' },
      { value: 'a@x.io', type: 'work' },
      { value: 'a@x.io', type: 'home' },
    ]
    const created = await scim.get(`/Users/${await scim.user('twice', { emails })}`)
    expect(texts(created, '/emails/*/type')).toEqual(['home', 'work'])
  })

  test('a type in another case is found by its canonical spelling [JSN-23]', async () => {
    const scim = await server.org()
    await scim.user('case', { emails: [{ value: 'a@x.io', type: 'WORK' }] })
    expect(await scim.find('/Users', 'emails[type eq "work"]')).toEqual(['case'])
  })

  test('null, [] and absence are one state [JSN-25]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('none', { nickName: null, emails: [] }))
    expect(at(created, '/nickName')).toBeUndefined()
    expect(list(created, '/emails')).toEqual([])
    expect(await scim.find('/Users', 'nickName pr or emails pr')).toEqual([])
    const id = text(created, '/id')
    await scim.put(`/Users/${id}`, user('none', { nickName: 'n' }))
    expect(at(expectStatus(await scim.put(`/Users/${id}`, user('none', { nickName: null })), 200), '/nickName')).toBeUndefined()
  })
})

describe('references', () => {
  test('every $ref leads to the resource that its value names, and to 404 when that is gone [JSN-15 URL-02]', async () => {
    const scim = await server.org()
    const [bob, alice] = [await scim.user('bob'), await scim.user('alice')]
    await scim.put(`/Users/${alice}`, enterpriseUser('alice', { manager: { value: bob } }))
    const group = await scim.group('staff', [alice])
    const references = [
      [await scim.get(`/Groups/${group}`), '/members/0'],
      [await scim.get(`/Users/${alice}`), '/groups/0'],
      [await scim.get(`/Users/${alice}`), '/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager'],
    ] as const
    for (const [answer, pointer] of references) {
      const url = text(answer, `${pointer}/$ref`)
      expect(url.startsWith(`${scim.base}/`) && !url.includes('?')).toBe(true)
      expect(at(expectStatus(await scim.get(url.slice(scim.base.length)), 200), '/id')).toBe(text(answer, `${pointer}/value`))
    }
    await scim.delete(`/Users/${alice}`)
    expectError(await scim.get(`/Users/${alice}`), 404)
  })

  test('a relative reference resolves against the service root [JSN-14]', async () => {
    const scim = await server.org()
    const bob = await scim.user('bob')
    const alice = await scim.user('alice')
    const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager'
    const patched = await scim.patch(`/Users/${alice}`, { op: 'add', path, value: { value: bob, $ref: `Users/${bob}` } })
    const pointer = '/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/$ref'
    expect(text(expectStatus(patched, 200), pointer)).toBe(`${scim.base}/Users/${bob}`)
  })

  test('members are found by their URI with and without the version segment [JSN-22]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const group = await scim.group('staff', [a, b])
    expectStatus(await scim.patch(`/Groups/${group}`, { op: 'remove', path: `members[$ref eq "${scim.base}/Users/${a}"]` }), 204)
    expect(texts(await scim.get(`/Groups/${group}`), '/members/*/value')).toEqual([b])
    const unversioned = scim.base.replace(/\/v2$/, '')
    expectStatus(await scim.patch(`/Groups/${group}`, { op: 'remove', path: `members[$ref eq "${unversioned}/Users/${b}"]` }), 204)
    expect(list(await scim.get(`/Groups/${group}`), '/members')).toEqual([])
  })
})

test('the quotation marks of the RFC are in no literal [JSN-26]', async () => {
  const scim = await server.org()
  expect((await scim.get('/Schemas')).text).not.toMatch(/\\"(readWrite|always|server)/)
  expect(at(await scim.get(`/Users?${filterOf('x')}`), '/schemas/0')).toBe('urn:ietf:params:scim:api:messages:2.0:Error')
})
