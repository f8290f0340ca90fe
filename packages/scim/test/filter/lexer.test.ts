import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokenize } from '../../src/filter/lexer.ts'

const kinds = (text: string) => tokenize(text).map((token) => token.kind)

describe('tokens', () => {
  test('words end at white space, quotes, parentheses and brackets', () => {
    expect(tokenize('a.b eq"x" (c[d]').map((token) => token.text)).toEqual(['a.b', 'eq', '"x"', '(', 'c', '[', 'd', ']', ''])
  })

  test('a string is one token whatever stands in it', () => {
    expect(tokenize(String.raw`"a ) \" [ \\" pr`)).toEqual([
      { kind: 'string', text: String.raw`"a ) \" [ \\"`, start: 0, value: 'a ) " [ \\' },
      { kind: 'word', text: 'pr', start: 14 },
      { kind: 'end', text: '', start: 16 },
    ])
  })

  test.each([
    ['a string without its closing quote', '"a', true],
    ['a string whose closing quote is escaped', String.raw`"a\"`, true],
    ['a string that ends in half an escape', '"a\\', true],
    ['an escape that JSON lacks', String.raw`"\q"`, false],
    ['a line break inside a string', '"a\nb"', false],
    ['half a surrogate pair', String.raw`"\ud800"`, false],
    ['half a surrogate pair that is not escaped', '"\ud800"', false],
    ['U+0000', String.raw`"\u0000"`, false],
  ])('%s is broken [G2]', (_, text, unfinished) => {
    expect(tokenize(text)[0]).toMatchObject({ kind: 'broken', unfinished })
  })

  test('blanks, tabs and line breaks separate; other spaces do not', () => {
    expect(kinds(' a\t\r\n b ')).toEqual(['word', 'word', 'end'])
    expect(kinds('a\u00a0b')).toEqual(['word', 'end'])
  })

  test('nothing is read behind a broken string, so that many of them cost no more than one', () => {
    expect(kinds(String.raw`a "\q" b "\q"`.repeat(1000))).toEqual(['word', 'broken', 'end'])
  })

  test('every character up to the end is in exactly one token or is white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '(', ')', '[', ']', '"', '\\', '\t', '\n') }), (text) => {
        let at = 0
        for (const token of tokenize(text)) {
          expect(text.slice(at, token.start).trim()).toBe('')
          expect(text.slice(token.start, token.start + token.text.length)).toBe(token.text)
          at = token.start + token.text.length
        }
        const isWhole = !kinds(text).includes('broken')
        expect(isWhole ? text.slice(at).trim() : '').toBe('')
      }),
    )
  })
})
