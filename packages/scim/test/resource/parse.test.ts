import { describe, expect, test } from 'vitest'
import { type Json, parseJson } from '../../src/json.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { parseResource } from '../../src/resource/parse.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, PATCH_OP_URN, USER_URN } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE, TEST_SHORT_EXTENSION_URN } from '../test-resource.ts'
import { readBody, refusalOf } from './asked.ts'
import { cpuClock } from '../cpu.ts'

describe('schemas', () => {
  test.each([
    ['the core schema', [USER_URN], []],
    ['the core schema twice', [USER_URN, USER_URN], []],
    ['an extension without data, in any order', [ENTERPRISE_USER_URN, USER_URN], []],
    ['other case', [USER_URN.toUpperCase()], []],
    ['a schema that nobody knows', [USER_URN, 'urn:bogus:1'], ['unknown-schema-urn']],
    ['the schema of SCIM 1', ['urn:scim:schemas:core:1.0'], ['legacy-schema-urn']],
    ['drafts of SCIM 2', ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'], ['legacy-schema-urn']],
    [
      'drafts of SCIM 2 with the name',
      ['urn:scim:schemas:core:2.0:User', 'urn:scim:schemas:extension:enterprise:2.0:User'],
      ['legacy-schema-urn'],
    ],
  ])('%s may be claimed [SCM-02 SCM-03 SCM-04 SCM-07 EN-15 ON-3 OR-3]', (_name, schemas, compat) => {
    expect(readBody({ schemas, userName: 'a' })).toMatchObject({ attributes: { userName: 'a' }, compat })
  })

  test('a group of Entra claims one of its own [EN-35]', () => {
    const schemas = [GROUP_URN, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group']
    const read = readBody({ schemas, displayName: 'g', meta: { resourceType: 'Group' } }, { resourceType: GROUP_RESOURCE_TYPE })
    expect(read).toMatchObject({ attributes: { displayName: 'g' }, compat: ['unknown-schema-urn'] })
  })

  test.each<[string, Json]>([
    ['none', null],
    ['an empty list', []],
    ['a string', USER_URN],
    ['an object', { 0: USER_URN }],
    ['an extension alone', [ENTERPRISE_USER_URN]],
    ['another type', [GROUP_URN]],
    ['a legacy name of another type', ['urn:scim:schemas:core:2.0:Group']],
    ['a message', [PATCH_OP_URN]],
    ['something beside a string', [USER_URN, 5]],
  ])('%s is refused as invalidSyntax that tells the right one [SCM-01 SCM-05 SCM-12 D6]', (_name, schemas) => {
    const error = refusalOf(() => readBody({ schemas, userName: 'a' }))
    expect(error).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
    expect(error.message).toContain('schemas')
  })

  test.each<[string, Json]>([
    ['an array', []],
    ['a string', 'x'],
    ['null', null],
    ['an object without schemas', { userName: 'a' }],
  ])('a body that is %s is refused as invalidSyntax [CRE-09 SCM-01]', (_name, body) => {
    const options = {
      resourceType: USER_RESOURCE_TYPE,
      limits: DEFAULT_LIMITS,
      profile: 'generic',
      compat: new Set<string>(),
      method: 'create',
    } as const
    expect(refusalOf(() => parseResource(body, options))).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })
})

describe('names', () => {
  test('are matched without regard to case, extensions too [JSN-03 SCM-07]', () => {
    const read = readBody({
      SCHEMAS: [USER_URN],
      USERNAME: 'x',
      Name: { GIVENNAME: 'y' },
      EXTERNALID: 'e',
      [ENTERPRISE_USER_URN.toUpperCase()]: { DEPARTMENT: 'd' },
    })
    expect(read.attributes).toEqual({
      userName: 'x',
      name: { givenName: 'y' },
      externalId: 'e',
      [ENTERPRISE_USER_URN]: { department: 'd' },
    })
    expect(read.compat).toEqual([])
  })

  test('an extension need not be claimed to be used [EN-22]', () => {
    expect(readBody({ [ENTERPRISE_USER_URN]: { department: 'd' } }).attributes).toEqual({ [ENTERPRISE_USER_URN]: { department: 'd' } })
  })

  test('an extension under its old name is that extension [ON-3]', () => {
    const read = readBody({ 'urn:scim:schemas:extension:enterprise:1.0': { manager: { managerId: 'U2', displayName: 'Boss' } } })
    expect(read.attributes).toEqual({ [ENTERPRISE_USER_URN]: { manager: { value: 'U2' } } })
    expect(read.compat).toEqual(['legacy-schema-urn', 'manager-id'])
  })

  test('an extension under both names is ambiguous [JSN-28 K2]', () => {
    const body = { [ENTERPRISE_USER_URN]: {}, 'urn:scim:schemas:extension:enterprise:1.0': {} }
    expect(refusalOf(() => readBody(body))).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })

  test('of two extensions each gets its own, though one URN begins the other [FLT-33]', () => {
    const read = readBody(
      { [TEST_SHORT_EXTENSION_URN]: { depth: 1, Extra: 'x' }, [TEST_EXTENSION_URN]: { grade: 'a' } },
      { resourceType: TEST_RESOURCE_TYPE },
    )
    expect(read.attributes).toEqual({ [TEST_SHORT_EXTENSION_URN]: { Extra: 'x', depth: 1 }, [TEST_EXTENSION_URN]: { grade: 'a' } })
  })

  test('may look like keywords or like members of Object.prototype [FLT-35 H1]', () => {
    const odd = { not: 'a', and: 'b', pr: 'c', eq: 'd', 'my-attr_1': 'e', constructor: 'f' }
    expect(readBody(odd, { resourceType: TEST_RESOURCE_TYPE }).attributes).toEqual(odd)
  })

  test('of Object.prototype mean nothing on a user [JSN-29 H1]', () => {
    const text = `{"schemas":["${USER_URN}"],"userName":"a","__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"toString":"y"}`
    const compat = new Set<string>()
    const body = parseJson(new TextEncoder().encode(text), { depthMax: 8 })
    const read = parseResource(body, {
      resourceType: USER_RESOURCE_TYPE,
      limits: DEFAULT_LIMITS,
      profile: 'generic',
      compat,
      method: 'create',
    })
    expect(read.attributes).toEqual({ userName: 'a' })
    expect([...compat]).toEqual(['unknown-attribute:__proto__', 'unknown-attribute:constructor', 'unknown-attribute:toString'])
    expect({}).not.toHaveProperty('x')
  })
})

describe('what is not the client to set', () => {
  test('is ignored without a word, whatever it holds [CRE-02 PUT-06 COM-05 COM-11 USR-21 CHR-03 OK-12 D1]', () => {
    const read = readBody({
      userName: 'a',
      id: 'mine',
      meta: { resourceType: 'Group', created: 5, location: 'http://evil' },
      groups: [{ value: 'G1' }],
      [ENTERPRISE_USER_URN]: { manager: { value: 'U2', displayName: 'Boss' } },
    })
    expect(read.attributes).toEqual({ userName: 'a', [ENTERPRISE_USER_URN]: { manager: { value: 'U2' } } })
    expect(read.compat).toEqual([])
    expect(readBody({ id: null, groups: 'x', meta: [] }).attributes).toEqual({})
  })

  test('a password is dropped in any case of its name, and that is told [USR-09 C5 OK-12]', () => {
    const read = readBody({ userName: 'a', PassWord: 'S3cret' })
    expect(read).toMatchObject({ attributes: { userName: 'a' }, compat: ['password-dropped'] })
    expect(JSON.stringify(read)).not.toContain('S3cret')
  })

  test('the mutability of immutable and writeOnly attributes does not keep them from being set first [CRE-01 CHR-04 CHR-05]', () => {
    const read = readBody({ serial: 's', origin: 'o', secret: 'x', blind: 'b' }, { resourceType: TEST_RESOURCE_TYPE })
    expect(read.attributes).toEqual({ origin: 'o', secret: 'x', blind: 'b' })
  })

  test.each(['is_admin', 'isAdmin', 'role', 'tenant_id', 'orgId', 'owner', 'disabledAt', 'scopes', 'token_hash'])(
    '%s is unknown and dropped [D1]',
    (name) => {
      expect(readBody({ userName: 'a', [name]: true })).toMatchObject({
        attributes: { userName: 'a' },
        compat: [`unknown-attribute:${name}`],
      })
    },
  )
})

describe('what the schemas lack', () => {
  test('is dropped and told, at every level [RC-23 D5]', () => {
    const read = readBody({
      userName: 'a',
      bogus: 1,
      'urn:bogus:1': { free: 'storage' },
      name: { bogus: 1, givenName: 'g' },
      [ENTERPRISE_USER_URN]: { bogus: 1 },
    })
    expect(read.attributes).toEqual({ userName: 'a', name: { givenName: 'g' }, [ENTERPRISE_USER_URN]: {} })
    expect(read.compat).toEqual([
      'unknown-attribute:bogus',
      'unknown-attribute:urn:bogus:1',
      'unknown-attribute:name.bogus',
      'unknown-attribute:EnterpriseUser:bogus',
    ])
  })

  test.each<[string, Json, readonly string[]]>([
    ['a list of URNs', [ENTERPRISE_USER_URN], ['schemas-in-extension']],
    ['an empty list', [], ['schemas-in-extension']],
    ['a text', ENTERPRISE_USER_URN, ['unknown-attribute:EnterpriseUser:Schemas']],
    ['a list of other things', [1], ['unknown-attribute:EnterpriseUser:Schemas']],
  ])('%s as `schemas` of an extension is dropped, and told by its own name when it is one', (_name, schemas, compat) => {
    for (const method of ['create', 'replace'] as const) {
      const read = readBody({ userName: 'a', [ENTERPRISE_USER_URN]: { Schemas: schemas, department: 'd' } }, { method })
      expect(read.attributes).toEqual({ userName: 'a', [ENTERPRISE_USER_URN]: { department: 'd' } })
      expect(read.compat).toEqual(compat)
    }
  })

  test('is not even told when it is null [EN-16]', () => {
    expect(readBody({ userName: 'a', department: null, [ENTERPRISE_USER_URN]: { bogus: null } }).compat).toEqual([])
  })

  test('an extension attribute at the top is no attribute of the extension [SCM-06 EN-16]', () => {
    expect(readBody({ userName: 'a', employeeNumber: '1' })).toMatchObject({
      attributes: { userName: 'a' },
      compat: ['unknown-attribute:employeeNumber'],
    })
  })

  test.each(['name.givenName', `${USER_URN}:userName`, `${ENTERPRISE_USER_URN}:department`])(
    'a path such as %s is no name outside of PATCH [EN-25]',
    (name) => {
      expect(readBody({ [name]: 'x' }).attributes).toEqual({})
    },
  )

  test('thousands of unknown names leave a bounded trace [J3]', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]))
    expect(readBody(many).compat).toHaveLength(20)
  })
})

