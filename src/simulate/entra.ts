// Microsoft Entra ID in its two dialects (idp-wire section 4): `classic`, with capital ops, string booleans and a value list on
// removal; `flag`, with `?aadOptscim062020` in the tenant URL and one bag of dotted keys.
import { ENTERPRISE_USER_URN, GROUP_URN, PATCH_OP_URN, queryOf, textAt, USER_URN, type Members } from '@plur-enterprise/scim/client'
import { CHANGED, created, DELETED, NOBODY, type Idp } from './idp.ts'
import { displayNameOf, type Person, type Team } from './people.ts'
import type { Wire } from './wire.ts'

export type EntraDialect = 'classic' | 'flag'

const ADSCIM_GROUP_URN = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'
const OK = { status: [200] }

/** @see idp-wire EN-10 to EN-50 */
export function entra(wire: Wire, dialect: EntraDialect): Idp {
  const patch = async (path: string, operations: readonly Members[]): Promise<void> => {
    await wire.send({ method: 'PATCH', path, body: { schemas: [PATCH_OP_URN], Operations: operations } }, CHANGED)
  }
  const op = (name: 'Add' | 'Replace' | 'Remove') => (dialect === 'flag' ? name.toLowerCase() : name)
  const boolean = (value: boolean) => (dialect === 'flag' ? value : titleCase(value))
  const groupPath = (team: Team) => `/Groups/${team.id}`
  const look = (path: string) => wire.send({ method: 'GET', path }, NOBODY)
  const removals = (people: readonly Person[]): readonly Members[] => {
    if (people.length === 0) return []
    if (dialect === 'flag') return people.map((person) => ({ op: 'remove', path: `members[value eq "${person.id}"]` }))
    return [{ op: 'Remove', path: 'members', value: people.map(memberOf) }]
  }
  const addition = (people: Iterable<Person>): Members => ({ op: op('Add'), path: 'members', value: [...people].map(memberOf) })

  return {
    name: `entra ${dialect}`,
    // EN-12: a random GUID as matching value, which must find nobody and be no error.
    testConnection: async () => (await look(`/Users${queryOf({ filter: `userName eq "${crypto.randomUUID()}"` })}`)) !== undefined,
    join: async (person) => {
      await look(`/Users${queryOf({ filter: `userName eq "${person.userName}"` })}`)
      const { userName, active } = person
      const answer = await wire.send({ method: 'POST', path: '/Users', body: bodyOf(person) }, created({ userName, active }))
      person.id = textAt(answer?.json, 'id')
    },
    update: (person) => patch(`/Users/${person.id}`, dialect === 'flag' ? flagOperations(person) : classicOperations(person)),
    setActive: (person) =>
      // EN-50: reactivation arrives together with attributes.
      person.active
        ? patch(`/Users/${person.id}`, [
            { op: op('Replace'), path: 'active', value: boolean(true) },
            { op: op('Replace'), path: 'displayName', value: displayNameOf(person) },
          ])
        : patch(`/Users/${person.id}`, [{ op: op('Replace'), path: 'active', value: boolean(false) }]),
    comeBack: undefined,
    // EN-48: once hard-deleted, the user is unknown, and a second DELETE says so.
    deleteUser: async (person) => {
      await wire.send({ method: 'DELETE', path: `/Users/${person.id}` }, DELETED)
      await wire.send({ method: 'DELETE', path: `/Users/${person.id}` }, { status: [404] })
      await look(`/Users${queryOf({ filter: `userName eq "${person.userName}"` })}`)
    },
    createTeam: async (team) => {
      await look(`/Groups${queryOf({ excludedAttributes: 'members', filter: `displayName eq "${team.displayName}"` })}`)
      const body = {
        schemas: [GROUP_URN, ADSCIM_GROUP_URN],
        externalId: team.externalId,
        displayName: team.displayName,
        meta: { resourceType: 'Group' },
      }
      const answer = await wire.send({ method: 'POST', path: '/Groups', body }, created({ displayName: team.displayName }))
      team.id = textAt(answer?.json, 'id')
      if (team.id !== undefined) await wire.send({ method: 'GET', path: `${groupPath(team)}?excludedAttributes=members` }, OK)
    },
    renameTeam: (team) =>
      dialect === 'flag'
        ? patch(groupPath(team), [{ op: 'replace', value: { displayName: team.displayName } }])
        : patch(groupPath(team), [{ op: 'Replace', path: 'displayName', value: team.displayName }]),
    changeMembers: async (team, { add, remove }) => {
      if (add.length > 0) await patch(groupPath(team), [addition(add)])
      if (remove.length === 0) return
      await patch(groupPath(team), removals(remove))
      // EN-42: whoever is still a member is added again.
      for (const person of [...team.members].slice(0, 3)) await patch(groupPath(team), [addition([person])])
    },
    repeatMembers: (team) => (team.members.size === 0 ? Promise.resolve() : patch(groupPath(team), [addition(team.members)])),
    deleteTeam: async (team) => void (await wire.send({ method: 'DELETE', path: groupPath(team) }, DELETED)),
    expected: (person) => ({
      userName: person.userName,
      externalId: person.externalId,
      active: person.active,
      displayName: displayNameOf(person),
      name: { givenName: person.givenName, familyName: person.familyName },
      emails: [{ type: 'work', value: person.userName }],
      ...(person.title === undefined ? {} : { title: person.title }),
      ...(person.phone === undefined ? {} : { phoneNumbers: [{ type: 'mobile', value: person.phone }] }),
      ...(person.city === undefined ? {} : { addresses: [{ type: 'work', locality: person.city }] }),
      ...(person.department === undefined ? {} : { [ENTERPRISE_USER_URN]: extensionOf(person) }),
    }),
  }
}

