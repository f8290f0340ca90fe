// Whole PATCH requests as identity providers send them, beyond the single shapes of the corpus.
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { ENTERPRISE_USER_URN as ENT, GROUP_URN } from '../../src/urns.ts'
import { employee, group, refused, run, user } from './run-patch.ts'

const onGroup = { resourceType: GROUP_RESOURCE_TYPE }
const entra = { profile: 'entra' } as const

describe('Entra', () => {
  const profile: readonly JsonObject[] = [
    { op: 'Replace', path: 'displayName', value: 'Alicia Example' },
    { op: 'Replace', path: 'emails[type eq "work"].value', value: 'alicia@example.com' },
    { op: 'Replace', path: 'name.familyName', value: 'Sample' },
    { op: 'Add', path: `${ENT}:department`, value: 'Platform' },
    { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555 0100' },
    { op: 'Add', path: 'addresses[type eq "work"].postalCode', value: '94105' },
    { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'New York' },
  ]

  test('updates a profile with one operation for each attribute [EN-24 EN-26]', () => {
    const before = user({ name: { givenName: 'Alice', familyName: 'Example' } })
    expect(run(before, profile, entra).resource).toEqual(
      employee(
        { department: 'Platform' },
        {
          displayName: 'Alicia Example',
          name: { familyName: 'Sample', givenName: 'Alice' },
          emails: [{ value: 'alicia@example.com', type: 'work' }],
          phoneNumbers: [{ value: '+1 555 0100', type: 'mobile' }],
          addresses: [{ locality: 'New York', postalCode: '94105', type: 'work' }],
        },
      ),
    )
  })

  test('repeats itself without effect [EN-42]', () => {
    const once = run(user(), profile, entra).after
    expect(run(once, profile, entra).resource).toBeUndefined()
  })

  test('with the flag puts names with dots into one value [EN-25]', () => {
    const outcome = run(user({ name: { givenName: 'Alice', middleName: 'B' } }), [
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'alicia@example.com' },
      {
        op: 'replace',
        value: {
          displayName: 'Alicia Example',
          'name.givenName': 'Alicia',
          'name.familyName': 'Sample',
          [`${ENT}:employeeNumber`]: 'E-1001',
        },
      },
    ])
    expect(outcome.resource).toEqual(
      employee(
        { employeeNumber: 'E-1001' },
        {
          displayName: 'Alicia Example',
          name: { familyName: 'Sample', givenName: 'Alicia', middleName: 'B' },
          emails: [{ value: 'alicia@example.com', type: 'work' }],
        },
      ),
    )
    expect(outcome.compat).toEqual(['path-as-key', 'replace-creates-element'])
  })

  test.each<[string, string]>([
    ['phoneNumbers[type eq "work"].value', '+1 555 0100'],
    ['emails[type eq "other"].value', 'alice@other.example.com'],
    ['ims[type eq "xmpp"].value', 'alice at chat'],
    ['photos[type eq "photo"].value', 'https://photos.example.com/alice'],
    ['addresses[type eq "work"].formatted', '1 Main Street, New York'],
    ['roles[primary eq "True"].value', 'Team Lead'],
  ])('sets %s that is not there yet, beside others, uncut [EN-26 EN-30]', (path, value) => {
    const name = path.slice(0, path.indexOf('['))
    const other = name === 'addresses' ? { formatted: 'elsewhere', type: 'home' } : { value: 'https://other@example.com', type: 'home' }
    for (const op of ['Add', 'Replace', 'add', 'replace']) {
      const after = run(user({ [name]: [other] }), [{ op, path, value }]).after[name]
      expect(after).toEqual([other, expect.objectContaining(name === 'addresses' ? { formatted: value } : { value })])
    }
  })

  test.each<[string, JsonObject]>([
    ['a bare id', { op: 'Add', path: `${ENT}:manager`, value: 'U2' }],
    [
      'an array on a short path',
      { op: 'Add', path: 'manager', value: [{ $ref: 'https://acme.example.com/scim/v2/Users/U2', value: 'U2' }] },
    ],
    ['an object', { op: 'Replace', path: `${ENT}:manager`, value: { value: 'U2' } }],
    ['a key of a value', { op: 'replace', value: { [`${ENT}:manager`]: 'U2' } }],
    ['a nested value', { op: 'replace', value: { [ENT]: { manager: 'U2' } } }],
    ['a path to the id itself', { op: 'Replace', path: `${ENT}:manager.value`, value: 'U2' }],
  ])('sets the manager by %s [EN-28]', (_, operation) => {
    const { after } = run(employee({ manager: { value: 'U9' } }), [operation])
    expect(after[ENT]).toMatchObject({ manager: { value: 'U2' } })
  })

  test.each<[string, JsonObject]>([
    ['an object with an empty id', { op: 'replace', path: `${ENT}:manager`, value: { value: '' } }],
    ['an empty text', { op: 'replace', path: `${ENT}:manager`, value: '' }],
    ['null', { op: 'replace', path: `${ENT}:manager`, value: null }],
    ['an empty array', { op: 'replace', path: `${ENT}:manager`, value: [] }],
    ['remove', { op: 'Remove', path: `${ENT}:manager` }],
    ['remove with the old id', { op: 'Remove', path: 'manager', value: 'U2' }],
    ['a key of a value', { op: 'replace', value: { [`${ENT}:manager`]: '' } }],
  ])('takes the manager away by %s [EN-28 EN-87]', (_, operation) => {
    expect(run(employee({ manager: { value: 'U2' } }), [operation]).resource).toEqual(user())
  })

  const optional = [
    'displayName',
    'title',
    'preferredLanguage',
    'nickName',
    'userType',
    'locale',
    'timezone',
    'profileUrl',
    'active',
    'externalId',
    'name.givenName',
    'name.familyName',
    'name.formatted',
    'emails[type eq "work"].value',
    'emails[type eq "home"].value',
    'phoneNumbers[type eq "work"].value',
    'phoneNumbers[type eq "mobile"].value',
    'phoneNumbers[type eq "fax"].value',
    'addresses[type eq "work"].formatted',
    'addresses[type eq "work"].streetAddress',
    'addresses[type eq "work"].locality',
    'addresses[type eq "work"].region',
    'addresses[type eq "work"].postalCode',
    'addresses[type eq "work"].country',
    'addresses[type eq "other"].formatted',
    'roles[primary eq "True"].value',
    `${ENT}:employeeNumber`,
    `${ENT}:department`,
    `${ENT}:manager`,
    `${ENT}:costCenter`,
    `${ENT}:organization`,
    `${ENT}:division`,
  ]

  test.each<Json>(['', null])('clears every optional attribute with %j in one request [EN-83 EN-50]', (value) => {
    const full = employee(
      { employeeNumber: '1', department: 'd', manager: { value: 'U2' }, costCenter: 'c', organization: 'o', division: 'd' },
      {
        externalId: 'alice',
        displayName: 'Alice',
        title: 't',
        nickName: 'n',
        preferredLanguage: 'en',
        userType: 'Employee',
        locale: 'en-US',
        timezone: 'Europe/Vienna',
        profileUrl: 'https://alice.example.com',
        active: true,
        name: { givenName: 'Alice', familyName: 'Example', formatted: 'Alice Example' },
        emails: [{ value: 'alice@example.com', type: 'work', primary: true }],
        phoneNumbers: [{ value: '1', type: 'work' }],
        addresses: [{ formatted: 'f', streetAddress: 's', locality: 'l', region: 'r', postalCode: 'p', country: 'US', type: 'work' }],
        roles: [{ value: 'Admin', primary: true }],
      },
    )
    const operations = optional.map((path) => ({ op: 'Replace', path, value }))
    expect(run(full, operations, entra).resource).toEqual(user())
    expect(run(user(), operations, entra).resource).toBeUndefined()
  })

  test('replaces all roles by assertion, display or displayName [EN-30]', () => {
    const roles = [
      { value: 'Admin', primary: false, displayName: 'Administrator' },
      { value: 'Reader', primary: 'False', display: 'Reader' },
    ]
    const { after } = run(user({ roles: [{ value: 'Old' }] }), [{ op: 'replace', path: 'roles', value: roles }], entra)
    expect(after['roles']).toEqual([
      { value: 'Admin', display: 'Administrator', primary: false },
      { value: 'Reader', display: 'Reader', primary: false },
    ])
  })

  test('removes a role that it wrote as text [EN-30]', () => {
    const value = [{ value: '{"id":"1","value":"Admin","displayName":"Administrator"}' }]
    const outcome = run(
      user({ roles: [{ value: 'Admin', display: 'Administrator' }, { value: 'Reader' }] }),
      [{ op: 'Remove', path: 'roles', value }],
      entra,
    )
    expect(outcome.after['roles']).toEqual([{ value: 'Reader' }])
    expect(outcome.compat).toEqual(['json-in-value', 'op-case', 'remove-with-value'])
  })

  test('merges nested objects without path [EN-32]', () => {
    const { resource } = run(user({ name: { givenName: 'Alice', familyName: 'Old' } }), [
      { op: 'Replace', value: { name: { familyName: 'New' } } },
    ])
    expect(resource).toEqual(user({ name: { familyName: 'New', givenName: 'Alice' } }))
  })

  test.each<[Json, boolean]>([
    ['False', false],
    ['FALSE', false],
    ['true', true],
    [false, false],
  ])('writes active as %j [EN-47 F1]', (value, active) => {
    expect(run(user({ active: !active }), [{ op: 'Replace', path: 'active', value }]).resource).toEqual(user({ active }))
    expect(run(user({ active: !active }), [{ op: 'Replace', value: { active: value } }]).resource).toEqual(user({ active }))
  })

  test.each<Json>(['no', '0', 0, {}, 'Falsee', [true, false]])('never takes %j for a boolean [EN-47]', (value) => {
    expect(refused(() => run(user({ active: true }), [{ op: 'Replace', path: 'active', value }])).status).toBe('400 invalidValue')
  })

  test('renames a group and gives it an externalId [EN-38]', () => {
    const operations = [
      { op: 'Replace', path: 'displayName', value: 'engineering/core' },
      { op: 'replace', value: { externalId: 'e1' } },
    ]
    expect(run(group(), operations, onGroup).resource).toEqual({ ...group('engineering/core'), externalId: 'e1' })
  })

  test('adds, then removes members in one request [EN-39 EN-40 EN-42]', () => {
    const outcome = run(
      group(),
      [
        {
          op: 'Add',
          path: 'members',
          value: [
            { $ref: null, value: 'U1' },
            { $ref: null, value: 'U2' },
          ],
        },
        { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'U1' }] },
      ],
      onGroup,
    )
    expect(outcome.steps).toEqual([
      { kind: 'remove', attribute: 'members', values: ['U1'] },
      { kind: 'add', attribute: 'members', elements: [{ value: 'U2' }] },
    ])
    expect(outcome.compat).toEqual(['op-case', 'remove-with-value'])
  })
})

