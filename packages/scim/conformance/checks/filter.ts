// Filtering (RFC 7644 section 3.4.2.2): the rows of filter-grammar and filter-values, and what takes more than a row.
import { textAt, queryOf, GROUP_URN } from '../../src/client/client.ts'
import type { Check, Feature } from '../check.ts'
import { ensure, refused, same, status } from '../expect.ts'
import { filterCheck, threePeople } from '../filter-check.ts'
import { filterGrammar } from './filter-grammar.ts'
import { filterValues } from './filter-values.ts'

const others: readonly Check[] = [
  {
    id: 'QRY-05',
    level: 'MUST',
    title: 'no match is 200 with totalResults 0 and an empty list',
    sentence:
      'RFC 7644 §3.4.2: A query that does not return any matches SHALL return success (HTTP status code 200) with "totalResults" set to a value of 0.',
    run: async (scim) => {
      const { total, exchange, resources } = await scim.list('/Users', { filter: `userName eq "${crypto.randomUUID()}"` })
      ensure(total === 0 && resources.length === 0, `totalResults ${total}`, exchange)
    },
  },
  {
    id: 'COM-07.2',
    level: 'MUST',
    title: 'an id in capitals finds nobody',
    sentence: 'RFC 7643 §3.1: id … characteristics: caseExact as "true", mutability as "readOnly", returned as "always"',
    run: async (scim) => {
      const { made } = await threePeople(scim)
      const id = made[0]?.id ?? ''
      if (id === id.toUpperCase()) return
      const { total } = await scim.list('/Users', { filter: `id eq "${id.toUpperCase()}"` })
      same(total, 0, 'totalResults')
    },
  },
  {
    id: 'FLT-24',
    level: 'MUST',
    title: 'composed and decomposed letters are the same in a userName filter',
    sentence:
      'RFC 7644 §7.8: When comparing Unicode strings such as those in query filters or testing for uniqueness of usernames and passwords, strings MUST be appropriately prepared before comparison.',
    run: async (scim) => {
      const name = scim.unique()
      const { id } = await scim.user({ userName: `e\u0301va-${name}` })
      ensure((await scim.list('/Users', { filter: `userName eq "\u00e9va-${name}"` })).ids.includes(id), 'the decomposed name is not found')
    },
  },
  {
    id: 'FLT-12.2',
    level: 'MUST',
    title: 'thousands of parentheses are refused or answered, and quickly',
    sentence: 'RFC 7644 §3.12: The specified filter syntax was invalid',
    run: async (scim) => {
      const answer = await scim.post('/Users/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: `${'('.repeat(10_000)}userName pr${')'.repeat(10_000)}`,
      })
      if (answer.status !== 200) refused(answer, [400, 413, 501], 'invalidFilter', 'invalidValue')
      ensure(answer.ms < 5000, `it took ${Math.round(answer.ms)} ms`)
    },
  },
  {
    id: 'FLT-39',
    level: 'SHOULD',
    title: 'groups are found by a member',
    sentence: 'RFC 7644 §3.4.2.2: valuePath = attrPath "[" valFilter "]" ; FILTER uses sub-attributes of a parent attrPath',
    needs: ['Group.members'],
    run: async (scim) => {
      const user = await scim.user()
      const group = await scim.group({ members: [{ value: user.id }] })
      for (const filter of [
        `members[value eq "${user.id}"]`,
        `members.value eq "${user.id}"`,
        `id eq "${group.id}" and members.value eq "${user.id}"`,
      ]) {
        const { ids, total } = await scim.list('/Groups', { filter, excludedAttributes: 'members' })
        ensure(ids.includes(group.id) && total === 1, `${filter} finds ${total}`)
      }
    },
  },
  {
    id: 'SCM-09',
    level: 'MUST',
    title: 'common attributes can be filtered on groups',
    sentence: 'RFC 7643 §3: SHALL be assumed to be present in every resource, regardless of the value of the "schemas" attribute.',
    needs: ['Group'],
    run: async (scim) => {
      const { id, body } = await scim.group()
      const displayName = textAt(body, 'displayName')
      for (const filter of [
        `displayName eq "${displayName}" and meta.resourceType eq "Group"`,
        `id eq "${id}"`,
        `${GROUP_URN}:displayName eq "${displayName}"`,
        `displayName eq "${displayName?.toUpperCase()}"`,
      ])
        ensure((await scim.list('/Groups', { filter })).ids.includes(id), `${filter} does not find the group`)
    },
  },
  {
    id: 'JSN-16',
    level: 'MUST',
    title: 'URIs are compared exactly',
    sentence: 'RFC 7643 §2.3.7: A reference is case exact.',
    needs: ['User.profileUrl'],
    run: async (scim) => {
      const profileUrl = `https://c.example/Ada-${scim.mark}`
      const { id } = await scim.user({ profileUrl })
      ensure((await scim.list('/Users', { filter: `profileUrl eq "${profileUrl}"` })).ids.includes(id), 'it is not found as sent')
      same((await scim.list('/Users', { filter: `profileUrl eq "${profileUrl.toUpperCase()}"` })).total, 0, 'totalResults in capitals')
    },
  },
  {
    id: 'QRY-11',
    level: 'MAY',
    title: 'a filter on a single resource is applied or ignored',
    sentence:
      'RFC 7644 §3.4.2: Queries MAY be made against a single resource or a resource type endpoint (e.g., "/Users"), or the service provider Base URI.',
    run: async (scim) => {
      const { path } = await scim.user()
      status(await scim.get(path + queryOf({ filter: 'active eq true' })), 200, 400, 403)
    },
  },
]

export const filter: Feature = {
  name: 'filter',
  needs: ['filter'],
  checks: [...filterGrammar.map(filterCheck), ...filterValues.map(filterCheck), ...others],
}
