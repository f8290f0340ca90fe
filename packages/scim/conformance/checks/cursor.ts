// Paging by cursor (RFC 9865).
import { at, numberAt, queryOf, textAt } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, refused, same } from '../expect.ts'
import type { Listed, Session } from '../session.ts'
import { page } from './page.ts'

/** All pages of the five known users. */
async function pages(scim: Session, count: number, more = {}): Promise<readonly Listed[]> {
  const all = [await page(scim, { cursor: '', count, ...more })]
  for (let cursor = next(all[0]); cursor !== undefined && all.length < 10; cursor = next(all.at(-1)))
    all.push(await page(scim, { cursor, count, ...more }))
  return all
}

const next = (listed: Listed | undefined) => textAt(listed?.body, 'nextCursor')

export const cursor: Feature = {
  name: 'cursor',
  needs: ['cursor', 'filter'],
  checks: [
    {
      id: 'CUR-01',
      level: 'MUST',
      title: 'an empty cursor asks for the first page',
      sentence: 'RFC 9865 §2: The cursor value MUST be empty or omitted for the first request of a cursor-paginated query.',
      run: async (scim) => {
        await page(scim, {})
        const filter = `filter=userName%20sw%20%22p-${scim.mark}-%22`
        for (const query of ['cursor', 'cursor=']) {
          const { json } = await scim.get(`/Users?${query}&count=2&${filter}`)
          ensure(textAt(json, 'nextCursor') !== undefined, `?${query} gives no nextCursor`)
        }
      },
    },
    {
      id: 'CUR-02',
      level: 'MUST',
      title: 'a negative count is 0',
      sentence: 'RFC 9865 §2: A negative value SHALL be interpreted as "0".',
      run: async (scim) => same((await page(scim, { cursor: '', count: -3 })).resources.length, 0, 'Resources'),
    },
    {
      id: 'CUR-03',
      level: 'MUST',
      title: 'never more than count',
      sentence: 'RFC 9865 §2: the service provider MUST NOT return more, although it MAY return fewer, results.',
      run: async (scim) =>
        ensure(
          (await pages(scim, 2)).every(({ resources }) => resources.length <= 2),
          'a page holds more than 2',
        ),
    },
    {
      id: 'CUR-04',
      level: 'MUST',
      title: 'every page but the last has a nextCursor',
      sentence: 'RFC 9865 §2: nextCursor MUST be omitted from a response only to indicate that there are no more result pages.',
      run: async (scim) => {
        const all = await pages(scim, 2)
        same(all.flatMap(({ ids }) => ids).length, 5, 'results on all pages')
        ensure(!Object.hasOwn(all.at(-1)?.body ?? {}, 'nextCursor'), 'the last page has a nextCursor')
        same(new Set(all.flatMap(({ ids }) => ids)).size, 5, 'distinct results')
      },
    },
    {
      id: 'CUR-04.2',
      level: 'MUST',
      title: 'a last page that is full has no nextCursor',
      sentence: 'RFC 9865 §2: nextCursor MUST be omitted from a response only to indicate that there are no more result pages.',
      run: async (scim) => {
        const all = await pages(scim, 5)
        same(all.flatMap(({ ids }) => ids).length, 5, 'results')
        same(all.at(-1)?.resources.length === 0 && all.length > 1, false, 'an empty page at the end')
      },
    },
    {
      id: 'CUR-05',
      level: 'MUST',
      title: 'the first page has no previousCursor',
      sentence: 'RFC 9865 §2: previousCursor MUST NOT be returned with the first page.',
      run: async (scim) =>
        ensure(at((await page(scim, { cursor: '', count: 2 })).body, 'previousCursor') === undefined, 'previousCursor on page 1'),
    },
    {
      id: 'CUR-06',
      level: 'MUST',
      title: 'cursors need no escaping in a URL',
      sentence: 'RFC 9865 §2: Cursor values are URL-safe strings that are opaque to the client.',
      run: async (scim) => {
        const value = next(await page(scim, { cursor: '', count: 2 })) ?? ''
        ensure(/^[A-Za-z0-9\-._~]+$/.test(value), `nextCursor is ${value}`)
      },
    },
    {
      id: 'CUR-07',
      level: 'SHOULD',
      title: 'a cursor with another filter or order is refused',
      sentence:
        'RFC 9865 §2: the client MUST query the same service provider endpoint with all query parameters and values being identical to the initial query with the exception of the cursor value',
      run: async (scim) => {
        const value = next(await page(scim, { cursor: '', count: 2 }))
        refused(
          await scim.get(`/Users${queryOf({ filter: 'userName pr', cursor: value, count: 2 })}`),
          400,
          'invalidCursor',
          'invalidValue',
        )
      },
    },
    {
      id: 'CUR-08',
      level: 'SHOULD',
      title: 'totalResults is the same on each page, where it is given',
      sentence:
        'RFC 9865 §2: Service providers implementing cursor pagination that are unable to estimate totalResults MAY choose to omit the totalResults attribute.',
      run: async (scim) => {
        for (const { body } of await pages(scim, 2)) same(numberAt(body, 'totalResults') ?? 5, 5, 'totalResults')
      },
    },
    {
      id: 'CUR-09',
      level: 'SHOULD',
      title: 'a cursor that the server never made is invalidCursor',
      sentence: 'RFC 9865 §2.1: invalidCursor: Cursor value is invalid and cannot be used.',
      run: async (scim) => {
        for (const value of ['garbage', 'AAAA', 'null', '1'])
          refused(await scim.get(`/Users?cursor=${value}&count=2`), 400, 'invalidCursor')
      },
    },
    {
      id: 'CUR-09.2',
      level: 'MAY',
      title: 'another count in the middle is served or invalidCount',
      sentence: 'RFC 9865 §2.1: invalidCount: Count value is invalid.',
      run: async (scim) => {
        const value = next(await page(scim, { cursor: '', count: 2 }))
        const answer = await scim.get(`/Users${queryOf({ filter: `userName sw "p-${scim.mark}-"`, cursor: value, count: 3 })}`)
        if (answer.status !== 200) refused(answer, 400, 'invalidCount', 'invalidCursor')
      },
    },
    {
      id: 'CUR-10',
      level: 'MUST',
      title: 'sorted queries stay sorted under cursors',
      sentence: 'RFC 9865 §2.2: then cursor-paged results should be sorted.',
      needs: ['sort'],
      run: async (scim) => {
        const byIndex = (await page(scim, { sortBy: 'userName', sortOrder: 'descending' })).ids
        const byCursor = (await pages(scim, 2, { sortBy: 'userName', sortOrder: 'descending' })).flatMap(({ ids }) => ids)
        same(byCursor, byIndex, 'order of the pages')
      },
    },
    {
      id: 'CUR-11',
      level: 'MUST',
      title: 'without a paging parameter the announced default method is used',
      sentence:
        'RFC 9865 §2.4: service providers supporting both pagination methods MUST choose a default pagination method to use when responding to requests that have not specified a pagination query parameter.',
      run: async (scim) => {
        const method = at(scim.capabilities.provider, 'pagination', 'defaultPaginationMethod')
        if (method !== 'index') throw new CheckSkipped('the default method is not index')
        ensure(at((await page(scim, {})).body, 'nextCursor') === undefined, 'nextCursor without having asked for it')
      },
    },
    {
      id: 'CUR-12',
      level: 'MAY',
      title: 'cursor and startIndex together are refused, or one of them wins',
      sentence: 'RFC 9865 §2.4: service providers supporting both pagination methods MUST choose a default pagination method',
      run: async (scim) => {
        const answer = await scim.get('/Users?cursor=&startIndex=1&count=1')
        if (answer.status !== 200) refused(answer, 400)
      },
    },
    {
      id: 'CUR-13',
      level: 'MUST',
      title: 'search requests carry cursors in the body',
      sentence: 'RFC 9865 §3: Querying Resources Using HTTP POST',
      run: async (scim) => {
        await page(scim, {})
        const members = { filter: `userName sw "p-${scim.mark}-"`, count: 2 }
        const first = await scim.search('/Users', { ...members, cursor: '' })
        const second = await scim.search('/Users', { ...members, cursor: next(first) })
        same(new Set([...first.ids, ...second.ids]).size, 4, 'distinct results on two pages')
      },
    },
    {
      id: 'CUR-18',
      level: 'MUST',
      title: 'an altered cursor says nothing about why it is refused',
      sentence: 'RFC 9865 §5.2: The service provider MUST handle error scenarios without exposing sensitive data.',
      run: async (scim) => {
        const value = next(await page(scim, { cursor: '', count: 2 })) ?? ''
        const altered = (value.startsWith('A') ? 'B' : 'A') + value.slice(1)
        refused(
          await scim.get(`/Users${queryOf({ filter: `userName sw "p-${scim.mark}-"`, cursor: altered, count: 2 })}`),
          400,
          'invalidCursor',
        )
      },
    },
  ],
}
