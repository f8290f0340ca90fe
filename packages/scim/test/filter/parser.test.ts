import { describe, expect, test } from 'vitest'
import type { Filter } from '../../src/filter/ast.ts'
import { parseFilter } from '../../src/filter/parser.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts'
import { refusal } from './refusal.ts'
import { strict } from './sample-types.ts'

const parse = (text: string) => parseFilter(text, strict())
const has = (path: string): Filter => ({ kind: 'present', path })
const is = (path: string, literal: string | number | boolean | null): Filter => ({ kind: 'compare', path, operator: 'eq', literal })
const limited = (limits: Partial<Limits>) => strict({ limits: { ...DEFAULT_LIMITS, ...limits } })

describe('structure', () => {
  const cases: [title: string, text: string, filter: Filter][] = [
    ['an operator with a value', 'userName eq "a"', is('userName', 'a')],
    ['presence', 'title pr', has('title')],
    ['operators and keywords in any case [FLT-06]', 'a EQ 1 AND b Pr', { kind: 'and', filters: [is('a', 1), has('b')] }],
    [
      'and before or [FLT-11]',
      'a pr or b pr and c pr',
      { kind: 'or', filters: [has('a'), { kind: 'and', filters: [has('b'), has('c')] }] },
    ],
    [
      'and before or, also on the left [FLT-11]',
      'a pr and b pr or c pr',
      { kind: 'or', filters: [{ kind: 'and', filters: [has('a'), has('b')] }, has('c')] },
    ],
    [
      'parentheses before and [FLT-11]',
      '(a pr or b pr) and c pr',
      { kind: 'and', filters: [{ kind: 'or', filters: [has('a'), has('b')] }, has('c')] },
    ],
    ['not before and [FLT-11]', 'not (a pr) and b pr', { kind: 'and', filters: [{ kind: 'not', filter: has('a') }, has('b')] }],
    [
      'chains of one kind are one node [FLT-12]',
      '(a pr and b pr) and (c pr and (d pr))',
      { kind: 'and', filters: [has('a'), has('b'), has('c'), has('d')] },
    ],
    ['or chains likewise [FLT-12]', 'a pr or (b pr or c pr)', { kind: 'or', filters: [has('a'), has('b'), has('c')] }],
    ['parentheses alone change nothing [FLT-14]', '((a pr))', has('a')],
    ['not without a blank [FLT-13]', 'not(a pr)', { kind: 'not', filter: has('a') }],
    [
      'an attribute called not [FLT-35]',
      'not eq 1 and not (not pr)',
      { kind: 'and', filters: [is('not', 1), { kind: 'not', filter: has('not') }] },
    ],
    ['an attribute called pr and one called and [FLT-35]', 'pr pr and and pr', { kind: 'and', filters: [has('pr'), has('and')] }],
    ['pr takes no value [FLT-03]', 'a pr and b pr', { kind: 'and', filters: [has('a'), has('b')] }],
    ['a filter of elements [FLT-19]', 'emails[type eq "work"]', { kind: 'element', path: 'emails', filter: is('type', 'work') }],
    [
      'groups and negation inside brackets [FLT-14]',
      'emails[(a pr or b pr) and not (c pr)]',
      {
        kind: 'element',
        path: 'emails',
        filter: {
          kind: 'and',
          filters: [
            { kind: 'or', filters: [has('a'), has('b')] },
            { kind: 'not', filter: has('c') },
          ],
        },
      },
    ],
    [
      'a URN before the bracket [FLT-34]',
      'urn:x:2.0:User:emails[a pr]',
      { kind: 'element', path: 'urn:x:2.0:User:emails', filter: has('a') },
    ],
    ['$ref as a name [FLT-35]', 'members[$ref eq "x"]', { kind: 'element', path: 'members', filter: is('$ref', 'x') }],
    ['hyphens and underscores in a name [FLT-35]', 'my-attr_1 eq 1', is('my-attr_1', 1)],
    ['no blank before a string [FLT-16]', 'value eq"x"', is('value', 'x')],
  ]
  test.each(cases)('%s', (_, text, filter) => {
    expect(parse(text)).toEqual(filter)
  })
})

