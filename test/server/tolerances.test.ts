// Every tolerance of docs/dialects.md: what it makes of a request, that the audit row names it, and that nobody gets it who should not.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, group, list, patchOf, text, texts, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

const server = useServer()
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const CORE = user('x').schemas

type World = { readonly scim: Org; readonly alice: string; readonly bob: string; readonly staff: string }

async function world(idp: 'generic' | 'entra'): Promise<World> {
  const scim = await server.org({ idp })
  const [alice, bob] = [await scim.user('alice', { emails: [{ value: 'w@x.io', type: 'work' }], title: 't' }), await scim.user('bob')]
  return { scim, alice, bob, staff: await scim.group('staff', [alice, bob]) }
}

const compatOf = async (scim: Org, answer: Answer): Promise<string> => {
  const rows = await server.eventually('select payload -> $2 as compat from audit_log where org_id = $1 and request_id = $3', [
    scim.orgId,
    'compat',
    answer.header('x-request-id'),
  ])
  return JSON.stringify(rows)
}

type Case = readonly [
  name: string,
  idp: 'generic' | 'entra',
  send: (world: World) => Promise<Answer>,
  check: (answer: Answer, world: World) => unknown,
]

const members = ({ scim, staff }: World) => scim.get(`/Groups/${staff}`).then((answer) => texts(answer, '/members/*/value'))
const toAlice =
  (...operations: object[]) =>
  ({ scim, alice }: World) =>
    scim.patch(`/Users/${alice}`, ...operations)
const toStaff =
  (make: (world: World) => object) =>
  (all: World): Promise<Answer> =>
    all.scim.patch(`/Groups/${all.staff}`, make(all))
const shows = (pointer: string, value: unknown) => (answer: Answer) =>
  expect(at(expectStatus(answer, answer.status < 300 ? answer.status : 200), pointer)).toEqual(value)

