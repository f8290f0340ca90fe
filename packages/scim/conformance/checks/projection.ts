// attributes and excludedAttributes (RFC 7644 sections 3.4.2.5 and 3.9).
import { queryOf, textAt, ENTERPRISE_USER_URN, USER_URN } from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { ensure, holds, refused, same, status } from '../expect.ts'
import type { Made, Session } from '../session.ts'

const ATTRIBUTES =
  'RFC 7644 §3.9: When specified, the default list of attributes SHALL be overridden, and each resource returned MUST contain the minimum set of resource attributes and any attributes or sub-attributes explicitly requested by the "attributes" parameter.'

const person = (scim: Session): Promise<Made> =>
  scim.user({ displayName: 'Ada', name: { givenName: 'Ada', familyName: 'Byron' }, emails: [{ value: 'a@c.example', type: 'work' }] })

/** Names at the top of a GET with these parameters, sorted. */
async function shown(scim: Session, path: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = await scim.read(path + queryOf(parameters))
  return Object.keys(body)
    .filter((name) => name !== 'schemas')
    .sort()
    .join(' ')
}

const shows = (parameters: Readonly<Record<string, string>>, expected: string) => async (scim: Session) =>
  same(await shown(scim, (await person(scim)).path, parameters), expected, `members shown with ${JSON.stringify(parameters)}`)

