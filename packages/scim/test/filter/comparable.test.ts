import { describe, expect, test } from 'vitest'
import { comparable, comparableResource } from '../../src/filter/comparable.ts'
import type { Json } from '../../src/json.ts'
import { type Attribute, attribute } from '../../src/schema/attribute.ts'
import { ENTERPRISE_USER_URN, USER_URN } from '../../src/urns.ts'
import { EXTRA_URN, GROUP, USER } from './sample-types.ts'

const of = (declared: Partial<Attribute>, value: Json) => comparable(attribute({ name: 'a', description: 'a', ...declared }), value)

const UNPADDED = 'YWE'
const toUser = { type: 'reference', referenceTypes: ['User', 'Group'] } as const

describe('a value in comparable form', () => {
  test.each<[string, Partial<Attribute>, Json, Json]>([
    ['a string without case [CHR-01]', {}, 'BØB', 'bøb'],
    ['a caseExact string with it [CHR-01]', { caseExact: true }, 'E\u0301B', 'ÉB'],
    ['an empty string', {}, '', ''],
    ['a boolean', { type: 'boolean' }, false, false],
    ['an integer', { type: 'integer' }, 7, 7],
    ['a decimal', { type: 'decimal' }, 1.5, 1.5],
    ['a time in UTC [FLT-29]', { type: 'dateTime' }, '2011-05-13T06:42:34+02:00', '2011-05-13T04:42:34.000000Z'],
    ['base64 with padding [JSN-12]', { type: 'binary' }, 'YWE=', UNPADDED],
    ['base64 without padding [JSN-12]', { type: 'binary' }, 'YWE', UNPADDED],
    ['base64 keeps case [JSN-12]', { type: 'binary' }, 'ywe=', 'ywe'],
    ['base64 of the URL alphabet', { type: 'binary' }, '-_-_', '+/+/'],
    [
      'an external reference as it is [JSN-16]',
      { type: 'reference', referenceTypes: ['external'] },
      'HTTPS://X.io/v2/Users/1',
      'HTTPS://X.io/v2/Users/1',
    ],
    ['a URI as it is', { type: 'reference', referenceTypes: ['uri'] }, 'urn:X', 'urn:X'],
    ['an absolute reference to a resource [JSN-22]', toUser, 'https://x.io/scim/v2/Users/1', 'Users/1'],
    ['one without version [JSN-22]', toUser, 'https://x.io/scim/Users/1', 'Users/1'],
    ['a relative one [JSN-22 JSN-14]', toUser, '../Users/1', 'Users/1'],
    ['one relative to the service root [JSN-14]', toUser, 'Users/1', 'Users/1'],
    ['one with slashes around', toUser, '/Users/1/', 'Users/1'],
    ['one whose case differs [JSN-16]', toUser, 'users/A', 'users/A'],
  ])('%s', (_, declared, value, expected) => {
    expect(of(declared, value)).toBe(expected)
  })

  test.each<[Partial<Attribute>, Json]>([
    [{}, null],
    [{}, 1],
    [{}, true],
    [{}, ['a']],
    [{}, { value: 'a' }],
    [{ type: 'boolean' }, 'true'],
    [{ type: 'boolean' }, 1],
    [{ type: 'integer' }, '1'],
    [{ type: 'decimal' }, Number.NaN],
    [{ type: 'decimal' }, Number.POSITIVE_INFINITY],
    [{ type: 'dateTime' }, '2011-05-13'],
    [{ type: 'dateTime' }, 1],
    [{ type: 'binary' }, '@@@'],
    [{ type: 'binary' }, 'YWE=='.padEnd(7, '=')],
    [{ type: 'binary' }, 'Y'],
    [{ type: 'binary' }, 'Y=WE'],
    [{ type: 'reference', referenceTypes: ['uri'] }, 1],
    [{ type: 'complex' }, { a: 'b' }],
  ])('%j has none of %j', (declared, value) => {
    expect(of(declared, value)).toBeUndefined()
  })
})

