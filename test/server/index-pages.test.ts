// Lists and index pages (RFC 7644 sections 3.4.2 and 3.4.2.4; rfc-checklist QRY and PAG).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, filterOf, list, number, texts } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()

async function five(): Promise<ScimClient> {
  const scim = await server.org()
  for (const name of ['a', 'b', 'c', 'd', 'e']) await scim.user(name, { title: name < 'd' ? 'first' : 'second' })
  return scim
}

describe('a list', () => {
  test('is a ListResponse, also of one and of none [QRY-01 QRY-03 QRY-05 RC-1]', async () => {
    const scim = await five()
    for (const [filter, found] of [
      ['userName eq "a"', 1],
      ['userName eq "nobody"', 0],
    ] as const) {
      const answer = expectStatus(await scim.get(`/Users?${filterOf(filter)}`), 200)
      expect(answer.json()).toMatchObject({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: found,
        itemsPerPage: found,
        startIndex: 1,
      })
      expect(list(answer, '/Resources')).toHaveLength(found)
      expect(Array.isArray(at(answer, '/Resources'))).toBe(true)
    }
  })

  test('counts all, gives a part, and says which [QRY-02 QRY-04 PAG-06]', async () => {
    const scim = await five()
    expect((await scim.get('/Users?count=2')).json()).toMatchObject({ totalResults: 5, startIndex: 1, itemsPerPage: 2 })
    expect((await scim.get('/Users?startIndex=5&count=2')).json()).toMatchObject({ totalResults: 5, startIndex: 5, itemsPerPage: 1 })
    for (const start of [1, 3])
      expect(number(await scim.get(`/Users?${filterOf('title eq "first"')}&startIndex=${start}&count=2`), '/totalResults')).toBe(3)
  })

  test('ignores parameters that it does not know [QRY-06 RC-22]', async () => {
    const scim = await five()
    for (const query of ['foo=1&aadOptscim062020', 'aadOptscim062020=', '&', '', 'count=5&'])
      expect(number(await scim.get(`/Users?${query}`), '/totalResults')).toBe(5)
  })

  test('reads plus as a space and %2B as a plus [URL-01 ON-2]', async () => {
    const scim = await server.org()
    await scim.user('a+b@x.io')
    await scim.user('a b')
    expect(texts(await scim.get('/Users?filter=userName%20eq%20%22a%2Bb%40x.io%22'), '/Resources/*/userName')).toEqual(['a+b@x.io'])
    expect(texts(await scim.get('/Users?filter=userName+eq+%22a+b%22'), '/Resources/*/userName')).toEqual(['a b'])
    expect(texts(await scim.get('/Users?filter=userName%20eq%20"a%20b"'), '/Resources/*/userName')).toEqual(['a b'])
  })
})

describe('the service root', () => {
  test('covers all types under the same rules [QRY-07 QRY-09]', async () => {
    const scim = await server.org()
    await scim.user('x-user', { displayName: 'x-user' })
    await scim.user('y', { displayName: 'y' })
    await scim.group('x-group')
    expect(await scim.find('/', 'displayName sw "x"')).toEqual(['x-group', 'x-user'])
    expect(await scim.find('/', 'meta.resourceType eq "User"')).toEqual(['x-user', 'y'])
    expect(number(await scim.get('/'), '/totalResults')).toBe(3)
  })

  test('an attribute that a type lacks has no value there [QRY-10]', async () => {
    const scim = await server.org()
    await scim.user('u')
    await scim.group('g')
    expect(await scim.find('/', 'userName pr')).toEqual(['u'])
    expect(await scim.find('/', 'not (userName pr)')).toEqual(['g'])
    expectError(await scim.get(`/?${filterOf('bogus pr')}`), 400, 'invalidFilter')
  })

  test('sorts and pages over all types', async () => {
    const scim = await server.org()
    for (const name of ['c', 'a']) await scim.user(name, { displayName: name })
    for (const name of ['d', 'b']) await scim.group(name)
    const pages = [await scim.get('/?sortBy=displayName&count=3'), await scim.get('/?sortBy=displayName&count=3&startIndex=4')]
    expect(pages.flatMap((page) => list(page, '/Resources/*/displayName'))).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('pages', () => {
  test.each(['0', '-5', '1'])('startIndex=%s reads as 1 [PAG-01 J1]', async (start) => {
    expect((await (await five()).get(`/Users?startIndex=${start}&count=2`)).json()).toMatchObject({ startIndex: 1, itemsPerPage: 2 })
  })

  test('never hold more than asked for, nor more than is published [PAG-02 J1 QRY-08]', async () => {
    const scim = await five()
    expect(list(await scim.get('/Users?count=2'), '/Resources')).toHaveLength(2)
    for (const count of ['1000000', '2147483648', '9007199254740991']) {
      const answer = expectStatus(await scim.get(`/Users?count=${count}`), 200)
      expect(list(answer, '/Resources')).toHaveLength(5)
    }
  })

  test.each(['0', '-1'])('count=%s gives the total alone [PAG-03 J1]', async (count) => {
    expect((await (await five()).get(`/Users?count=${count}`)).json()).toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] })
  })

  test('past the end there is nothing, and the total stands [PAG-04]', async () => {
    for (const start of ['6', '9999', '2147483648']) {
      expect((await (await five()).get(`/Users?startIndex=${start}`)).json()).toMatchObject({
        totalResults: 5,
        itemsPerPage: 0,
        Resources: [],
      })
    }
  })

  test.each(['count=abc', 'startIndex=1.5', 'count=1e9', 'count=0x10', 'startIndex=abc', 'count=1.0', 'count=99999999999999999999'])(
    '%s answers 400 invalidValue [PAG-05 J1]',
    async (query) => {
      const answer = await (await five()).get(`/Users?${query}`)
      if (query === 'count=99999999999999999999' && answer.status === 200) expect(list(answer, '/Resources')).toHaveLength(5)
      else expectError(answer, 400, 'invalidValue')
    },
  )

  test('count neither the deleted nor another organisation’s [PAG-06 B2]', async () => {
    const scim = await five()
    await (await server.org()).user('foreign')
    const gone = await scim.user('gone')
    await scim.delete(`/Users/${gone}`)
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(5)
    expect(number(await scim.get(`/Users?${filterOf('userName pr')}`), '/totalResults')).toBe(5)
  })
})
