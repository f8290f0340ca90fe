// Sorting (RFC 7644 section 3.4.2.3; rfc-checklist SRT).
import { describe, expect, test } from 'vitest'
import { expectError, expectStatus, list, texts, enterpriseUser } from '../support/scim.ts'
import { valueAt } from '../support/json-pointer.ts'
import { useServer } from '../support/server.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()

async function order(scim: ScimClient, query: string, endpoint = '/Users'): Promise<unknown[]> {
  const answer = expectStatus(await scim.get(`${endpoint}?count=1000&${query}`), 200)
  return list(answer, '/Resources/*').map((resource) => valueAt(resource, '/userName') ?? valueAt(resource, '/displayName'))
}

describe('sortBy', () => {
  test('orders upwards unless told otherwise [SRT-01 SRT-02]', async () => {
    const scim = await server.org()
    for (const name of ['c', 'a', 'b']) await scim.user(name)
    expect(await order(scim, 'sortBy=userName')).toEqual(['a', 'b', 'c'])
    expect(await order(scim, 'sortBy=userName&sortOrder=ascending')).toEqual(['a', 'b', 'c'])
    expect(await order(scim, 'sortBy=userName&sortOrder=descending')).toEqual(['c', 'b', 'a'])
  })

  test('follows the attribute: without case, with case, by instant [SRT-03]', async () => {
    const scim = await server.org()
    await scim.user('a', { externalId: 'a' })
    await scim.user('B', { externalId: 'B' })
    await scim.user('c', { externalId: 'é' })
    expect(await order(scim, 'sortBy=userName')).toEqual(['a', 'B', 'c'])
    expect(await order(scim, 'sortBy=externalId')).toEqual(['B', 'a', 'c'])
    expect(await order(scim, 'sortBy=meta.created')).toEqual(['a', 'B', 'c'])
    expect(await order(scim, 'sortBy=meta.created&sortOrder=descending')).toEqual(['c', 'B', 'a'])
  })

  test('code points order text, not a language or code units [SRT-03]', async () => {
    const scim = await server.org()
    for (const externalId of ['\u{1F600}', '\uFF5A', 'z', 'ä']) await scim.user(`u-${externalId.codePointAt(0)}`, { externalId })
    const sorted = await scim.get('/Users?sortBy=externalId')
    expect(list(sorted, '/Resources/*/externalId')).toEqual(['z', 'ä', '\uFF5A', '\u{1F600}'])
  })

  test('takes the primary value of many, else the first [SRT-04]', async () => {
    const scim = await server.org()
    await scim.user('one', { emails: [{ value: 'z@x.io' }, { value: 'a@x.io', primary: true }] })
    await scim.user('two', { emails: [{ value: 'b@x.io' }, { value: 'a@x.io' }] })
    expect(await order(scim, 'sortBy=emails.value')).toEqual(['one', 'two'])
    expect(await order(scim, 'sortBy=emails')).toEqual(['one', 'two'])
  })

  test('needs a sub-attribute of a complex one, and takes a qualified name [SRT-05 EN-29]', async () => {
    const scim = await server.org()
    await scim.post('/Users', enterpriseUser('a', { department: '2' }, { name: { givenName: 'y' } }))
    await scim.post('/Users', enterpriseUser('b', { department: '1' }, { name: { givenName: 'x' } }))
    expectError(await scim.get('/Users?sortBy=name'), 400, 'invalidValue')
    expect(await order(scim, 'sortBy=name.givenName')).toEqual(['b', 'a'])
    expect(await order(scim, 'sortBy=urn:ietf:params:scim:schemas:core:2.0:User:name.givenName')).toEqual(['b', 'a'])
    expect(await order(scim, 'sortBy=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department')).toEqual(['b', 'a'])
  })

  test('puts those without a value last, first when descending [SRT-06]', async () => {
    const scim = await server.org()
    await scim.user('none')
    await scim.user('b', { title: 'b' })
    await scim.user('a', { title: 'a' })
    expect(await order(scim, 'sortBy=title')).toEqual(['a', 'b', 'none'])
    expect(await order(scim, 'sortBy=title&sortOrder=descending')).toEqual(['none', 'b', 'a'])
  })

  test('an unknown order is refused, an order of nothing ignored [SRT-07]', async () => {
    const scim = await server.org()
    await scim.user('a')
    expectError(await scim.get('/Users?sortBy=userName&sortOrder=up'), 400, 'invalidValue')
    expect(await order(scim, 'sortOrder=descending')).toEqual(['a'])
  })

  test.each([
    'bogus',
    '__proto__',
    "a'b",
    'userName;drop',
    'members',
    'urn:ietf:params:scim:schemas:core:2.0:Group:displayName',
    'constructor',
  ])('of %s is refused or ignored, never interpolated [G5 B8]', async (name) => {
    const scim = await server.org()
    await scim.user('a')
    const answer = await scim.get(`/Users?sortBy=${encodeURIComponent(name)}`)
    if (answer.status === 200) expect(texts(answer, '/Resources/*/userName')).toEqual(['a'])
    else expectError(answer, 400, 'invalidValue')
  })
})

test('ties are broken the same way on every page [SRT-09 RC-20]', async () => {
  const scim = await server.org()
  for (let n = 0; n < 50; n++) await scim.user(`u${n}`, { title: 'same' })
  const seen: unknown[] = []
  for (let start = 1; start <= 50; start += 7)
    seen.push(...list(await scim.get(`/Users?sortBy=title&startIndex=${start}&count=7`), '/Resources/*/id'))
  expect(new Set(seen).size).toBe(50)
  const plain: unknown[] = []
  for (let start = 1; start <= 50; start += 9) plain.push(...list(await scim.get(`/Users?startIndex=${start}&count=9`), '/Resources/*/id'))
  expect(new Set(plain).size).toBe(50)
})
