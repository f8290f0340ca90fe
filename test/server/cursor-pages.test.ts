// Cursor pages (RFC 9865; rfc-checklist CUR).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, list, number, text } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

async function users(count: number): Promise<Org> {
  const scim = await server.org()
  for (let n = 0; n < count; n++) await scim.user(`u${n}`)
  return scim
}

/** All pages from the first query on. */
async function pages(scim: ScimClient, query: string, next = 'cursor'): Promise<Answer[]> {
  const found: Answer[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined && found.length < 100; ) {
    const answer: Answer = expectStatus(await scim.get(`/Users?${query}${cursor === '' ? `&${next}` : `&cursor=${cursor}`}`), 200)
    found.push(answer)
    const after = at(answer, '/nextCursor')
    cursor = typeof after === 'string' ? after : undefined
  }
  return found
}

describe('cursors', () => {
  test.each(['cursor', 'cursor='])('%s asks for the first page [CUR-01 CUR-03 CUR-04 CUR-05 CUR-06 CUR-08]', async (first) => {
    const found = await pages(await users(5), 'count=2', first)
    expect(found.map((page) => list(page, '/Resources').length)).toEqual([2, 2, 1])
    for (const page of found) expect(number(page, '/totalResults')).toBe(5)
    for (const page of found.slice(0, 2)) expect(text(page, '/nextCursor')).toMatch(/^[A-Za-z0-9\-._~]+$/)
    expect(found.at(-1)?.text).not.toContain('nextCursor')
    expect(found[0]?.text).not.toContain('previousCursor')
    expect(new Set(found.flatMap((page) => list(page, '/Resources/*/id'))).size).toBe(5)
  })

  test('a last page that is full has no next one [CUR-04]', async () => {
    const found = await pages(await users(4), 'count=2')
    expect(found.map((page) => list(page, '/Resources').length)).toEqual([2, 2])
  })

  test.each(['-3', '0'])('count=%s gives the total alone [CUR-02]', async (count) => {
    const answer = await (await users(2)).get(`/Users?cursor&count=${count}`)
    expect(answer.json()).toMatchObject({ totalResults: 2 })
    expect(list(answer, '/Resources')).toEqual([])
  })

  test('go with the query they were made for [CUR-07 CUR-09]', async () => {
    const scim = await users(5)
    const cursor = text(await scim.get('/Users?cursor&count=2&sortBy=userName'), '/nextCursor')
    expectStatus(await scim.get(`/Users?cursor=${cursor}&count=2&sortBy=userName`), 200)
    expectError(await scim.get(`/Users?cursor=${cursor}&count=2`), 400, 'invalidCursor')
    expectError(await scim.get(`/Users?cursor=${cursor}&count=2&sortBy=userName&filter=userName%20pr`), 400, 'invalidCursor')
    expectError(await scim.get(`/Groups?cursor=${cursor}&count=2`), 400, 'invalidCursor')
    expectError(await scim.get(`/Users?cursor=${cursor}&count=3&sortBy=userName`), 400, 'invalidCount')
  })

  test('that were never given out are refused alike [CUR-09 CUR-18 B6]', async () => {
    const [one, two] = [await users(3), await users(3)]
    const foreign = text(await two.get('/Users?cursor&count=2'), '/nextCursor')
    const own = text(await one.get('/Users?cursor&count=2'), '/nextCursor')
    const forged = own.slice(0, -1) + (own.endsWith('A') ? 'B' : 'A')
    const answers = await Promise.all(
      ['garbage', foreign, forged, 'AAAA', `${own}x`].map((cursor) => one.get(`/Users?cursor=${cursor}&count=2`)),
    )
    for (const answer of answers) expectError(answer, 400, 'invalidCursor')
    expect(new Set(answers.map((answer) => at(answer, '/detail'))).size).toBe(1)
  })

  test('of another organisation show nothing [CUR-15 B6 TEN-03]', async () => {
    const [one, two] = [await users(3), await users(3)]
    const foreign = text(await one.get('/Users?cursor&count=1'), '/nextCursor')
    const answer = await two.get(`/Users?cursor=${foreign}&count=1`)
    expectError(answer, 400, 'invalidCursor')
    expect(answer.text).not.toContain('userName')
  })

  test('need a live token on every page [CUR-16 A7]', async () => {
    const scim = await server.org()
    for (const name of ['a', 'b', 'c']) await scim.user(name)
    const cursor = text(await scim.get('/Users?cursor&count=1'), '/nextCursor')
    await server.revoke(scim)
    expectError(await scim.get(`/Users?cursor=${cursor}&count=1`), 401)
  })

  test('keep the order, without gaps or repetitions while others write [CUR-10]', async () => {
    const scim = await server.org()
    for (const name of ['b', 'd', 'f', 'h']) await scim.user(name)
    const first = await scim.get('/Users?cursor&count=2&sortBy=userName')
    await scim.user('a')
    await scim.user('g')
    const second = await scim.get(`/Users?cursor=${text(first, '/nextCursor')}&count=2&sortBy=userName`)
    const names = [...list(first, '/Resources/*/userName'), ...list(second, '/Resources/*/userName')]
    expect(names).toEqual(['b', 'd', 'f', 'g'])
    const down = await pages(scim, 'count=2&sortBy=userName&sortOrder=descending')
    expect(down.flatMap((page) => list(page, '/Resources/*/userName'))).toEqual(['h', 'g', 'f', 'd', 'b', 'a'])
  })

  test('a sort with equal and missing values loses nobody [CUR-10 SRT-06 SRT-09]', async () => {
    const scim = await server.org()
    for (let n = 0; n < 12; n++) await scim.user(`u${n}`, n % 3 === 0 ? {} : { title: `t${n % 2}` })
    for (const sortOrder of ['ascending', 'descending']) {
      const found = await pages(scim, `count=5&sortBy=title&sortOrder=${sortOrder}`)
      expect(new Set(found.flatMap((page) => list(page, '/Resources/*/id'))).size).toBe(12)
    }
  })

  test('are not what one gets without asking [CUR-11]', async () => {
    const answer = await (await users(3)).get('/Users?count=2')
    expect(at(answer, '/nextCursor')).toBeUndefined()
    expect(at(answer, '/startIndex')).toBe(1)
  })

  test('and startIndex contradict each other [CUR-12]', async () => {
    expectError(await (await users(1)).get('/Users?cursor=&startIndex=1'), 400, 'invalidValue')
  })

  test('travel in the body of a search [CUR-13]', async () => {
    const scim = await users(3)
    const first = expectStatus(await scim.post('/Users/.search', { schemas: [SEARCH], cursor: '', count: 2 }), 200)
    const second = await scim.post('/Users/.search', { schemas: [SEARCH], cursor: text(first, '/nextCursor'), count: 2 })
    expect(list(expectStatus(second, 200), '/Resources')).toHaveLength(1)
    expect(at(second, '/nextCursor')).toBeUndefined()
  })

  test('hold no memory of the server: another one goes on where this one stopped [CUR-19]', async () => {
    const scim = await users(3)
    const cursor = text(await scim.get('/Users?cursor&count=2'), '/nextCursor')
    const elsewhere = await server.another()
    expect(list(await elsewhere.clientOf(scim).get(`/Users?cursor=${cursor}&count=2`), '/Resources')).toHaveLength(1)
  })
})
