import { describe, expect, test } from 'vitest'
import { COMMON_ATTRIBUTES } from '../../src/schema/common.ts'
import { isCoreUrn, resolveAttributePath, resolveExtension } from '../../src/schema/path.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '../../src/urns.ts'
import { DEEP_URN, EXTRA_URN, GROUP, USER } from '../filter/sample-types.ts'

/** What a text resolves to on a user, as `URN|attribute.sub`. */
function resolved(text: string, resourceType = USER): string | undefined {
  const found = resolveAttributePath(text, resourceType)
  if (found === undefined) {
    return undefined
  }
  const name = found.sub === undefined ? found.attribute.name : `${found.attribute.name}.${found.sub.name}`
  return found.extension === undefined ? name : `${found.extension}|${name}`
}

describe('attribute paths', () => {
  test.each([
    ['userName', 'userName'],
    ['USERNAME', 'userName'],
    ['name.GIVENNAME', 'name.givenName'],
    ['emails.value', 'emails.value'],
    ['id', 'id'],
    ['externalid', 'externalId'],
    ['schemas', 'schemas'],
    ['meta', 'meta'],
    ['meta.lastModified', 'meta.lastModified'],
    [`${USER_URN}:userName`, 'userName'],
    [`${USER_URN}:name.givenName`, 'name.givenName'],
    [`${USER_URN.toUpperCase()}:NAME.GIVENNAME`, 'name.givenName'],
    [`${USER_URN}:id`, 'id'],
    [`${USER_URN}:meta.created`, 'meta.created'],
    [`${ENTERPRISE_USER_URN}:employeeNumber`, `${ENTERPRISE_USER_URN}|employeeNumber`],
    [`${ENTERPRISE_USER_URN}:manager.value`, `${ENTERPRISE_USER_URN}|manager.value`],
    [`${ENTERPRISE_USER_URN}:manager.$ref`, `${ENTERPRISE_USER_URN}|manager.$ref`],
    [`${ENTERPRISE_USER_URN.toUpperCase()}:MANAGER.$REF`, `${ENTERPRISE_USER_URN}|manager.$ref`],
  ])('%s is %s [FLT-33 FLT-35 FLT-38 JSN-03 SCM-07 SCM-09]', (text, expected) => {
    expect(resolved(text)).toBe(expected)
  })

  test.each([
    '',
    '.',
    'bogus',
    'userName.',
    'userName.value',
    'name.bogus',
    'name.givenName.x',
    'name..givenName',
    'name.',
    'name.$ref',
    USER_URN,
    `${USER_URN}:`,
    `${USER_URN}.userName`,
    `${USER_URN}userName`,
    `${USER_URN}:bogus`,
    `${USER_URN}:employeeNumber`,
    `${USER_URN}:${USER_URN}:userName`,
    `${GROUP_URN}:displayName`,
    ENTERPRISE_USER_URN,
    `${ENTERPRISE_USER_URN}:`,
    `${ENTERPRISE_USER_URN}:userName`,
    `${ENTERPRISE_USER_URN}:id`,
    'urn:unknown:userName',
    'urn:ietf:params:scim:schemas:core:2.0:userName',
    '__proto__',
    'constructor',
    'toString',
    'name.__proto__',
    'name.constructor',
    '__proto__.polluted',
  ])('%j is no attribute of a user [FLT-36 H1]', (text) => {
    expect(resolved(text)).toBeUndefined()
  })

  test('common attributes exist on every type [SCM-09 FLT-38]', () => {
    for (const { name } of COMMON_ATTRIBUTES) {
      expect(resolved(name, USER)).toBe(name)
      expect(resolved(name, GROUP)).toBe(name)
    }
    expect(resolved('userName', GROUP)).toBeUndefined()
  })

  test('of two schemas whose URNs begin alike the longer one counts [FLT-33 P27]', () => {
    expect(resolved(`${EXTRA_URN}:level`)).toBe(`${EXTRA_URN}|level`)
    expect(resolved(`${DEEP_URN}:depth`)).toBe(`${DEEP_URN}|depth`)
    expect(resolved(`${EXTRA_URN}:depth`)).toBeUndefined()
    expect(resolved(DEEP_URN)).toBeUndefined()
  })
})

