import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { assemble } from '../../src/resource/assemble.ts'
import { replace, sameResource } from '../../src/resource/replace.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { ENTERPRISE_USER_URN, USER_URN } from '../../src/urns.ts'
import { TEST_EXTENSION_URN, TEST_RESOURCE_TYPE, TEST_URN } from '../test-resource.ts'
import { readBody, refusalOf } from './asked.ts'

const USER = assemble({
  resourceType: USER_RESOURCE_TYPE,
  id: '1',
  attributes: {
    externalId: 'e',
    userName: 'a',
    name: { givenName: 'g', familyName: 'f' },
    nickName: 'n',
    active: false,
    emails: [{ value: 'a@x', type: 'work' }],
    [ENTERPRISE_USER_URN]: { department: 'd' },
  },
})

const put = (body: { readonly [name: string]: Json }) => replace(USER, readBody(body, { method: 'replace' }), USER_RESOURCE_TYPE)

const TEST: JsonObject = {
  schemas: [TEST_URN, TEST_EXTENSION_URN],
  id: '1',
  code: 'c',
  serial: 's1',
  origin: 'o',
  origins: ['x', 'y'],
  secret: 'S',
  blind: 'B',
  hidden: 'H',
  badge: 'b',
  notes: 'n',
  level: 7,
  mode: 'manual',
  vault: { open: 'o', fixed: 'f', made: 'm', key: 'k' },
  [TEST_EXTENSION_URN]: { grade: 'a', origin: 'o', secret: 'S', rank: 9 },
}

const putTest = (body: { readonly [name: string]: Json }, current: JsonObject = TEST) => {
  const whole = { code: 'c', [TEST_EXTENSION_URN]: { grade: 'a' }, ...body }
  return replace(current, readBody(whole, { resourceType: TEST_RESOURCE_TYPE, method: 'replace' }), TEST_RESOURCE_TYPE)
}

