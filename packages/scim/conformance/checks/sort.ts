// Sorting (RFC 7644 section 3.4.2.3).
import { listAt, textAt, USER_URN, type Members } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { refused, same, status } from '../expect.ts'
import { areMade, type Parameters, type Session } from '../session.ts'

/** Four users, made in an order that is none of the sorted ones. */
const PEOPLE: readonly (readonly [letter: string, attributes: Members])[] = [
  ['c', { title: 'x', name: { familyName: 'Gamma' }, emails: [{ value: 'd@s.example', type: 'work' }] }],
  [
    'a',
    {
      title: 'B',
      name: { familyName: 'beta' },
      emails: [
        { value: 'z@s.example', type: 'home' },
        { value: 'a@s.example', type: 'work', primary: true },
      ],
    },
  ],
  ['d', { name: { familyName: 'delta' }, emails: [{ value: 'c@s.example', type: 'work' }] }],
  ['b', { title: 'a', name: { familyName: 'Alpha' }, emails: [{ value: 'b@s.example', type: 'work' }] }],
]

const namePrefix = (scim: Session) => `s-${scim.mark}`

const people = (scim: Session) => {
  const prefix = namePrefix(scim)
  return scim.once(
    'sorted people',
    async () => {
      const users = []
      for (const [letter, attributes] of PEOPLE)
        users.push(
          await scim.user({
            ...attributes,
            userName: `${prefix}-${letter}@conformance.example`,
            externalId: letter === 'b' ? `${prefix}-B` : `${prefix}-${letter}`,
          }),
        )
      return users
    },
    areMade,
  )
}

const listed = async (scim: Session, parameters: Parameters) =>
  scim.list('/Users', { filter: `userName sw "${namePrefix(scim)}-"`, ...parameters })

const sorted = async (scim: Session, parameters: Parameters): Promise<string> => {
  const made = await people(scim)
  const { ids } = await listed(scim, parameters)
  return ids.map((id) => PEOPLE[made.findIndex((user) => user.id === id)]?.[0] ?? '?').join('')
}

/** When they were made, in the order of the list. */
const sortedTimes = async (scim: Session, parameters: Parameters): Promise<readonly number[]> => {
  await people(scim)
  const { resources } = await listed(scim, parameters)
  return resources.map((resource) => Date.parse(textAt(resource, 'meta', 'created') ?? ''))
}

const order = (parameters: Parameters, expected: string) => async (scim: Session) =>
  same(await sorted(scim, parameters), expected, `order by ${JSON.stringify(parameters)}`)

const SORT_BY =
  'RFC 7644 §3.4.2.3: The "sortBy" parameter specifies the attribute whose value SHALL be used to order the returned responses.'

