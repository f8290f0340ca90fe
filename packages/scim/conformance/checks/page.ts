// List responses and paging by index (RFC 7644 sections 3.4.2 and 3.4.2.4).
import { at, listAt, numberAt, queryOf, textAt } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, refused, same } from '../expect.ts'
import { areMade, type Listed, type Parameters, type Session } from '../session.ts'

const COUNT = 5
const prefix = (scim: Session) => `p-${scim.mark}-`

/** A page of five known users. */
export async function page(scim: Session, parameters: Parameters): Promise<Listed> {
  const make = async () => {
    const users = []
    for (let i = 0; i < COUNT; i += 1) users.push(await scim.user({ userName: `${prefix(scim)}${i}@conformance.example` }))
    return users
  }
  await scim.once('paged people', make, areMade)
  return scim.list('/Users', { filter: `userName sw "${prefix(scim)}"`, ...parameters })
}

export const paging: Feature = {
  name: 'page',
  needs: ['filter', 'index'],
  checks: [
    {
      id: 'QRY-01',
      level: 'MUST',
      title: 'one hit is a ListResponse too',
      sentence:
        'RFC 7644 §3.4.2: Responses MUST be identified using the following URI: "urn:ietf:params:scim:api:messages:2.0:ListResponse".',
      run: async (scim) => {
        const { body } = await scim.user()
        const { resources } = await scim.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}"` })
        same(resources.length, 1, 'Resources')
      },
    },
    {
      id: 'QRY-02',
      level: 'MUST',
      title: 'totalResults is there and an integer',
      sentence: 'RFC 7644 §3.4.2: totalResults The total number of results returned by the list or query operation.',
      run: async (scim) => same((await page(scim, {})).total, COUNT, 'totalResults'),
    },
    {
      id: 'QRY-03',
      level: 'MUST',
      title: 'Resources is an array',
      sentence: 'RFC 7644 §3.4.2: REQUIRED if "totalResults" is non-zero.',
      run: async (scim) => ensure(Array.isArray(at((await page(scim, {})).body, 'Resources')), 'Resources is no array'),
    },
    {
      id: 'QRY-04',
      level: 'MUST',
      title: 'a part of the results says where it begins and how many it holds',
      sentence: 'RFC 7644 §3.4.2: REQUIRED when partial results are returned due to pagination.',
      run: async (scim) => {
        const { body, resources, total } = await page(scim, { startIndex: 2, count: 2 })
        same(
          [numberAt(body, 'startIndex'), numberAt(body, 'itemsPerPage'), resources.length, total],
          [2, 2, 2, COUNT],
          'startIndex, itemsPerPage, Resources, totalResults',
        )
      },
    },
    {
      id: 'PAG-01',
      level: 'MUST',
      title: 'a startIndex below 1 is 1',
      sentence: 'RFC 7644 §3.4.2.4: A value less than 1 SHALL be interpreted as 1.',
      run: async (scim) => {
        const first = (await page(scim, { startIndex: 1, count: 2 })).ids
        for (const startIndex of [0, -5]) {
          const { ids, body } = await page(scim, { startIndex, count: 2 })
          same(ids, first, `page at ${startIndex}`)
          same(at(body, 'startIndex'), 1, 'startIndex')
        }
      },
    },
    {
      id: 'PAG-02',
      level: 'MUST',
      title: 'never more than count',
      sentence:
        'RFC 7644 §3.4.2.4: the service provider MUST NOT return more results than specified, although it MAY return fewer results.',
      run: async (scim) => {
        for (const count of [1, 2, 4]) ensure((await page(scim, { count })).resources.length <= count, `more than ${count}`)
        await page(scim, { count: 1_000_000 })
      },
    },
    {
      id: 'PAG-03',
      level: 'MUST',
      title: 'count 0 gives the total alone',
      sentence: 'RFC 7644 §3.4.2.4: A value of "0" indicates that no resource results are to be returned except for "totalResults".',
      run: async (scim) => {
        const { total, resources } = await page(scim, { count: 0 })
        same([total, resources.length], [COUNT, 0], 'totalResults, Resources')
      },
    },
    {
      id: 'PAG-03.2',
      level: 'MUST',
      title: 'a negative count is 0',
      sentence: 'RFC 7644 §3.4.2.4: A negative value SHALL be interpreted as 0.',
      run: async (scim) => {
        const { total, resources } = await page(scim, { count: -1 })
        same([total, resources.length], [COUNT, 0], 'totalResults, Resources')
      },
    },
    {
      id: 'PAG-04',
      level: 'MUST',
      title: 'past the end there is an empty page with the right total',
      sentence: 'RFC 7644 §3.4.2: A query that does not return any matches SHALL return success (HTTP status code 200)',
      run: async (scim) => {
        const { total, resources } = await page(scim, { startIndex: 9999 })
        same([total, resources.length], [COUNT, 0], 'totalResults, Resources')
      },
    },
    {
      id: 'PAG-05',
      level: 'SHOULD',
      title: 'count and startIndex have to be integers',
      sentence: 'RFC 7644 §3.12: A required value was missing, or the value specified was not compatible with the operation',
      run: async (scim) => {
        for (const query of ['count=abc', 'startIndex=1.5', 'startIndex=x'])
          refused(await scim.get(`/Users?${query}`), 400, 'invalidValue', 'invalidSyntax')
      },
    },
    {
      id: 'PAG-06',
      level: 'MUST',
      title: 'pages together hold each result once, each with the same total',
      sentence: 'RFC 7644 §3.4.2.4: Pagination parameters can be used together to "page through" large numbers of resources',
      run: async (scim) => {
        const seen: unknown[] = []
        for (let startIndex = 1; startIndex <= COUNT; startIndex += 2) {
          const { ids, total } = await page(scim, { startIndex, count: 2 })
          same(total, COUNT, 'totalResults')
          seen.push(...ids)
        }
        same([seen.length, new Set(seen).size], [COUNT, COUNT], 'results, distinct results')
      },
    },
    {
      id: 'PAG-06.2',
      level: 'MUST',
      title: 'a deleted resource leaves the total',
      sentence: 'RFC 7644 §3.6: Service providers MUST omit the resource from future query results.',
      run: async (scim) => {
        const name = scim.unique()
        const parameters = { filter: `userName sw "${name}"` }
        await scim.user({ userName: `${name}1` })
        const gone = await scim.user({ userName: `${name}2` })
        same((await scim.list('/Users', parameters)).total, 2, 'totalResults before')
        await scim.delete(gone.path)
        same((await scim.list('/Users', parameters)).total, 1, 'totalResults after')
      },
    },
    {
      id: 'QRY-07',
      level: 'MUST',
      title: 'a query at the service root covers users and groups, or is not offered',
      sentence:
        'RFC 7644 §3.4.2.1: A query against a server root indicates that all resources within the server SHALL be included, subject to filtering.',
      needs: ['Group'],
      run: async (scim) => {
        const [user, group] = [await scim.user(), await scim.group()]
        const answer = await scim.get(`/${queryOf({ filter: `id eq "${user.id}" or id eq "${group.id}"` })}`)
        if (answer.status === 404 || answer.status === 501) throw new CheckSkipped(`the root answers ${answer.status}`)
        same(listAt(answer.json, 'Resources').length, 2, 'Resources')
      },
    },
  ],
}
