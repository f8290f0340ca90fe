import { describe, expect, test } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import { fingerprint, readCursor, writeCursor } from '../../src/query/cursor.ts'

const state = { query: 'q', count: 2, issuedAt: 1_000_000, position: ['a', 7, null, true] }
const expected = { query: 'q', count: 2, now: 1_000_000, timeoutSeconds: 60 }

describe('a cursor', () => {
  test('leads back to its position [CUR-04]', () => {
    expect(readCursor(writeCursor(state), expected)).toEqual(state.position)
  })

  test.each([
    ['as old as allowed', { now: 1_060_000 }],
    ['from before the clock was put back [M4]', { now: 1 }],
  ])('%s is good [CUR-14]', (_what, change) => {
    expect(readCursor(writeCursor(state), { ...expected, ...change })).toEqual(state.position)
  })

  test('one millisecond too old has expired [CUR-09 CUR-14]', () => {
    expect(() => readCursor(writeCursor(state), { ...expected, now: 1_060_001 })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'expiredCursor' }),
    )
  })

  test('used with another count is refused [CUR-07 CUR-09]', () => {
    expect(() => readCursor(writeCursor(state), { ...expected, count: 3 })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidCount' }),
    )
  })

  test('that is forged, foreign, of another query or no cursor at all is refused in the same words [CUR-07 CUR-09 CUR-15 CUR-18 B6]', () => {
    const texts = [undefined, 'x', '{}', '[]', '["q",2,1000000,[{}]]', '["q","2",1000000,[]]', writeCursor({ ...state, query: 'other' })]
    const bodies = texts.map((text) => {
      try {
        return readCursor(text, expected)
      } catch (error) {
        return error instanceof ScimError ? JSON.stringify(error.toBody()) : error
      }
    })
    expect(new Set(bodies).size).toBe(1)
    expect(() => readCursor('x', expected)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidCursor' }))
  })
})

test('a fingerprint tells texts apart', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'userName eq "a"', 'userName eq "b"', 'x'.repeat(8192), `${'x'.repeat(8191)}y`]
  expect(new Set(texts.map(fingerprint)).size).toBe(texts.length)
  expect(fingerprint('userName eq "a"')).toBe(fingerprint('userName eq "a"'))
})
