// From group names to paths (design section 4; threats E2, E3).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ancestorsOf, below, isPath, ownPath, pathSegment, placed, SEGMENT_LENGTH_MAX, SEGMENTS_MAX } from '../../src/permissions/path.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

const path = (name: string, separator = '/') => {
  const found = ownPath(name, separator)
  return found.kind === 'path' ? found.segments.join('/') : found.kind
}

describe('a name', () => {
  test.each([
    ['Engineering/Platform', 'engineering/platform'],
    ['Engineering / Platform', 'engineering/platform'],
    ['R&D', 'r-d'],
    ['R & D (EMEA)', 'r-d-emea'],
    ['data+ml', 'data-ml'],
    ['Ops Team', 'ops-team'],
    ['.NET', '.net'],
    ['v1.2_x', 'v1.2_x'],
    ['Ⅷ Team', 'viii-team'],
    ['ＦＵＬＬ', 'full'],
    ['K', 'k'],
    ['İstanbul', 'i-stanbul'],
    ['-a-', 'a'],
    ['a--b', 'a--b'],
    ['org:acme', 'org-acme'],
    ['a／b', 'a-b'],
    ['a℀b', 'aa-cb'],
    ['💥x', 'x'],
    ['x'.repeat(10_000), 'x'.repeat(SEGMENT_LENGTH_MAX)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
    ['1/2/3/4/5/6/7/8', '1/2/3/4/5/6/7/8'],
  ])('%.40j is the path %.40j [E2]', (name, expected) => {
    expect(path(name)).toBe(expected)
  })

  test.each([
    '',
    ' ',
    '/',
    '//',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    '...',
    'a/../b',
    '．．',
    'a/‥/b',
    '-',
    '日本語',
    '💥',
    '\u0000',
    '\u202E',
    'a/\u200B',
  ])('%j is no path [E2]', (name) => {
    expect(path(name)).toBe('unusable')
  })

  test('of more parts than a path may have is too deep, however long it is', () => {
    expect(path('a/'.repeat(SEGMENTS_MAX) + 'a')).toBe('too_deep')
    expect(path('/'.repeat(1_000_000))).toBe('too_deep')
  })

  test('is split by the separator of the settings only', () => {
    expect(path('A::B/C', '::')).toBe('a/b-c')
    expect(path('A/B', '::')).toBe('a-b')
  })

  test('is read in linear time', () => {
    for (const name of ['-', ' ', 'ﷺ', 'a-', '- ']) {
      const cpuMs = cpuClock()
      path(name.repeat(100_000))
      expect(cpuMs()).toBeLessThan(500)
    }
  })
})

const NAME = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[-a-z./: ]{0,20}$/),
  fc.constantFrom('..', '/', ':', '%2F'),
)

describe('any name', () => {
  test('is a path of [a-z0-9._-] or none, never one that leaves its place', () => {
    fc.assert(
      fc.property(NAME, fc.constantFrom('/', ':', ' - ', '\\'), (name, separator) => {
        const found = ownPath(name, separator)
        if (found.kind !== 'path') return
        expect(found.segments.length).toBeLessThanOrEqual(SEGMENTS_MAX)
        for (const segment of found.segments) {
          expect(segment).toMatch(/^[a-z0-9._-]{1,64}$/)
          expect(segment).not.toMatch(/^\.*$/)
        }
      }),
    )
  })

  test('mapped again stays as it is', () => {
    fc.assert(
      fc.property(NAME, (name) => {
        const once = path(name)
        if (once === 'unusable' || once === 'too_deep') return
        expect(path(once)).toBe(once)
        expect(isPath(once)).toBe(true)
      }),
    )
  })

  test('is the same path in capitals as far as Unicode folds them back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 ._-]{1,30}$/), (name) => {
        expect(path(name.toUpperCase())).toBe(path(name))
      }),
    )
  })
})

describe('a place', () => {
  test.each([
    [['a', 'b'], '', 'a/b'],
    [['a', 'b'], 'acme', 'acme/a/b'],
    [['1', '2', '3', '4', '5', '6', '7', '8'], '', '1/2/3/4/5/6/7/8'],
    [['1', '2', '3', '4', '5', '6', '7', '8'], 'acme', undefined],
    [['1', '2', '3', '4', '5', '6'], 'acme/x', 'acme/x/1/2/3/4/5/6'],
  ])('of %j with the prefix %j is %j', (segments, prefix, expected) => {
    expect(placed(segments, { prefix })).toBe(expected)
  })

  test('below another has room for eight parts', () => {
    expect(below('a', 'b')).toBe('a/b')
    expect(below('1/2/3/4/5/6/7/8', 'b')).toBeUndefined()
  })

  test('has the places above it', () => {
    expect(ancestorsOf('a/b/c')).toEqual(['a', 'a/b'])
    expect(ancestorsOf('a')).toEqual([])
  })

  test.each([
    ['a/b', true],
    ['A', false],
    ['a b', false],
    ['', false],
    ['a//b', false],
    ['..', false],
    ['-a', false],
    ['a/'.repeat(8) + 'a', false],
  ])('%j typed by an admin: %j', (text, expected) => {
    expect(isPath(text)).toBe(expected)
    if (expected) expect(text.split('/').map(pathSegment)).toEqual(text.split('/'))
  })
})