function extensionOf(person: Person): Members {
  return { department: person.department, ...(person.manager?.id === undefined ? {} : { manager: { value: person.manager.id } }) }
}

/** EN-15. */
function bodyOf(person: Person): Members {
  return {
    schemas: [USER_URN, ENTERPRISE_USER_URN],
    externalId: person.externalId,
    userName: person.userName,
    active: person.active,
    displayName: displayNameOf(person),
    emails: [{ primary: true, type: 'work', value: person.userName }],
    meta: { resourceType: 'User' },
    name: { formatted: displayNameOf(person), familyName: person.familyName, givenName: person.givenName },
    roles: [],
  }
}

const NEW_VALUES = (person: Person): readonly (readonly [path: string, value: string | undefined])[] => [
  ['title', person.title],
  ['phoneNumbers[type eq "mobile"].value', person.phone],
  ['addresses[type eq "work"].locality', person.city],
  [`${ENTERPRISE_USER_URN}:department`, person.department],
  [`${ENTERPRISE_USER_URN}:manager`, person.manager?.id],
]

/** EN-24 and EN-28a: one operation an attribute, values as strings. */
function classicOperations(person: Person): readonly Members[] {
  const changed = [
    ['displayName', displayNameOf(person)],
    ['name.familyName', person.familyName],
    ['name.formatted', displayNameOf(person)],
    ['emails[type eq "work"].value', person.userName],
  ]
  return [
    ...changed.map(([path, value]) => ({ op: 'Replace', path, value })),
    ...NEW_VALUES(person).flatMap(([path, value]) => (value === undefined ? [] : [{ op: 'Add', path, value }])),
  ]
}

/** EN-25: value paths stay operations, everything else goes into one bag of dotted keys. */
function flagOperations(person: Person): readonly Members[] {
  const bag: Record<string, string> = {
    displayName: displayNameOf(person),
    'name.familyName': person.familyName,
    'name.formatted': displayNameOf(person),
  }
  const operations: Members[] = [{ op: 'replace', path: 'emails[type eq "work"].value', value: person.userName }]
  for (const [path, value] of NEW_VALUES(person)) {
    if (value === undefined) continue
    if (path.includes('[')) operations.push({ op: 'add', path, value })
    else bag[path] = value
  }
  return [...operations, { op: 'replace', value: bag }]
}

/** EN-47: "True" and "False". */
function titleCase(value: boolean): string {
  return value ? 'True' : 'False'
}

/** EN-39: the $ref is there and null. */
function memberOf(person: Person): Members {
  return { $ref: null, value: person.id }
}
