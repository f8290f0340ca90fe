// Turns under any interleaving: never too many of one key, in order, and no key waits for another.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Turns, TurnTimeout } from '../../src/primitives/turns.ts'

test('of one key at most so many run at once, in the order they came, whatever ends when and how', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 30 }),
      fc.array(fc.record({ nth: fc.nat(5), fails: fc.boolean() }), { maxLength: 30 }),
      async (atOnce, keys, ends) => {
        const turns = new Turns<string>(atOnce)
        const running: { key: string; end: (fails: boolean) => void }[] = []
        const started: Record<string, number[]> = { a: [], b: [] }
        const tasks = keys.map((key, i) =>
          turns
            .run(key, () => {
              started[key]?.push(i)
              return new Promise<number>((resolve, reject) =>
                running.push({ key, end: (fails) => (fails ? reject(new Error(`${i}`)) : resolve(i)) }),
              )
            })
            .catch((error: unknown) => (error instanceof Error ? Number(error.message) : -1)),
        )
        const check = () => {
          for (const key of ['a', 'b']) expect(running.filter((task) => task.key === key).length).toBeLessThanOrEqual(atOnce)
        }
        const settle = () => new Promise<void>((resolve) => void setImmediate(resolve))
        for (const { nth, fails } of ends) {
          running.splice(nth, 1)[0]?.end(fails)
          await settle()
          check()
        }
        while (running.length > 0) {
          running.shift()?.end(false)
          await settle()
          check()
        }
        expect(await Promise.all(tasks)).toEqual(keys.map((_, i) => i))
        for (const order of Object.values(started)) expect(order).toEqual([...order].sort((a, b) => a - b))
      },
    ),
    { numRuns: 200 },
  )
})

test('a key that waits holds up no other', async () => {
  const turns = new Turns<string>(1)
  void turns.run('busy', () => new Promise(() => undefined))
  void turns.run('busy', () => new Promise(() => undefined))
  expect(await turns.run('free', () => Promise.resolve('done'))).toBe('done')
})

test('whoever waits for too long is not run and takes no place, and whoever runs is not hurried', async () => {
  const turns = new Turns<string>(1, 5)
  const gate = Promise.withResolvers<string>()
  const first = turns.run('a', () => gate.promise)
  let ran = false
  const late = turns.run('a', async () => void (ran = true))
  await expect(late).rejects.toBeInstanceOf(TurnTimeout)
  gate.resolve('done')
  expect(await first).toBe('done')
  expect(ran).toBe(false)
  expect(await turns.run('a', async () => 'next')).toBe('next')
})
