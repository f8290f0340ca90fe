import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/json.ts'
import { assemble, withDefaults } from '../../src/resource/assemble.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE, TEST_URN } from '../test-resource.ts'
import { readBody, refusalOf } from './asked.ts'

const user = (attributes: JsonObject) =>
  assemble({ resourceType: USER_RESOURCE_TYPE, id: '1', attributes: { userName: 'a', ...attributes } })
const made = (attributes: JsonObject, resourceType: ResourceType = TEST_RESOURCE_TYPE) =>
  assemble({ resourceType, id: '1', attributes: { code: 'c', ...attributes } })

describe('assemble', () => {
  test('writes schemas, id, attributes in the order of the schema, then extensions [JSN-17 SCM-01]', () => {
    const attributes = {
      [ENTERPRISE_USER_URN]: { department: 'd', costCenter: 'c' },
      emails: [{ primary: true, type: 'work', value: 'a@x' }],
      name: { givenName: 'g', formatted: 'f' },
      externalId: 'e',
    }
    expect(JSON.stringify(user(attributes))).toBe(
      JSON.stringify({
        schemas: [USER_URN, ENTERPRISE_USER_URN],
        id: '1',
        externalId: 'e',
        userName: 'a',
        name: { formatted: 'f', givenName: 'g' },
        emails: [{ value: 'a@x', type: 'work', primary: true }],
        [ENTERPRISE_USER_URN]: { costCenter: 'c', department: 'd' },
      }),
    )
  })

  test('whatever schemas, id, meta and collections it is given are passed over [SCM-02 COM-04 COM-11]', () => {
    const given = {
      schemas: ['urn:bogus:1'],
      id: 'mine',
      meta: { version: 'x' },
      bogus: 1,
      displayName: 'g',
      members: [{ value: 'U1' }],
    }
    expect(assemble({ resourceType: GROUP_RESOURCE_TYPE, id: '1', attributes: given })).toEqual({
      schemas: [GROUP_URN],
      id: '1',
      displayName: 'g',
    })
    expect(user({ groups: [{ value: 'G1' }] })).not.toHaveProperty('groups')
  })

  test.each<[string, JsonObject]>([
    ['an absent extension', {}],
    ['an empty extension', { [ENTERPRISE_USER_URN]: {} }],
    ['an extension of nothing but empty values', { [ENTERPRISE_USER_URN]: { department: '', manager: { value: '' } } }],
  ])('%s is not in schemas [SCM-08]', (_name, attributes) => {
    expect(user(attributes)).toEqual({ schemas: [USER_URN], id: '1', userName: 'a' })
  })

  test('nothing empty is kept [JSN-25 P20]', () => {
    const attributes = {
      nickName: '',
      emails: [],
      name: { givenName: '' },
      roles: [{}, { value: '' }],
      ims: [{ value: 'x' }, {}],
      active: false,
    }
    expect(user(attributes)).toEqual({ schemas: [USER_URN], id: '1', userName: 'a', active: false, ims: [{ value: 'x' }] })
  })

  test.each<[string, () => unknown, string]>([
    ['a user without userName', () => assemble({ resourceType: USER_RESOURCE_TYPE, id: '1', attributes: {} }), '`userName`'],
    ['a user with an empty userName', () => user({ userName: '' }), '`userName`'],
    ['a group without displayName', () => assemble({ resourceType: GROUP_RESOURCE_TYPE, id: '1', attributes: {} }), '`displayName`'],
    ['a sub-attribute that is required', () => made({ detail: { subString: 'x' } }), '`detail.title`'],
    ['a sub-attribute that is required in one of many', () => made({ places: [{ city: 'X' }, { street: 'Y' }] }), '`places.city`'],
    [
      'an extension attribute that is required',
      () => made({ [TEST_EXTENSION_URN]: { costCenter: 'x' } }),
      `\`${TEST_EXTENSION_URN}:grade\``,
    ],
  ])('%s is refused as invalidValue that names it [USR-01 GRP-01 CRE-09 PUT-07]', (_name, run, name) => {
    const error = refusalOf(run)
    expect(error).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(error.message).toContain(name)
  })

  test('a required readOnly attribute is the server’s to give', () => {
    expect(made({})).toEqual({ schemas: [TEST_URN], id: '1', code: 'c' })
    expect(made({ serial: 's' })).toMatchObject({ serial: 's' })
  })

  test('an extension that the type requires must be there with its attributes [DSC-12]', () => {
    const strict = { ...TEST_RESOURCE_TYPE, extensions: TEST_RESOURCE_TYPE.extensions.map((each) => ({ ...each, required: true })) }
    const [first] = strict.extensions
    const one = { ...strict, extensions: first === undefined ? [] : [first] }
    expect(refusalOf(() => made({}, one)).message).toContain(TEST_EXTENSION_URN)
    expect(refusalOf(() => made({ [TEST_EXTENSION_URN]: { costCenter: 'x' } }, one)).message).toContain('grade')
    expect(made({ [TEST_EXTENSION_URN]: { grade: 'a' } }, one)).toMatchObject({ schemas: [TEST_URN, TEST_EXTENSION_URN] })
  })

  test('at most one value is primary [JSN-20 H6]', () => {
    const emails = [
      { value: 'a@x', primary: true },
      { value: 'b@x', primary: true },
    ]
    expect(refusalOf(() => user({ emails }))).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('assembled again it is the same', () => {
    const once = user({ name: { givenName: 'g' }, [ENTERPRISE_USER_URN]: { department: 'd' } })
    expect(JSON.stringify(assemble({ resourceType: USER_RESOURCE_TYPE, id: '1', attributes: once }))).toBe(JSON.stringify(once))
  })
})

describe('withDefaults', () => {
  test('gives what is left open its default, null and [] are no opening [CRE-08 FLT-31]', () => {
    expect(withDefaults(USER_RESOURCE_TYPE, readBody({ userName: 'a' }))).toEqual({ userName: 'a', active: true })
    expect(withDefaults(USER_RESOURCE_TYPE, readBody({ userName: 'a', active: false }))).toEqual({ userName: 'a', active: false })
    expect(withDefaults(USER_RESOURCE_TYPE, readBody({ userName: 'a', active: null }))).toEqual({ userName: 'a' })
  })

  test('invents nothing else [USR-04 USR-05 USR-06 COM-08]', () => {
    const parsed = readBody({ userName: 'a', name: { givenName: 'g', familyName: 'f' } })
    const names = Object.keys(assemble({ resourceType: USER_RESOURCE_TYPE, id: '1', attributes: withDefaults(USER_RESOURCE_TYPE, parsed) }))
    expect(names).toEqual(['schemas', 'id', 'userName', 'name', 'active'])
    expect(parsed.attributes['name']).toEqual({ familyName: 'f', givenName: 'g' })
  })

  test('reaches into extensions that the client uses, and into no others [CRE-08]', () => {
    const read = (extension: JsonObject) =>
      withDefaults(TEST_RESOURCE_TYPE, readBody({ [TEST_EXTENSION_URN]: extension }, { resourceType: TEST_RESOURCE_TYPE }))
    expect(read({ grade: 'a' })).toMatchObject({ [TEST_EXTENSION_URN]: { grade: 'a', rank: 3 } })
    expect(read({ grade: 'a', rank: 5 })).toMatchObject({ [TEST_EXTENSION_URN]: { grade: 'a', rank: 5 } })
    expect(read({ grade: 'a', rank: null })[TEST_EXTENSION_URN]).toEqual({ grade: 'a' })
    expect(read({})[TEST_EXTENSION_URN]).toEqual({})
    expect(withDefaults(TEST_RESOURCE_TYPE, readBody({}, { resourceType: TEST_RESOURCE_TYPE }))).toEqual({ level: 1, mode: 'auto' })
  })
})