export const sort: Feature = {
  name: 'sort',
  needs: ['sort', 'filter'],
  checks: [
    {
      id: 'SRT-01',
      level: 'MUST',
      title: 'sortBy orders the results',
      sentence: SORT_BY,
      run: order({ sortBy: 'userName', sortOrder: 'ascending' }, 'abcd'),
    },
    {
      id: 'SRT-01.2',
      level: 'MUST',
      title: 'sortOrder descending turns the order round',
      sentence: SORT_BY,
      run: order({ sortBy: 'userName', sortOrder: 'descending' }, 'dcba'),
    },
    {
      id: 'SRT-02',
      level: 'MUST',
      title: 'the order is ascending when nothing is said',
      sentence:
        'RFC 7644 §3.4.2.3: If a value for "sortBy" is provided and no "sortOrder" is specified, "sortOrder" SHALL default to ascending.',
      run: order({ sortBy: 'userName' }, 'abcd'),
    },
    {
      id: 'SRT-03',
      level: 'MUST',
      title: 'case-insensitive attributes are sorted without case',
      sentence:
        'RFC 7644 §3.4.2.3: for case-insensitive attributes, sort the result using case-insensitive Unicode alphabetic sort order with no specific locale implied',
      run: order({ sortBy: 'name.familyName' }, 'badc'),
    },
    {
      id: 'SRT-03.2',
      level: 'MUST',
      title: 'case-exact attributes are sorted with case',
      sentence: 'RFC 7644 §3.4.2.3: for case-exact attribute types, sort the result using case-sensitive Unicode alphabetic sort order.',
      run: order({ sortBy: 'externalId' }, 'bacd'),
    },
    {
      id: 'SRT-03.3',
      level: 'MUST',
      title: 'dateTimes are sorted by time',
      sentence: 'RFC 7644 §3.4.2.3: "sortOrder" MUST sort according to the attribute type',
      run: async (scim) => {
        // Two users may have been made within one tick of the server's clock: their order is free.
        const ascending = await sortedTimes(scim, { sortBy: 'meta.created' })
        same(
          ascending,
          ascending.toSorted((a, b) => a - b),
          'ascending times of creation',
        )
        const descending = await sortedTimes(scim, { sortBy: 'meta.created', sortOrder: 'descending' })
        same(descending, ascending.toReversed(), 'descending times of creation')
      },
    },
    {
      id: 'SRT-04',
      level: 'MUST',
      title: 'a multi-valued attribute is sorted by its primary, else its first value',
      sentence:
        "RFC 7644 §3.4.2.3: If it's a multi-valued attribute, resources are sorted by the value of the primary attribute (see Section 2.4 of [RFC7643]), if any, or else the first value in the list, if any.",
      needs: ['User.emails'],
      run: order({ sortBy: 'emails.value' }, 'abdc'),
    },
    {
      id: 'SRT-05',
      level: 'MUST',
      title: 'a complex attribute is sorted by a sub-attribute, also when qualified by its URN',
      sentence:
        'RFC 7644 §3.4.2.3: If the attribute is complex, the attribute name must be a path to a sub-attribute in standard attribute notation',
      run: order({ sortBy: `${USER_URN}:name.familyName` }, 'badc'),
    },
    {
      id: 'SRT-06',
      level: 'MUST',
      title: 'resources without a value come last, in descending order first',
      sentence:
        'RFC 7644 §3.4.2.3: if there is no data for the specified "sortBy" value, they are sorted via the "sortOrder" parameter, i.e., they are ordered last if ascending and first if descending.',
      needs: ['User.title'],
      run: async (scim) => {
        same(await sorted(scim, { sortBy: 'title' }), 'bacd', 'ascending by title')
        same(await sorted(scim, { sortBy: 'title', sortOrder: 'descending' }), 'dcab', 'descending by title')
      },
    },
    {
      id: 'SRT-07',
      level: 'MAY',
      title: 'an unknown sortOrder is refused or ignored; sortOrder alone changes nothing',
      sentence: 'RFC 7644 §3.4.2.3: Allowed values are "ascending" and "descending".',
      run: async (scim) => {
        const answer = await scim.get('/Users?sortBy=userName&sortOrder=up&count=1')
        if (answer.status !== 200) refused(answer, 400, 'invalidValue')
        status(await scim.get('/Users?sortOrder=descending&count=1'), 200)
      },
    },
    {
      id: 'SRT-09',
      level: 'MUST',
      title: 'pages of equal values do not overlap',
      sentence: 'RFC 7644 §3.4.2.4: Pagination parameters can be used together to "page through" large numbers of resources',
      run: async (scim) => {
        await sorted(scim, {})
        const seen: unknown[] = []
        for (let startIndex = 1; startIndex <= PEOPLE.length; startIndex += 1) {
          const { resources } = await scim.list('/Users', {
            filter: `userName sw "s-${scim.mark}-"`,
            sortBy: 'userType',
            startIndex,
            count: 1,
          })
          seen.push(...resources.map((resource) => textAt(resource, 'id')))
        }
        same(new Set(seen).size, PEOPLE.length, 'number of distinct users on four pages')
      },
    },
    {
      id: 'SRT-01.3',
      level: 'MUST',
      title: 'groups are sorted too',
      sentence: SORT_BY,
      needs: ['Group'],
      run: async (scim) => {
        const name = `g-${scim.mark}`
        for (const letter of ['b', 'C', 'a']) await scim.group({ displayName: `${name}-${letter}` })
        const { json } = await scim.get(`/Groups?filter=displayName%20sw%20%22${name}%22&sortBy=displayName`)
        same(
          listAt(json, 'Resources')
            .map((group) => textAt(group, 'displayName')?.at(-1))
            .join(''),
          'abC',
          'order of groups',
        )
      },
    },
  ],
}
