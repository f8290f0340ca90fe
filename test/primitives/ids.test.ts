// Request ids sort by time and never repeat.
import { expect, test } from 'vitest'
import { uuidV7 } from '../../src/primitives/ids.ts'

test('ids are UUIDs of version 7 and sort by time', () => {
  const ids = [0, 1, 1_700_000_000_000, 4_000_000_000_000].map((ms) => uuidV7(new Date(ms)))
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...ids].sort()).toEqual(ids)
})

test('ten thousand ids of one millisecond differ', () => {
  const time = new Date(1_700_000_000_000)
  expect(new Set(Array.from({ length: 10_000 }, () => uuidV7(time))).size).toBe(10_000)
})
