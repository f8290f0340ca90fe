import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { attribute } from '../../src/schema/attribute.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN as ENT } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE, TEST_SHORT_EXTENSION_URN, TEST_URN } from '../test-resource.ts'
import { employee, refused, run, user } from './run-patch.ts'

const work = { value: 'alice@example.com', type: 'work', primary: true }
const home = { value: 'al@example.com', type: 'home' }

describe('operations of one request', () => {
  test.each<[string, JsonObject, readonly Json[], JsonObject]>([
    [
      'the second sees what the first did [PAT-11]',
      user(),
      [
        { op: 'add', path: 'nickName', value: 'a' },
        { op: 'replace', path: 'nickName', value: 'b' },
      ],
      user({ nickName: 'b' }),
    ],
    [
      'the second value of an add wins [ADD-03]',
      user(),
      [
        { op: 'add', path: 'title', value: 'a' },
        { op: 'add', path: 'title', value: 'b' },
      ],
      user({ title: 'b' }),
    ],
    [
      'an element that the first made is found by the second [PAT-11]',
      user(),
      [
        { op: 'add', path: 'emails[type eq "work"].value', value: 'a@example.com' },
        { op: 'replace', path: 'emails[type eq "work"].display', value: 'A' },
      ],
      user({ emails: [{ value: 'a@example.com', display: 'A', type: 'work' }] }),
    ],
    [
      'primary true twice leaves the last one primary [PAT-12 H6]',
      user({ emails: [{ ...work, primary: false }, home] }),
      [
        { op: 'replace', path: 'emails[type eq "work"].primary', value: true },
        { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
      ],
      user({
        emails: [
          { ...work, primary: false },
          { ...home, primary: true },
        ],
      }),
    ],
    [
      'an extension removed and written again holds what was written [PAT-10]',
      employee({ department: 'Sales', division: 'East' }),
      [
        { op: 'remove', path: ENT },
        { op: 'add', path: `${ENT}:department`, value: 'Research' },
      ],
      employee({ department: 'Research' }),
    ],
  ])('%s', (_, before, operations, after) => {
    expect(run(before, operations).resource).toEqual(after)
  })

  test.each<[string, JsonObject, readonly Json[]]>([
    [
      'add and remove',
      user(),
      [
        { op: 'add', path: 'nickName', value: 'Al' },
        { op: 'remove', path: 'nickName' },
      ],
    ],
    [
      'two changes that meet again',
      user({ title: 'a' }),
      [
        { op: 'replace', path: 'title', value: 'b' },
        { op: 'replace', path: 'title', value: 'a' },
      ],
    ],
    [
      'an element added and removed',
      user({ emails: [work] }),
      [
        { op: 'add', path: 'emails', value: [home] },
        { op: 'remove', path: 'emails[type eq "home"]' },
      ],
    ],
    [
      'an extension added and removed',
      user(),
      [
        { op: 'add', path: `${ENT}:department`, value: 'x' },
        { op: 'remove', path: `${ENT}:department` },
      ],
    ],
    [
      'nothing but what is there already',
      user({ title: 'a', emails: [work, home] }),
      [
        { op: 'add', path: 'title', value: 'a' },
        { op: 'add', path: 'emails', value: [home] },
        { op: 'replace', path: 'emails[type eq "work"].value', value: work.value },
      ],
    ],
  ])('that cancel out change nothing: %s [ADD-07 REP-10]', (_, before, operations) => {
    expect(run(before, operations).resource).toBeUndefined()
  })

  test('change nothing when a later one fails [PAT-13 PAT-14 H3]', () => {
    const fine = Array.from({ length: 6 }, (_, index) => ({ op: 'replace', path: 'nickName', value: `n${index}` }))
    const operations = [...fine, { op: 'remove', path: 'userName' }, ...fine]
    expect(refused(() => run(user(), operations))).toMatchObject({ status: '400 mutability' })
  })
})

describe('paths', () => {
  test.each<[string, string]>([
    ['in capitals [PAT-20]', 'EMAILS[TYPE EQ "work"].VALUE'],
    ['with the URN of the core schema [P26]', 'urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value'],
    ['with that URN in capitals [P26]', 'URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:Emails[type eq "WORK"].Value'],
    ['with blanks in the filter', 'emails[ type  eq  "work" ].value'],
    ['with a filter on more', 'emails[type eq "work" and primary eq true].value'],
    ['with a filter on primary [P12]', 'emails[primary eq "TRUE"].value'],
    ['with a negated filter', 'emails[not (type eq "home")].value'],
  ])('%s mean the same', (_, path) => {
    const before = user({ emails: [work, home] })
    expect(run(before, [{ op: 'replace', path, value: 'x@example.com' }]).resource).toEqual(
      user({ emails: [{ ...work, value: 'x@example.com' }, home] }),
    )
  })

  test('of the whole core schema mean the resource itself', () => {
    const urn = 'urn:ietf:params:scim:schemas:core:2.0:User'
    expect(run(user(), [{ op: 'add', path: urn, value: { nickName: 'Al' } }]).resource).toEqual(user({ nickName: 'Al' }))
    expect(run(user(), [{ op: 'replace', value: { [urn]: { nickName: 'Al' } } }]).resource).toEqual(user({ nickName: 'Al' }))
    expect(refused(() => run(user(), [{ op: 'remove', path: urn }])).status).toBe('400 noTarget')
  })

  test('of an extension attribute do without the URN where the name is the only one [EN-28]', () => {
    const outcome = run(user(), [{ op: 'add', path: 'manager.value', value: 'U2' }])
    expect(outcome.resource).toEqual(employee({ manager: { value: 'U2' } }))
    expect(outcome.compat).toEqual(['unqualified-extension-attribute'])
  })

  test('take the longest known URN [P27]', () => {
    const thing = { schemas: [TEST_URN], id: 'T1', code: 'c' }
    const setup = { resourceType: TEST_RESOURCE_TYPE }
    const grade = run(thing, [{ op: 'add', path: `${TEST_EXTENSION_URN}:grade`, value: 'a' }], setup)
    expect(grade.after[TEST_EXTENSION_URN]).toEqual({ grade: 'a' })
    const depth = run(thing, [{ op: 'add', path: `${TEST_SHORT_EXTENSION_URN}:depth`, value: 3 }], setup)
    expect(depth.after[TEST_SHORT_EXTENSION_URN]).toEqual({ depth: 3 })
  })

  test.each(['not', 'and', 'pr', 'eq', 'constructor', 'my-attr_1'])('may be an attribute called %s', (name) => {
    const before = { schemas: [TEST_URN], id: 'T1', code: 'c' }
    const setup = { resourceType: TEST_RESOURCE_TYPE }
    expect(run(before, [{ op: 'add', path: name, value: 'x' }], setup).resource).toEqual({ ...before, [name]: 'x' })
    expect(run({ ...before, [name]: 'x' }, [{ op: 'remove', path: name }], setup).resource).toEqual(before)
  })
})

describe('remove with a value', () => {
  test.each<[string, string, Json, readonly Json[] | undefined]>([
    ['an array of objects', 'emails', [{ value: home.value }], [work]],
    ['values in another case where case does not count', 'emails', [{ value: 'AL@EXAMPLE.COM' }], [work]],
    ['bare values', 'emails', [home.value], [work]],
    ['one bare value', 'emails', home.value, [work]],
    ['all there are', 'emails', [work, home], undefined],
    ['none of those there are', 'emails', [{ value: 'other@example.com' }], [work, home]],
    ['an empty list', 'emails', [], [work, home]],
  ])('takes the elements listed: %s', (_, path, value, emails) => {
    const outcome = run(user({ emails: [work, home] }), [{ op: 'remove', path, value }])
    expect(outcome.after['emails']).toEqual(emails)
    expect(outcome.compat).toEqual([Array.isArray(value) && value.length === 0 ? 'remove-with-empty-value' : 'remove-with-value'])
  })

  test('compares all that is given where elements have no value', () => {
    const addresses = [
      { locality: 'Springfield', country: 'US', type: 'work' },
      { locality: 'Springfield', type: 'home' },
    ]
    const left = (value: Json) => run(user({ addresses }), [{ op: 'remove', path: 'addresses', value }]).after['addresses']
    expect(left([{ locality: 'springfield', type: 'WORK', formatted: null }])).toEqual([addresses[1]])
    expect(left([{ locality: 'Springfield', country: 'CA' }])).toEqual(addresses)
    expect(left({ locality: 'Springfield' })).toBeUndefined()
    expect(left([{ country: 'US' }, { type: 'home' }])).toBeUndefined()
    expect(refused(() => left([{ bogus: 1 }])).status).toBe('400 invalidValue')
  })

  test.each<Json>([[{ value: '' }], [''], [{ value: null }], [{}], [null], { emails: [home], type: 'home' }, { type: 'home' }])(
    'that names no element, %j, is refused rather than taken for none or all [E6]',
    (value) => {
      expect(refused(() => run(user({ emails: [work, home] }), [{ op: 'remove', path: 'emails', value }])).status).toBe('400 invalidValue')
    },
  )

  test('takes the elements of a simple list', () => {
    const before = { schemas: [TEST_URN], id: 'T1', code: 'c', manyString: ['a', 'b'], manyInteger: [1, 2] }
    const setup = { resourceType: TEST_RESOURCE_TYPE }
    expect(run(before, [{ op: 'remove', path: 'manyString', value: ['A'] }], setup).after['manyString']).toEqual(['b'])
    expect(run(before, [{ op: 'remove', path: 'manyInteger', value: 2 }], setup).after['manyInteger']).toEqual([1])
    expect(refused(() => run(before, [{ op: 'remove', path: 'manyInteger', value: ['x'] }], setup)).status).toBe('400 invalidValue')
  })

  test('clears a single value whatever the value says', () => {
    const outcome = run(employee({ manager: { value: 'U2' } }), [{ op: 'remove', path: `${ENT}:manager`, value: { value: 'U9' } }])
    expect(outcome).toMatchObject({ resource: user(), compat: ['remove-with-value'] })
  })

  test('does what the filter says and no more', () => {
    const outcome = run(user({ emails: [work, home] }), [{ op: 'remove', path: 'emails[type eq "home"]', value: [{ value: work.value }] }])
    expect(outcome).toMatchObject({ resource: user({ emails: [work] }), compat: ['remove-with-value'] })
  })
})

describe('lists of simple values', () => {
  const before = { schemas: [TEST_URN], id: 'T1', code: 'c', manyString: ['a'], vault: { lines: ['x'] } }
  const setup = { resourceType: TEST_RESOURCE_TYPE }

  test.each<[string, JsonObject, Json]>([
    ['add appends what is not there [ADD-05 ADD-06]', { op: 'add', path: 'manyString', value: ['A', 'b'] }, ['a', 'b']],
    ['add takes a bare value', { op: 'add', path: 'manyString', value: 'b' }, ['a', 'b']],
    ['replace swaps', { op: 'replace', path: 'manyString', value: ['b', 'B'] }, ['b']],
    ['replace takes a bare value', { op: 'replace', path: 'manyString', value: 'b' }, ['b']],
  ])('%s', (_, operation, expected) => {
    expect(run(before, [operation], setup).after['manyString']).toEqual(expected)
  })

  test.each<[string, JsonObject, Json]>([
    ['add appends in a sub-attribute', { op: 'add', path: 'vault.lines', value: ['y', 'x'] }, { lines: ['x', 'y'] }],
    ['add appends in an object', { op: 'add', path: 'vault', value: { lines: ['y'] } }, { lines: ['x', 'y'] }],
    ['replace swaps in a sub-attribute', { op: 'replace', path: 'vault.lines', value: ['y'] }, { lines: ['y'] }],
    ['replace swaps in an object', { op: 'replace', path: 'vault', value: { lines: ['y'] } }, { lines: ['y'] }],
  ])('%s', (_, operation, expected) => {
    expect(run(before, [operation], setup).after['vault']).toEqual(expected)
  })
})

describe('a required multi-valued attribute', () => {
  const emails =
    USER_RESOURCE_TYPE.schema.attributes.find(({ name }) => name === 'emails') ?? attribute({ name: 'emails', description: '' })
  const resourceType: ResourceType = {
    ...USER_RESOURCE_TYPE,
    schema: { ...USER_RESOURCE_TYPE.schema, attributes: [attribute({ name: 'userName', description: '' }), { ...emails, required: true }] },
  }
  const before = user({ emails: [work, home] })

  test.each<[string, JsonObject]>([
    ['all at once', { op: 'remove', path: 'emails' }],
    ['through a filter that matches all', { op: 'remove', path: 'emails[value pr]' }],
    ['by a list of all', { op: 'remove', path: 'emails', value: [work, home] }],
    ['by taking the value out of all', { op: 'remove', path: 'emails.value' }],
  ])('does not lose its last value: %s [REM-07]', (_, operation) => {
    expect(refused(() => run(before, [operation], { resourceType })).status).toBe('400 mutability')
  })

  test('may lose some of its values', () => {
    expect(run(before, [{ op: 'remove', path: 'emails[type eq "home"]' }], { resourceType }).after['emails']).toEqual([work])
  })

  test('does not lose its only value [REM-07]', () => {
    const only = user({ emails: [home] })
    expect(refused(() => run(only, [{ op: 'remove', path: 'emails[type eq "home"]' }], { resourceType })).status).toBe('400 mutability')
  })

  test.each<Json>([null, [], ''])('is not emptied by a replace with %j [REP-08]', (value) => {
    expect(refused(() => run(before, [{ op: 'replace', path: 'emails', value }], { resourceType })).status).toBe('400 invalidValue')
  })
})

describe('an extension', () => {
  const before = { schemas: [TEST_URN, TEST_EXTENSION_URN], id: 'T1', code: 'c', [TEST_EXTENSION_URN]: { grade: 'a', costCenter: '1' } }
  const setup = { resourceType: TEST_RESOURCE_TYPE }
  const required: ResourceType = {
    ...TEST_RESOURCE_TYPE,
    extensions: TEST_RESOURCE_TYPE.extensions.map((extension) => ({ ...extension, required: true })),
  }

  test('keeps the attribute that it requires [REM-07]', () => {
    expect(refused(() => run(before, [{ op: 'remove', path: `${TEST_EXTENSION_URN}:grade` }], setup)).status).toBe('400 mutability')
    expect(
      refused(() =>
        run({ schemas: [TEST_URN], id: 'T1', code: 'c' }, [{ op: 'add', path: `${TEST_EXTENSION_URN}:costCenter`, value: '1' }], setup),
      ).status,
    ).toBe('400 invalidValue')
  })

  test('goes as a whole, required attributes and all [REM-09]', () => {
    expect(run(before, [{ op: 'remove', path: TEST_EXTENSION_URN }], setup).after).toEqual({ schemas: [TEST_URN], id: 'T1', code: 'c' })
  })

  test.each<[string, (value: JsonObject) => JsonObject]>([
    ['add to its URN', (value) => ({ op: 'add', path: ENT, value })],
    ['replace of its URN', (value) => ({ op: 'replace', path: ENT, value })],
    ['add without path', (value) => ({ op: 'add', value: { [ENT]: value } })],
    ['replace without path', (value) => ({ op: 'replace', value: { [ENT]: value } })],
  ])('may by %s name its own schema, as scim2-tester does', (_what, operation) => {
    const outcome = run(user(), [operation({ schemas: [ENT], department: 'Sales' })])
    expect(outcome).toMatchObject({ resource: employee({ department: 'Sales' }), compat: ['schemas-in-extension'] })
    expect(run(user(), [operation({ SCHEMAS: [ENT] })]).resource).toBeUndefined()
    for (const value of [{ schemas: ENT }, { schemas: [1] }, { schemas: {} }, { schemas: [ENT], bogus: 'x' }, { schema: [ENT] }])
      expect(refused(() => run(user(), [operation(value)])).status).toBe('400 invalidPath')
  })

  test('has no `schemas` to address by a path', () => {
    expect(refused(() => run(user(), [{ op: 'add', path: `${ENT}:schemas`, value: [ENT] }])).status).toBe('400 invalidPath')
  })

  test('that declares `schemas` has it like any other attribute', () => {
    const schema = {
      id: 'urn:own',
      name: 'Own',
      description: 'Own',
      attributes: [attribute({ name: 'schemas', description: 'Own', multiValued: true })],
    }
    const resourceType = { ...USER_RESOURCE_TYPE, extensions: [{ schema, required: false }] }
    const outcome = run(user(), [{ op: 'add', path: 'urn:own', value: { schemas: ['x'] } }], { resourceType })
    expect(outcome.after['urn:own']).toEqual({ schemas: ['x'] })
    expect(outcome.compat).toEqual([])
  })

  test('stays when the resource type requires it', () => {
    expect(refused(() => run(before, [{ op: 'remove', path: TEST_EXTENSION_URN }], { resourceType: required })).status).toBe(
      '400 mutability',
    )
    expect(refused(() => run(before, [{ op: 'replace', value: { [TEST_EXTENSION_URN]: null } }], { resourceType: required })).status).toBe(
      '400 invalidValue',
    )
  })

  test('may be the other one of two, of which one is required', () => {
    const [first, ...others] = TEST_RESOURCE_TYPE.extensions
    const resourceType = { ...TEST_RESOURCE_TYPE, extensions: [...(first ? [{ ...first, required: true }] : []), ...others] }
    const both = { ...before, [TEST_SHORT_EXTENSION_URN]: { depth: 1 } }
    expect(run(both, [{ op: 'remove', path: TEST_SHORT_EXTENSION_URN }], { resourceType }).after).toEqual(before)
    expect(refused(() => run(both, [{ op: 'remove', path: TEST_EXTENSION_URN }], { resourceType })).status).toBe('400 mutability')
  })

  test.each<Json>([null, '', []])('goes by a replace with %j [REP-08]', (value) => {
    expect(run(before, [{ op: 'replace', path: TEST_EXTENSION_URN, value }], setup).after).toEqual({
      schemas: [TEST_URN],
      id: 'T1',
      code: 'c',
    })
    expect(run(before, [{ op: 'replace', value: { [TEST_EXTENSION_URN]: value } }], setup).after).toEqual({
      schemas: [TEST_URN],
      id: 'T1',
      code: 'c',
    })
  })

  test.each<Json>([['x'], [{ costCenter: '2' }], 1, true])('is no %j', (value) => {
    expect(refused(() => run(before, [{ op: 'replace', path: TEST_EXTENSION_URN, value }], setup)).status).toBe('400 invalidValue')
  })

  test('does not go while it holds an immutable value [PAT-09]', () => {
    const fixed = { ...before, [TEST_EXTENSION_URN]: { grade: 'a', origin: 'here' } }
    expect(refused(() => run(fixed, [{ op: 'remove', path: TEST_EXTENSION_URN }], setup)).status).toBe('400 mutability')
  })
})

describe('an element with parts that a client cannot change', () => {
  const cards = attribute({
    name: 'cards',
    description: '',
    type: 'complex',
    multiValued: true,
    subAttributes: [
      attribute({ name: 'value', description: '', mutability: 'immutable' }),
      attribute({ name: 'made', description: '', mutability: 'readOnly' }),
      attribute({ name: 'note', description: '' }),
      attribute({ name: 'colour', description: '' }),
    ],
  })
  const resourceType: ResourceType = { ...USER_RESOURCE_TYPE, schema: { ...USER_RESOURCE_TYPE.schema, attributes: [cards] } }
  const before = { schemas: user()['schemas'] ?? [], id: 'U1', cards: [{ value: 'a', made: 'm', note: 'n', colour: 'red' }] }
  const after = (operation: JsonObject) => run(before, [operation], { resourceType }).after['cards']

  test('keeps them when it is replaced [CHR-03 CHR-04]', () => {
    expect(after({ op: 'replace', path: 'cards[note eq "n"]', value: { colour: 'blue' } })).toEqual([
      { value: 'a', made: 'm', note: 'n', colour: 'blue' },
    ])
    expect(after({ op: 'replace', path: 'cards[value pr]', value: { note: 'x', made: 'x' } })).toEqual([
      { value: 'a', made: 'm', note: 'x' },
    ])
  })

  test.each<JsonObject>([
    { op: 'replace', path: 'cards[note eq "n"]', value: { value: 'b' } },
    { op: 'replace', path: 'cards[note eq "n"].value', value: 'b' },
    { op: 'add', path: 'cards[note eq "n"]', value: { value: 'b' } },
    { op: 'add', path: 'cards.value', value: 'b' },
    { op: 'remove', path: 'cards.value' },
    { op: 'remove', path: 'cards[value eq "a"].value' },
    { op: 'replace', path: 'cards[value eq "a"]', value: { value: null } },
  ])('refuses %j [PAT-09 D4]', (operation) => {
    expect(refused(() => after(operation)).status).toBe('400 mutability')
  })

  test('may be added and removed as a whole', () => {
    expect(after({ op: 'add', path: 'cards', value: [{ value: 'b' }] })).toHaveLength(2)
    expect(after({ op: 'remove', path: 'cards[value eq "a"]' })).toBeUndefined()
    expect(after({ op: 'replace', path: 'cards', value: [{ value: 'b' }] })).toEqual([{ value: 'b' }])
  })
})

describe('created elements', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'hold the values of the filter as they were written',
      { op: 'add', path: 'emails[type eq "Work" and display eq "Al B"].value', value: 'A@Example.com' },
      { value: 'A@Example.com', display: 'Al B', type: 'Work' },
    ],
    [
      'hold the value that the filter names',
      { op: 'add', path: 'emails[value eq "A@Example.com"]', value: { type: 'home' } },
      { value: 'A@Example.com', type: 'home' },
    ],
    [
      'hold what the value says rather than the filter',
      { op: 'add', path: 'emails[type eq "work"]', value: { value: 'a@example.com', type: 'home' } },
      { value: 'a@example.com', type: 'home' },
    ],
    [
      'are primary when the filter says so [EN-30]',
      { op: 'replace', path: 'emails[primary eq true].value', value: 'a@example.com' },
      { value: 'a@example.com', primary: true },
    ],
    [
      'are primary when the filter says so among other terms',
      { op: 'replace', path: 'emails[type eq "work" and primary eq "true"].value', value: 'a@example.com' },
      { value: 'a@example.com', type: 'work', primary: true },
    ],
  ])('%s', (_, operation, expected) => {
    expect(run(user(), [operation]).resource).toEqual(user({ emails: [expected] }))
  })

  test('that cannot be made are refused with what would do', () => {
    const { detail } = refused(() => run(user(), [{ op: 'add', path: 'emails[value pr]', value: { display: 'x' } }]))
    expect(detail).toBe('operation 1: No value of `emails` fulfils the filter; one could only be made of `eq` terms joined by `and`.')
  })

  test('are never primary by accident [EN-26]', () => {
    const outcome = run(user({ emails: [work] }), [{ op: 'replace', path: 'emails[type eq "home"].value', value: 'a@example.com' }])
    expect(outcome.resource).toEqual(user({ emails: [work, { value: 'a@example.com', type: 'home' }] }))
    expect(outcome.compat).toEqual(['replace-creates-element'])
  })

  test('take the mark from the old primary one when the filter says so [PAT-12]', () => {
    const outcome = run(user({ emails: [{ ...home, primary: false }] }), [
      { op: 'add', path: 'emails[primary eq true].value', value: 'a@example.com' },
    ])
    expect(outcome.resource).toEqual(
      user({
        emails: [
          { ...home, primary: false },
          { value: 'a@example.com', primary: true },
        ],
      }),
    )
  })

  test.each([
    'emails[type eq "work" and type eq "home"].value',
    'emails[type co "work"].value',
    'emails[type pr].value',
    'emails[type eq null].value',
    'emails[not (type eq "home")].value',
    'emails[type eq "work" or type eq "home"].value',
  ])('cannot be made of %s [ADD-09 H5]', (path) => {
    for (const op of ['add', 'replace']) {
      expect(refused(() => run(user(), [{ op, path, value: 'a@example.com' }])).status).toBe('400 noTarget')
    }
  })

  test('must satisfy the schema as any other', () => {
    const setup = { resourceType: TEST_RESOURCE_TYPE }
    const before = { schemas: [TEST_URN], id: 'T1', code: 'c' }
    expect(refused(() => run(user(), [{ op: 'add', path: 'emails[value eq "two words"].type', value: 'work' }])).status).toBe(
      '400 invalidValue',
    )
    expect(refused(() => run(before, [{ op: 'add', path: 'places[type eq "x"].street', value: 's' }], setup)).status).toBe(
      '400 invalidValue',
    )
  })
})

