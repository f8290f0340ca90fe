// The words for tolerances against the list of them.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explainTolerance, TOLERANCES } from '../../src/audit/tolerances.ts'

const documented = [...readFileSync('docs/dialects.md', 'utf8').matchAll(/^\| ((?:`[a-z:A-Z-]+`(?:, )?)+) \|/gm)].flatMap(
  ([, names = '']) => [...names.matchAll(/`([a-z-]+)(?::NAME)?`/g)].map(([, name = '']) => name),
)

test('each documented tolerance is explained, and no other', () => {
  expect(documented.length).toBeGreaterThan(20)
  expect([...TOLERANCES].sort()).toEqual([...new Set(documented)].sort())
})

test.each([
  ['op-case', /small letters/],
  ['unknown-attribute:favouriteColour', /passed over\. \(favouriteColour\)$/],
  ['unknown-attribute:urn:x:y', /\(urn:x:y\)$/],
  ['toString', /way of its own/],
  ['made-up', /way of its own/],
])('%s is explained', (name, words) => {
  expect(explainTolerance(name)).toMatch(words)
})