describe('no value', () => {
  test('null, [] and "" are remembered as given without a value [JSN-25 CRE-08 OK-22 EN-16]', () => {
    const read = readBody({
      userName: 'a',
      nickName: null,
      emails: [],
      title: '',
      active: null,
      name: { middleName: '' },
      externalId: null,
      [ENTERPRISE_USER_URN]: { department: null, manager: { value: '' } },
    })
    expect(read.attributes).toEqual({ userName: 'a', [ENTERPRISE_USER_URN]: {} })
    expect([...read.unassigned].sort()).toEqual(
      [
        'nickName',
        'emails',
        'title',
        'active',
        'name',
        'externalId',
        `${ENTERPRISE_USER_URN}:department`,
        `${ENTERPRISE_USER_URN}:manager`,
      ].sort(),
    )
  })

  test.each<[string, Json]>([
    ['null', null],
    ['[]', []],
    ['an empty string', ''],
  ])('%s for a whole extension is remembered by its URN', (_name, json) => {
    const read = readBody({ [ENTERPRISE_USER_URN]: json })
    expect([...read.unassigned]).toEqual([ENTERPRISE_USER_URN])
  })

  test.each<[string, Json]>([
    ['a string', 'x'],
    ['a list', [{ department: 'd' }]],
    ['a number', 5],
  ])('an extension cannot be %s', (_name, json) => {
    expect(refusalOf(() => readBody({ [ENTERPRISE_USER_URN]: json }))).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })
})

