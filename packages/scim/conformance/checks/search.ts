// Queries by POST (RFC 7644 section 3.4.3).
import { listAt, textAt, SEARCH_REQUEST_URN, USER_URN } from '../../src/client/client.ts'
import { CheckSkipped } from '../verdict.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same } from '../expect.ts'
import { threePeople } from '../filter-check.ts'

export const search: Feature = {
  name: 'search',
  needs: ['filter'],
  checks: [
    {
      id: 'SEA-01',
      level: 'MUST',
      title: '/Users/.search is a query and creates nothing',
      sentence:
        'RFC 7644 §3.4.3: The inclusion of "/.search" on the end of a valid SCIM endpoint SHALL be used to indicate that the HTTP POST verb is intended to be a query operation.',
      run: async (scim) => {
        const { made, prefix } = await threePeople(scim)
        const { total, ids } = await scim.search('/Users', { filter: `userName sw "${prefix}-ada"` })
        same([total, ids[0]], [1, made[0]?.id], 'totalResults, id')
      },
    },
    {
      id: 'SEA-01.2',
      level: 'MUST',
      title: '/Groups/.search is a query',
      sentence:
        'RFC 7644 §3.4.3: The inclusion of "/.search" on the end of a valid SCIM endpoint SHALL be used to indicate that the HTTP POST verb is intended to be a query operation.',
      needs: ['Group'],
      run: async (scim) => {
        const { id, body } = await scim.group()
        same((await scim.search('/Groups', { filter: `displayName eq "${textAt(body, 'displayName')}"` })).ids, [id], 'ids')
      },
    },
    {
      id: 'QRY-09',
      level: 'MUST',
      title: '/.search at the root finds users and groups',
      sentence: 'RFC 7644 §3.4.2.1: filters MUST be processed as outlined in Section 3.4.2.2.',
      needs: ['Group'],
      run: async (scim) => {
        const displayName = scim.unique()
        const [user, group] = [await scim.user({ displayName }), await scim.group({ displayName })]
        const answer = await scim.post('/.search', { schemas: [SEARCH_REQUEST_URN], filter: `displayName eq "${displayName}"` })
        if (answer.status === 404 || answer.status === 501) throw new CheckSkipped(`the root answers ${answer.status}`)
        holds(answer.json, { Resources: [{ id: user.id }, { id: group.id }] })
      },
    },
    {
      id: 'QRY-10',
      level: 'MUST',
      title: 'at the root an attribute that a type lacks has no value there',
      sentence: 'RFC 7644 §3.4.2.1: the service provider SHALL treat the attribute as if there is no attribute value.',
      needs: ['Group'],
      run: async (scim) => {
        const displayName = scim.unique()
        const [user, group] = [await scim.user({ displayName }), await scim.group({ displayName })]
        const find = (filter: string) =>
          scim.post('/.search', { schemas: [SEARCH_REQUEST_URN], filter: `displayName eq "${displayName}" and ${filter}` })
        const answer = await find('userName pr')
        if (answer.status === 404 || answer.status === 501) throw new CheckSkipped(`the root answers ${answer.status}`)
        same(
          listAt(answer.json, 'Resources').map((resource) => textAt(resource, 'id')),
          [user.id],
          'userName pr',
        )
        same(
          listAt((await find('not (userName pr)')).json, 'Resources').map((resource) => textAt(resource, 'id')),
          [group.id],
          'not (userName pr)',
        )
      },
    },
    {
      id: 'SEA-02',
      level: 'MUST',
      title: 'a search without the SearchRequest schema is 400',
      sentence:
        'RFC 7644 §3.4.3: Query requests MUST be identified using the following URI: "urn:ietf:params:scim:api:messages:2.0:SearchRequest".',
      run: async (scim) => {
        refused(await scim.post('/Users/.search', { schemas: [USER_URN], filter: 'userName pr' }), 400, 'invalidSyntax', 'invalidValue')
        refused(await scim.post('/Users/.search', { filter: 'userName pr' }), 400, 'invalidSyntax', 'invalidValue')
      },
    },
    {
      id: 'SEA-03',
      level: 'MUST',
      title: 'a bad filter is invalidFilter here too',
      sentence: 'RFC 7644 §3.12: invalidFilter … GET (Section 3.4.2), POST (Search - Section 3.4.3)',
      run: async (scim) => {
        for (const filter of ['userName', 'userName eq', ''])
          refused(await scim.post('/Users/.search', { schemas: [SEARCH_REQUEST_URN], filter }), 400, 'invalidFilter')
      },
    },
    {
      id: 'SEA-04',
      level: 'MUST',
      title: 'the parameters mean what they mean in a GET',
      sentence: 'RFC 7644 §3.4.3: the following attributes … See Section 3.4.2',
      run: async (scim) => {
        const { prefix } = await threePeople(scim)
        const filter = `userName sw "${prefix}"`
        const common = { filter, startIndex: 2, count: 1, ...(scim.capabilities.provider === undefined ? {} : { sortBy: 'userName' }) }
        const get = await scim.list('/Users', { ...common, attributes: 'userName,name.givenName' })
        const post = await scim.search('/Users', { ...common, attributes: ['userName', 'name.givenName'] })
        same(post.body, get.body, 'the answer by POST')
      },
    },
    {
      id: 'SEA-04.2',
      level: 'MUST',
      title: 'excludedAttributes works in a search',
      sentence:
        'RFC 7644 §3.4.3: excludedAttributes A multi-valued list of strings indicating the names of resource attributes to be removed from the default set of attributes to return.',
      run: async (scim) => {
        const { prefix } = await threePeople(scim)
        const { resources } = await scim.search('/Users', { filter: `userName sw "${prefix}"`, excludedAttributes: ['name', 'id'] })
        for (const resource of resources)
          ensure(textAt(resource, 'id') !== undefined && textAt(resource, 'name', 'givenName') === undefined, 'id stays, name goes')
      },
    },
    {
      id: 'SEA-05',
      level: 'SHOULD',
      title: 'members of the wrong type are 400',
      sentence: 'RFC 7644 §3.12: The request body message structure was invalid or did not conform to the request schema.',
      run: async (scim) => {
        for (const members of [{ count: 'x' }, { attributes: 1 }, { filter: 5 }, { startIndex: {} }])
          refused(
            await scim.post('/Users/.search', { schemas: [SEARCH_REQUEST_URN], ...members }),
            400,
            'invalidValue',
            'invalidSyntax',
            'invalidFilter',
          )
      },
    },
  ],
}