describe('an extension attribute without its URN', () => {
  test.each([
    ['manager', `${ENTERPRISE_USER_URN}|manager`],
    ['manager.value', `${ENTERPRISE_USER_URN}|manager.value`],
    ['DEPARTMENT', `${ENTERPRISE_USER_URN}|department`],
    ['level', `${EXTRA_URN}|level`],
  ])('%s is found when only one extension has it, and is noted [EN-28 EN-29]', (text, expected) => {
    const compat = new Set<string>()
    expect(resolveAttributePath(text, USER, compat)).toBeDefined()
    expect([...compat]).toEqual(['unqualified-extension-attribute'])
    expect(resolved(text)).toBe(expected)
  })

  test('it is not found when two extensions have it', () => {
    const compat = new Set<string>()
    expect(resolveAttributePath('costCenter', USER, compat)).toBeUndefined()
    expect(compat.size).toBe(0)
  })

  test('the core attribute of the same name comes first, and hides the other even with an unknown sub-attribute', () => {
    const compat = new Set<string>()
    expect(resolved('title')).toBe('title')
    expect(resolveAttributePath('nickName.value', USER, compat)).toBeUndefined()
    expect(resolveAttributePath('externalId.value', USER, compat)).toBeUndefined()
    expect(resolved(`${EXTRA_URN}:nickName.value`)).toBe(`${EXTRA_URN}|nickName.value`)
    expect(compat.size).toBe(0)
  })

  test('nothing is noted for an unknown sub-attribute or for a qualified name', () => {
    const compat = new Set<string>()
    resolveAttributePath('manager.bogus', USER, compat)
    resolveAttributePath(`${ENTERPRISE_USER_URN}:manager`, USER, compat)
    expect(compat.size).toBe(0)
  })
})

describe('bare URNs', () => {
  test('an extension is found without regard to case [PAT-06 SCM-07]', () => {
    expect(resolveExtension(ENTERPRISE_USER_URN, USER)?.id).toBe(ENTERPRISE_USER_URN)
    expect(resolveExtension(ENTERPRISE_USER_URN.toUpperCase(), USER)?.id).toBe(ENTERPRISE_USER_URN)
    expect(resolveExtension(EXTRA_URN, USER)?.id).toBe(EXTRA_URN)
  })

  test.each([USER_URN, GROUP_URN, '', 'urn:x', `${ENTERPRISE_USER_URN}:`, `${ENTERPRISE_USER_URN}:manager`])(
    '%j is no extension',
    (text) => {
      expect(resolveExtension(text, USER)).toBeUndefined()
    },
  )

  test('the core URN is told from others', () => {
    expect(isCoreUrn(USER_URN.toUpperCase(), USER)).toBe(true)
    expect(isCoreUrn(GROUP_URN, USER)).toBe(false)
    expect(isCoreUrn(`${USER_URN}:userName`, USER)).toBe(false)
  })
})

test('common attributes have the characteristics of RFC 7643 section 3.1 [COM-07 COM-10 COM-15 COM-17 SCM-10]', () => {
  const [schemas, id, externalId, meta] = COMMON_ATTRIBUTES
  expect(schemas).toMatchObject({ name: 'schemas', type: 'string', multiValued: true, required: true, returned: 'always' })
  expect(id).toMatchObject({
    name: 'id',
    required: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  })
  expect(externalId).toMatchObject({
    name: 'externalId',
    caseExact: true,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
  })
  expect(meta).toMatchObject({ name: 'meta', type: 'complex', mutability: 'readOnly', returned: 'default' })
  expect(meta.subAttributes.map(({ name, type, caseExact }) => `${name} ${type} ${caseExact}`)).toEqual([
    'resourceType string true',
    'created dateTime false',
    'lastModified dateTime false',
    'location reference true',
    'version string true',
  ])
  expect(meta.subAttributes.every(({ mutability }) => mutability === 'readOnly')).toBe(true)
})