describe('profiles', () => {
  test('a client of Entra may write booleans as strings, others may not [EN-17 EN-47]', () => {
    const body = { userName: 'a', active: 'False', roles: [{ value: 'r', primary: 'True' }] }
    expect(readBody(body, { profile: 'entra' })).toMatchObject({
      attributes: { active: false, roles: [{ value: 'r', primary: true }] },
      compat: ['string-boolean'],
    })
    for (const profile of ['generic', 'okta'] as const) {
      expect(refusalOf(() => readBody(body, { profile }))).toMatchObject({ status: 400, scimType: 'invalidValue' })
    }
  })
})

describe('collections', () => {
  const group = { resourceType: GROUP_RESOURCE_TYPE }

  test('are read apart from the attributes, each value once [GRP-02 EN-39 OK-43 KC-3]', () => {
    const members = [
      { value: 'U1', display: 'alice', $ref: null },
      { VALUE: 'U2', type: 'User', $ref: 'Users/U2' },
      { value: 'U1', type: 'User' },
    ]
    const read = readBody({ displayName: 'g', members }, group)
    expect(read.attributes).toEqual({ displayName: 'g' })
    expect(read.collections).toEqual({
      members: [
        { value: 'U1', display: 'alice' },
        { value: 'U2', $ref: 'Users/U2', type: 'User' },
      ],
    })
  })

  test('ids that differ by case are different ids [COM-07]', () => {
    expect(readBody({ members: [{ value: 'u1' }, { value: 'U1' }] }, group).collections['members']).toHaveLength(2)
  })

  test.each<[string, Json]>([
    ['null', null],
    ['[]', []],
  ])('%s means no elements [OK-36 E7]', (_name, members) => {
    expect(readBody({ members }, group).collections).toEqual({ members: [] })
  })

  test('one element may come without its list [ON-5]', () => {
    const read = readBody({ members: { value: 'U1' } }, group)
    expect(read).toMatchObject({ collections: { members: [{ value: 'U1' }] }, compat: ['object-for-array'] })
  })

  test.each<[string, Json]>([
    ['an element without a value', [{ value: 'U1' }, { display: 'x' }]],
    ['an element with an empty value', [{ value: '' }]],
    ['an element with a null value', [{ value: null }]],
    ['an element that is null', [null]],
    ['a string', ['U1']],
    ['a number as value', [{ value: 5 }]],
    ['a text instead of a list', 'U1'],
  ])('%s is refused, never taken for an empty list [E6 K5]', (_name, members) => {
    expect(refusalOf(() => readBody({ members }, group))).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('left out of a create they are open, left out of a replace they are empty [RC-29 KC-3 D7]', () => {
    expect(readBody({ displayName: 'g' }, { ...group, method: 'create' }).collections).toEqual({})
    expect(readBody({ displayName: 'g' }, { ...group, method: 'replace' }).collections).toEqual({ members: [] })
    expect(readBody({ members: [{ value: 'U1' }] }, { ...group, method: 'replace' }).collections).toEqual({ members: [{ value: 'U1' }] })
  })

  test('may have as many elements as the limit says and not one more [LEN-04 J3]', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => ({ value: `U${index}` }))
    const limits = { collectionElementsMax: 10 }
    expect(readBody({ members: members(10) }, { ...group, limits }).collections['members']).toHaveLength(10)
    const error = refusalOf(() => readBody({ members: members(11) }, { ...group, limits }))
    expect(error.status).toBe(413)
    expect(error.message).toContain('10')
  })

  test('100,000 elements are read in a moment [LEN-04]', () => {
    const members = Array.from({ length: 100_000 }, (_, index) => ({ value: `U${index}`, display: 'x' }))
    const cpuMs = cpuClock()
    expect(readBody({ members }, group).collections['members']).toHaveLength(100_000)
    expect(cpuMs()).toBeLessThan(2000)
  })
})