const CASES: readonly Case[] = [
  ['op-case', 'generic', toAlice({ op: 'Replace', path: 'title', value: 'u' }), shows('/title', 'u')],
  [
    'remove-with-value',
    'generic',
    toStaff(({ alice }) => ({ op: 'remove', path: 'members', value: [{ value: alice, $ref: null }] })),
    async (_, all) => expect(await members(all)).toEqual([all.bob]),
  ],
  [
    'remove-with-empty-value',
    'generic',
    toStaff(() => ({ op: 'remove', path: 'members', value: [] })),
    async (_, all) => expect(await members(all)).toHaveLength(2),
  ],
  [
    'replace-creates-element',
    'generic',
    toAlice({ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '1' }),
    shows('/phoneNumbers', [{ value: '1', type: 'work' }]),
  ],
  [
    'add-without-value',
    'generic',
    async (all) => {
      await all.scim.patch(`/Groups/${all.staff}`, { op: 'remove', path: 'members' })
      return all.scim.patch(`/Groups/${all.staff}`, { op: 'add', path: `members[value eq "${all.alice}"]` })
    },
    async (_, all) => expect(await members(all)).toEqual([all.alice]),
  ],
  [
    'path-as-key',
    'generic',
    toAlice({ op: 'replace', value: { 'name.givenName': 'G', [`${ENTERPRISE}:department`]: 'D' } }),
    (answer) => expect(expectStatus(answer, 200).json()).toMatchObject({ name: { givenName: 'G' }, [ENTERPRISE]: { department: 'D' } }),
  ],
  [
    'read-only-in-value',
    'generic',
    (all) => toAlice({ op: 'replace', value: { id: all.alice, schemas: CORE, meta: {}, groups: [], title: 'u' } })(all),
    shows('/title', 'u'),
  ],
  [
    'nested-value',
    'generic',
    toStaff(({ alice }) => ({ op: 'remove', path: 'members', value: { members: [{ value: alice }] } })),
    async (_, all) => expect(await members(all)).toEqual([all.bob]),
  ],
  ['empty-operations', 'entra', toAlice(), shows('/title', 't')],
  ['unknown-schema', 'generic', toAlice({ op: 'add', path: 'schemas', value: [...CORE, 'urn:evil:1'] }), shows('/schemas', CORE)],
  [
    'unknown-attribute:flavour',
    'entra',
    toAlice({ op: 'replace', path: 'flavour', value: 'x' }, { op: 'replace', path: 'title', value: 'u' }),
    shows('/title', 'u'),
  ],
  ['string-boolean', 'generic', toAlice({ op: 'replace', path: 'active', value: 'False' }), shows('/active', false)],
  ['single-element-array', 'generic', toAlice({ op: 'replace', path: 'title', value: ['u'] }), shows('/title', 'u')],
  [
    'object-for-array',
    'generic',
    toAlice({ op: 'replace', path: 'emails', value: { value: 'o@x.io' } }),
    shows('/emails', [{ value: 'o@x.io' }]),
  ],
  [
    'string-for-complex',
    'generic',
    (all) => toAlice({ op: 'add', path: `${ENTERPRISE}:manager`, value: all.bob })(all),
    (answer, { bob }) => expect(at(answer, `/${ENTERPRISE}/manager/value`)).toBe(bob),
  ],
  ['number-for-string', 'generic', toAlice({ op: 'replace', path: 'title', value: 7 }), shows('/title', '7')],
  [
    'json-in-value',
    'entra',
    toAlice({ op: 'Add', path: 'roles', value: [{ value: '{"id":"1","value":"Admin","displayName":"Administrator"}' }] }),
    (answer) => expect(at(answer, '/roles/0')).toMatchObject({ value: 'Admin' }),
  ],
  [
    'manager-id',
    'entra',
    ({ scim, bob }) =>
      scim.post('/Users', { ...user('carol'), schemas: [...CORE, ENTERPRISE], [ENTERPRISE]: { manager: { managerId: bob } } }),
    (answer, { bob }) => expect(at(expectStatus(answer, 201), `/${ENTERPRISE}/manager/value`)).toBe(bob),
  ],
  [
    'display-name-for-display',
    'entra',
    toAlice({ op: 'replace', path: 'roles', value: [{ value: 'r', displayName: 'R' }] }),
    shows('/roles', [{ value: 'r', display: 'R' }]),
  ],
  [
    'password-dropped',
    'generic',
    ({ scim }) => scim.post('/Users', user('carol', { password: 'S3cret' })),
    (answer) => expect(expectStatus(answer, 201).text).not.toContain('S3cret'),
  ],
  [
    'legacy-schema-urn',
    'generic',
    ({ scim }) => scim.post('/Users', { schemas: ['urn:scim:schemas:core:1.0'], userName: 'carol' }),
    shows('/schemas', CORE),
  ],
  [
    'unknown-schema-urn',
    'generic',
    ({ scim }) => scim.post('/Users', { schemas: [...CORE, 'http://x.io/s'], userName: 'carol' }),
    shows('/schemas', CORE),
  ],
  [
    'schemas-in-extension',
    'generic',
    toAlice({ op: 'add', path: ENTERPRISE, value: { schemas: [ENTERPRISE], department: 'D' } }),
    shows(`/${ENTERPRISE}`, { department: 'D' }),
  ],
  [
    'unqualified-extension-attribute',
    'generic',
    toAlice({ op: 'add', path: 'department', value: 'D' }),
    shows(`/${ENTERPRISE}/department`, 'D'),
  ],
  [
    'entra-value-path-in-filter',
    'generic',
    ({ scim }) => scim.get(`/Users?filter=${encodeURIComponent('emails[type eq "work"].value eq "w@x.io"')}`),
    shows('/totalResults', 1),
  ],
  [
    'complex-attribute-means-value',
    'generic',
    ({ scim }) => scim.get(`/Users?filter=${encodeURIComponent('manager eq "x"')}`),
    shows('/totalResults', 0),
  ],
  [
    'unquoted-filter-value',
    'entra',
    ({ scim }) => scim.get(`/Users?filter=${encodeURIComponent('userName eq alice')}`),
    shows('/totalResults', 1),
  ],
  [
    'value-path-in-attributes',
    'generic',
    ({ scim }) =>
      scim.get(`/Users?attributes=${encodeURIComponent('emails[type eq "work"]')}&filter=${encodeURIComponent('userName eq "alice"')}`),
    (answer) => expect(list(answer, '/Resources/0/emails')).toEqual([{ value: 'w@x.io', type: 'work' }]),
  ],
]

