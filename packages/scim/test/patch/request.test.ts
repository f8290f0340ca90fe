import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { GROUP_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { ENTERPRISE_USER_URN as ENT, PATCH_OP_URN, USER_URN } from '../../src/urns.ts'
import { employee, group, message, refused, run, runPatch, user } from './run-patch.ts'

const rename = { op: 'replace', path: 'displayName', value: 'Alice' }
const onGroup = { resourceType: GROUP_RESOURCE_TYPE }

describe('the message', () => {
  test.each<[string, Json]>([
    ['without schemas', { Operations: [rename] }],
    ['of another kind', { schemas: [USER_URN], Operations: [rename] }],
    ['whose schemas are no array', { schemas: PATCH_OP_URN, Operations: [rename] }],
    ['whose schemas are empty', { schemas: [], Operations: [rename] }],
    ['without Operations', { schemas: [PATCH_OP_URN] }],
    ['whose Operations are an object', { schemas: [PATCH_OP_URN], Operations: rename }],
    ['whose Operations are null', { schemas: [PATCH_OP_URN], Operations: null }],
    ['that is an array', [rename]],
    ['that is null', null],
  ])('%s is refused [PAT-02 PAT-03 SCM-12]', (_, body) => {
    expect(refused(() => runPatch(user(), body)).status).toBe('400 invalidSyntax')
  })

  test('may name its members in any case [JSN-03 ZZ-1]', () => {
    const body = { SCHEMAS: [PATCH_OP_URN.toUpperCase()], operations: [{ OP: 'replace', Path: 'displayName', VALUE: 'Alice' }] }
    expect(runPatch(user(), body).resource).toEqual(user({ displayName: 'Alice' }))
  })

  test.each<[Profile, boolean]>([
    ['generic', false],
    ['okta', false],
    ['okta', true],
  ])('without operations is refused for profile %s, Entra flag %s [PAT-03]', (profile, entraFlag) => {
    expect(refused(() => run(user(), [], { profile, entraFlag })).status).toBe('400 invalidSyntax')
  })

  test.each<[Profile, boolean]>([
    ['entra', false],
    ['generic', true],
  ])('without operations changes nothing for profile %s, Entra flag %s', (profile, entraFlag) => {
    const outcome = run(user(), [], { profile, entraFlag })
    expect(outcome).toMatchObject({ steps: [], compat: ['empty-operations'] })
    expect(outcome.resource).toBeUndefined()
  })
})

describe('an operation', () => {
  test.each<[string, Json]>([
    ['that is no object', 'replace'],
    ['that is an array', [rename]],
    ['without op', { path: 'displayName', value: 'Alice' }],
    ['with an op of JSON Patch', { ...rename, op: 'move' }],
    ['with an op that is no text', { ...rename, op: 1 }],
    ['with an empty op', { ...rename, op: '' }],
    ['with a blank in op', { ...rename, op: ' replace' }],
  ])('%s is refused [PAT-04 ZZ-3]', (_, operation) => {
    expect(refused(() => run(user(), [operation])).status).toBe('400 invalidSyntax')
  })

  test.each(['Add', 'ADD', 'aDD', 'Replace', 'REPLACE', 'Remove', 'rEMOVE'])('may be written %s [PAT-04 EN-24]', (op) => {
    const before = user({ nickName: 'Al' })
    const outcome = run(before, [{ op, path: 'nickName', ...(op.toLowerCase() === 'remove' ? {} : { value: 'Ally' }) }])
    expect(outcome.after['nickName']).toBe(op.toLowerCase() === 'remove' ? undefined : 'Ally')
    expect(outcome.compat).toEqual(['op-case'])
  })

  test('of null path is one without path', () => {
    expect(run(user(), [{ op: 'replace', path: null, value: { nickName: 'Al' } }]).resource).toEqual(user({ nickName: 'Al' }))
    expect(refused(() => run(user(), [{ op: 'remove', path: null }])).status).toBe('400 noTarget')
  })

  test('that fails is named by its number', () => {
    expect(refused(() => run(user(), [rename, { op: 'add', path: 'bogus', value: 1 }])).detail).toMatch(/^operation 2: /)
    expect(refused(() => run(user(), [rename, rename, { op: 'replace', path: 'id', value: 'U2' }])).detail).toMatch(/^operation 3: /)
    const created = { op: 'replace', path: 'emails[type eq "x"].value', value: 'a@example.com' }
    expect(refused(() => run(user(), [rename, created])).detail).toMatch(/^operation 2: /)
  })

  test.each<[string, Json]>([
    ['a required attribute', { op: 'replace', path: 'userName', value: null }],
    ['a required attribute in a value', { op: 'replace', value: { userName: '' } }],
  ])('that clears %s is named by its number [P21]', (_, operation) => {
    expect(refused(() => run(user(), [rename, operation])).detail).toBe('operation 2: `userName` is required and cannot be cleared.')
  })

  test('keeps status, kind and cause of its refusal', () => {
    expect(refused(() => run(user(), [{ op: 'add', path: 'emails[type is 1]', value: {} }])).status).toBe('400 invalidFilter')
  })
})

describe('details of refusals', () => {
  test.each<[JsonObject, string]>([
    [{ op: 'replace', path: 'title' }, 'replace needs a `value`; null clears the target.'],
    [{ op: 'add', path: 'title' }, 'add needs a `value`.'],
    [
      { op: 'add', path: 'name.givenName', value: null },
      'add needs a value for `name.givenName`; to clear it, use remove, or replace with null.',
    ],
    [
      { op: 'add', path: 'emails[type eq "work"].value', value: null },
      'add needs a value for `emails[…].value`; to clear it, use remove, or replace with null.',
    ],
    [
      { op: 'add', path: 'emails[type eq "work"]', value: null },
      'add needs a value for `emails[…]`; to clear it, use remove, or replace with null.',
    ],
    [{ op: 'remove', path: `${ENT}:manager.displayName` }, `\`${ENT}:manager.displayName\` is readOnly.`],
    [{ op: 'replace', path: 'active', value: 'maybe' }, '`active` must be true or false, not a string.'],
    [{ op: 'move' }, '`op` must be "add", "replace" or "remove", not `move`.'],
    [{ path: 'title' }, '`op` must be "add", "replace" or "remove".'],
    [{ op: 'add', path: 'bogus', value: 1 }, 'User has no attribute `bogus`.'],
  ])('%j says what would be right', (operation, expected) => {
    expect(refused(() => run(user(), [operation])).detail).toBe(`operation 1: ${expected}`)
  })
})

describe('the profile in effect', () => {
  const unknown = { op: 'add', path: 'favouriteColour', value: 'blue' }
  const marked = { op: 'Replace', path: 'displayName', value: 'Alice' }

  test.each<[string, Profile, boolean, readonly Json[]]>([
    ['a client of profile entra', 'entra', false, [unknown]],
    ['the flag of its tenant URL', 'generic', true, [unknown]],
    ['an op not in lower case, even behind the unknown path', 'generic', false, [unknown, marked]],
  ])('is entra for %s: an unknown path is passed over [RC-23 EN-10]', (_, profile, entraFlag, operations) => {
    const outcome = run(user(), operations, { profile, entraFlag })
    expect(outcome.compat).toContain('unknown-attribute:favouriteColour')
    expect(outcome.after).toEqual(operations.includes(marked) ? user({ displayName: 'Alice' }) : user())
  })

  test.each<[string, Profile, boolean, readonly Json[]]>([
    ['without a mark', 'generic', false, [unknown]],
    ['for a client of Okta, whatever marks it sends', 'okta', true, [unknown, marked]],
    ['for an op in capitals that is none', 'generic', false, [unknown, { op: 'Move' }]],
  ])('stays %s: an unknown path is refused', (_, profile, entraFlag, operations) => {
    expect(refused(() => run(user(), operations, { profile, entraFlag })).status).toMatch(/^400 invalid(Path|Syntax)$/)
  })

  test('makes no malformed path acceptable [H2]', () => {
    for (const path of ['emails[', 'emails[]', '[x]', '.', '', '__proto__', 'a[b eq "c"]d']) {
      expect(refused(() => run(user(), [{ op: 'Add', path, value: 'x' }], { profile: 'entra' })).status).toMatch(
        /^400 invalid(Path|Filter)$/,
      )
    }
  })

  test('lets filters in paths go without quotes for entra alone', () => {
    const operation = { op: 'add', path: 'emails[type eq work].value', value: 'a@example.com' }
    expect(refused(() => run(user(), [operation])).status).toBe('400 invalidFilter')
    expect(run(user(), [operation], { profile: 'entra' }).compat).toEqual(['unquoted-filter-value'])
  })
})

describe('limits', () => {
  const noop = { op: 'replace', path: 'nickName', value: 'Al' }

  test('hold for operations: the last one allowed and one more [H4]', () => {
    const limits = { patchOperationsMax: 3 }
    expect(run(user(), [noop, noop, noop], { limits }).after).toEqual(user({ nickName: 'Al' }))
    expect(refused(() => run(user(), [noop, noop, noop, noop], { limits }))).toEqual({
      status: '413',
      detail: 'The request holds 4 operations; at most 3 are accepted.',
    })
  })

  const values = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ value: `U${from + index}` }))

  test.each<[string, (count: number) => readonly JsonObject[]]>([
    ['one addition', (count) => [{ op: 'add', path: 'members', value: values(count) }]],
    ['one overwrite', (count) => [{ op: 'replace', path: 'members', value: values(count) }]],
    ['one removal', (count) => [{ op: 'remove', path: 'members', value: values(count) }]],
    [
      'an addition and a removal',
      (count) => [
        { op: 'add', path: 'members', value: values(2) },
        { op: 'remove', path: 'members', value: values(count - 2, 2) },
      ],
    ],
    ['several filters', (count) => values(count).map(({ value }) => ({ op: 'remove', path: `members[value eq "${value}"]` }))],
  ])('hold for the members in %s: the last one allowed and one more [H4]', (_, operations) => {
    const setup = { ...onGroup, limits: { collectionElementsMax: 5 } }
    expect(run(group(), operations(5), setup).steps.length).toBeGreaterThan(0)
    expect(refused(() => run(group(), operations(6), setup)).status).toBe('413')
  })

  test('let ten thousand members pass in one operation [LEN-04]', () => {
    const { steps } = run(group(), [{ op: 'add', path: 'members', value: values(10_000) }], onGroup)
    expect(steps).toHaveLength(1)
  })

  test('hold for the length of a path [H4]', () => {
    const path = `emails[type eq "${'x'.repeat(1_000_000)}"]`
    expect(refused(() => run(user(), [{ op: 'add', path, value: {} }])).status).toBe('400 invalidPath')
  })
})

