// Every row of docs/rfc-rows.json and docs/threat-rows.json has a test or a reason, and the reader of titles sees what a reader sees.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { coverage, type ListedRow, ROOT } from '../scripts/coverage.ts'
import { readRfcRows, rfcMarkdown } from '../scripts/coverage-rfc.ts'
import { readThreatRows, threatMarkdown } from '../scripts/coverage-threats.ts'
import { idsOf, readMentions, stringLiterals } from '../scripts/coverage-titles.ts'

const mentions = readMentions(ROOT)

const LISTS: { name: string; rows: readonly ListedRow[]; page: string }[] = [
  { name: 'requirement', rows: readRfcRows(), page: 'docs/rfc-coverage.md' },
  { name: 'attack', rows: readThreatRows(), page: 'docs/threat-coverage.md' },
]

test.each(LISTS)('every $name has a test or a reason', ({ rows }) => {
  const missing = coverage(rows, mentions).filter((line) => line.state === 'missing')
  expect(missing.map((line) => line.row)).toEqual([])
})

test.each(LISTS)('$page lists every $name', ({ rows, page }) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8')
  expect(rows.filter((row) => !text.includes(`| ${row.id} |`))).toEqual([])
})

test('an attack that is answered otherwise than listed is pinned by a test all the same', () => {
  const deviations = coverage(readThreatRows(), mentions).filter((line) => line.state === 'deviation')
  expect(deviations.filter((line) => line.tests.length === 0).map((line) => line.row)).toEqual([])
})

test('a row without test or reason is missing, one with a reason is not', () => {
  const row = { id: 'XA-99', section: 'RFC 7644 §3.5.2', strength: 'MUST', requirement: 'Something.' }
  const withReason = { ...row, disposition: { kind: 'not-applicable' as const, reason: 'it does not exist here' } }
  const mention = { id: 'XA-99', file: 'test/a.test.ts', title: 'a [XA-99]' }
  expect(coverage([row], []).map((line) => line.state)).toEqual(['missing'])
  expect(coverage([row], [mention]).map((line) => line.state)).toEqual(['covered'])
  expect(coverage([withReason], []).map((line) => line.state)).toEqual(['not-applicable'])
  expect(rfcMarkdown(coverage([withReason], []))).toContain('not applicable: it does not exist here')
})

test('the page of attacks has a table for each part, and counts by priority', () => {
  const row = { id: 'A99', priority: 'P0' as const, part: 'Tokens', statement: 'a | b' }
  const page = threatMarkdown(coverage([row], []))
  expect(page).toContain('## Tokens')
  expect(page).toContain('| A99 | P0 | a \\| b | – | MISSING |')
  expect(page).toContain('- P0: 0 covered, 0 deliberate deviation, 0 not applicable, 1 missing')
})

test('a deliberate deviation stays one, also when a test pins it', () => {
  const disposition = { kind: 'deviation' as const, reason: 'identity providers need it' }
  const row = { id: 'XA-99', section: 'RFC 7644 §3.5.2', strength: 'MUST', requirement: 'Something.', disposition }
  expect(coverage([row], [{ id: 'XA-99', file: 'a', title: 'b' }]).map((line) => line.state)).toEqual(['deviation'])
})

test.each([
  ['one id [XA-12]', ['XA-12']],
  ['several ids [XB-06 XB-07]', ['XB-06', 'XB-07']],
  ['a list [XB-06, XB-07] of [X1] and [X18-01]', ['XB-06', 'XB-07', 'X1', 'X18-01']],
  ['an id with prose [XA-12 see there]', []],
  ['a path emails[type eq "work"]', []],
  ['an index Resources[0]', []],
  ['XA-12 XB-06', ['XA-12', 'XB-06']],
  ['XA-12 and more', []],
])('ids of the title: %s', (title, ids) => {
  expect(idsOf(title)).toEqual(ids)
})

test('string literals are found between comments, regular expressions and templates', () => {
  const source = [
    "test('a [A-1]', () => {}) // '[B-2]'",
    '/* "[C-3]" */ const x = /["\'`]/.test("[D-4]")',
    'const y = a / 2; test(`e ${y} [E-5]`)',
    "const z = 'it\\'s [F-6]'",
  ].join('\n')
  expect(stringLiterals(source).flatMap(idsOf)).toEqual(['A-1', 'D-4', 'E-5', 'F-6'])
})
