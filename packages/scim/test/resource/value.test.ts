import { describe, expect, test } from 'vitest'
import { type Json, parseJson } from '../../src/json.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { TEST_RESOURCE_TYPE } from '../test-resource.ts'
import { attributeOf, readValue, refusalOf } from './asked.ts'

const testAttribute = (path: string) => attributeOf(TEST_RESOURCE_TYPE, path)
const userAttribute = (path: string) => attributeOf(USER_RESOURCE_TYPE, path)

/** The test resource has one attribute of each type under each of these prefixes. */
const GOOD: [string, Json][] = [
  ['String', 'Zoë 東京 𝒳'],
  ['String', ' '],
  ['Boolean', true],
  ['Boolean', false],
  ['Decimal', 1.5],
  ['Decimal', -0.25],
  ['Decimal', 10],
  ['Decimal', 1e300],
  ['Integer', 0],
  ['Integer', -7],
  ['Integer', 9007199254740991],
  ['DateTime', '2011-05-13T04:42:34Z'],
  ['DateTime', '2011-05-13T06:42:34.123456789+02:00'],
  ['Binary', 'TWFu'],
  ['Binary', 'TWE='],
  ['Binary', 'TWE'],
  ['Binary', 'TQ=='],
  ['Binary', 'TQ'],
  ['Binary', '+/+/'],
  ['Reference', 'https://x.io/u'],
  ['Reference', 'Users/2819c223'],
  ['Reference', '../Users/2819c223?a=b#c'],
  ['Reference', 'urn:ietf:params:scim'],
]

const BAD: [string, Json][] = [
  ['String', 123],
  ['String', true],
  ['String', { value: 'x' }],
  ['Boolean', 'yes'],
  ['Boolean', 'true'],
  ['Boolean', 0],
  ['Decimal', '1.5'],
  ['Decimal', true],
  ['Integer', 1.5],
  ['Integer', '1'],
  ['Integer', 9007199254740992],
  ['Integer', 1e21],
  ['DateTime', '2011-05-13'],
  ['DateTime', '2011-05-13T04:42:34'],
  ['DateTime', '2011-02-30T04:42:34Z'],
  ['DateTime', 'yesterday'],
  ['DateTime', 1305261754],
  ['Binary', '@@@'],
  ['Binary', 'TWE=='],
  ['Binary', 'TW=E'],
  ['Binary', 'T'],
  ['Binary', 'T==='],
  ['Binary', 'TW Fu'],
  ['Binary', 'TWFu='],
  ['Binary', 5],
  ['Reference', 'http://a b'],
  ['Reference', 'http://a\u0000b'],
  ['Reference', 'http://a\nb'],
  ['Reference', 5],
  ['Reference', { $ref: 'x' }],
]

