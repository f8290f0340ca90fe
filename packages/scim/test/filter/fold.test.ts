import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareText, fold, prepare } from '../../src/filter/fold.ts'

/** Text that is rich in what folding changes: any code point, wide forms, Greek, marks, Hangul. */
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0xff00, max: 0xffef }).map((code) => String.fromCodePoint(code)),
    fc.constantFrom(
      'Σ',
      'σ',
      'ς',
      'İ',
      'I',
      'ı',
      'i',
      '\u0301',
      '\u0307',
      '\u0323',
      '\u0345',
      'é',
      'E',
      'ß',
      'ẞ',
      'ᾼ',
      '\u1100',
      '\u1161',
      'ﾞ',
      'カ',
      'ｶ',
      ' ',
      "'",
    ),
  ),
})

describe('fold', () => {
  test.each([
    ['BOB', 'bob'],
    ['ＢＯＢ', 'bob'],
    ['ｂｏｂ', 'bob'],
    ['admin＠x', 'admin@x'],
    ['E\u0301va', 'éva'],
    ['\u00c9VA', 'éva'],
    ['\u212a', 'k'],
    ['\u212b', 'å'],
    ['İ', 'i\u0307'],
    ['I', 'i'],
    ['ı', 'ı'],
    ['STRASSE', 'strasse'],
    ['Straße', 'straße'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['Οδυσσεύς', 'οδυσσεύσ'],
    ['ｶﾞ', 'ガ'],
    ['ﾡ', 'ㄱ'],
    ['\uffa0', '\u3164'],
    ['ￜ', 'ㅣ'],
    ['￣', '¯'],
    ['\u3000', ' '],
    ['￥', '¥'],
    ['ﬁ', 'ﬁ'],
    ['①', '①'],
    ['', ''],
  ])('%s becomes %s [CHR-01 FLT-24 I18-01 I18-03 C6]', (given, folded) => {
    expect(fold(given)).toBe(folded)
  })

  test('folding twice changes nothing, and equivalent texts fold alike [I18-03 FLT-24]', () => {
    fc.assert(
      fc.property(text, (given) => {
        const folded = fold(given)
        expect(fold(folded)).toBe(folded)
        expect(folded).toBe(folded.normalize('NFC'))
        expect(fold(given.normalize('NFC'))).toBe(folded)
        expect(fold(given.normalize('NFD'))).toBe(folded)
        expect(fold(given.toLowerCase())).toBe(folded)
      }),
      { numRuns: 2000 },
    )
  })

  test('every single code point keeps to that [I18-03]', () => {
    const broken: string[] = []
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const given = code >= 0xd800 && code <= 0xdfff ? '' : String.fromCodePoint(code)
      const folded = fold(given)
      if (fold(folded) !== folded || fold(given.normalize('NFD')) !== folded) {
        broken.push(`U+${code.toString(16)}`)
      }
    }
    expect(broken).toEqual([])
  })

  test('the start of a word folds to the start of the folded word', () => {
    const words = fc.string({ unit: fc.constantFrom('Σ', 'σ', 'ς', 'Α', 'α', 'Ａ', 'B', ' ') })
    fc.assert(fc.property(words, words, (start, rest) => fold(start + rest).startsWith(fold(start))))
  })
})

test('prepare keeps case and width, and makes equivalent texts equal [CHR-01 CHR-02 FLT-24]', () => {
  expect(prepare('E\u0301Ｂ')).toBe('ÉＢ')
  fc.assert(fc.property(text, (given) => prepare(prepare(given)) === prepare(given) && prepare(given.normalize('NFD')) === prepare(given)))
})

describe('compareText', () => {
  const bytes = (value: string) => Buffer.from(value, 'utf8')

  test.each([
    ['a', 'b', -1],
    ['b', 'a', 1],
    ['a', 'a', 0],
    ['', 'a', -1],
    ['a', 'ab', -1],
    ['9', '10', 1],
    ['B', 'a', -1],
    ['\uffee', '𝒳', -1],
    ['\ud7ff', '𝒳', -1],
    ['𝒳', '𝒴', -1],
    ['𝒳', '\ue000', 1],
  ])('of %j and %j [SRT-03 FLT-29]', (left, right, sign) => {
    expect(Math.sign(compareText(left, right))).toBe(sign)
  })

  test('orders as the UTF-8 bytes do, which is how the database orders', () => {
    const unit = fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffee', '𝒳', '𝒴', '\u{10ffff}')
    const short = fc.string({ unit, maxLength: 4 })
    fc.assert(
      fc.property(short, short, (left, right) => Math.sign(compareText(left, right)) === Buffer.compare(bytes(left), bytes(right))),
      { numRuns: 2000 },
    )
  })
})