describe('what is left when something is cleared', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    [
      'an element goes with its value',
      user({ emails: [{ ...work, display: 'Al' }, home] }),
      { op: 'replace', path: 'emails[type eq "work"].value', value: null },
      user({ emails: [home] }),
    ],
    [
      'an address goes with its last part',
      user({ addresses: [{ locality: 'Springfield', type: 'work', primary: true }] }),
      { op: 'replace', path: 'addresses[type eq "work"].locality', value: '' },
      user(),
    ],
    [
      'an address stays with another part',
      user({ addresses: [{ locality: 'Springfield', country: 'US', type: 'work' }] }),
      { op: 'remove', path: 'addresses[type eq "work"].locality' },
      user({ addresses: [{ country: 'US', type: 'work' }] }),
    ],
    [
      'a manager goes with the id',
      employee({ manager: { value: 'U2', $ref: 'https://x.example/Users/U2' } }),
      { op: 'replace', path: `${ENT}:manager`, value: { value: '' } },
      user(),
    ],
    [
      'a manager goes by a null value too',
      employee({ manager: { value: 'U2', $ref: 'https://x.example/Users/U2' } }),
      { op: 'remove', path: `${ENT}:manager.value` },
      user(),
    ],
    [
      'a manager stays without its $ref',
      employee({ manager: { value: 'U2', $ref: 'https://x.example/Users/U2' } }),
      { op: 'remove', path: `${ENT}:manager.$ref` },
      employee({ manager: { value: 'U2' } }),
    ],
  ])('%s [P20 EN-83]', (_, before, operation, after) => {
    expect(run(before, [operation]).resource).toEqual(after)
  })
})
