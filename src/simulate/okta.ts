// Okta in its two dialects (idp-wire section 3): `aiw`, the app wizard, changes everything by GET and PUT; `oin`, the catalogue
// app, uses PATCH for activation and groups and PUT for profiles.
import { GROUP_URN, isObject, PATCH_OP_URN, queryOf, textAt, USER_URN, type Members } from '@plur-enterprise/scim/client'
import { CHANGED, created, DELETED, NOBODY, type Idp } from './idp.ts'
import { displayNameOf, type Person, type Team } from './people.ts'
import type { Wire } from './wire.ts'

export type OktaDialect = 'aiw' | 'oin'

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/scim+json; charset=utf-8' }
const OK = { status: [200] }

/** @see idp-wire OK-1 to OK-49 */
export function okta(wire: Wire, dialect: OktaDialect): Idp {
  const patch = async (path: string, operations: readonly Members[]): Promise<void> => {
    const body = { schemas: [PATCH_OP_URN], Operations: operations }
    await wire.send({ method: 'PATCH', path, body, headers: JSON_TYPE }, CHANGED)
  }
  // OK-20: what is put contains all that was read, id, meta and groups included.
  const readAndPut = async (path: string, changes: Members): Promise<void> => {
    const read = await wire.send({ method: 'GET', path }, OK)
    if (read === undefined || !isObject(read.json)) return
    await wire.send({ method: 'PUT', path, body: { ...read.json, ...changes }, headers: JSON_TYPE }, OK)
  }
  const putTeam = async (team: Team): Promise<void> => {
    const body = { schemas: [GROUP_URN], id: team.id, displayName: team.displayName, members: [...team.members].map(memberOf) }
    await wire.send({ method: 'PUT', path: `/Groups/${team.id}`, body, headers: JSON_TYPE }, OK)
  }
  // OK-38: the rename comes with every change of members, renamed or not.
  const rename = (team: Team): Members => ({ op: 'replace', value: { id: team.id, displayName: team.displayName } })
  const groupPath = (team: Team) => `/Groups/${team.id}`
  const post = async (person: Person): Promise<string | undefined> => {
    const { userName, active } = person
    const answer = await wire.send(
      { method: 'POST', path: '/Users', body: bodyOf(person), headers: JSON_TYPE },
      created({ userName, active }),
    )
    return textAt(answer?.json, 'id')
  }

  return {
    name: `okta ${dialect}`,
    testConnection: async () => (await wire.send({ method: 'GET', path: '/Users?count=1&startIndex=1' }, OK)) !== undefined,
    join: async (person) => {
      await wire.send({ method: 'GET', path: `/Users${lookUp('userName', person.userName)}` }, NOBODY)
      person.id = await post(person)
    },
    update: (person) => readAndPut(`/Users/${person.id}`, profileOf(person)),
    setActive: (person) =>
      dialect === 'aiw'
        ? readAndPut(`/Users/${person.id}`, { active: person.active })
        : patch(`/Users/${person.id}`, [{ op: 'replace', value: { active: person.active } }]),
    comeBack: async (person) => {
      const before = person.id
      await wire.send({ method: 'GET', path: `/Users${lookUp('userName', person.userName)}` }, NOBODY)
      const after = await post(person)
      if (after !== undefined && after !== before)
        wire.fail({
          method: 'POST',
          path: '/Users',
          expected: `id ${before}`,
          got: `id ${after}`,
          detail: 'a returner with the same externalId got another id',
        })
      person.id = after ?? before
    },
    deleteUser: undefined,
    createTeam: async (team) => {
      await wire.send({ method: 'GET', path: `/Groups${lookUp('displayName', team.displayName)}` }, NOBODY)
      const body = { schemas: [GROUP_URN], displayName: team.displayName, members: [] }
      const answer = await wire.send(
        { method: 'POST', path: '/Groups', body, headers: JSON_TYPE },
        created({ displayName: team.displayName }),
      )
      team.id = textAt(answer?.json, 'id')
    },
    renameTeam: (team) => (dialect === 'aiw' ? putTeam(team) : patch(groupPath(team), [rename(team)])),
    changeMembers: async (team, { add, remove }) => {
      if (dialect === 'aiw') return putTeam(team)
      await patch(groupPath(team), [rename(team)])
      const removals = remove.map((person) => ({ op: 'remove', path: `members[value eq "${person.id}"]` }))
      const additions = add.length === 0 ? [] : [{ op: 'add', path: 'members', value: add.map(memberOf) }]
      await patch(groupPath(team), [...removals, ...additions])
    },
    // OK-40: Push Now.
    repeatMembers: (team) =>
      dialect === 'aiw'
        ? putTeam(team)
        : patch(groupPath(team), [{ op: 'replace', path: 'members', value: [...team.members].map(memberOf) }]),
    deleteTeam: async (team) => void (await wire.send({ method: 'DELETE', path: groupPath(team) }, DELETED)),
    expected: (person) => ({
      userName: person.userName,
      externalId: person.externalId,
      active: person.active,
      displayName: displayNameOf(person),
      name: { givenName: person.givenName, familyName: person.familyName },
      ...(person.title === undefined ? {} : { title: person.title }),
      ...(person.phone === undefined ? {} : { phoneNumbers: [{ type: 'mobile', value: person.phone }] }),
    }),
  }
}

/** OK-10 and OK-37. */
function lookUp(attribute: string, value: string): string {
  return queryOf({ filter: `${attribute} eq "${value}"`, startIndex: 1, count: 100 })
}

/** OK-11, with the placeholder password of OK-12. */
function bodyOf(person: Person): Members {
  return {
    schemas: [USER_URN],
    userName: person.userName,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ primary: true, value: person.userName, type: 'work' }],
    displayName: displayNameOf(person),
    locale: person.locale,
    externalId: person.externalId,
    groups: [],
    password: 'x9placeholder',
    active: person.active,
  }
}

/** Empty values come along and must not be errors (OK-22). */
function profileOf(person: Person): Members {
  return {
    userName: person.userName,
    name: { givenName: person.givenName, middleName: '', familyName: person.familyName },
    displayName: displayNameOf(person),
    ...(person.title === undefined ? {} : { title: person.title }),
    ...(person.phone === undefined ? {} : { phoneNumbers: [{ value: person.phone, type: 'mobile', primary: true }] }),
  }
}

/** OK-43: value and display, neither type nor $ref. */
function memberOf(person: Person): Members {
  return { value: person.id, display: person.userName }
}
