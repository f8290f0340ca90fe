import { describe, expect, test } from 'vitest'
import { difference, EMPTY } from '../../src/client/difference.ts'

describe('difference', () => {
  test.each<[string, unknown, unknown]>([
    ['more members than expected', { a: 1, b: 2 }, { a: 1 }],
    ['an array in another order', [{ v: 1 }, { v: 2 }], [{ v: 2 }, { v: 1 }]],
    ['null expected, absent', {}, { a: null }],
    ['null expected, null', { a: null }, { a: null }],
    ['empty expected, absent', {}, { a: EMPTY }],
    ['empty expected, empty', { a: [] }, { a: EMPTY }],
    ['elements with more sub-attributes', [{ value: 'x', $ref: 'y' }], [{ value: 'x' }]],
  ])('none: %s', (_name, actual, expected) => {
    expect(difference(actual, expected)).toBeUndefined()
  })

  test.each<[string, unknown, unknown, string]>([
    ['another value', { a: 1 }, { a: 2 }, 'body.a should be 2, is 1'],
    ['an absent value', {}, { a: 2 }, 'body.a should be 2, is absent'],
    ['a value that should be absent', { a: 1 }, { a: null }, 'body.a should be absent, is 1'],
    ['elements that should be absent', { a: [1] }, { a: EMPTY }, 'body.a should be [], is [1]'],
    ['one element too many', [1, 2], [1], 'body should be [1], is [1,2]'],
    ['a missing element', [1, 2], [1, 3], 'body should hold 3, is [1,2]'],
    ['a string for a number', { a: '1' }, { a: 1 }, 'body.a should be 1, is "1"'],
  ])('%s', (_name, actual, expected, message) => {
    expect(difference(actual, expected)).toBe(message)
  })
})
