// Every sentence of docs/rfc-rows.json has a test or a reason, and the reader of titles sees what a reader sees.
import { expect, test } from 'vitest'
import { coverage, markdown, readRows, ROOT } from '../scripts/coverage-rfc.ts'
import { idsOf, readMentions, stringLiterals } from '../scripts/coverage-titles.ts'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const mentions = readMentions(ROOT)

test('every requirement has a test or a reason', () => {
  const missing = coverage(readRows(), mentions).filter((line) => line.state === 'missing')
  expect(missing.map((line) => `${line.row.id} ${line.row.requirement}`)).toEqual([])
})

test('docs/rfc-coverage.md lists every requirement', () => {
  const page = readFileSync(path.join(ROOT, 'docs/rfc-coverage.md'), 'utf8')
  expect(readRows().filter((row) => !page.includes(`| ${row.id} |`))).toEqual([])
})

test('a row without test or reason is missing, one with a reason is not', () => {
  const row = { id: 'XA-99', section: 'RFC 7644 §3.5.2', strength: 'MUST', requirement: 'Something.' }
  const withReason = { ...row, disposition: { kind: 'not-applicable' as const, reason: 'it does not exist here' } }
  const mention = { id: 'XA-99', file: 'test/a.test.ts', title: 'a [XA-99]' }
  expect(coverage([row], []).map((line) => line.state)).toEqual(['missing'])
  expect(coverage([row], [mention]).map((line) => line.state)).toEqual(['covered'])
  expect(coverage([withReason], []).map((line) => line.state)).toEqual(['not-applicable'])
  expect(markdown(coverage([withReason], []))).toContain('not applicable: it does not exist here')
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
