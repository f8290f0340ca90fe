// Who gets which path when several groups move at once (threat E3).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Claim, settle } from '../../src/permissions/settle.ts'

const claim = (id: string, wanted: string | undefined, at: { path?: string; scope?: string } = {}): Claim => ({
  id,
  order: id.codePointAt(0) ?? 0,
  path: at.path,
  wanted,
  scopeId: `scope of ${id}`,
  scopePath: at.scope ?? at.path,
})
const nothing = () => undefined
const result = (claims: readonly Claim[], obstacle: Parameters<typeof settle>[1] = nothing) =>
  Object.fromEntries(
    [...settle(claims, obstacle)].map(([id, settled]) => [
      id,
      settled.kind === 'placed' ? settled.path : `${settled.reason} by ${settled.by}`,
    ]),
  )

describe('settling', () => {
  test('of two newcomers the older group is first', () => {
    expect(result([claim('b', 'x'), claim('a', 'x')])).toEqual({ a: 'x', b: 'taken by scope of a' })
  })

  test('who stands somewhere stays, whoever else comes', () => {
    expect(result([claim('a', 'x'), claim('b', 'x', { path: 'x' })])).toEqual({ b: 'x', a: 'taken by scope of b' })
  })

  test('who comes back finds its own scope waiting', () => {
    expect(result([claim('a', 'x'), claim('b', 'x', { scope: 'x' })])).toEqual({ b: 'x', a: 'taken by scope of b' })
  })

  test('a scope of others is in the way, live or not', () => {
    expect(result([claim('a', 'x')], () => ({ scopeId: 'other', live: true }))).toEqual({ a: 'taken by other' })
    expect(result([claim('a', 'x')], () => ({ scopeId: 'other', live: false }))).toEqual({ a: 'retained by other' })
  })

  test('one moves where another leaves, along a chain', () => {
    expect(result([claim('a', 'y', { path: 'x' }), claim('b', 'z', { path: 'y' }), claim('c', 'x')])).toEqual({ a: 'y', b: 'z', c: 'x' })
  })

  test('one that cannot leave keeps its name from the others', () => {
    const claims = [claim('a', 'y', { path: 'x' }), claim('b', 'z', { path: 'y' })]
    expect(result(claims, (path) => (path === 'z' ? { scopeId: 'other', live: true } : undefined))).toEqual({
      a: 'retained by scope of b',
      b: 'taken by other',
    })
  })

  test('one that goes without a new place keeps its name', () => {
    expect(result([claim('a', 'x'), claim('b', undefined, { path: 'x' })])).toEqual({ a: 'retained by scope of b' })
  })

  test('circles of any length change places', () => {
    expect(result([claim('a', 'y', { path: 'x' }), claim('b', 'x', { path: 'y' })])).toEqual({ a: 'y', b: 'x' })
    const ring = ['p', 'q', 'r', 's']
    expect(result([...ring.map((at, i) => claim(at, ring[(i + 1) % 4], { path: at })), claim('t', 'p')])).toEqual({
      p: 'q',
      q: 'r',
      r: 's',
      s: 'p',
      t: 'taken by scope of s',
    })
  })

  test('never puts two at one path, never drives anybody away, never takes a name from a scope that stays', () => {
    const PATH = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const CLAIMS = fc
      .uniqueArray(PATH, { maxLength: 5 })
      .chain((named) =>
        fc.tuple(
          fc.constant(named),
          fc.array(fc.record({ wanted: fc.option(PATH, { nil: undefined }), live: fc.boolean() }), {
            minLength: named.length,
            maxLength: named.length + 4,
          }),
        ),
      )
      .map(([named, wishes]) =>
        wishes.map(
          ({ wanted, live }, i): Claim => ({
            id: String(i),
            order: (i * 7) % 11,
            path: live && wanted !== undefined ? named[i] : undefined,
            wanted,
            scopeId: `s${i}`,
            scopePath: named[i],
          }),
        ),
      )
    fc.assert(
      fc.property(CLAIMS, fc.uniqueArray(PATH, { maxLength: 2 }), (claims, outside) => {
        const names = new Set(claims.map(({ scopePath }) => scopePath))
        const others: readonly string[] = outside.filter((path) => !names.has(path))
        const settled = settle(claims, (path) => (others.includes(path) ? { scopeId: 'outside', live: true } : undefined))
        const named = claims.map((claim) => {
          const end = settled.get(claim.id)
          expect(end !== undefined).toBe(claim.wanted !== undefined)
          if (end?.kind === 'placed') expect(end.path).toBe(claim.wanted)
          if (claim.wanted !== undefined && claim.wanted === claim.scopePath) expect(end).toMatchObject({ kind: 'placed' })
          return end?.kind === 'placed' ? end.path : claim.scopePath
        })
        const taken = [...named.filter((name) => name !== undefined), ...others]
        expect(new Set(taken).size).toBe(taken.length)
        // Nobody is held for nothing: whoever is held wants a name that somebody has.
        for (const claim of claims) if (settled.get(claim.id)?.kind === 'held') expect(taken).toContain(claim.wanted)
      }),
      { numRuns: 2000 },
    )
  })
})