describe('a value of a simple attribute', () => {
  test.each(GOOD)('%s %j is kept as it is [JSN-07 JSN-08 JSN-09 JSN-10 JSN-11 JSN-12 JSN-13 RC-17]', (type, json) => {
    expect(readValue(testAttribute(`single${type}`), json)).toEqual({ value: json, compat: [] })
    expect(readValue(testAttribute(`many${type}`), [json])).toEqual({ value: [json], compat: [] })
    expect(readValue(testAttribute('detail'), { [`sub${type}`]: json })).toEqual({ value: { [`sub${type}`]: json }, compat: [] })
  })

  test.each(BAD)('%s %j is refused as invalidValue [JSN-07 JSN-08 JSN-09 JSN-10 JSN-11 JSN-12 JSN-13 K5]', (type, json) => {
    const error = { status: 400, scimType: 'invalidValue' }
    const attribute = testAttribute(`single${type}`)
    expect(refusalOf(() => readValue(attribute, json))).toMatchObject(error)
    expect(refusalOf(() => readValue(testAttribute(`many${type}`), [json]))).toMatchObject(error)
    const nested = refusalOf(() => readValue(testAttribute('detail'), { [`sub${type}`]: json }))
    expect(nested).toMatchObject(error)
    expect(nested.message).toContain(`\`detail.sub${type}\``)
  })

  test.each([
    ['an array where one value belongs', 'singleString', ['a', 'b']],
    ['an array of one, outside of PATCH', 'singleString', ['a']],
    ['an array in an array', 'manyString', [['a']]],
    ['an object in a list of strings', 'manyString', [{ value: 'a' }]],
  ])('%s is refused [K5]', (_name, name, json) => {
    expect(refusalOf(() => readValue(testAttribute(name), json))).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('a detail names the place and the kind of the value, never the value [ERR-06]', () => {
    const error = refusalOf(() => readValue(testAttribute('items'), [{ value: 'a' }, { value: 'b', size: 'S3cret' }]))
    expect(error.message).toContain('`items[1].size` must be an integer, not a string')
    expect(error.message).not.toContain('S3cret')
  })

  test.each([
    ['plain text', 'a'.repeat(16), 'a'.repeat(17)],
    ['text of two bytes a character', 'é'.repeat(8), `${'é'.repeat(8)}a`],
    ['text of three bytes a character', `${'東'.repeat(5)}a`, `${'東'.repeat(5)}aa`],
    ['text of four bytes a character', '𝒳'.repeat(4), `${'𝒳'.repeat(4)}a`],
  ])('%s may be as long as the limit says and not a byte longer [LEN-01]', (_name, fits, tooLong) => {
    const limits = { stringBytesMax: 16 }
    expect(readValue(testAttribute('singleString'), fits, { limits }).value).toBe(fits)
    const error = refusalOf(() => readValue(testAttribute('singleString'), tooLong, { limits }))
    expect(error).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(error.message).toContain('16 bytes')
  })

  test('the rule of the attribute is applied, with the place in the detail [USR-14 USR-22]', () => {
    const email = refusalOf(() => readValue(userAttribute('emails'), [{ value: 'a@x.io' }, { value: 'two words' }]))
    expect(email).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(email.message).toContain('`emails[1].value` must be an email address')
    const twice = btoa('\x30\x01\x05\x30\x01\x05')
    expect(refusalOf(() => readValue(userAttribute('x509Certificates'), [{ value: twice }])).message).toContain('exactly one')
  })

  test('case is preserved, whether it counts or not [CHR-02]', () => {
    expect(readValue(testAttribute('code'), 'AbC').value).toBe('AbC')
    expect(readValue(testAttribute('label'), 'AbC').value).toBe('AbC')
  })
})

describe('no value', () => {
  test.each([
    ['null', 'singleString', null],
    ['null for a list', 'manyString', null],
    ['null for an object', 'detail', null],
    ['an empty array', 'singleString', []],
    ['an empty list', 'items', []],
    ['an empty array for an object', 'person', []],
    ['an array of null', 'items', [null]],
    ['an empty string', 'singleString', ''],
    ['an empty dateTime', 'singleDateTime', ''],
    ['an empty reference', 'singleReference', ''],
    ['an empty binary', 'singleBinary', ''],
    ['an empty string for a list', 'items', ''],
    ['an empty string for an object', 'person', ''],
    ['an empty object', 'detail', {}],
    ['an object of nothing', 'detail', { title: null, subString: '', subInteger: null }],
    ['a manager without a value', 'person', { value: '' }],
    ['a manager without a value but with a $ref', 'person', { value: null, $ref: 'Users/U2' }],
    ['a list of empty elements', 'items', [{}, { value: null }, { value: '', type: 'work', primary: true }]],
  ])('is what %s means [JSN-25 EN-28 EN-83 OK-22 ON-3 P20]', (_name, name, json) => {
    expect(readValue(testAttribute(name), json)).toEqual({ value: undefined, compat: [] })
  })

  test.each([
    ['a boolean', 'singleBoolean'],
    ['a number', 'singleInteger'],
  ])('is what an empty string means for %s only of a lenient client [EN-83]', (_name, name) => {
    expect(readValue(testAttribute(name), '', { lenient: true }).value).toBeUndefined()
    expect(refusalOf(() => readValue(testAttribute(name), ''))).toMatchObject({ scimType: 'invalidValue' })
  })

  test('false and 0 are values', () => {
    expect(readValue(testAttribute('detail'), { subBoolean: false, subInteger: 0 }).value).toEqual({ subBoolean: false, subInteger: 0 })
  })

  test('an element that only says what it is for is kept when nothing was cut from it', () => {
    expect(readValue(testAttribute('items'), [{ type: 'work' }]).value).toEqual([{ type: 'work' }])
    expect(readValue(testAttribute('person'), { $ref: 'Users/U2' }).value).toEqual({ $ref: 'Users/U2' })
  })
})

describe('a complex value', () => {
  test('has the names and the order of the schema, whatever was sent [JSN-03 JSN-17]', () => {
    const { value } = readValue(userAttribute('name'), { FAMILYNAME: 'Jensen', givenname: 'Barbara', Formatted: 'Ms. Jensen' })
    expect(JSON.stringify(value)).toBe('{"formatted":"Ms. Jensen","familyName":"Jensen","givenName":"Barbara"}')
  })

  test('drops what the schema lacks and says so [JSN-18 RC-23]', () => {
    expect(readValue(userAttribute('emails'), [{ value: 'a@x', bogus: {}, gone: null }])).toEqual({
      value: [{ value: 'a@x' }],
      compat: ['unknown-attribute:emails.bogus'],
    })
  })

  test('has no third level [JSN-05]', () => {
    expect(refusalOf(() => readValue(userAttribute('name'), { givenName: { x: 1 } }))).toMatchObject({ scimType: 'invalidValue' })
  })

  test('never gets readOnly sub-attributes [ENT-02 CHR-03]', () => {
    expect(readValue(userAttribute('manager'), { value: 'U2', displayName: 'Boss' })).toEqual({ value: { value: 'U2' }, compat: [] })
  })

  test('may have names that Object.prototype has too [H1]', () => {
    const text = '{"value":"a","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    const polluted = parseJson(new TextEncoder().encode(text), { depthMax: 8 })
    const { value, compat } = readValue(testAttribute('items'), [polluted])
    expect(value).toEqual([{ value: 'a' }])
    expect(compat).toEqual(['unknown-attribute:items.__proto__', 'unknown-attribute:items.constructor'])
    expect({}).not.toHaveProperty('polluted')
  })

  test('a list inside is a list [JSN-25]', () => {
    expect(readValue(testAttribute('vault'), { lines: ['a', 'b', null] }).value).toEqual({ lines: ['a', 'b'] })
  })

  test.each([
    ['a number', 5],
    ['a boolean', true],
    ['two objects', [{ value: 'a' }, { value: 'b' }]],
    ['an array in an array', [[{ value: 'a' }]]],
  ])('cannot be %s [K5]', (_name, json) => {
    expect(refusalOf(() => readValue(testAttribute('person'), json))).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('cannot be a string when it has no value to take it', () => {
    expect(refusalOf(() => readValue(userAttribute('name'), 'Barbara')).message).toContain('must be an object')
  })

  test('remembers no more than 20 unknown names, cut to 60 characters [J3]', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x${index}${'y'.repeat(100)}`, 1]))
    const { compat } = readValue(testAttribute('detail'), { title: 'a', ...many })
    expect(compat).toHaveLength(20)
    for (const name of compat) expect(name.length).toBeLessThanOrEqual('unknown-attribute:'.length + 61)
  })
})

describe('elements of a list', () => {
  test.each([
    ['the same twice', [{ value: 'a@x' }, { value: 'a@x' }], [{ value: 'a@x' }]],
    [
      'the same type and value in other case',
      [
        { value: 'a@x', type: 'work' },
        { value: 'A@X', type: 'Work', primary: true },
      ],
      [{ value: 'a@x', type: 'work', primary: true }],
    ],
    [
      'the same value under two types',
      [
        { value: 'a@x', type: 'work' },
        { value: 'a@x', type: 'home' },
      ],
      [
        { value: 'a@x', type: 'work' },
        { value: 'a@x', type: 'home' },
      ],
    ],
  ])('%s: an element is told by type and value [JSN-24]', (_name, sent, kept) => {
    expect(readValue(userAttribute('emails'), sent).value).toEqual(kept)
  })

  test('without a value the whole element counts', () => {
    const home = { street: 'Main', city: 'X', type: 'home' }
    expect(readValue(testAttribute('places'), [home, { ...home, street: 'Side' }, home]).value).toEqual([home, { ...home, street: 'Side' }])
  })

  test('simple values come once, by the case rule of their attribute [JSN-24]', () => {
    expect(readValue(testAttribute('manyString'), ['a', 'A', 'b']).value).toEqual(['a', 'b'])
    expect(readValue(testAttribute('manyReference'), ['x/a', 'x/A']).value).toEqual(['x/a', 'x/A'])
  })

  test('at most one is primary [JSN-20]', () => {
    const two = [
      { value: 'a@x', primary: true },
      { value: 'b@x', primary: true },
    ]
    const error = refusalOf(() => readValue(userAttribute('emails'), two))
    expect(error).toMatchObject({ status: 400, scimType: 'invalidValue' })
    expect(error.message).toContain('primary')
    expect(readValue(userAttribute('emails'), [two[0] ?? null, { value: 'b@x', primary: false }]).value).toHaveLength(2)
  })

  test('any type of value is taken, canonical or not, in its own case [JSN-23 USR-23]', () => {
    const emails = [
      { value: 'a@x', type: 'vacation' },
      { value: 'b@x', type: 'WORK' },
    ]
    expect(readValue(userAttribute('emails'), emails).value).toEqual(emails)
  })

  test('a string is no element', () => {
    expect(refusalOf(() => readValue(userAttribute('emails'), ['a@x'])).message).toContain('`emails[0]` must be an object')
  })
})

describe('tolerances', () => {
  test.each([
    ['a string for a manager', 'manager', 'U2', { value: 'U2' }, ['string-for-complex']],
    [
      'a list with one manager',
      'manager',
      [{ value: 'U2', $ref: 'Users/U2' }],
      { value: 'U2', $ref: 'Users/U2' },
      ['single-element-array'],
    ],
    ['a list with one string', 'manager', ['U2'], { value: 'U2' }, ['single-element-array', 'string-for-complex']],
    ['managerId', 'manager', { managerId: 'U2', displayName: 'Boss' }, { value: 'U2' }, ['manager-id']],
    ['managerId beside value', 'manager', { managerId: 'U3', value: 'U2' }, { value: 'U2' }, ['unknown-attribute:manager.managerId']],
    ['one e-mail without its list', 'emails', { value: 'a@x' }, [{ value: 'a@x' }], ['object-for-array']],
    ['one string without its list', 'manyString', 'a', ['a'], ['object-for-array']],
    ['displayName of a role', 'roles', [{ value: 'r', displayName: 'R' }], [{ value: 'r', display: 'R' }], ['display-name-for-display']],
    [
      'a role packed as JSON',
      'roles',
      [{ value: '{"id":"1","value":"Admin","displayName":"The admin"}', primary: true }],
      [{ value: 'Admin', display: 'The admin', primary: true }],
      ['json-in-value'],
    ],
  ])('%s is understood [EN-28 EN-30 ON-3 ON-5 P7 P8 P13 P14]', (_name, name, json, value, compat) => {
    const attribute = name === 'manyString' ? testAttribute(name) : userAttribute(name)
    expect(readValue(attribute, json)).toEqual({ value, compat })
  })

  test.each([
    ['an object without a value', '{"id":"1"}'],
    ['an object with a value that is no string', '{"value":1}'],
    ['an object with an empty value', '{"value":""}'],
    ['broken JSON', '{"value":"Admin"'],
    ['an object with a name twice', '{"value":"a","VALUE":"b"}'],
    ['deep JSON', `{"value":"a","b":${'['.repeat(10)}${']'.repeat(10)}}`],
    ['a brace', '{'],
  ])('%s in the value of a role stays a string [P14]', (_name, value) => {
    expect(readValue(userAttribute('roles'), [{ value }])).toEqual({ value: [{ value }], compat: [] })
  })

  test('JSON in the value of anything else stays a string', () => {
    const value = '{"value":"5"}'
    expect(readValue(userAttribute('phoneNumbers'), [{ value }])).toEqual({ value: [{ value }], compat: [] })
  })

  test.each([
    ['True', true],
    ['FALSE', false],
    ['false', false],
  ])('the string %s is a boolean for lenient clients [EN-47 OR-2 P4]', (json, value) => {
    expect(readValue(userAttribute('active'), json, { lenient: true })).toEqual({ value, compat: ['string-boolean'] })
    expect(refusalOf(() => readValue(userAttribute('active'), json))).toMatchObject({ scimType: 'invalidValue' })
  })

  test.each([
    ['a string in a list', 'singleString', ['a'], 'a', ['single-element-array']],
    ['a boolean as a string in a list', 'singleBoolean', ['false'], false, ['single-element-array', 'string-boolean']],
    ['a number for a string', 'singleString', 123, '123', ['number-for-string']],
  ])('%s is understood of lenient clients alone [OR-2 P4]', (_name, name, json, value, compat) => {
    expect(readValue(testAttribute(name), json, { lenient: true })).toEqual({ value, compat })
    expect(refusalOf(() => readValue(testAttribute(name), json))).toMatchObject({ scimType: 'invalidValue' })
  })

  test.each([
    ['another word for a boolean', 'singleBoolean', 'yes'],
    ['a boolean with blanks', 'singleBoolean', ' true'],
    ['a number for a boolean', 'singleBoolean', 1],
    ['a string for a number', 'singleInteger', '1'],
    ['a boolean for a string', 'singleString', true],
    ['a number for a dateTime', 'singleDateTime', 1],
    ['two values', 'singleString', ['a', 'b']],
  ])('%s is not even understood of lenient clients [P4]', (_name, name, json) => {
    expect(refusalOf(() => readValue(testAttribute(name), json, { lenient: true }))).toMatchObject({ scimType: 'invalidValue' })
  })

  test('a role that says True is primary [EN-17 EN-70 P12]', () => {
    const roles = [{ value: 'r', primary: 'True' }]
    expect(readValue(userAttribute('roles'), roles, { lenient: true }).value).toEqual([{ value: 'r', primary: true }])
  })

  test('what is packed as JSON is judged like anything else [JSN-27 LEN-01]', () => {
    const packed = JSON.stringify({ value: 'a'.repeat(20) })
    expect(refusalOf(() => readValue(userAttribute('roles'), [{ value: packed }], { limits: { stringBytesMax: 16 } }))).toMatchObject({
      scimType: 'invalidValue',
    })
    expect(readValue(userAttribute('roles'), [{ value: '{"value":"a\\u0000"}' }]).compat).toEqual([])
  })
})
