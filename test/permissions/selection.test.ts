// Globs over group names and the order of rules (design section 4).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesGlob, type Rule, selector } from '../../src/permissions/selection.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

describe('a glob', () => {
  test.each([
    ['Engineering', 'engineering', true],
    ['Engineering', 'Engineering/Platform', false],
    ['Engineering/*', 'Engineering/Platform', true],
    ['Engineering/*', 'Engineering', false],
    ['Engineering/*', 'Engineering/Platform/Backend', false],
    ['Engineering/**', 'Engineering/Platform/Backend', true],
    ['Engineering/**', 'Engineering', true],
    ['Engineering/**', 'Engineering2', false],
    ['**', 'anything/at/all', true],
    ['**', '', true],
    ['*', 'Sales', true],
    ['*', 'Sales/EMEA', false],
    ['**/admins', 'admins', true],
    ['**/admins', 'a/b/Admins', true],
    ['**/admins', 'a/b/admins/c', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/b/c/y', false],
    ['app-*-prod', 'App-Billing-Prod', true],
    ['app-*-prod', 'app--prod', true],
    ['app-*-prod', 'app-prod', false],
    ['team-?', 'team-1', true],
    ['team-?', 'team-💥', true],
    ['team-?', 'team-12', false],
    ['Engineering / Platform', 'engineering/platform', true],
    ['[ab]', 'a', false],
    ['[ab]', '[AB]', true],
    ['{a,b}', 'a', false],
    ['.hidden', '.hidden', true],
    ['*', '.hidden', true],
    ['**a', 'a', true],
    ['ＦＵＬＬ', 'full', true],
  ])('%j and the name %j: %j', (pattern, name, expected) => {
    expect(matchesGlob(pattern, name)).toBe(expected)
  })

  test('answers in bounded time whatever it and the name are', () => {
    const cpuMs = cpuClock()
    matchesGlob('*a'.repeat(100), 'a'.repeat(10_000))
    matchesGlob('**/a/'.repeat(30), 'a/'.repeat(5_000))
    matchesGlob('**/'.repeat(60), 'b/'.repeat(5_000))
    expect(cpuMs()).toBeLessThan(1000)
  })

  /** The same by definition, in exponential time. */
  function matches(pattern: readonly string[], text: readonly string[], wild: string): boolean {
    const [first, ...rest] = pattern
    if (first === undefined) return text.length === 0
    if (first === wild) return matches(rest, text, wild) || (text.length > 0 && matches(pattern, text.slice(1), wild))
    return text.length > 0 && (first === '?' || first === text[0]) && matches(rest, text.slice(1), wild)
  }

  test('means what its definition says', () => {
    const letters = (...of: string[]) => fc.array(fc.constantFrom(...of), { maxLength: 6 })
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b'), (pattern, text) => {
        expect(matchesGlob(pattern.join('').replaceAll('**', '*'), text.join(''))).toBe(matches(pattern, text, '*'))
      }),
    )
    fc.assert(
      fc.property(letters('a', 'b', '**', '?'), letters('a', 'b'), (pattern, text) => {
        fc.pre(pattern.length > 0 && text.length > 0)
        expect(matchesGlob(pattern.join('/'), text.join('/'))).toBe(matches(pattern, text, '**'))
      }),
    )
  })
})

describe('a group takes part', () => {
  const rules: readonly Rule[] = [
    { pattern: 'Engineering/Secret', select: false },
    { pattern: 'Engineering/**', select: true },
  ]
  test.each([
    ['Engineering/Platform', null, true],
    ['Engineering/Secret', null, false],
    ['Sales', null, false],
    ['Sales', 'on', true],
    ['Engineering/Platform', 'off', false],
    ['Engineering/Secret', 'on', true],
  ] as const)('%j switched %j: %j', (name, switched, expected) => {
    expect(selector(rules, '/')({ name, switched }).selected).toBe(expected)
  })

  test('without rules only where it is switched on', () => {
    expect(selector([], '/')({ name: 'x', switched: null }).selected).toBe(false)
    expect(selector([], '/')({ name: 'x', switched: 'on' }).selected).toBe(true)
  })
})
