import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { project, projectElement, wants } from '../../src/resource/project.ts'
import { parseProjection } from '../../src/resource/projection.ts'
import { attribute } from '../../src/schema/attribute.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '../../src/urns.ts'
import { attributeOf, refusalOf } from './asked.ts'

type Asked = { profile?: Profile; limits?: Partial<Limits>; types?: readonly ResourceType[]; excluded?: readonly string[] }

function read(attributes: readonly string[], asked: Asked = {}) {
  const { profile = 'generic', limits, types = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE], excluded = [] } = asked
  const compat = new Set<string>()
  const input = { attributes, excludedAttributes: excluded }
  return { projection: parseProjection(input, types, { limits: { ...DEFAULT_LIMITS, ...limits }, profile, compat }), compat: [...compat] }
}

const WORK = { value: 'a@x', display: 'A, a', type: 'work', primary: true }
const HOME = { value: 'B@x', type: 'home' }
const BARE = { value: 'c]@x', display: 'C' }
const USER: JsonObject = {
  schemas: [USER_URN],
  id: '1',
  userName: 'a',
  name: { givenName: 'g' },
  emails: [WORK, HOME, BARE],
}

const emailsShown = (...names: string[]) => project(USER, USER_RESOURCE_TYPE, read(names).projection)['emails']

describe('a value path in attributes', () => {
  test.each<[readonly string[], readonly JsonObject[] | undefined]>([
    [['emails[type eq "work"]'], [WORK]],
    [['EMAILS[Type Eq "WORK"]'], [WORK]],
    [[' emails [ type eq "work" ] '], [WORK]],
    [[`${USER_URN}:emails[type eq "work"]`], [WORK]],
    [[`${USER_URN.toUpperCase()}:emails[type eq "work"].value`], [{ value: 'a@x' }]],
    [['emails[type eq "work"].value'], [{ value: 'a@x' }]],
    [['emails[value eq "b@X"]'], [HOME]],
    [['emails[value eq "c]@x"]'], [BARE]],
    [['emails[display eq "A, a"].display'], [{ display: 'A, a' }]],
    [['emails[type pr].display'], [{ display: 'A, a' }]],
    [['emails[not (type eq "work")]'], [HOME, BARE]],
    [['emails[primary eq false]'], [HOME, BARE]],
    [['emails[type eq "work" or type eq "home"].type'], [{ type: 'work' }, { type: 'home' }]],
    [['emails[type eq "other"]'], undefined],
    [['emails[type eq "work"].bogus'], undefined],
    // Names add up, element by element.
    [
      ['emails', 'emails[type eq "work"].value'],
      [WORK, HOME, BARE],
    ],
    [
      ['emails[type eq "work"].value', 'emails'],
      [WORK, HOME, BARE],
    ],
    [
      ['emails[type eq "work"]', 'emails[type eq "home"].value'],
      [WORK, { value: 'B@x' }],
    ],
    [['emails[type eq "work"].value', 'emails[primary eq true].type'], [{ value: 'a@x', type: 'work' }]],
    [['emails[type eq "work"].value', 'emails[type eq "work"]'], [WORK]],
    [
      ['emails[type eq "work"]', 'emails.value'],
      [WORK, { value: 'B@x' }, { value: 'c]@x' }],
    ],
    [
      ['emails.type', 'emails[type eq "work"].value'],
      [{ value: 'a@x', type: 'work' }, { type: 'home' }],
    ],
    [['bogus[type eq "work"]', `${ENTERPRISE_USER_URN}:bogus[type eq "work"]`], undefined],
  ])('%j shows of the e-mails %j [PRJ-02 PRJ-05 PRJ-08]', (names, expected) => {
    expect(emailsShown(...names)).toEqual(expected)
  })

  test('shows the minimum and other names beside it [PRJ-02]', () => {
    const { projection } = read(['emails[type eq "work"]', 'userName'])
    expect(project(USER, USER_RESOURCE_TYPE, projection)).toEqual({ schemas: [USER_URN], id: '1', userName: 'a', emails: [WORK] })
  })

  test.each<[readonly string[], readonly string[]]>([
    [['emails[type eq "work"]'], ['value-path-in-attributes']],
    [['members[value eq "1"].display'], ['value-path-in-attributes']],
    [['emails', 'emails.type'], []],
    [['manager', `${ENTERPRISE_USER_URN}:department`], ['unqualified-extension-attribute']],
    [['bogus[type eq "work"]'], []],
  ])('%j is named to the host as %j', (names, compat) => {
    expect(read(names).compat).toEqual(compat)
  })

  test.each<[string, string]>([
    ['emails[', 'invalidFilter'],
    ['emails[]', 'invalidFilter'],
    ['emails[type eq "work"', 'invalidFilter'],
    ['emails[type eq "work', 'invalidFilter'],
    ['emails[type eq work]', 'invalidFilter'],
    ['emails[type like "work"]', 'invalidFilter'],
    ['emails[0]', 'invalidFilter'],
    ['emails[bogus eq "x"]', 'invalidFilter'],
    ['emails[primary eq "true"]', 'invalidFilter'],
    ['emails[type eq "work"]value', 'invalidFilter'],
    ['emails[type eq "work"] .value', 'invalidFilter'],
    ['emails[type eq "work"].value.more', 'invalidFilter'],
    ['emails[type eq "work"].value eq "x"', 'invalidFilter'],
    ['emails[type[value eq "x"]]', 'invalidFilter'],
    ['emails.value[type eq "work"]', 'invalidFilter'],
    ['name[givenName eq "g"]', 'invalidFilter'],
    ['userName[value eq "a"]', 'invalidFilter'],
    ['[type eq "work"]', 'invalidFilter'],
    ['bogus[type eq ]', 'invalidFilter'],
  ])('%j is refused, never passed over [PAT-06]', (name, scimType) => {
    const refusal = refusalOf(() => read(['userName', name]))
    expect(refusal).toMatchObject({ status: 400, scimType })
  })

  test('reads words without quotes and booleans in quotes for Entra alone', () => {
    const entra = read(['emails[type eq work]', 'emails[primary eq "True"]'], { profile: 'entra' })
    expect(entra.compat.toSorted()).toEqual(['string-boolean', 'unquoted-filter-value', 'value-path-in-attributes'])
    expect(project(USER, USER_RESOURCE_TYPE, entra.projection)['emails']).toEqual([WORK])
  })

  test('may with all others be as long as one filter and not longer [A1 G5]', () => {
    const names = ['emails[type eq "work"]', 'userName', 'emails[type eq "home"].value']
    const length = 22 + 28
    expect(read(names, { limits: { filterLengthMax: length } }).projection.kind).toBe('only')
    const refusal = refusalOf(() => read(names, { limits: { filterLengthMax: length - 1 } }))
    expect(refusal).toMatchObject({ status: 400, scimType: 'invalidFilter' })
    expect(refusal.message).toContain(String(length - 1))
  })

  test('makes no attribute known that is never returned [CHR-06 B9]', () => {
    const secrets = attribute({
      name: 'secrets',
      description: 'Kept to itself',
      type: 'complex',
      multiValued: true,
      returned: 'never',
      subAttributes: [attribute({ name: 'value', description: 'A secret' })],
    })
    const keys = { ...secrets, name: 'keys', returned: 'default' as const, subAttributes: [{ ...secrets, name: 'value' }] }
    const type = { ...USER_RESOURCE_TYPE, schema: { ...USER_RESOURCE_TYPE.schema, attributes: [secrets, keys] } }
    const { projection } = read(['secrets[value eq "x"]'], { types: [type] })
    expect(project({ ...USER, secrets: [{ value: 'x' }] }, type, projection)).toEqual({ schemas: [USER_URN], id: '1' })
    expect(refusalOf(() => read(['keys[value pr]'], { types: [type] })).scimType).toBe('invalidFilter')
  })

  test('takes no element from an attribute that is always returned [CHR-06]', () => {
    const emails = { ...attributeOf(USER_RESOURCE_TYPE, 'emails'), returned: 'always' as const }
    const type = { ...USER_RESOURCE_TYPE, schema: { ...USER_RESOURCE_TYPE.schema, attributes: [emails] } }
    const { projection } = read(['emails[type eq "work"].value'], { types: [type] })
    expect(project(USER, type, projection)['emails']).toEqual([{ value: 'a@x' }, HOME, BARE])
  })

  test('shows the elements that the same words in a filter would find, and no others', () => {
    const operator = fc.constantFrom('eq', 'ne', 'co', 'sw')
    const word = fc.constantFrom('work', 'home', 'a@x', 'b@x', 'x')
    const sub = fc.constantFrom('type', 'value', 'display')
    fc.assert(
      fc.property(sub, operator, word, (name, op, text) => {
        const filter = `${name} ${op} "${text}"`
        const found = emailsShown(`emails[${filter}]`) ?? []
        const others = emailsShown(`emails[not (${filter})]`) ?? []
        expect([found, others].flat()).toHaveLength(3)
        expect([found, others].flat()).toEqual(expect.arrayContaining([WORK, HOME, BARE]))
      }),
    )
  })
})

