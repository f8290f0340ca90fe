import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHidden } from '../../src/filter/comparable.ts'
import type { JsonObject } from '../../src/json.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { isFull, project, projectElement, wants } from '../../src/resource/project.ts'
import { parseProjection, type Projection } from '../../src/resource/projection.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, USER_URN } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE, TEST_SHORT_EXTENSION_URN, TEST_URN } from '../test-resource.ts'
import { attributeOf, refusalOf } from './asked.ts'

const OPTIONS = { limits: DEFAULT_LIMITS, profile: 'generic', compat: new Set<string>() } as const
const TYPES = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE, TEST_RESOURCE_TYPE]

const parse = (attributes: readonly string[], excludedAttributes: readonly string[], types: readonly ResourceType[] = TYPES) =>
  parseProjection({ attributes, excludedAttributes }, types, OPTIONS)

const only = (...names: string[]) => parse(names, [])
const without = (...names: string[]) => parse([], names)
const EVERYTHING: Projection = { kind: 'default' }

const USER: JsonObject = {
  schemas: [USER_URN, ENTERPRISE_USER_URN],
  id: '1',
  externalId: 'e',
  userName: 'a',
  name: { givenName: 'g', familyName: 'f' },
  active: false,
  emails: [
    { value: 'a@x', type: 'work', primary: true },
    { value: 'b@x', display: 'B' },
  ],
  [ENTERPRISE_USER_URN]: { department: 'd', manager: { value: 'U2', displayName: 'Boss' } },
  meta: { resourceType: 'User', location: 'https://x/Users/1', version: 'W/"1"' },
}

const MINIMUM = { schemas: USER['schemas'], id: '1' }

const shown = (projection: Projection) => project(USER, USER_RESOURCE_TYPE, projection)

describe('a user', () => {
  test('is shown whole by default [GET-02 COM-17]', () => {
    expect(shown(EVERYTHING)).toEqual(USER)
    expect(shown(parse([], []))).toEqual(USER)
  })

  test.each<[string, readonly string[], JsonObject]>([
    ['an attribute', ['userName'], { userName: 'a' }],
    ['an attribute in other case', ['USERNAME'], { userName: 'a' }],
    ['an attribute with its URN', [`${USER_URN}:userName`], { userName: 'a' }],
    ['an attribute with its URN in other case', [`${USER_URN.toUpperCase()}:USERNAME`], { userName: 'a' }],
    ['several, with blanks', [' userName', ' active '], { userName: 'a', active: false }],
    ['a sub-attribute', ['name.givenName'], { name: { givenName: 'g' } }],
    ['two sub-attributes', ['name.givenName', 'NAME.FAMILYNAME'], { name: { givenName: 'g', familyName: 'f' } }],
    ['a sub-attribute after the whole', ['name', 'name.givenName'], { name: { givenName: 'g', familyName: 'f' } }],
    ['the whole after a sub-attribute', ['name.givenName', 'name'], { name: { givenName: 'g', familyName: 'f' } }],
    ['a sub-attribute of many values', ['emails.value'], { emails: [{ value: 'a@x' }, { value: 'b@x' }] }],
    ['a sub-attribute that one value has', ['emails.display'], { emails: [{ display: 'B' }] }],
    ['a sub-attribute that no value has', ['name.middleName'], {}],
    ['an attribute of an extension', [`${ENTERPRISE_USER_URN}:department`], { [ENTERPRISE_USER_URN]: { department: 'd' } }],
    ['a sub-attribute of an extension', [`${ENTERPRISE_USER_URN}:manager.value`], { [ENTERPRISE_USER_URN]: { manager: { value: 'U2' } } }],
    [
      'an attribute of an extension without its URN',
      ['manager'],
      { [ENTERPRISE_USER_URN]: { manager: { value: 'U2', displayName: 'Boss' } } },
    ],
    ['a whole extension', [ENTERPRISE_USER_URN.toUpperCase()], { [ENTERPRISE_USER_URN]: USER[ENTERPRISE_USER_URN] ?? null }],
    ['meta', ['meta'], { meta: USER['meta'] ?? null }],
    ['a part of meta', ['meta.location'], { meta: { location: 'https://x/Users/1' } }],
    ['nothing known', ['bogus', 'emails]', 'name.givenName.x', '.', '__proto__', 'constructor'], {}],
  ])('shows %s that is asked for, and the minimum [PRJ-01 PRJ-02 PRJ-05 PRJ-08 COM-02 COM-17 G5]', (_name, names, expected) => {
    expect(shown(only(...names))).toEqual({ ...MINIMUM, ...expected })
  })

  test('shows the whole core schema when its URN is asked for [PRJ-05]', () => {
    const { [ENTERPRISE_USER_URN]: _extension, meta: _meta, externalId: _externalId, ...core } = USER
    expect(shown(only(USER_URN))).toEqual(core)
  })

  test.each<[string, readonly string[], (user: Record<string, unknown>) => void]>([
    ['an attribute', ['emails'], (user) => delete user['emails']],
    ['an attribute in other case with its URN', [`${USER_URN}:EMAILS`], (user) => delete user['emails']],
    ['a sub-attribute', ['name.givenName'], (user) => (user['name'] = { familyName: 'f' })],
    ['all sub-attributes', ['name.givenName', 'name.familyName'], (user) => delete user['name']],
    ['a sub-attribute of many values', ['emails.value'], (user) => (user['emails'] = [{ type: 'work', primary: true }, { display: 'B' }])],
    ['a whole extension', [ENTERPRISE_USER_URN], (user) => delete user[ENTERPRISE_USER_URN]],
    ['an attribute of an extension', [`${ENTERPRISE_USER_URN}:manager`], (user) => (user[ENTERPRISE_USER_URN] = { department: 'd' })],
    ['meta', ['meta'], (user) => delete user['meta']],
    ['what is always shown', ['id', 'schemas'], () => undefined],
    ['what nobody knows', ['bogus'], () => undefined],
  ])('hides %s that is excluded [PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08]', (_name, names, change) => {
    const expected: Record<string, unknown> = { ...USER }
    change(expected)
    expect(shown(without(...names))).toEqual(expected)
  })
})