describe('a tolerance', () => {
  test.each(CASES)('%s does what it says, and is named in the log [EN-24 P1]', async (name, idp, send, check) => {
    const all = await world(idp)
    const answer = await send(all)
    expect(answer.status, answer.text).toBeLessThan(300)
    await check(answer, all)
    expect(await compatOf(all.scim, answer)).toContain(`"${name}"`)
  })

  test('of the documentation is in this table, and of this table in the documentation', () => {
    const page = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([a-z-]+)(?::NAME)?`/g)].map(([, name = '']) => name),
    )
    const tested = CASES.map(([name]) => name.split(':')[0])
    expect([...new Set(documented)].sort()).toEqual([...new Set(tested)].sort())
  })
})

describe('strict clients', () => {
  const strict: [string, (all: World) => Promise<Answer>, string][] = [
    ['a string for a boolean in POST', ({ scim }) => scim.post('/Users', user('c', { active: 'True' })), 'invalidValue'],
    ['a string for a boolean in PUT', ({ scim, alice }) => scim.put(`/Users/${alice}`, user('alice', { active: 'False' })), 'invalidValue'],
    [
      'a string for a boolean in a filter',
      ({ scim }) => scim.get(`/Users?filter=${encodeURIComponent('active eq "true"')}`),
      'invalidFilter',
    ],
    ['a bare word in a filter', ({ scim }) => scim.get(`/Users?filter=${encodeURIComponent('userName eq alice')}`), 'invalidFilter'],
    ['no operations', toAlice(), 'invalidSyntax'],
    ['an unknown attribute in a path', toAlice({ op: 'replace', path: 'flavour', value: 'x' }), 'invalidPath'],
    [
      'an unknown attribute among others',
      toAlice({ op: 'replace', path: 'title', value: 'u' }, { op: 'replace', path: 'flavour', value: 'x' }),
      'invalidPath',
    ],
  ]
  test.each(strict)('get 400 for %s [JSN-08 PAT-03 PAT-07 PAT-08 FLT-09 FLT-30]', async (_, send, scimType) => {
    expectError(await send(await world('generic')), 400, scimType)
  })

  test.each([
    [
      'an op in capitals',
      ({ scim, alice }: World) =>
        scim.patch(`/Users/${alice}`, { op: 'Replace', path: 'title', value: 'u' }, { op: 'Replace', path: 'flavour', value: 'x' }),
    ],
    [
      'the flag in the query',
      ({ scim, alice }: World) =>
        scim.send('PATCH', `/Users/${alice}?aadOptscim062020`, {
          body: patchOf({ op: 'replace', path: 'title', value: 'u' }, { op: 'replace', path: 'flavour', value: 'x' }),
        }),
    ],
    [
      'the flag with a value, on PUT',
      ({ scim, alice }: World) => scim.put(`/Users/${alice}?aadOptscim062020=`, user('alice', { title: 'u', active: 'True' })),
    ],
  ])('are taken for Entra by %s, for that request alone [EN-10 EN-24]', async (_, send) => {
    const all = await world('generic')
    expect(at(expectStatus(await send(all), 200), '/title')).toBe('u')
    expectError(await all.scim.put(`/Users/${all.alice}`, user('alice', { active: 'True' })), 400, 'invalidValue')
  })
})

test('a member list is understood in every form that is seen [P13 P15 P16 P17 P18 P19]', async () => {
  const all = await world('generic')
  const { scim, alice, bob, staff } = all
  const steps: [object, string[]][] = [
    [{ op: 'replace', path: 'members', value: null }, []],
    [{ op: 'add', path: 'members', value: { value: alice } }, [alice]],
    [{ op: 'add', value: { members: [{ value: bob }, { value: alice }] } }, [alice, bob]],
    [{ op: 'remove', path: 'members', value: { value: bob } }, [alice]],
    [
      { op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:Group:members', value: [{ value: bob, type: 'User', display: 'B' }] },
      [bob],
    ],
    [{ op: 'remove', path: 'MEMBERS[VALUE EQ "nobody"]' }, [bob]],
    [{ op: 'remove', path: 'members', value: null }, []],
  ]
  for (const [operation, wanted] of steps) {
    expectStatus(await scim.patch(`/Groups/${staff}`, operation), 204)
    expect(await members(all)).toEqual([...wanted].sort())
  }
  expect(
    text(
      expectStatus(await scim.put(`/Groups/${staff}`, group('staff', { members: [{ value: alice, $ref: `Users/${alice}` }] })), 200),
      '/members/0/value',
    ),
  ).toBe(alice)
})