describe('a value path in excludedAttributes', () => {
  test.each(['emails[type eq "work"]', 'emails[type eq "work"].value', 'bogus[x', '['])(
    '%j is refused: elements cannot be excluded [PRJ-03]',
    (name) => {
      const refusal = refusalOf(() => read([], { excluded: ['userName', name] }))
      expect(refusal).toMatchObject({ status: 400, scimType: 'invalidValue' })
      expect(refusal.message).toContain(name)
    },
  )
})

describe('elements that the store keeps apart', () => {
  const members = attributeOf(GROUP_RESOURCE_TYPE, 'members')
  const element = { value: 'U1', $ref: 'https://x/Users/U1', type: 'User', display: 'alice' }

  test.each<[string, JsonObject | undefined]>([
    ['members[value eq "U1"]', element],
    ['members[value eq "U2"]', undefined],
    ['members[type eq "User"].value', { value: 'U1' }],
    ['members[display sw "AL"].$ref', { $ref: 'https://x/Users/U1' }],
    ['members[$ref eq "/Users/U1"].display', { display: 'alice' }],
    [`${GROUP_URN}:members[value eq "U1"].display`, { display: 'alice' }],
  ])('under %s show %j', (name, expected) => {
    const { projection } = read([name])
    expect(wants(projection, GROUP_RESOURCE_TYPE, 'members')).toBe(true)
    expect(projectElement(element, members, projection)).toEqual(expected)
  })
})
