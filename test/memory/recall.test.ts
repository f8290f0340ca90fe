// Recall: what is found, in which order, and never anything outside the given scopes, whatever is asked.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeEngram } from '../../src/memory/engrams.ts'
import { fitting, recall } from '../../src/memory/recall.ts'
import { useMemory } from '../support/memory.ts'

const memory = useMemory()

async function asked(query: string) {
  const team = await memory.team(1)
  const [scope] = team.scopes
  if (scope === undefined) throw new Error('no scope')
  const learn = (statement: string, more: Record<string, unknown> = {}) =>
    memory.learn(team, { authorId: team.alice, scopeId: scope.id, statement, ...more })
  const found = async (limit = 10) => {
    const results = await recall(memory.work, { orgId: team.orgId, scopes: team.scopes, query, limit })
    return results.map(({ statement }) => statement)
  }
  return { learn, found, team }
}

describe('recall', () => {
  test('finds by any word, in any form of it, the best match first', async () => {
    const { learn, found } = await asked('how do we deploy the database?')
    await learn('The office has a coffee machine')
    await learn('Deployments happen on Tuesdays')
    await learn('A database is deployed with migrations first')
    expect(await found()).toEqual(['A database is deployed with migrations first', 'Deployments happen on Tuesdays'])
  })

  test('counts a word in the statement more than one in tags, and that more than one in the rationale', async () => {
    const { learn, found } = await asked('kubernetes')
    await learn('One in the reasons', { rationale: 'because of Kubernetes' })
    await learn('One in the tags', { tags: ['kubernetes'] })
    await learn('Kubernetes runs it all')
    expect(await found()).toEqual(['Kubernetes runs it all', 'One in the tags', 'One in the reasons'])
  })

  test('gives equal matches newest first, the same each time, and no more than the limit', async () => {
    const { learn, found } = await asked('postgres')
    for (const n of [1, 2, 3, 4]) await learn(`Postgres fact number ${n}`)
    const all = await found()
    expect(all).toEqual([4, 3, 2, 1].map((n) => `Postgres fact number ${n}`))
    expect(await found()).toEqual(all)
    expect(await found(2)).toEqual(all.slice(0, 2))
  })

  test('leaves out what is retired', async () => {
    const { learn, found, team } = await asked('tabs')
    const engram = await learn('Tabs, not spaces')
    expect(await found()).toEqual(['Tabs, not spaces'])
    await changeEngram(memory.work, team.orgId, { engram, change: { status: 'retired' } })
    expect(await found()).toEqual([])
  })

  test.each([
    ['nothing', ''],
    ['stop words only', 'what is it and why'],
    ['operators of tsquery', "a & | ! ( ) <-> :* :ABCD ' \" \\ '' \\\\ <2>"],
    ['an open quote', "'quoted"],
    ['U+0000', 'a\u0000b'],
    ['half a character', 'cut \ud83d'],
    ['an injection', "'); drop table engrams; --"],
    ['a query parser trap', '!!!!!!!!((((((((('],
    ['an address with operators', 'https://example.com/a?b=c&d=e|f!g(h)'],
    ['4-byte characters', '💥💥💥 🧠'],
    ['one enormous word', 'x'.repeat(100_000)],
  ])('answers a query of %s with an empty list', async (_, query) => {
    const { learn, found } = await asked(query)
    await learn('Something quite different')
    expect(await found()).toEqual([])
  })

  test('finds words that stand among operators', async () => {
    const { learn, found } = await asked(`it's \\ 'deploy' & !never | (x:*)`)
    await learn('Deploy on Tuesday')
    expect(await found()).toEqual(['Deploy on Tuesday'])
  })
})

test('recall never returns an engram outside the given scopes, and an empty list of scopes finds nothing', async () => {
  const [ours, theirs] = [await memory.team(4), await memory.team(4)]
  for (const team of [ours, theirs]) {
    for (const scopeId of [...team.scopes.map(({ id }) => id), team.alice, team.bob]) {
      await memory.learn(team, { authorId: team.alice, scopeId, statement: `The secret of ${scopeId}`, tags: ['shared', 'secret'] })
    }
  }
  const every = [...ours.scopes, { id: ours.alice, name: 'user:acme:alice' }, ...theirs.scopes, { id: theirs.bob, name: 'user:acme:bob' }]
  const ofOurs = new Set([...ours.scopes.map(({ id }) => id), ours.alice])
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(every),
      fc.constantFrom('secret', 'shared secret', 'the secret | everything', 'of'),
      async (scopes, query) => {
        const found = await recall(memory.work, { orgId: ours.orgId, scopes, query, limit: 100 })
        const open = scopes.map(({ id }) => id).filter((id) => ofOurs.has(id))
        expect(found.map(({ scopeId }) => scopeId).toSorted()).toEqual(query === 'of' ? [] : open.toSorted())
      },
    ),
    { numRuns: 60 },
  )
})

test('what fits is kept in order, and one result too long does not keep the next ones out', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 40, unit: 'grapheme' })), fc.nat(200), (results, bytesMax) => {
      const kept = fitting(results, bytesMax)
      expect(kept.reduce((sum, result) => sum + Buffer.byteLength(result) + 1, 0)).toBeLessThanOrEqual(bytesMax)
      expect(results.filter((result) => Buffer.byteLength(result) + 1 <= bytesMax).slice(0, 1)).toEqual(kept.slice(0, 1))
    }),
  )
})
