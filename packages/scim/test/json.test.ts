import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ScimError } from '../src/errors.ts'
import { get, isObject, type Json, member, parseJson } from '../src/json.ts'
import { cpuClock } from './cpu.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string, depthMax = 64) => parseJson(bytes(text), { depthMax })

function refusal(input: string | Uint8Array, depthMax = 64): ScimError {
  try {
    parseJson(typeof input === 'string' ? bytes(input) : input, { depthMax })
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('parseJson', () => {
  test('reads text in any script as it is [JSN-01 JSN-02]', () => {
    expect(read('{"displayName":"Zoë 東京 𝒳"}')).toEqual({ displayName: 'Zoë 東京 𝒳' })
  })

  test.each([
    ['an empty body', ''],
    ['half an object', '{'],
    ['text behind the value', '{} x'],
    ['single quotes', "{'a':1}"],
    ['a number with a leading zero', '{"a":01}'],
    ['NaN', '{"a":NaN}'],
    ['a raw line break in a string', '{"a":"\n"}'],
    ['a raw U+0000', '{"a":"\0"}'],
    ['a byte order mark', '\ufeff{}'],
    ['colons without an object', '::'],
    ['a string that never ends', '{"a":"\\'],
  ])('%s is refused as invalidSyntax [CRE-09 K3]', (_name, text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
  ])('%s is no UTF-8 [K3]', (_name, octets) => {
    expect(refusal(Uint8Array.from(octets))).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })

  test.each([
    ['the same name', '{"a":1,"a":2}'],
    ['names that differ by case', '{"userName":"a","username":"b"}'],
    ['names of which one is escaped', '{"a":1,"\\u0061":2}'],
    ['the Kelvin sign and k', '{"nickName":1,"nic\u212aName":2}'],
    ['the same name deep inside', '{"a":[{"b":{"c":1,"C":2}}]}'],
    ['the same name before a scalar of the same name', '{"active":{"x":1},"active":false}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ])('an object that holds %s is refused as invalidSyntax [JSN-28 K1 K2]', (_name, text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })

  test.each([
    ['colons and braces in strings', { 'a:b': '{"x":1}:[', c: ':' }],
    ['quotes and backslashes in strings', { a: '\\', 'b"': '"\\"', '\\': ':' }],
    ['the same name in two objects', [{ a: 1 }, { a: { a: 1 } }]],
    ['the same name but for the case in two objects', { a: { b: 1 }, c: { B: 1 } }],
    ['nothing', {}],
    ['a bare value', 'a:b'],
  ])('%s confuse nothing', (_name, json) => {
    expect(read(JSON.stringify(json))).toEqual(json)
  })

  test.each([
    ['U+0000 in a value', '{"a":"x\\u0000y"}'],
    ['U+0000 in a name', '{"a\\u0000":1}'],
    ['a high surrogate alone', '{"a":["\\ud800"]}'],
    ['a low surrogate alone', '{"a":"\\udc00x"}'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"'],
    ['a number beyond doubles', '{"a":1e999}'],
    ['a number of 400 digits', `[-${'9'.repeat(400)}]`],
  ])('%s is refused as invalidValue [JSN-27 K3]', (_name, text) => {
    expect(refusal(text)).toMatchObject({ status: 400, scimType: 'invalidValue' })
  })

  test('escaped surrogate pairs and other escapes are text', () => {
    expect(read('"\\ud835\\udcb3 \\u00e9 \\\\u0000"')).toBe('𝒳 é \\u0000')
  })

  test.each([
    ['arrays', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)],
  ])('%s may nest as deep as the limit says and not one deeper [JSN-29]', (_name, nested) => {
    expect(() => read(nested(8), 8)).not.toThrow()
    expect(refusal(nested(9), 8)).toMatchObject({ status: 400, scimType: 'invalidSyntax' })
  })

  test('a million open brackets are refused at once [JSN-29 J3]', () => {
    const cpuMs = cpuClock()
    expect(refusal('['.repeat(1_000_000)).scimType).toBe('invalidSyntax')
    expect(refusal('{"a":'.repeat(200_000)).scimType).toBe('invalidSyntax')
    expect(cpuMs()).toBeLessThan(1000)
  })

  test('__proto__ and its kin are members like any other [JSN-29 H1]', () => {
    const json = read('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    expect(isObject(json) && get(json, '__proto__')).toEqual({ polluted: 1 })
    expect({}).not.toHaveProperty('polluted')
    expect(isObject(json) && get(json, 'polluted')).toBeUndefined()
  })

  test('no detail repeats what the body holds [ERR-06]', () => {
    for (const text of [
      '{"password":"S3cret',
      '{"password":"S3cret\\u0000"}',
      'S3cret',
      '{"a":"S3cret"}}',
      '{"a":"S3cret","A":"S3cret"}',
    ]) {
      const error = refusal(text)
      expect(error.message.length).toBeGreaterThan(10)
      expect(error.message).not.toContain('S3cret')
    }
  })

  test('what JSON can hold comes back, or holds a name twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, isIndented) => {
        const text = JSON.stringify(value, null, isIndented ? 2 : 0)
        if (hasCaseVariants(value)) expect(refusal(text).scimType).toBe('invalidSyntax')
        else expect(read(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('a member repeated anywhere is found', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }), fc.string({ maxLength: 12 }), (name, other) => {
        const key = JSON.stringify(name.toWellFormed().replaceAll('\0', '0'))
        expect(refusal(`{"z":[{${key}:${JSON.stringify(other)}, ${key} :1}]}`).scimType).toBe('invalidSyntax')
      }),
    )
  })
})

function hasCaseVariants(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasCaseVariants)
  if (typeof value !== 'object' || value === null) return false
  const names = Object.keys(value)
  return new Set(names.map((name) => name.toLowerCase())).size < names.length || Object.values(value).some(hasCaseVariants)
}

describe('member', () => {
  const object: Json = { userName: 'a', ToString: 'b' }

  test.each([
    ['userName', 'a'],
    ['USERNAME', 'a'],
    ['toString', 'b'],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['user', undefined],
  ])('%s is found without regard to case, and inherited properties never [JSN-03 H1]', (name, expected) => {
    expect(member(object, name)).toBe(expected)
  })

  test('get wants the exact name', () => {
    expect(get(object, 'userName')).toBe('a')
    expect(get(object, 'USERNAME')).toBeUndefined()
    expect(get(object, 'toString')).toBeUndefined()
  })
})