describe('values', () => {
  test.each([
    ['"O\\"Brien \\\\ \\u00e9"', 'O"Brien \\ é'],
    ['"\\ud835\\udcb3"', '𝒳'],
    ['") and (\\"] or"', ') and ("] or'],
    ['"\\/\\b\\f\\n\\r\\t"', '/\b\f\n\r\t'],
    ['""', ''],
    ['true', true],
    ['false', false],
    ['null', null],
    ['10', 10],
    ['-1', -1],
    ['1e1', 10],
    ['1.50', 1.5],
    ['-0', 0],
    ['0.1', 0.1],
  ])('%s is read as JSON [FLT-07 FLT-08]', (text, literal) => {
    expect(parse(`a eq ${text}`)).toEqual(is('a', literal))
    expect(parse(`(a eq ${text})`)).toEqual(is('a', literal))
  })
})

describe('words without quotes', () => {
  const bare = (text: string) => {
    const options = strict({ bareWords: true })
    return { filter: parseFilter(text, options), compat: [...options.compat] }
  }

  test.each([
    ['userName eq alice@example.com', 'alice@example.com'],
    ['(userName eq alice)', 'alice'],
    ['userName eq 2819c223-7f76-453a-919d-413861904646', '2819c223-7f76-453a-919d-413861904646'],
    ['userName eq 007', '007'],
    ['userName eq True', 'True'],
    ['userName eq and', 'and'],
  ])('%s is a string for clients that leave quotes out, and is noted [EN-14 PI-1]', (text, literal) => {
    expect(bare(text)).toEqual({ filter: is('userName', literal), compat: ['unquoted-filter-value'] })
  })

  test('they end at a closing bracket, and chain [EN-29]', () => {
    expect(bare('id eq G1 and members[value eq U1]').filter).toEqual({
      kind: 'and',
      filters: [is('id', 'G1'), { kind: 'element', path: 'members', filter: is('value', 'U1') }],
    })
  })

  test.each([
    ['true', true],
    ['null', null],
    ['12', 12],
  ])('%s stays what it is in JSON, and nothing is noted', (text, literal) => {
    expect(bare(`a eq ${text}`)).toEqual({ filter: is('a', literal), compat: [] })
  })

  test.each([
    'userName sw al',
    'userName ne alice',
    "userName eq 'alice'",
    'userName eq Alice Smith',
    'userName eq a(b)',
    'userName eq a"b"',
    'userName eq a\0b',
    'userName eq \ud800',
  ])('%j is refused even then', (text) => {
    expect(refusal('invalidFilter', () => bare(text))).toMatch(/character/)
  })

  test('other clients are refused and told about quotes [FLT-09]', () => {
    expect(refusal('invalidFilter', () => parse('userName eq bob'))).toMatch(/^filter, character 13, at `bob`: strings need double quotes/)
  })
})

describe('a sub-attribute behind the bracket', () => {
  test.each<[string, Filter]>([
    ['emails[type eq "work"].value eq "x"', { kind: 'and', filters: [is('type', 'work'), is('value', 'x')] }],
    [
      'emails[type eq "work" and primary eq true].value eq "x"',
      { kind: 'and', filters: [is('type', 'work'), is('primary', true), is('value', 'x')] },
    ],
    ['emails[a pr or b pr].value pr', { kind: 'and', filters: [{ kind: 'or', filters: [has('a'), has('b')] }, has('value')] }],
  ])('%s means one element that fulfils both, and is noted [EN-14]', (text, filter) => {
    const options = strict()
    expect(parseFilter(text, options)).toEqual({ kind: 'element', path: 'emails', filter })
    expect([...options.compat]).toEqual(['entra-value-path-in-filter'])
  })

  test('the RFC form is not noted', () => {
    const options = strict()
    parseFilter('emails[type eq "work" and value eq "x"]', options)
    expect(options.compat.size).toBe(0)
  })
})

