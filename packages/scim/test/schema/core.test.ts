import { describe, expect, test } from 'vitest'
import { type Attribute, attribute } from '../../src/schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../../src/schema/common.ts'
import { ENTERPRISE_USER_SCHEMA, GROUP_RESOURCE_TYPE, GROUP_SCHEMA, USER_RESOURCE_TYPE, USER_SCHEMA } from '../../src/schema/core.ts'
import type { Schema } from '../../src/schema/resource-type.ts'
import { TEST_RESOURCE_SCHEMA } from '../test-resource.ts'

/** Path and attribute of everything in a schema. */
const walk = (attributes: readonly Attribute[], prefix = ''): [string, Attribute][] =>
  attributes.flatMap((each): [string, Attribute][] => [[prefix + each.name, each], ...walk(each.subAttributes, `${prefix}${each.name}.`)])

const find = (schema: Schema, path: string): Attribute => {
  const found = walk(schema.attributes).find(([candidate]) => candidate === path)?.[1]
  if (found === undefined) throw new Error(`${schema.name} has no ${path}`)
  return found
}

const characteristics = ({ type, multiValued, required, caseExact, mutability, returned, uniqueness, referenceTypes }: Attribute) => ({
  type,
  multiValued,
  required,
  caseExact,
  mutability,
  returned,
  uniqueness,
  referenceTypes,
})

const UNSTATED = {
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  referenceTypes: [],
}

const LIST = { type: 'complex', multiValued: true }
const LINK = { type: 'reference', referenceTypes: ['external'], caseExact: true }
const FLAG = { type: 'boolean' }
const READ_ONLY = { mutability: 'readOnly' }
const IMMUTABLE = { mutability: 'immutable' }

/** All that differs from the defaults, as RFC 7643 and its errata have it. */
const USER_DEVIATIONS: Record<string, object> = {
  userName: { required: true, uniqueness: 'server' },
  name: { type: 'complex' },
  profileUrl: LINK,
  active: FLAG,
  emails: LIST,
  'emails.primary': FLAG,
  phoneNumbers: LIST,
  'phoneNumbers.primary': FLAG,
  ims: LIST,
  'ims.primary': FLAG,
  photos: LIST,
  'photos.value': LINK,
  'photos.primary': FLAG,
  addresses: LIST,
  'addresses.primary': FLAG,
  groups: { ...LIST, ...READ_ONLY },
  'groups.value': READ_ONLY,
  'groups.$ref': { ...READ_ONLY, type: 'reference', referenceTypes: ['Group'], caseExact: true },
  'groups.display': READ_ONLY,
  'groups.type': READ_ONLY,
  entitlements: LIST,
  'entitlements.primary': FLAG,
  roles: LIST,
  'roles.primary': FLAG,
  x509Certificates: LIST,
  'x509Certificates.value': { type: 'binary', caseExact: true },
  'x509Certificates.primary': FLAG,
}

const GROUP_DEVIATIONS: Record<string, object> = {
  displayName: { required: true, uniqueness: 'server' },
  members: LIST,
  'members.value': IMMUTABLE,
  'members.$ref': { ...IMMUTABLE, type: 'reference', referenceTypes: ['User', 'Group'], caseExact: true },
  'members.type': IMMUTABLE,
  'members.display': IMMUTABLE,
}

const ENTERPRISE_DEVIATIONS: Record<string, object> = {
  manager: { type: 'complex' },
  'manager.value': { caseExact: true },
  'manager.$ref': { type: 'reference', referenceTypes: ['User'], caseExact: true },
  'manager.displayName': READ_ONLY,
}

