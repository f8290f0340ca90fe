// Timestamps are read in the form of our sessions and in any other that PostgreSQL writes.
import { expect, test } from 'vitest'
import { readTimestamp } from '../../src/db/timestamps.ts'

test.each([
  ['2026-11-30 23:59:43+00', '2026-11-30T23:59:43.000Z'],
  ['2026-11-30 23:59:43.1+00', '2026-11-30T23:59:43.100Z'],
  ['2026-11-30 23:59:43.02+00', '2026-11-30T23:59:43.020Z'],
  ['2024-02-29 00:00:00.007+00', '2024-02-29T00:00:00.007Z'],
  ['1000-01-01 00:00:00+00', '1000-01-01T00:00:00.000Z'],
  ['9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
])('%s is %s', (text, expected) => {
  expect(readTimestamp(text)).toEqual(new Date(expected))
})

test.each([
  ['2026-11-30 23:59:43.123456+00', '2026-11-30T23:59:43.123Z'],
  ['2026-11-30 23:59:43.1+02', '2026-11-30T21:59:43.100Z'],
  ['2026-11-30 23:59:43-03:30', '2026-12-01T03:29:43.000Z'],
  ['0099-01-01 00:00:00+00', '0099-01-01T00:00:00.000Z'],
  ['12026-11-30 23:59:43+00', '+012026-11-30T23:59:43.000Z'],
  ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
])('%s, of another form, is %s', (text, expected) => {
  expect(readTimestamp(text)).toEqual(new Date(expected))
})

test('what is no time is none', () => {
  expect([readTimestamp('infinity'), readTimestamp('-infinity')]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
})

test('each millisecond of a second is itself', () => {
  for (let ms = 1; ms < 1000; ms++) {
    const fraction = String(ms).padStart(3, '0').replace(/0+$/, '')
    expect(readTimestamp(`2026-11-30 23:59:43.${fraction}+00`)).toEqual(new Date(Date.UTC(2026, 10, 30, 23, 59, 43, ms)))
  }
})