describe('Okta', () => {
  const okta = { profile: 'okta', ...onGroup } as const

  test('sends the rename that changes nothing with every membership change [OK-38 OK-39]', () => {
    const outcome = run(
      group(),
      [
        { op: 'replace', value: { id: 'G1', displayName: 'engineering' } },
        { op: 'remove', path: 'members[value eq "U2"]' },
        { op: 'add', path: 'members', value: [{ value: 'U1', display: 'alice@example.com' }] },
      ],
      okta,
    )
    expect(outcome.resource).toBeUndefined()
    expect(outcome.steps).toEqual([
      { kind: 'remove', attribute: 'members', values: ['U2'] },
      { kind: 'add', attribute: 'members', elements: [{ value: 'U1', display: 'alice@example.com' }] },
    ])
  })

  test.each<[string, Json]>([
    ['by path', { op: 'replace', path: 'members', value: [] }],
    ['without path', { op: 'replace', value: { members: [] } }],
    ['with id and name', { op: 'replace', value: { members: [], id: 'G1', displayName: 'engineering' } }],
  ])('empties a group %s [OK-40]', (_, operation) => {
    expect(run(group(), [operation], okta)).toMatchObject({ steps: [{ kind: 'set', attribute: 'members', elements: [] }] })
  })

  test('cannot set a password, and does not hear it back [OK-24 C5]', () => {
    const { status, detail } = refused(() => run(user(), [{ op: 'replace', value: { password: 'S3cret' } }], { profile: 'okta' }))
    expect(status).toBe('400 invalidPath')
    expect(detail).not.toContain('S3cret')
  })

  test.each<Json>([1, ['U1'], { value: 'U1' }, 'U2', 'u1', ''])('must not give another id, such as %j [OK-38 D1]', (id) => {
    expect(refused(() => run(user(), [{ op: 'replace', value: { id, nickName: 'Al' } }], { profile: 'okta' })).status).toBe(
      '400 mutability',
    )
  })

  test('may give a null id, which says nothing [ON-3]', () => {
    expect(run(user(), [{ op: 'replace', value: { id: null, nickName: 'Al' } }], { profile: 'okta' }).resource).toEqual(
      user({ nickName: 'Al' }),
    )
  })
})