export const projection: Feature = {
  name: 'projection',
  checks: [
    {
      id: 'PRJ-01',
      level: 'MUST',
      title: 'attributes decides what is returned',
      sentence: ATTRIBUTES,
      run: shows({ attributes: 'userName' }, 'id userName'),
    },
    {
      id: 'PRJ-01.2',
      level: 'MUST',
      title: 'excludedAttributes leaves out',
      sentence: 'RFC 7644 §3.9: When specified, each resource returned MUST contain the minimum set of resource attributes.',
      run: async (scim) => {
        const { path } = await person(scim)
        const names = (await shown(scim, path, { excludedAttributes: 'emails,name' })).split(' ')
        ensure(names.includes('displayName') && !names.includes('emails') && !names.includes('name'), `shown: ${names.join(' ')}`)
      },
    },
    {
      id: 'PRJ-02',
      level: 'MUST',
      title: 'a sub-attribute can be asked for alone',
      sentence: ATTRIBUTES,
      run: async (scim) => {
        const { path } = await person(scim)
        same((await scim.read(`${path}?attributes=name.givenName`))['name'], { givenName: 'Ada' }, 'name')
      },
    },
    {
      id: 'PRJ-02.2',
      level: 'MUST',
      title: 'a sub-attribute of a multi-valued attribute can be asked for alone',
      sentence: ATTRIBUTES,
      needs: ['User.emails'],
      run: async (scim) => {
        const { path } = await person(scim)
        same((await scim.read(`${path}?attributes=emails.value`))['emails'], [{ value: 'a@c.example' }], 'emails')
      },
    },
    {
      id: 'PRJ-03',
      level: 'MUST',
      title: 'a sub-attribute can be left out alone',
      sentence:
        'RFC 7644 §3.9: Additionally, the default set of attributes minus those attributes listed in "excludedAttributes" is returned.',
      run: async (scim) => {
        const { path } = await person(scim)
        same((await scim.read(`${path}?excludedAttributes=name.givenName`))['name'], { familyName: 'Byron' }, 'name')
      },
    },
    {
      id: 'PRJ-04',
      level: 'MUST',
      title: 'what is always returned cannot be left out',
      sentence: 'RFC 7644 §3.4.2.5: This parameter SHALL have no effect on attributes whose schema "returned" setting is "always"',
      run: async (scim) => {
        const { path, id, body } = await person(scim)
        const excludedAttributes = 'id,userName'
        holds(await scim.read(path + queryOf({ excludedAttributes })), { id, userName: null })
        const { resources } = await scim.list('/Users', { filter: `userName eq "${textAt(body, 'userName')}"`, excludedAttributes })
        holds(resources[0], { id })
      },
    },
    {
      id: 'COM-02',
      level: 'MUST',
      title: 'the id is in every representation',
      sentence: 'RFC 7643 §3.1: Each representation of the resource MUST include a non-empty "id" value.',
      run: async (scim) => {
        const { path, id } = await person(scim)
        for (const query of ['', '?attributes=userName', '?attributes=nothing', '?excludedAttributes=id'])
          holds(await scim.read(path + query), { id })
      },
    },
    {
      id: 'COM-17',
      level: 'MUST',
      title: 'meta is left out when it is not asked for',
      sentence: ATTRIBUTES,
      run: shows({ attributes: 'displayName' }, 'displayName id'),
    },
    {
      id: 'COM-17.2',
      level: 'MUST',
      title: 'a sub-attribute of meta can be asked for',
      sentence: ATTRIBUTES,
      run: async (scim) => {
        const { path } = await person(scim)
        const meta = (await scim.read(`${path}?attributes=meta.location`))['meta']
        same(Object.keys(typeof meta === 'object' && meta !== null ? meta : {}), ['location'], 'members of meta')
      },
    },
    {
      id: 'PRJ-05',
      level: 'MUST',
      title: 'names are case-insensitive, may carry their URN, and blanks around commas do not matter',
      sentence: 'RFC 7644 §3.4.2.5: attribute names MUST be in standard attribute notation (Section 3.10) form',
      run: async (scim) => {
        const { path } = await person(scim)
        for (const attributes of ['USERNAME,DisplayName', `${USER_URN}:userName,displayName`, 'userName, displayName'])
          same(await shown(scim, path, { attributes }), 'displayName id userName', attributes)
      },
    },
    {
      id: 'PRJ-05.2',
      level: 'MUST',
      title: 'an extension attribute can be asked for by its URN',
      sentence:
        'RFC 7644 §3.10: All facets (URN, attribute, and sub-attribute name) of the fully encoded attribute name are case insensitive.',
      needs: ['Enterprise.department', 'Enterprise.employeeNumber'],
      run: async (scim) => {
        const { path } = await scim.user({ [ENTERPRISE_USER_URN]: { department: 'Tools', employeeNumber: '7' } })
        same(
          (await scim.read(path + queryOf({ attributes: `${ENTERPRISE_USER_URN}:department` })))[ENTERPRISE_USER_URN],
          { department: 'Tools' },
          'one attribute',
        )
        holds(await scim.read(path + queryOf({ attributes: ENTERPRISE_USER_URN })), {
          userName: null,
          [ENTERPRISE_USER_URN]: { department: 'Tools' },
        })
      },
    },
    {
      id: 'PRJ-06',
      level: 'MAY',
      title: 'both parameters at once are refused, or one of them wins',
      sentence: 'RFC 7644 §3.9: by specifying either of the mutually exclusive URL query parameters "attributes" or "excludedAttributes"',
      run: async (scim) => {
        const { path } = await person(scim)
        const answer = await scim.get(`${path}?attributes=userName&excludedAttributes=name`)
        if (answer.status !== 200) refused(answer, 400, 'invalidValue', 'invalidSyntax')
      },
    },
    {
      id: 'PRJ-07',
      level: 'MUST',
      title: 'a PUT is answered with what was asked for',
      sentence:
        'RFC 7644 §3.9: Clients MAY request a partial resource representation on any operation that returns a resource within the response',
      run: async (scim) => {
        const { path, body } = await person(scim)
        const { json } = status(await scim.put(`${path}?attributes=userName`, body), 200)
        holds(json, { displayName: null, userName: textAt(body, 'userName') })
      },
    },
    {
      id: 'PRJ-08',
      level: 'MUST',
      title: 'an unknown name is harmless',
      sentence: ATTRIBUTES,
      run: shows({ attributes: 'nothing' }, 'id'),
    },
    {
      id: 'PRJ-09',
      level: 'MUST',
      title: 'a group without its members can be read',
      sentence:
        'RFC 7644 §3.9: Additionally, the default set of attributes minus those attributes listed in "excludedAttributes" is returned.',
      needs: ['Group.members'],
      run: async (scim) => {
        const user = await scim.user()
        const group = await scim.group({ members: [{ value: user.id }] })
        holds(await scim.read(`${group.path}?excludedAttributes=members`), { id: group.id, members: null })
        holds(await scim.read(group.path), { members: [{ value: user.id }] })
      },
    },
  ],
}