describe('the parameters', () => {
  test('exclude each other [PRJ-06]', () => {
    expect(refusalOf(() => parse(['userName'], ['emails']))).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(parse(['userName'], ['', ' '])).toMatchObject({ kind: 'only' })
  })

  test('say nothing when they are empty [RC-22]', () => {
    expect(parse([''], [' ', ''])).toEqual(EVERYTHING)
  })

  test('may hold as many names as the limit says and not one more [G5]', () => {
    const options = { ...OPTIONS, limits: { ...DEFAULT_LIMITS, projectionNamesMax: 5 } }
    const names = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`)
    expect(parseProjection({ attributes: names(5), excludedAttributes: [] }, TYPES, options).kind).toBe('only')
    expect(parseProjection({ attributes: [], excludedAttributes: names(5) }, TYPES, options).kind).toBe('without')
    expect(refusalOf(() => parseProjection({ attributes: names(6), excludedAttributes: [] }, TYPES, options)).message).toContain('5')
    expect(refusalOf(() => parseProjection({ attributes: [], excludedAttributes: names(6) }, TYPES, options)).scimType).toBe('invalidValue')
  })

  test('mean each type of a mixed answer [QRY-09]', () => {
    const group = { schemas: ['g'], id: '2', displayName: 'g', externalId: 'e' }
    const projection = only('displayName', 'userName')
    expect(project(group, GROUP_RESOURCE_TYPE, projection)).toEqual({ schemas: ['g'], id: '2', displayName: 'g' })
    expect(shown(projection)).toEqual({ ...MINIMUM, userName: 'a' })
  })
})

const TEST: JsonObject = {
  schemas: [TEST_URN, TEST_EXTENSION_URN],
  id: '1',
  code: 'c',
  secret: 'S',
  blind: 'B',
  hidden: 'H',
  badge: 'b',
  notes: 'n',
  vault: { open: 'o', fixed: 'f', key: 'k', stamp: 's', history: 'h' },
  not: 'x',
  [TEST_EXTENSION_URN]: { grade: 'a', secret: 'S', notes: 'n', mark: 'm' },
  [TEST_SHORT_EXTENSION_URN]: { Extra: 'x' },
}

const shownTest = (projection: Projection, requested?: ReadonlySet<string>) => project(TEST, TEST_RESOURCE_TYPE, projection, requested)

describe('returned', () => {
  const always = { schemas: TEST['schemas'], id: '1', badge: 'b', [TEST_EXTENSION_URN]: { mark: 'm' } }

  test('by default: always and default, never and request are left out [CHR-06 GET-02]', () => {
    expect(shownTest(EVERYTHING)).toEqual({
      schemas: TEST['schemas'],
      id: '1',
      code: 'c',
      badge: 'b',
      vault: { open: 'o', fixed: 'f', stamp: 's' },
      not: 'x',
      [TEST_EXTENSION_URN]: { grade: 'a', mark: 'm' },
      [TEST_SHORT_EXTENSION_URN]: { Extra: 'x' },
    })
  })

  test('under attributes: always and what is named, also on request [CHR-06 PRJ-02]', () => {
    expect(shownTest(only('bogus'))).toEqual(always)
    expect(shownTest(only('notes', `${TEST_EXTENSION_URN}:notes`))).toEqual({
      ...always,
      notes: 'n',
      [TEST_EXTENSION_URN]: { notes: 'n', mark: 'm' },
    })
    expect(shownTest(only('vault.history'))).toEqual({ ...always, vault: { stamp: 's', history: 'h' } })
    expect(shownTest(only('vault'))).toEqual({ ...always, vault: { open: 'o', fixed: 'f', stamp: 's' } })
  })

  test('under excludedAttributes: always stays, request stays out [CHR-06 PRJ-03 PRJ-04]', () => {
    const names = ['badge', 'id', 'vault.stamp', 'code', 'vault.open', `${TEST_EXTENSION_URN}:mark`, TEST_SHORT_EXTENSION_URN]
    expect(shownTest(without(...names))).toEqual({
      schemas: TEST['schemas'],
      id: '1',
      badge: 'b',
      vault: { fixed: 'f', stamp: 's' },
      not: 'x',
      [TEST_EXTENSION_URN]: { grade: 'a', mark: 'm' },
    })
  })

  test('never and writeOnly are shown to nobody, whatever is asked or set [CHR-05 CHR-06 PRJ-02 USR-09 B9]', () => {
    const names = ['secret', 'blind', 'hidden', 'vault.key', 'vault', `${TEST_EXTENSION_URN}:secret`, TEST_EXTENSION_URN, TEST_URN]
    const requested = new Set(['secret', 'blind', 'hidden', 'vault', `${TEST_EXTENSION_URN}:secret`])
    for (const projection of [EVERYTHING, only(...names), without('code')]) {
      expect(JSON.stringify(shownTest(projection, requested))).not.toMatch(/"(S|B|H|k)"/)
    }
  })

  test('on request: shown when the request set it, unless a projection says otherwise [CHR-06]', () => {
    const requested = new Set(['notes', 'vault', `${TEST_EXTENSION_URN}:notes`])
    expect(shownTest(EVERYTHING, requested)).toMatchObject({
      notes: 'n',
      vault: { history: 'h' },
      [TEST_EXTENSION_URN]: { notes: 'n' },
    })
    expect(shownTest(without('notes'), requested)).not.toHaveProperty('notes')
    expect(shownTest(only('code'), requested)).toEqual({ ...always, code: 'c' })
    expect(shownTest(EVERYTHING, new Set(['notes']))[TEST_EXTENSION_URN]).not.toHaveProperty('notes')
  })

  test('keyword-like names are names [FLT-35]', () => {
    expect(shownTest(only('NOT'))).toEqual({ ...always, not: 'x' })
  })

  test('of two extensions the one is meant whose URN is named whole [FLT-33]', () => {
    expect(shownTest(only(TEST_SHORT_EXTENSION_URN))).toEqual({ ...always, [TEST_SHORT_EXTENSION_URN]: { Extra: 'x' } })
    expect(shownTest(only(TEST_EXTENSION_URN))).toEqual({ ...always, [TEST_EXTENSION_URN]: { grade: 'a', mark: 'm' } })
  })

  test('returned never leaves in no answer whatever the projection [CHR-06]', () => {
    const names = TEST_RESOURCE_TYPE.schema.attributes.flatMap(({ name, subAttributes }) => [
      name,
      ...subAttributes.map((sub) => `${name}.${sub.name}`),
    ])
    const hidden = new Set(TEST_RESOURCE_TYPE.schema.attributes.filter(isHidden).map(({ name }) => name))
    fc.assert(
      fc.property(fc.subarray(names), fc.boolean(), fc.subarray(names), (named, isOnly, requested) => {
        const view = shownTest(isOnly ? only(...named) : without(...named), new Set(requested))
        expect(Object.keys(view).filter((name) => hidden.has(name))).toEqual([])
        expect(view).toMatchObject({ id: '1', schemas: TEST['schemas'], badge: 'b' })
      }),
    )
  })
})

describe('isFull', () => {
  test.each<[string, Projection, ResourceType, boolean]>([
    ['a user', EVERYTHING, USER_RESOURCE_TYPE, true],
    ['a group', EVERYTHING, GROUP_RESOURCE_TYPE, true],
    ['a type with hidden attributes', EVERYTHING, TEST_RESOURCE_TYPE, false],
    ['attributes', only('userName'), USER_RESOURCE_TYPE, false],
    ['excludedAttributes', without('members'), GROUP_RESOURCE_TYPE, false],
  ])('%s: stored JSON is shown as it is only when nothing is to be hidden', (_name, projection, type, expected) => {
    expect(isFull(projection, type)).toBe(expected)
  })
})

describe('wants', () => {
  test.each<[string, Projection, boolean]>([
    ['the default', EVERYTHING, true],
    ['attributes without it', only('displayName'), false],
    ['attributes with it', only('MEMBERS'), true],
    ['attributes with a part of it', only('members.value'), true],
    ['attributes with nothing known', only('bogus'), false],
    ['excludedAttributes with it', without('members'), false],
    ['excludedAttributes with a part of it', without('members.display'), true],
    ['excludedAttributes without it', without('displayName'), true],
  ])('under %s the members are read only when they are shown [PRJ-09 EN-36 RC-21]', (_name, projection, expected) => {
    expect(wants(projection, GROUP_RESOURCE_TYPE, 'members')).toBe(expected)
  })

  test('an attribute of another type is not wanted', () => {
    expect(wants(EVERYTHING, USER_RESOURCE_TYPE, 'members')).toBe(false)
    expect(wants(EVERYTHING, USER_RESOURCE_TYPE, 'groups')).toBe(true)
    expect(wants(only('groups.value'), USER_RESOURCE_TYPE, 'groups')).toBe(true)
  })
})

describe('projectElement', () => {
  const members = attributeOf(GROUP_RESOURCE_TYPE, 'members')
  const element = { value: 'U1', $ref: 'https://x/Users/U1', type: 'User', display: 'alice' }

  test.each<[string, Projection, JsonObject]>([
    ['the default', EVERYTHING, element],
    ['the whole attribute', only('members'), element],
    ['some sub-attributes', only('members.value', 'members.$ref'), { value: 'U1', $ref: 'https://x/Users/U1' }],
    ['excluded sub-attributes', without('members.display', 'members.$ref'), { value: 'U1', type: 'User' }],
    ['other attributes', without('displayName'), element],
  ])('under %s an element shows its part [PRJ-01 PRJ-02 PRJ-03]', (_name, projection, expected) => {
    expect(projectElement(element, members, projection)).toEqual(expected)
  })
})
