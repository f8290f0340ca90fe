import { describe, expect, test } from 'vitest'
import { bulkIdOf, referencesIn, replaceReferences } from '../../src/bulk/references.ts'
import type { Json, JsonObject } from '../../src/json.ts'
import { cpuClock } from '../cpu.ts'

const idOf = (bulkId: string) => `<${bulkId}>`
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

describe('references', () => {
  test.each<[string, string, JsonObject, JsonObject, string[]]>([
    ['in members', 'POST', { members: [{ value: 'bulkId:a' }, { value: 'b' }] }, { members: [{ value: '<a>' }, { value: 'b' }] }, ['a']],
    [
      'in extensions [BLK-15 ENT-04]',
      'POST',
      { [ENTERPRISE]: { manager: { value: 'bulkId:a' } } },
      { [ENTERPRISE]: { manager: { value: '<a>' } } },
      ['a'],
    ],
    [
      'in values of PATCH',
      'PATCH',
      { Operations: [{ value: ['bulkId:a', 'bulkId:b'] }] },
      { Operations: [{ value: ['<a>', '<b>'] }] },
      ['a', 'b'],
    ],
    [
      'in the filter of a PATCH path',
      'PATCH',
      { operations: [{ Path: 'members[value eq "bulkId:a" or value eq "bulkId:\\"q\\""].x' }] },
      { operations: [{ Path: 'members[value eq "<a>" or value eq "<\\"q\\">"].x' }] },
      ['a', '"q"'],
    ],
    ['with any characters in the bulkId', 'POST', { manager: 'bulkId:a b/ü:"' }, { manager: '<a b/ü:">' }, ['a b/ü:"']],
    ['but not in the names of members', 'POST', { 'bulkId:a': 1 }, { 'bulkId:a': 1 }, []],
    ['but not inside a longer text', 'POST', { title: 'see bulkId:a' }, { title: 'see bulkId:a' }, []],
    [
      'but not in a path outside PATCH',
      'POST',
      { Operations: [{ path: '[x eq "bulkId:a"]' }] },
      { Operations: [{ path: '[x eq "bulkId:a"]' }] },
      [],
    ],
    [
      'but not behind a quote that is never closed',
      'PATCH',
      { Operations: [{ path: 'm[v eq "bulkId:a' }] },
      { Operations: [{ path: 'm[v eq "bulkId:a' }] },
      [],
    ],
    [
      'but not between two literals',
      'PATCH',
      { Operations: [{ path: '"x" bulkId:a "y"' }] },
      { Operations: [{ path: '"x" bulkId:a "y"' }] },
      [],
    ],
    ['whatever else the values are', 'PUT', { a: null, b: 1, c: [true, []], d: {} }, { a: null, b: 1, c: [true, []], d: {} }, []],
  ])('are found and replaced %s [BLK-14]', (_what, method, data, replaced, bulkIds) => {
    expect(replaceReferences(data, method, idOf)).toEqual(replaced)
    expect([...referencesIn(data, method)]).toEqual(bulkIds)
  })

  test('leave everything without them untouched, the very same values', () => {
    const data = { members: [{ value: 'a' }], name: { givenName: 'b' } }
    expect(replaceReferences(data, 'PATCH', idOf)).toBe(data)
  })

  test('replaced beside a member called __proto__ change no prototype [H1]', () => {
    const data = Object.fromEntries<Json>([
      ['__proto__', { polluted: 'bulkId:a' }],
      ['x', 'bulkId:constructor'],
    ])
    const replaced = replaceReferences(data, 'POST', idOf)
    expect(JSON.stringify(replaced)).toBe('{"__proto__":{"polluted":"<a>"},"x":"<constructor>"}')
    expect(Object.getPrototypeOf(replaced)).toBe(Object.prototype)
  })

  test.each([
    ['bulkId:a', 'a'],
    ['bulkId:', ''],
    ['BulkId:a', undefined],
    ['a', undefined],
  ])('%j refers to %j', (text, expected) => {
    expect(bulkIdOf(text)).toBe(expected)
  })

  test('in a path full of quotes and backslashes are found in linear time [G4]', () => {
    const cpuMs = cpuClock()
    for (const path of ['"'.repeat(200_000), '\\'.repeat(200_000), '"bulkId:'.repeat(50_000), '"\\'.repeat(100_000)]) {
      referencesIn({ Operations: [{ path: `"bulkId:${path}` }] }, 'PATCH')
    }
    expect(cpuMs()).toBeLessThan(1000)
  })
})