describe('bodies of identity providers', () => {
  test('Okta creates a user [OK-11 OK-12]', () => {
    const read = readBody(
      {
        userName: 'alice@example.com',
        name: { givenName: 'Alice', familyName: 'Example', middleName: '' },
        emails: [{ primary: true, value: 'alice@example.com', type: 'work', display: 'alice@example.com' }],
        displayName: 'Alice Example',
        locale: 'en-US',
        externalId: '00uEXAMPLE0001',
        groups: [],
        password: 'x9placeholder',
        active: true,
      },
      { profile: 'okta' },
    )
    expect(read.attributes).toEqual({
      userName: 'alice@example.com',
      name: { familyName: 'Example', givenName: 'Alice' },
      emails: [{ value: 'alice@example.com', display: 'alice@example.com', type: 'work', primary: true }],
      displayName: 'Alice Example',
      locale: 'en-US',
      externalId: '00uEXAMPLE0001',
      active: true,
    })
    expect(read.compat).toEqual(['password-dropped'])
  })

  test('Entra creates a user with explicit nulls [EN-15 EN-16]', () => {
    const read = readBody({
      schemas: [USER_URN, ENTERPRISE_USER_URN],
      externalId: 'alice',
      userName: 'alice@example.com',
      active: true,
      addresses: null,
      phoneNumbers: null,
      title: null,
      department: null,
      meta: { resourceType: 'User' },
      roles: [],
    })
    expect(read.attributes).toEqual({ externalId: 'alice', userName: 'alice@example.com', active: true })
    expect(read.compat).toEqual([])
  })

  test('OneLogin fills its template with what it has [ON-3]', () => {
    const read = readBody({
      schemas: ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'],
      id: null,
      userName: 'alice',
      title: '',
      addresses: [{ streetAddress: '', locality: 'Berlin' }],
      'urn:scim:schemas:extension:enterprise:2.0': { department: '', manager: { managerId: 'U2', displayName: 'Boss' } },
    })
    expect(read.attributes).toEqual({
      userName: 'alice',
      addresses: [{ locality: 'Berlin' }],
      [ENTERPRISE_USER_URN]: { manager: { value: 'U2' } },
    })
  })
})