describe('refusals name the place and what would be right', () => {
  test.each([
    ['', /character 1, at the end: a filter needs an expression/],
    [' ', /character 2, at the end: a filter needs an expression/],
    ['userName regex "x"', /character 10, at `regex`: an operator must stand here: eq, ne, co/],
    ['userName eq', /character 12, at the end: a value must stand here/],
    ['(userName pr', /character 13, at the end: .*`\)` of the parenthesis at character 1/],
    ['emails[type pr and', /character 19, at the end: an attribute/],
    ['emails[type pr)', /character 15, at `\)`: .*`\]` of the bracket at character 7/],
    ['not userName pr', /character 5, at `userName`: .*not \(title pr\)/],
    ['a[b pr and c[d pr]]', /character 13, at `\[`: brackets must not stand inside brackets/],
    ['a eq 1e999', /character 6, at `1e999`: the number is too large/],
    ['a eq "x', /character 6, at `"x`: the string has no closing quote/],
    ['a pr b', /character 6, at `b`: "and", "or" or the end/],
  ])('%j [FLT-02 FLT-03 FLT-05]', (text, detail) => {
    expect(refusal('invalidFilter', () => parse(text))).toMatch(detail)
  })

  test('long client text is cut', () => {
    for (const text of [`a eq ${'b'.repeat(5000)}`, `${'b'.repeat(5000)} x 1`, `a eq "${'b'.repeat(5000)}`]) {
      expect(refusal('invalidFilter', () => parse(text))).toMatch(/^.{0,300}$/)
    }
  })
})

describe('limits', () => {
  test('filterLengthMax characters pass, one more does not', () => {
    const text = 'userName eq "a"'
    expect(parseFilter(text, limited({ filterLengthMax: 15 }))).toEqual(is('userName', 'a'))
    expect(refusal('invalidFilter', () => parseFilter(text, limited({ filterLengthMax: 14 })))).toMatch(/at most 14/)
  })

  test.each([
    ['parentheses', (depth: number) => `${'('.repeat(depth)}a pr${')'.repeat(depth)}`],
    ['negations', (depth: number) => `${'not ('.repeat(depth)}a pr${')'.repeat(depth)}`],
    ['brackets with parentheses', (depth: number) => `a[${'('.repeat(depth - 1)}b pr${')'.repeat(depth - 1)}]`],
  ])('filterDepthMax %s pass, one more does not [FLT-12]', (_, nest) => {
    const { filterDepthMax } = DEFAULT_LIMITS
    expect(() => parse(nest(filterDepthMax))).not.toThrow()
    expect(refusal('invalidFilter', () => parse(nest(filterDepthMax + 1)))).toMatch(/at most 32/)
  })

  test('depth counts what is open, not what was closed', () => {
    expect(() => parse(Array.from({ length: 100 }, () => '(a pr)').join(' and '))).not.toThrow()
  })

  test('filterTermsMax comparisons pass, one more does not [FLT-12]', () => {
    const chain = (length: number) => Array.from({ length }, () => 'a pr').join(' or ')
    const { filterTermsMax } = DEFAULT_LIMITS
    expect(parse(chain(filterTermsMax))).toHaveProperty('filters.length', filterTermsMax)
    expect(refusal('invalidFilter', () => parse(chain(filterTermsMax + 1)))).toMatch(/at most 200/)
  })

  test('comparisons inside and behind brackets count too', () => {
    const options = limited({ filterTermsMax: 2 })
    expect(() => parseFilter('a[b pr and c pr]', options)).not.toThrow()
    expect(refusal('invalidFilter', () => parseFilter('a[b pr and c pr].d pr', options))).toMatch(/at most 2/)
  })
})
