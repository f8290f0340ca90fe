import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Orderable, orderOperations } from '../../src/bulk/order.ts'
import { cpuClock } from '../cpu.ts'

const post = (defines: string, ...references: string[]): Orderable => ({ defines, references: new Set(references), target: undefined })
const write = (target: string, ...references: string[]): Orderable => ({ defines: undefined, references: new Set(references), target })
const order = (...operations: Orderable[]) =>
  orderOperations(operations).map(({ members, isCircular }) => (isCircular ? members : members[0]))

describe('operations run', () => {
  test.each([
    ['as sent when nothing refers to anything', [post('a'), write('/Users/1'), post('b')], [0, 1, 2]],
    ['as sent when references look back', [post('a'), post('b', 'a'), write('x', 'b')], [0, 1, 2]],
    ['after a later creation they refer to, and right after it', [post('g', 'u'), write('x'), post('u'), write('y')], [1, 2, 0, 3]],
    ['in a chain that is written backwards', [post('a', 'b'), post('b', 'c'), post('c')], [2, 1, 0]],
    ['in order on one resource, even if the first must wait', [write('x', 'u'), write('x'), post('u'), write('y')], [2, 0, 1, 3]],
    ['in order on a resource that is addressed by its bulkId', [write('x/bulkId:a', 'a'), post('a'), write('x/bulkId:a', 'a')], [1, 0, 2]],
    ['in a circle as one, at the place of its last', [post('a', 'b'), write('x'), post('b', 'a'), write('y')], [1, [0, 2], 3]],
    ['in a circle with what refers to it after it', [write('x', 'a'), post('a', 'b'), post('b', 'a')], [[1, 2], 0]],
    ['in a circle after what it refers to', [post('a', 'b', 'c'), post('b', 'a'), post('c')], [2, [0, 1]]],
    ['alone in a circle when they refer to themselves', [post('a', 'a'), post('b')], [[0], 1]],
    [
      'in two circles when only one way leads between them',
      [post('a', 'b'), post('b', 'a', 'c'), post('c', 'd'), post('d', 'c')],
      [
        [2, 3],
        [0, 1],
      ],
    ],
    ['when they refer to what no one creates', [post('a', 'nobody')], [0]],
    ['once when two things they wait for come together', [write('x', 'a', 'b'), post('a', 'c'), post('b', 'c'), post('c')], [3, 1, 2, 0]],
    ['not at all when there are none', [], []],
  ])('%s [BLK-12 BLK-13 I3]', (_what, operations, expected) => {
    expect(order(...operations)).toEqual(expected)
  })

  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) => {
    const name = fc.integer({ min: 0, max: size - 1 }).map(String)
    return fc.array(
      fc.record({ isPost: fc.boolean(), references: fc.array(name, { maxLength: 3 }), target: fc.constantFrom('x', 'y', 'z') }),
      { minLength: size, maxLength: size },
    )
  })

  test('each exactly once and after all it depends on, whatever refers to whatever [BLK-12 BLK-13]', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const operations = graph.map(({ isPost, references, target }, index) =>
          isPost ? post(String(index), ...references) : write(target, ...references),
        )
        const units = orderOperations(operations)
        const placeOf = new Map(units.flatMap(({ members }, place) => members.map((member): [number, number] => [member, place])))
        expect([...placeOf.keys()].sort((a, b) => a - b)).toEqual([...operations.keys()])
        for (const [index, { references }] of operations.entries()) {
          for (const reference of references) {
            const creation = operations.findIndex(({ defines }) => defines === reference)
            if (creation !== -1) expect(placeOf.get(creation)).toBeLessThanOrEqual(placeOf.get(index) ?? -1)
          }
        }
        for (const target of ['x', 'y', 'z']) {
          const places = operations.flatMap((operation, index) => (operation.target === target ? [placeOf.get(index) ?? -1] : []))
          expect(places).toEqual(places.toSorted((a, b) => a - b))
        }
      }),
    )
  })

  test.each([
    ['a chain', (index: number) => [String(index + 1)]],
    ['one circle', (index: number) => [String((index + 1) % 20_000)]],
    ['references of all to one', () => ['0']],
  ])('in time that grows with their number: %s of 20,000 [I3]', (_what, references) => {
    const operations = Array.from({ length: 20_000 }, (_none, index) => post(String(index), ...references(index)))
    const cpuMs = cpuClock()
    expect(orderOperations(operations).flatMap(({ members }) => members)).toHaveLength(20_000)
    expect(cpuMs()).toBeLessThan(4000)
  })
})