describe('replace', () => {
  test('sets what is given and clears what is left out, but not active [PUT-02 PUT-03 D7 RC-29]', () => {
    expect(put({ userName: 'b', displayName: 'B', emails: [{ value: 'b@x' }] })).toEqual({
      schemas: [USER_URN],
      id: '1',
      userName: 'b',
      displayName: 'B',
      active: false,
      emails: [{ value: 'b@x' }],
    })
  })

  test('a complex value is replaced whole [PUT-02]', () => {
    expect(put({ userName: 'a', name: { givenName: 'h' } })['name']).toEqual({ givenName: 'h' })
  })

  test('null and [] clear, active too [PUT-09 JSN-25]', () => {
    expect(put({ userName: 'a', nickName: null, emails: [], active: null })).toEqual({ schemas: [USER_URN], id: '1', userName: 'a' })
  })

  test('active is set when it is given', () => {
    expect(put({ userName: 'a', active: true })).toMatchObject({ active: true })
  })

  test('active stays unassigned when it was so', () => {
    const { active: _active, ...current } = USER
    expect(replace(current, readBody({ userName: 'a' }), USER_RESOURCE_TYPE)).not.toHaveProperty('active')
  })

  test('readOnly values of the body change nothing [PUT-06 CHR-03 OK-20]', () => {
    const result = put({ ...USER, id: 'other', meta: { created: 'x' }, groups: [{ value: 'G' }] })
    expect(result).toEqual(USER)
    expect(putTest({ serial: 's2' })).toMatchObject({ serial: 's1' })
  })

  test('a required attribute must be there [PUT-07]', () => {
    expect(refusalOf(() => put({ displayName: 'x' }))).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(refusalOf(() => put({ userName: null }))).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('an extension left out goes, with its URN [SCM-08 PUT-03]', () => {
    expect(put({ userName: 'a', [ENTERPRISE_USER_URN]: { department: 'e' } })).toMatchObject({
      schemas: [USER_URN, ENTERPRISE_USER_URN],
      [ENTERPRISE_USER_URN]: { department: 'e' },
    })
    expect(put({ userName: 'a' })).not.toHaveProperty(ENTERPRISE_USER_URN)
  })

  test('what no client can see is kept when left out, set when given, cleared by null [PUT-02 PUT-03 CHR-05]', () => {
    expect(putTest({})).toMatchObject({ secret: 'S', blind: 'B', hidden: 'H', mode: 'manual' })
    expect(putTest({ secret: 'T', hidden: 'I', mode: 'x' })).toMatchObject({ secret: 'T', blind: 'B', hidden: 'I', mode: 'x' })
    const cleared = putTest({ secret: null, blind: null, hidden: null, mode: null })
    for (const name of ['secret', 'blind', 'hidden', 'mode']) expect(cleared).not.toHaveProperty(name)
  })

  test('what is returned always or on request is cleared like the rest [PUT-03]', () => {
    const cleared = putTest({})
    for (const name of ['badge', 'notes', 'level']) expect(cleared).not.toHaveProperty(name)
  })

  test.each<[string, { readonly [name: string]: Json }]>([
    ['another value', { origin: 'p' }],
    ['null', { origin: null }],
    ['a value more', { origins: ['x', 'y', 'z'] }],
    ['a value less', { origins: ['x'] }],
    ['an empty list', { origins: [] }],
    ['another value in an extension', { [TEST_EXTENSION_URN]: { grade: 'a', origin: 'p' } }],
    ['another value of a sub-attribute', { vault: { fixed: 'g' } }],
  ])('%s for an immutable attribute is refused as mutability [PUT-04 CHR-04]', (_name, body) => {
    expect(refusalOf(() => putTest(body))).toMatchObject({ status: 400, scimType: 'mutability' })
  })

  test.each<[string, { readonly [name: string]: Json }]>([
    ['the same values', { origin: 'o', origins: ['y', 'x'], vault: { fixed: 'f' }, [TEST_EXTENSION_URN]: { grade: 'a', origin: 'o' } }],
    ['nothing', {}],
  ])('%s for an immutable attribute keeps it [PUT-04]', (_name, body) => {
    expect(putTest(body)).toMatchObject({ origin: 'o', origins: ['x', 'y'] })
  })

  test('an immutable attribute without a value is set [PUT-05]', () => {
    const { origin: _origin, ...current } = TEST
    expect(putTest({ origin: 'first' }, current)).toMatchObject({ origin: 'first' })
  })

  test('sub-attributes have characteristics of their own [PUT-03 PUT-05 PUT-06]', () => {
    expect(putTest({ vault: { stamp: 's', made: 'other' } })['vault']).toEqual({ fixed: 'f', made: 'm', key: 'k', stamp: 's' })
    expect(putTest({ vault: { key: 'l' } })['vault']).toEqual({ fixed: 'f', made: 'm', key: 'l' })
    expect(putTest({})).not.toHaveProperty('vault')
  })

  test('what an extension hides is kept, and so is the extension with what it requires [PUT-03 PUT-07]', () => {
    expect(putTest({ [TEST_EXTENSION_URN]: { grade: 'b' } })[TEST_EXTENSION_URN]).toEqual({ grade: 'b', origin: 'o', secret: 'S' })
    expect(refusalOf(() => putTest({ [TEST_EXTENSION_URN]: {} })).message).toContain('grade')
  })

  test('the same content again is the same resource [PUT-11 OK-20]', () => {
    expect(sameResource(put(USER), USER)).toBe(true)
    expect(sameResource(put({ ...USER, nickName: 'm' }), USER)).toBe(false)
  })
})

describe('sameResource', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['the order of members', { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }],
    ['the order of values', { a: [{ v: 1 }, { v: 2 }] }, { a: [{ v: 2 }, { v: 1 }] }],
    ['the order of simple values', { a: ['x', 'y'] }, { a: ['y', 'x'] }],
  ])('%s makes no difference', (_name, a, b) => {
    expect(sameResource(a, b)).toBe(true)
  })

  test.each<[string, JsonObject, JsonObject]>([
    ['a value', { a: 1 }, { a: 2 }],
    ['a type', { a: 1 }, { a: '1' }],
    ['case', { a: 'x' }, { a: 'X' }],
    ['a member more', { a: 1 }, { a: 1, b: 2 }],
    ['how often a value is there', { a: ['x', 'x', 'y'] }, { a: ['x', 'y', 'y'] }],
    ['false and absent', { a: false }, {}],
    [
      'which element has which member',
      {
        a: [
          { v: 1, t: 'x' },
          { v: 2, t: 'y' },
        ],
      },
      {
        a: [
          { v: 1, t: 'y' },
          { v: 2, t: 'x' },
        ],
      },
    ],
    ['a list and its text', { a: ['x,y'] }, { a: ['x', 'y'] }],
  ])('%s makes one', (_name, a, b) => {
    expect(sameResource(a, b)).toBe(false)
  })

  test('shuffled members and values are always the same', () => {
    const simple = fc.oneof(fc.string(), fc.integer(), fc.boolean())
    const object = fc.dictionary(fc.string(), simple)
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(simple, object, fc.array(object), fc.array(simple))), (resource) => {
        expect(sameResource(resource, reversed(resource))).toBe(true)
      }),
    )
  })
})

function reversed(resource: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(resource)
      .toReversed()
      .map(([name, value]) => [name, Array.isArray(value) ? value.toReversed() : value]),
  )
}