describe('the core schemas', () => {
  test.each([
    ['User [USR-01 USR-03 USR-21 DSC-22]', USER_SCHEMA, USER_DEVIATIONS],
    ['Group [GRP-01 GRP-03 GRP-06]', GROUP_SCHEMA, GROUP_DEVIATIONS],
    ['EnterpriseUser [ENT-02 ENT-03]', ENTERPRISE_USER_SCHEMA, ENTERPRISE_DEVIATIONS],
  ])('%s have the characteristics of the RFC and its errata', (_name, schema, deviations) => {
    const actual = Object.fromEntries(walk(schema.attributes).map(([path, each]) => [path, characteristics(each)]))
    const expected = Object.fromEntries(Object.keys(actual).map((path) => [path, { ...UNSTATED, ...deviations[path] }]))
    expect(actual).toEqual(expected)
    expect(Object.keys(actual)).toEqual(expect.arrayContaining(Object.keys(deviations)))
  })

  const VALUE = ['value', 'display', 'type', 'primary']

  test.each([
    ['userName', []],
    ['name', ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix']],
    ['displayName', []],
    ['nickName', []],
    ['profileUrl', []],
    ['title', []],
    ['userType', []],
    ['preferredLanguage', []],
    ['locale', []],
    ['timezone', []],
    ['active', []],
    ['emails', VALUE],
    ['phoneNumbers', VALUE],
    ['ims', VALUE],
    ['photos', VALUE],
    ['addresses', ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type', 'primary']],
    ['groups', ['value', '$ref', 'display', 'type']],
    ['entitlements', VALUE],
    ['roles', VALUE],
    ['x509Certificates', VALUE],
  ])('User has %s with its sub-attributes', (name, subAttributes) => {
    expect(find(USER_SCHEMA, name).subAttributes.map((sub) => sub.name)).toEqual(subAttributes)
  })

  test('User has nothing but these 20 attributes: no password [USR-09 C5]', () => {
    expect(USER_SCHEMA.attributes).toHaveLength(20)
    expect(USER_SCHEMA.attributes.map(({ name }) => name)).not.toContain('password')
  })

  test.each([
    ['User', 'emails.type', ['work', 'home', 'other']],
    ['User', 'addresses.type', ['work', 'home', 'other']],
    ['User', 'phoneNumbers.type', ['work', 'home', 'mobile', 'fax', 'pager', 'other']],
    ['User', 'ims.type', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo', 'other']],
    ['User', 'photos.type', ['photo', 'thumbnail']],
    ['User', 'groups.type', ['direct', 'indirect']],
    ['Group', 'members.type', ['User', 'Group']],
  ])('%s.%s has its canonical values [DSC-21]', (name, path, expected) => {
    expect(find(name === 'User' ? USER_SCHEMA : GROUP_SCHEMA, path).canonicalValues).toEqual(expected)
  })

  test('active is true by default and survives a replace without it [PUT-03 CRE-08]', () => {
    expect(find(USER_SCHEMA, 'active')).toMatchObject({ defaultValue: true, keptOnReplace: true })
    const others = walk(USER_SCHEMA.attributes).filter(([, { defaultValue, keptOnReplace }]) => defaultValue !== undefined || keptOnReplace)
    expect(others.map(([path]) => path)).toEqual(['active'])
  })

  test('the extension is optional, groups are computed, members are a collection [DSC-12]', () => {
    expect(USER_RESOURCE_TYPE).toMatchObject({ name: 'User', endpoint: '/Users', computed: ['groups'], collections: [] })
    expect(USER_RESOURCE_TYPE.extensions).toEqual([{ schema: ENTERPRISE_USER_SCHEMA, required: false }])
    expect(GROUP_RESOURCE_TYPE).toMatchObject({
      name: 'Group',
      endpoint: '/Groups',
      computed: [],
      collections: ['members'],
      extensions: [],
    })
  })

  test('no extension attribute has the name of a core attribute [SCM-11]', () => {
    const core = [...USER_SCHEMA.attributes, ...COMMON_ATTRIBUTES].map(({ name }) => name.toLowerCase())
    expect(ENTERPRISE_USER_SCHEMA.attributes.filter(({ name }) => core.includes(name.toLowerCase()))).toEqual([])
  })
})

describe('attribute', () => {
  test('what is left out takes the defaults of RFC 7643 section 2.2 [CHR-08]', () => {
    expect(characteristics(attribute({ name: 'x', description: 'x' }))).toEqual(UNSTATED)
  })
})

describe('the test resource', () => {
  const all = walk(TEST_RESOURCE_SCHEMA.attributes).map(([, each]) => each)

  test('meets every characteristic', () => {
    const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex']
    for (const multiValued of [true, false]) {
      expect(new Set(all.filter((each) => each.multiValued === multiValued).map(({ type }) => type))).toEqual(new Set(types))
    }
    expect(new Set(all.map(({ mutability }) => mutability))).toEqual(new Set(['readOnly', 'readWrite', 'immutable', 'writeOnly']))
    expect(new Set(all.map(({ returned }) => returned))).toEqual(new Set(['always', 'never', 'default', 'request']))
    expect(new Set(all.map(({ uniqueness }) => uniqueness))).toEqual(new Set(['none', 'server', 'global']))
    expect(new Set(all.map(({ caseExact }) => caseExact))).toEqual(new Set([true, false]))
  })
})