describe('a resource in comparable form', () => {
  test('has the shape of the resource, canonical names and extensions by URN', () => {
    const resource = {
      schemas: [USER_URN, ENTERPRISE_USER_URN],
      id: 'AbC',
      externalId: 'E1',
      USERNAME: 'Bob@X',
      active: true,
      name: { GIVENNAME: 'Bob' },
      profileUrl: 'https://X.io',
      [ENTERPRISE_USER_URN.toUpperCase()]: {
        department: 'R&D',
        manager: { value: 'U2', $ref: 'https://x.io/v2/Users/U2', displayName: 'Eve' },
      },
      [EXTRA_URN]: { level: 3, hiredAt: '2011-05-13T06:42:34+02:00', tags: ['A', 'b'] },
      meta: { resourceType: 'User', created: '2011-05-13T04:42:34Z', version: 'W/"1"' },
    }
    expect(comparableResource(USER, resource)).toEqual({
      schemas: [USER_URN.toLowerCase(), ENTERPRISE_USER_URN.toLowerCase()],
      id: 'AbC',
      externalId: 'E1',
      userName: 'bob@x',
      active: true,
      name: { givenName: 'bob' },
      profileUrl: 'https://X.io',
      [ENTERPRISE_USER_URN]: { department: 'r&d', manager: { value: 'U2', $ref: 'Users/U2', displayName: 'eve' } },
      [EXTRA_URN]: { level: 3, hiredAt: '2011-05-13T04:42:34.000000Z', tags: ['a', 'b'] },
      meta: { resourceType: 'User', created: '2011-05-13T04:42:34.000000Z', version: 'W/"1"' },
    })
  })

  test('elements that leave primary open get false, where the attribute has it [JSN-21]', () => {
    const resource = {
      emails: [{ value: 'A@x' }, { value: 'b@x', primary: true }, { value: 'c@x', primary: null }],
      addresses: [{ country: 'DE' }],
    }
    expect(comparableResource(USER, resource)).toEqual({
      emails: [
        { value: 'a@x', primary: false },
        { value: 'b@x', primary: true },
        { value: 'c@x', primary: false },
      ],
      addresses: [{ country: 'de' }],
    })
  })

  test('nothing empty remains but empty strings [JSN-25 FLT-27]', () => {
    const resource = {
      title: '',
      nickName: null,
      name: {},
      emails: [],
      ims: [{}, { display: null }],
      addresses: [{ country: 'DE' }, {}],
      [ENTERPRISE_USER_URN]: { manager: { value: null } },
      [EXTRA_URN]: { tags: ['', 'a', null] },
    }
    expect(comparableResource(USER, resource)).toEqual({ title: '', addresses: [{ country: 'de' }], [EXTRA_URN]: { tags: ['a'] } })
  })

  test('what no one may see is left out [B8 B9 FLT-40]', () => {
    const resource = {
      userName: 'a',
      password: 'S3cret',
      keys: [{ value: 'k', secret: 'S3cret' }, { pin: 'S3cret' }],
      tokens: [{ value: 'S3cret' }],
      [EXTRA_URN]: { secret: 'S3cret', level: 1 },
    }
    const form = comparableResource(USER, resource)
    expect(form).toEqual({ userName: 'a', keys: [{ value: 'k' }], [EXTRA_URN]: { level: 1 } })
    expect(JSON.stringify(form)).not.toMatch(/s3cret/i)
  })

  test('unknown names and values of another type are left out, prototypes untouched [H1]', () => {
    const resource = {
      ['__proto__']: { polluted: 1 },
      constructor: { x: 1 },
      bogus: 1,
      userName: 1,
      name: 'x',
      emails: { value: 'a' },
      title: ['a'],
      displayName: 'A',
      'name.givenName': 'x',
    }
    expect(comparableResource(USER, resource)).toEqual({ displayName: 'a' })
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('attributes of another type are none of this type', () => {
    expect(comparableResource(GROUP, { userName: 'a', displayName: 'G', members: [{ value: 'U1', $ref: '/Users/U1' }] })).toEqual({
      displayName: 'g',
      members: [{ value: 'U1', $ref: 'Users/U1' }],
    })
  })

  test('the form of the form is the form', () => {
    const resource = { userName: 'Bob', emails: [{ value: 'A@x' }], [EXTRA_URN]: { hiredAt: '2011-05-13T06:42:34+02:00' } }
    const form = comparableResource(USER, resource)
    expect(comparableResource(USER, form)).toEqual(form)
  })
})
