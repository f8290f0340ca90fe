import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQueryString } from '../../src/query/query-string.ts'

describe('a query string', () => {
  test.each([
    ['nothing', '', {}],
    ['percent-encoding', 'filter=userName%20eq%20%22a%40x%22', { filter: 'userName eq "a@x"' }],
    ['plus for a blank and %2B for plus [URL-01 ON-2]', 'filter=userName+eq+%22a%2Bb%22', { filter: 'userName eq "a+b"' }],
    ['percent-encoding undone only once', 'filter=%2525', { filter: '%25' }],
    ['characters that should have been encoded [ON-2]', 'filter=userName eq "ä"', { filter: 'userName eq "ä"' }],
    ['empty pieces and a trailing & [RC-22]', '&&count=1&', { count: '1' }],
    ['a parameter without value [CUR-01 EN-10]', 'aadOptscim062020&cursor', { aadoptscim062020: '', cursor: '' }],
    ['an equals sign in the value', 'filter=a=b', { filter: 'a=b' }],
    ['names in another case', 'Filter=x&StartIndex=2', { filter: 'x', startindex: '2' }],
    ['unknown parameters, even twice [QRY-06]', 'foo=1&foo=2', { foo: '2' }],
    ['a name that is a property of all objects [H1]', '__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ])('is read with %s', (_what, query, expected) => {
    expect(Object.fromEntries(parseQueryString(query))).toEqual(expected)
  })

  test.each([
    ['half an escape', 'filter=%2'],
    ['no hexadecimal escape', 'filter=%zz'],
    ['octets that are not UTF-8', 'filter=%ff'],
    ['an encoded surrogate', 'filter=%ed%a0%80'],
    ['broken encoding in an unknown name', '%=1'],
    ['a parameter given twice', 'count=1&count=2'],
    ['a parameter given twice in two cases', 'filter=a&FILTER=b'],
  ])('with %s is refused [K3]', (_what, query) => {
    expect(() => parseQueryString(query)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue' }))
  })

  test('gives back any text that was form-encoded [URL-01]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(parseQueryString(new URLSearchParams({ filter: text }).toString()).get('filter')).toBe(text)
      }),
    )
  })
})