describe('what the request tells before the resource is read', () => {
  test.each<[string, readonly Json[], boolean]>([
    [
      'operations on members alone',
      [
        { op: 'add', path: 'members', value: [{ value: 'U1' }] },
        { op: 'remove', path: 'members' },
      ],
      true,
    ],
    ['members in a value without path', [{ op: 'replace', value: { members: [], schemas: [] } }], true],
    ['a removal of no members', [{ op: 'remove', path: 'members', value: [] }], true],
    ['a rename beside the members', [{ op: 'replace', value: { members: [], displayName: 'x' } }], false],
    ['an id beside the members, which must be compared', [{ op: 'replace', value: { members: [], id: 'G1' } }], false],
    ['a rename', [{ op: 'replace', path: 'displayName', value: 'x' }], false],
  ])('%s: whether it concerns collections alone', (_, operations, expected) => {
    expect(run(group(), operations, onGroup).request.stepsOnly).toBe(expected)
  })

  test('names the attributes that it sets, for those returned on request [CHR-06]', () => {
    const { request } = run(employee({ department: 'Sales' }), [
      { op: 'replace', value: { 'name.givenName': 'Alice', [`${ENT}:division`]: 'East', id: 'U1' } },
      { op: 'add', path: 'emails[type eq "work"].value', value: 'a@example.com' },
      { op: 'remove', path: 'NICKNAME' },
    ])
    expect([...request.touched].sort()).toEqual(['emails', 'name', 'nickName', `${ENT}:division`])
    expect([...run(group(), [{ op: 'add', path: 'Members', value: [{ value: 'U1' }] }], onGroup).request.touched]).toEqual(['members'])
    expect([...run(user(), [{ op: 'remove', path: ENT }]).request.touched]).toContain(`${ENT}:department`)
  })

  test('leaves body and resource as they were', () => {
    const before = user({ emails: [{ value: 'a@example.com', type: 'work', primary: true }] })
    const copy = structuredClone(before)
    runPatch(before, message([{ op: 'add', path: 'emails', value: [{ value: 'b@example.com', primary: true }] }]))
    expect(before).toEqual(copy)
  })
})
