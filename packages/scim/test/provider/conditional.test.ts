import { describe, expect, test } from 'vitest'
import { entityTag, isNotModified, parseCondition, parseConditions, writePrecondition } from '../../src/provider/conditional.ts'

const conditions = (headers: Record<string, string>) => parseConditions((name) => headers[name])

test('the entity tag of a version is weak and well-formed [COM-16 VER-08]', () => {
  expect(entityTag(12)).toMatch(/^W\/"[\x21\x23-\x7e]*"$/)
})

describe('a condition', () => {
  test.each([
    ['*', { kind: 'any' }],
    [' * ', { kind: 'any' }],
    ['W/"3"', { kind: 'tags', tags: new Set(['3']) }],
    ['"3"', { kind: 'tags', tags: new Set(['3']) }],
    ['W/"3", "4" ,, W/"a,b"', { kind: 'tags', tags: new Set(['3', '4', 'a,b']) }],
    ['""', { kind: 'tags', tags: new Set(['']) }],
  ])('%j is read as entity tags', (text, expected) => {
    expect(parseCondition('If-Match', text)).toEqual(expected)
  })

  test.each(['', ' ', ',', '3', 'W/3', 'w/"3"', 'W/"3', '"3" "4"', '"3"x', '*, "3"', '"a b"', '"ä"', `"${'x'.repeat(10_000)}`])(
    '%j is refused instead of being passed over [VER-08]',
    (text) => {
      expect(() => parseCondition('If-Match', text)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue' }))
    },
  )
})

describe('a write', () => {
  test.each([
    ['no condition', {}, undefined],
    ['the current tag', { 'if-match': 'W/"3"' }, 'goes through'],
    ['the current tag in strong spelling', { 'if-match': '"3"' }, 'goes through'],
    ['any version', { 'if-match': '*' }, 'goes through'],
    ['a list with the current tag', { 'if-match': '"1", W/"3"' }, 'goes through'],
    ['a stale tag', { 'if-match': 'W/"2"' }, 'refused'],
    ['a foreign tag', { 'if-match': '"30"' }, 'refused'],
    ['If-None-Match with another tag', { 'if-none-match': '"2"' }, 'goes through'],
    ['If-None-Match with the current tag', { 'if-none-match': '"3"' }, 'refused'],
    ['If-None-Match with any version', { 'if-none-match': '*' }, 'refused'],
    ['a stale If-Match beside a matching If-None-Match', { 'if-match': '"2"', 'if-none-match': '"3"' }, 'refused'],
  ])('with %s is judged by weak comparison [VER-03 VER-04 VER-05 VER-06]', (_what, headers, expected) => {
    const precondition = writePrecondition(conditions(headers))
    if (expected === undefined) expect(precondition).toBeUndefined()
    else if (expected === 'refused') expect(() => precondition?.(3)).toThrow(expect.objectContaining({ status: 412 }))
    else expect(() => precondition?.(3)).not.toThrow()
  })
})

describe('a read', () => {
  test.each([
    [{}, false],
    [{ 'if-none-match': 'W/"3"' }, true],
    [{ 'if-none-match': '"1", "3"' }, true],
    [{ 'if-none-match': '*' }, true],
    [{ 'if-none-match': '"4"' }, false],
    [{ 'if-match': '"3"', 'if-none-match': '"3"' }, true],
  ])('with %j is unmodified: %j [VER-02]', (headers, expected) => {
    expect(isNotModified(conditions(headers), 3)).toBe(expected)
  })

  test('with a stale If-Match is refused before If-None-Match is looked at [VER-06]', () => {
    expect(() => isNotModified(conditions({ 'if-match': '"2"', 'if-none-match': '"3"' }), 3)).toThrow(
      expect.objectContaining({ status: 412 }),
    )
  })
})
