// The form of tokens: what is minted can be read, and nothing else can.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBase62, encodeBase62Bytes } from '../../src/primitives/base62.ts'
import { equalHashes, hashSecret, mintToken, parseToken, tokenKind } from '../../src/primitives/token.ts'

describe('base 62', () => {
  test.each([
    [0n, 1, '0'],
    [61n, 1, 'z'],
    [62n, 2, '10'],
    [0xffff_ffffn, 6, '4gfFC3'],
  ])('%s in %i digits is %s', (value, width, text) => {
    expect(encodeBase62(value, width)).toBe(text)
  })

  test('a number too large for its width is refused', () => {
    expect(() => encodeBase62(62n, 1)).toThrow(RangeError)
  })

  test('the largest secret fits its width', () => {
    expect(encodeBase62Bytes(Buffer.alloc(32, 0xff), 43)).toHaveLength(43)
    expect(encodeBase62Bytes(Buffer.alloc(0), 2)).toBe('00')
  })
})

describe('tokens', () => {
  test.each([
    ['scim', /^plur_scim_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/],
    ['api_key', /^plur_sk_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/],
  ] as const)('a minted %s token has its documented form and can be read back', (kind, form) => {
    const { id, token, secretHash } = mintToken(kind)
    expect(token).toMatch(form)
    const parsed = parseToken(token)
    expect(parsed).toMatchObject({ kind, id })
    expect(equalHashes(hashSecret(parsed?.secret ?? ''), secretHash)).toBe(true)
  })

  test('a thousand tokens differ in id and secret [AUT-09]', () => {
    const tokens = Array.from({ length: 1000 }, () => mintToken('scim'))
    expect(new Set(tokens.map((token) => token.id)).size).toBe(1000)
    expect(new Set(tokens.map((token) => token.secretHash.toString('hex'))).size).toBe(1000)
  })

  test('any change of one character is noticed without asking anyone', () => {
    const { token } = mintToken('scim')
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'09AZaz_'), (at, character) => {
        fc.pre(token[at] !== character)
        expect(parseToken(token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined()
      }),
    )
  })

  test.each([
    '',
    'null',
    'undefined',
    'plur_scim_',
    'plur_scim___',
    'plur_sk_a_b_c',
    `x${mintToken('scim').token}`,
    `${mintToken('scim').token}_x`,
  ])('no token: %s', (text) => {
    expect(parseToken(text)).toBeUndefined()
  })

  test('reading random text never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseToken(`plur_scim_${text}`)))
  })

  test('a spoiled token still tells what it was meant to be', () => {
    expect(tokenKind('plur_sk_oops')).toBe('api_key')
    expect(tokenKind('plur_scim_oops')).toBe('scim')
    expect(tokenKind('ghp_oops')).toBeUndefined()
  })

  test('hashes of different length are unequal, not an error', () => {
    expect(equalHashes(randomBytes(32), randomBytes(31))).toBe(false)
  })
})
