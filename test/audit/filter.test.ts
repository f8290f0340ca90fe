// The filter of the audit log as addresses and command lines write it.
import { expect, test } from 'vitest'
import { actionPattern, type FilterField, matchesAction, parseAuditFilter } from '../../src/audit/filter.ts'

const NOW = new Date('2026-11-23T12:00:00Z')
const read = (fields: Partial<Record<FilterField, string>>) => parseAuditFilter((field) => fields[field], NOW)

test('nothing given asks for everything', () => {
  const { filter, problems } = read({ channel: '', text: '  ' })
  expect([Object.values(filter).every((value) => value === undefined), problems]).toEqual([true, {}])
})

test.each([
  ['a day is all of it', { from: '2026-11-20', to: '2026-11-20' }, '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
  ['a minute is all of it', { from: '2026-11-20T14:05', to: '2026-11-20T14:05' }, '2026-11-20T14:05:00.000Z', '2026-11-20T14:06:00.000Z'],
  [
    'a second is all of it',
    { from: '2026-11-20T14:05:09', to: '2026-11-20 14:05:09' },
    '2026-11-20T14:05:09.000Z',
    '2026-11-20T14:05:10.000Z',
  ],
  ['a zone counts', { from: '2026-11-20T14:05+02:00' }, '2026-11-20T12:05:00.000Z', undefined],
  ['a period ends now', { last: '24h' }, '2026-11-22T12:00:00.000Z', undefined],
])('%s', (_, fields, from, to) => {
  const { filter, problems } = read(fields)
  expect([filter.from?.toISOString(), filter.to?.toISOString(), problems]).toEqual([from, to, {}])
})

test.each([
  ['from', { from: 'yesterday' }],
  ['from', { from: '2026-02-30' }],
  ['from', { from: '2026-02-30T10:00' }],
  ['to', { to: '2026-11-20T25:00' }],
  ['to', { from: '2026-11-21', to: '2026-11-20' }],
  ['last', { last: '1y' }],
  ['last', { last: '0h' }],
  ['last', { last: '1h', from: '2026-11-20' }],
  ['outcome', { outcome: 'good' }],
  ['action', { action: 'scim.*.create' }],
  ['text', { text: 'x'.repeat(201) }],
  ['actor', { actor: 'a\0b' }],
] as const)('what cannot be understood in %s is said, and is no part of the filter', (field, fields) => {
  const { filter, problems } = read(fields)
  expect(Object.keys(problems)).toEqual([field])
  expect([filter.to, filter.outcome, filter.action, filter.text, filter.actor]).toEqual(Array(5).fill(undefined))
})

test.each([
  ['scim.user.*', 'scim.user.create', true],
  ['scim.user.*', 'scim.users', false],
  ['scim.user.create', 'scim.user.create', true],
  ['scim.user.create', 'scim.user.creates', false],
  ['*', 'org.create', true],
])('%s means %s: %s', (wanted, action, expected) => {
  expect(matchesAction(action, wanted)).toBe(expected)
})

test('an action is no pattern of LIKE by itself', () => {
  expect(actionPattern('a_b%.*')).toBe('a\\_b\\%.%')
})
