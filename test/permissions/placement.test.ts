// Where groups want to stand (design section 4; threat E5).
import { describe, expect, test } from 'vitest'
import { type Nestable, seats, wish } from '../../src/permissions/placement.ts'

type Shape = Record<string, { name?: string; in?: string[] }>

/** Where the groups of a shape want to stand, once those above them stand where they want to, but for those that are held. */
function wanted(shape: Shape, more: { held?: string[]; standing?: Record<string, string>; prefix?: string } = {}) {
  const groups: Nestable[] = Object.entries(shape).map(([id, { name = id, in: parents = [] }]) => ({ id, name, parents }))
  const found = seats(groups, '/')
  const ends: Record<string, string> = {}
  const standing = new Map(Object.entries(more.standing ?? {}))
  for (let changed = true; changed; ) {
    changed = false
    for (const [id, seat] of found) {
      const at = wish(seat, seat.under === undefined ? undefined : standing.get(seat.under), { separator: '/', prefix: more.prefix ?? '' })
      const end = at.kind === 'path' ? at.path : at.kind
      changed ||= ends[id] !== end
      ends[id] = end
      if (at.kind === 'path' && more.held?.includes(id) !== true) standing.set(id, at.path)
    }
  }
  return ends
}

describe('a group', () => {
  test.each<[string, Shape, Record<string, string>]>([
    ['alone sits at its own name', { a: { name: 'Engineering/Platform' } }, { a: 'engineering/platform' }],
    ['in one group sits under it', { e: {}, p: { in: ['e'] }, b: { in: ['p'] } }, { e: 'e', p: 'e/p', b: 'e/p/b' }],
    ['in two sits at its own name', { e: {}, f: {}, p: { in: ['e', 'f'] } }, { e: 'e', f: 'f', p: 'p' }],
    ['with a separator in its name sits there', { e: {}, p: { name: 'x/p', in: ['e'] } }, { e: 'e', p: 'x/p' }],
    ['in a circle sits at its own name', { a: { in: ['b'] }, b: { in: ['a'] }, c: { in: ['a'] } }, { a: 'a', b: 'b', c: 'a/c' }],
    ['under one with a path of its own closes no circle', { a: { name: 'x/a', in: ['b'] }, b: { in: ['a'] } }, { a: 'x/a', b: 'x/a/b' }],
    ['under one without a path sits at its own name', { e: { name: '..' }, p: { in: ['e'] } }, { e: 'unusable', p: 'p' }],
  ])('%s', (_title, shape, expected) => {
    expect(wanted(shape)).toEqual(expected)
  })

  test('under one that is held sits at its own name', () => {
    expect(wanted({ e: {}, p: { in: ['e'] } }, { held: ['e'] })).toEqual({ e: 'e', p: 'p' })
  })

  test('under one that is not asked about sits where that one stands, if it does', () => {
    expect(wanted({ p: { in: ['e'] } }, { standing: { e: 'acme/e' }, prefix: 'acme' })).toEqual({ p: 'acme/e/p' })
    expect(wanted({ p: { in: ['e'] } }, { prefix: 'acme' })).toEqual({ p: 'acme/p' })
  })

  test('deeper than a path may be starts again at its own name', () => {
    const ids = Array.from({ length: 12 }, (_, i) => `g${i}`)
    const paths = wanted(Object.fromEntries(ids.map((id, i) => [id, { in: i === 0 ? [] : [ids[i - 1] ?? ''] }])))
    expect(paths['g7']).toBe('g0/g1/g2/g3/g4/g5/g6/g7')
    expect(paths['g8']).toBe('g8')
    expect(paths['g9']).toBe('g8/g9')
  })

  test('in chains of any length needs no recursion [E5]', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `g${i}`)
    const chain = seats(
      ids.map((id, i) => ({ id, name: id, parents: ids.slice(i + 1, i + 2) })),
      '/',
    )
    expect(chain.get('g0')?.under).toBe('g1')
    const ring = seats(
      ids.map((id, i) => ({ id, name: id, parents: [ids[(i + 1) % ids.length] ?? ''] })),
      '/',
    )
    expect([...ring.values()].every(({ under }) => under === undefined)).toBe(true)
  })
})