describe('other providers', () => {
  test('authentik replaces the whole group without its members [AU-6]', () => {
    const value = { id: 'G1', schemas: [GROUP_URN], externalId: 'uid', displayName: 'engineering' }
    const outcome = run(group(), [{ op: 'replace', value }], onGroup)
    expect(outcome).toMatchObject({ resource: { ...group(), externalId: 'uid' }, steps: [] })
  })

  test('authentik sends one operation for each member [AU-6]', () => {
    const operations = Array.from({ length: 100 }, (_, index) => ({
      op: index % 2 === 0 ? 'add' : 'remove',
      path: 'members',
      value: [{ value: `U${index}` }],
    }))
    const { steps } = run(group(), operations, onGroup)
    expect(steps.map((step) => step.kind)).toEqual(['remove', 'add'])
  })

  test('Keycloak sends active as text and null members [KC-2 KC-3]', () => {
    expect(run(user({ active: true }), [{ op: 'replace', path: 'active', value: 'false' }]).resource).toEqual(user({ active: false }))
    const operations = [
      { path: 'members', op: 'remove' },
      { op: 'replace', path: 'displayName', value: 'engineering' },
      { op: 'replace', path: 'externalId', value: 'k1' },
    ]
    expect(run(group(), operations, onGroup)).toMatchObject({ steps: [{ kind: 'set', elements: [] }], resource: { externalId: 'k1' } })
  })

  test('Salesforce names the attribute once more [SF-1]', () => {
    const outcome = run(group(), [{ op: 'remove', path: 'members', value: { members: [{ value: 'U1' }] } }], onGroup)
    expect(outcome).toMatchObject({ steps: [{ kind: 'remove', values: ['U1'] }], compat: ['nested-value', 'remove-with-value'] })
  })

  test('OneLogin writes managerId, e-mails as an object and empty texts [ON-3 ON-5]', () => {
    const value = {
      emails: { value: 'a@example.com' },
      title: '',
      [ENT]: { manager: { managerId: 'U2', displayName: 'Bob' } },
      'name.middleName': '',
    }
    expect(run(user({ title: 't' }), [{ op: 'replace', value }]).resource).toEqual(
      employee({ manager: { value: 'U2' } }, { emails: [{ value: 'a@example.com' }] }),
    )
  })

  test('OneLogin clears a manager by an empty managerId [ON-3]', () => {
    const before = employee({ manager: { value: 'U2' }, department: 'd' })
    const outcome = run(before, [{ op: 'replace', value: { [ENT]: { manager: { managerId: '' } } } }])
    expect(outcome.resource).toEqual(employee({ department: 'd' }))
  })

  test('Oracle puts single values into arrays [OR-2]', () => {
    const outcome = run(user({ active: true }), [
      { op: 'replace', path: 'active', value: ['false'] },
      { op: 'replace', path: 'title', value: ['t'] },
    ])
    expect(outcome.resource).toEqual(user({ title: 't', active: false }))
  })

  test('Bitwarden adds a member without value [ZZ-2]', () => {
    expect(run(group(), [{ op: 'add', path: 'members[value eq "U1"]' }], onGroup).compat).toEqual(['add-without-value'])
  })
})

