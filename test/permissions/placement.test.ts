// Where groups want to stand (design section 4; threat E5).
import { describe, expect, test } from 'vitest'
import { type Nestable, wishes } from '../../src/permissions/placement.ts'

const SETTINGS = { separator: '/', prefix: '' }
type Shape = Record<string, { name?: string; in?: string[] }>

function wanted(shape: Shape, more: { held?: string[]; standing?: Record<string, string>; prefix?: string } = {}) {
  const groups: Nestable[] = Object.entries(shape).map(([id, { name = id, in: parents = [] }]) => ({ id, name, parents }))
  const found = wishes(groups, {
    settings: { ...SETTINGS, prefix: more.prefix ?? '' },
    held: new Set(more.held),
    standsAt: (id) => more.standing?.[id],
  })
  return Object.fromEntries([...found].map(([id, wish]) => [id, wish.kind === 'path' ? wish.path : wish.kind]))
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
    const shape = Object.fromEntries(ids.map((id, i) => [id, { in: [ids[(i + 1) % ids.length] ?? ''] }]))
    expect(Object.keys(wanted(shape)).length).toBe(ids.length)
  })
})
