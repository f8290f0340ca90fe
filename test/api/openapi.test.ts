// The published description of /api/v1 is the one that the server makes.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ENDPOINTS, openApiYaml } from '../../src/api/endpoints.ts'
import { toYaml } from '../../src/primitives/yaml.ts'

test('docs/openapi.yaml is current; `npm run openapi` makes it so', () => {
  expect(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8')).toBe(openApiYaml())
})

test('every endpoint says what it answers', () => {
  for (const { path, answers, summary } of ENDPOINTS) expect([path, answers.length > 0 && summary.length > 0]).toEqual([path, true])
})

test.each([
  ['an object in a list', { a: [{ b: 1, c: 'x' }, []] }, 'a:\n  - b: 1\n    c: x\n  - []\n'],
  ['words that mean something', { a: 'yes', b: 'null', c: '200', d: 'a: b', e: '' }, 'a: "yes"\nb: "null"\nc: "200"\nd: "a: b"\ne: ""\n'],
  ['nothing', { a: {}, b: null, c: undefined }, 'a: {}\nb: null\n'],
])('YAML of %s', (_, value, text) => {
  expect(toYaml(value)).toBe(text)
})