describe('attributes that a client cannot set', () => {
  const echo = {
    id: 'U1',
    schemas: ['x'],
    meta: { resourceType: 'Group', created: 1 },
    groups: [{ value: 'G1' }],
    'meta.version': 'W/"9"',
    'groups[value eq "G1"].display': 'x',
  }

  test.each(['add', 'replace'])('are passed over in the value of %s without path [D3 P3]', (op) => {
    for (const profile of ['generic', 'okta', 'entra'] as const) {
      const outcome = run(user(), [{ op, value: { ...echo, nickName: 'Al' } }], { profile })
      expect(outcome.resource).toEqual(user({ nickName: 'Al' }))
      expect(outcome.compat).toContain('read-only-in-value')
    }
  })

  test('are dropped from objects [ENT-02]', () => {
    const { resource } = run(user(), [{ op: 'add', path: `${ENT}:manager`, value: { value: 'U2', displayName: 'Bob' } }])
    expect(resource).toEqual(employee({ manager: { value: 'U2' } }))
  })

  test.each([
    'is_admin',
    'isAdmin',
    'org_id',
    'orgId',
    'tenant_id',
    'role',
    'owner',
    'disabled_at',
    'scopes',
    'token_hash',
    'accountId',
    'version',
  ])('do not include the column %s: refused, or passed over for Entra [D1]', (name) => {
    const operations = [{ op: 'replace', value: { [name]: 'x' } }]
    expect(refused(() => run(user(), operations)).status).toBe('400 invalidPath')
    expect(refused(() => run(user(), [{ op: 'replace', path: name, value: 'x' }])).status).toBe('400 invalidPath')
    const outcome = run(user(), operations, entra)
    expect(outcome.resource).toBeUndefined()
    expect(outcome.compat).toEqual([`unknown-attribute:${name}`])
  })

  test('are named a bounded number of times', () => {
    const value = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`unknown${index}`, 'x']))
    expect(run(user(), [{ op: 'replace', value }], entra).compat.length).toBeLessThan(30)
  })

  test('include schemas, whose unknown URNs are dropped and named', () => {
    const compat = (value: Json) => run(user(), [{ op: 'replace', path: 'schemas', value }]).compat
    expect(compat([ENT.toUpperCase(), 'urn:ietf:params:scim:schemas:core:2.0:User'])).toEqual([])
    expect(compat([ENT, 'urn:unknown'])).toEqual(['unknown-schema'])
    expect(refused(() => compat([ENT, 1])).status).toBe('400 invalidValue')
  })

  test('include unknown ones, of which a null says nothing', () => {
    expect(run(user(), [{ op: 'replace', value: { favouriteColour: null, nickName: 'Al' } }]).resource).toEqual(user({ nickName: 'Al' }))
    expect(refused(() => run(user(), [{ op: 'replace', path: 'favouriteColour', value: null }])).status).toBe('400 invalidPath')
  })

  test('include unknown sub-attributes in objects, which are dropped and named', () => {
    const outcome = run(user(), [{ op: 'add', path: 'emails', value: [{ value: 'a@example.com', bogus: 1 }] }])
    expect(outcome).toMatchObject({ resource: user({ emails: [{ value: 'a@example.com' }] }), compat: ['unknown-attribute:emails.bogus'] })
  })

  test('are the same for all resource types', () => {
    const value = { id: 'G1', meta: {}, schemas: [] }
    expect(run(group(), [{ op: 'replace', value }], onGroup).resource).toBeUndefined()
    expect(USER_RESOURCE_TYPE.computed).toEqual(['groups'])
  })
})
