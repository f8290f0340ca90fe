import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../src/filter/parser.ts'
import { printFilter } from '../../src/filter/print.ts'
import { anyFilter } from './arbitraries.ts'
import { strict } from './sample-types.ts'

describe('a printed filter', () => {
  test('parses to the same filter again [FLT-04]', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const options = strict({ limits: { ...strict().limits, filterLengthMax: 1_000_000 } })
        expect(parseFilter(printFilter(filter), options)).toEqual(filter)
        expect(options.compat.size).toBe(0)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['(((a pr)))', 'a pr'],
    ['(a pr and b pr) or c pr', 'a pr and b pr or c pr'],
    ['a pr and (b pr or c pr)', 'a pr and (b pr or c pr)'],
    ['(a pr and b pr) and (c pr)', 'a pr and b pr and c pr'],
    ['a pr or (b pr or c pr)', 'a pr or b pr or c pr'],
    ['NOT(a PR)', 'not (a pr)'],
    ['not ((a pr or b pr)) and c pr', 'not (a pr or b pr) and c pr'],
    ['emails[(type eq "work")].value  EQ "\\u0061"', 'emails[type eq "work" and value eq "a"]'],
  ])('%s has only the parentheses it needs [FLT-11 FLT-14]', (text, printed) => {
    expect(printFilter(parseFilter(text, strict()))).toBe(printed)
  })
})
