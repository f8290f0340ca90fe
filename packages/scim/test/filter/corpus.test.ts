import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../src/filter/parser.ts'
import { printFilter } from '../../src/filter/print.ts'
import { refusal } from './refusal.ts'
import { strict } from './sample-types.ts'

function readCorpus(name: string): string[] {
  const text = readFileSync(path.join(import.meta.dirname, '../../../../corpus', name), 'utf8')
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
}

describe('the corpus of valid filters [FLT-04 FLT-06 FLT-07 FLT-08 FLT-12 FLT-13 FLT-14 FLT-16]', () => {
  test.each(readCorpus('filter-valid.txt'))('%s', (text) => {
    const filter = parseFilter(text, strict())
    expect(parseFilter(printFilter(filter), strict())).toEqual(filter)
  })
})

describe('the corpus of texts that are no filter [FLT-03 FLT-04 FLT-05 FLT-07 FLT-08 FLT-09 FLT-15]', () => {
  test.each(readCorpus('filter-invalid.txt'))('%s', (text) => {
    expect(refusal('invalidFilter', () => parseFilter(text, strict()))).toMatch(/^filter, character \d+, at /)
  })
})
