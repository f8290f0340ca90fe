// Engrams in the database: what is kept, what the server says itself, repeated creates, changes, feedback.
import { describe, expect, test } from 'vitest'
import { contentHash, contentOf, dataOf, engramCreateSchema, engramPatchSchema } from '../../src/memory/engram.ts'
import { addFeedback, changeEngram, createEngram, findEngram, listEngrams } from '../../src/memory/engrams.ts'
import { useMemory } from '../support/memory.ts'

const memory = useMemory()

async function place() {
  const team = await memory.team(2)
  const [scope, other] = team.scopes
  if (scope === undefined || other === undefined) throw new Error('no scopes')
  return { team, scope, other, where: { authorId: team.alice, scopeId: scope.id } }
}

describe('a create', () => {
  test('keeps what the server has no field for, and has its own word on the rest', () => {
    const create = engramCreateSchema.parse({
      statement: 'Tabs',
      scope: 'group:x',
      id: 'ENG-1',
      status: 'retired',
      activation: { retrieval_strength: 1 },
      structured_data: { team: 'blue' },
      domain: null,
    })
    expect(contentOf(create)).toEqual({ statement: 'Tabs', type: 'behavioral', pinned: false, data: { structured_data: { team: 'blue' } } })
  })

  test.each([
    ['no statement', { scope: 'global' }],
    ['an empty statement', { scope: 'global', statement: '' }],
    ['tags that are no list', { scope: 'global', statement: 's', tags: 'a' }],
    ['a type nobody knows', { scope: 'global', statement: 's', type: 'wisdom' }],
    ['a pin that is no boolean', { scope: 'global', statement: 's', pinned: 'yes' }],
    ['a summary over 80 characters', { scope: 'global', statement: 's', summary: 'x'.repeat(81) }],
    ['neither example nor analogy', { scope: 'global', statement: 's', dual_coding: {} }],
  ])('with %s is refused', (_, create) => {
    expect(engramCreateSchema.safeParse(create).success).toBe(false)
  })

  test('sent again by the same author finds what it made; a different one, another author or another scope makes a new one', async () => {
    const { team, scope, other, where } = await place()
    const first = await memory.learn(team, { ...where, statement: 'Tabs', tags: ['style'], domain: 'dev' })
    const again = await memory.learn(team, { ...where, statement: 'Tabs', domain: 'dev', tags: ['style'] })
    expect(again).toMatchObject({ id: first.id, writeCount: 2 })
    const others = [
      await memory.learn(team, { ...where, statement: 'Tabs', tags: ['layout'], domain: 'dev' }),
      await memory.learn(team, { authorId: team.bob, scopeId: scope.id, statement: 'Tabs', tags: ['style'], domain: 'dev' }),
      await memory.learn(team, { authorId: team.alice, scopeId: other.id, statement: 'Tabs', tags: ['style'], domain: 'dev' }),
    ]
    expect(new Set([first.id, ...others.map(({ id }) => id)]).size).toBe(4)
    await changeEngram(memory.work, team.orgId, { engram: first, change: { status: 'retired' } })
    expect((await memory.learn(team, { ...where, statement: 'Tabs', tags: ['style'], domain: 'dev' })).id).not.toBe(first.id)
  })

  test('gives an id that published clients can carry', async () => {
    const { team, where } = await place()
    const now = new Date('2026-11-23T23:59:59Z')
    const content = contentOf(engramCreateSchema.parse({ statement: 'Tabs', scope: 'x' }))
    const { engram } = await createEngram(memory.work, { orgId: team.orgId, ...where, content, now })
    expect(engram.id).toMatch(/^ENG-2026-11-23-\d{10}$/)
  })
})

describe('every row', () => {
  test('has tags, an activation of today and feedback, also when nobody sent any', async () => {
    const { team, where } = await place()
    const data = dataOf(await memory.learn(team, { ...where, statement: 'Tabs' }))
    const today = new Date().toISOString().slice(0, 10)
    expect(data).toMatchObject({
      tags: [],
      activation: { retrieval_strength: 0.7, storage_strength: 1, frequency: 0, last_accessed: today },
      feedback_signals: { positive: 0, negative: 0, neutral: 0 },
      content_hash: contentHash('  TABS '),
    })
  })
})

describe('a change', () => {
  test('leaves what is not sent, takes away what is null, and moves version and time', async () => {
    const { team, where } = await place()
    const engram = await memory.learn(team, { ...where, statement: 'Tabs', rationale: 'because', domain: 'dev', tags: ['a'] })
    const after = await changeEngram(memory.work, team.orgId, { engram, change: { statement: 'Spaces', rationale: null } })
    expect(after).toMatchObject({ statement: 'Spaces', data: { domain: 'dev', tags: ['a'] }, version: 2, createdAt: engram.createdAt })
    expect(after.data).not.toHaveProperty('rationale')
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(engram.updatedAt.getTime())
    expect(after.contentHash).toBe(contentHash('Spaces'))
  })

  test('that changes nothing leaves version and time', async () => {
    const { team, where } = await place()
    const engram = await memory.learn(team, { ...where, statement: 'Tabs', tags: ['a'] })
    const after = await changeEngram(memory.work, team.orgId, { engram, change: { statement: 'Tabs', tags: ['a'] } })
    expect(after).toMatchObject({ version: 1, updatedAt: engram.updatedAt })
  })

  test('understands no other names, and no empty body', () => {
    expect(engramPatchSchema.safeParse({ scope: 'global' }).success).toBe(false)
    expect(engramPatchSchema.safeParse({ author_id: 'me' }).success).toBe(false)
    expect(engramPatchSchema.safeParse({}).success).toBe(false)
  })
})

test('feedback counts and moves the strength within 0 and 1, and leaves version and time of the content', async () => {
  const { team, where } = await place()
  const engram = await memory.learn(team, { ...where, statement: 'Tabs' })
  let after = await addFeedback(memory.work, team.orgId, { id: engram.id, signal: 'positive' })
  expect(after).toMatchObject({ positive: 1, frequency: 1, version: 1, updatedAt: engram.updatedAt })
  expect(after.retrievalStrength).toBeCloseTo(0.75)
  for (let i = 0; i < 12; i++) after = await addFeedback(memory.work, team.orgId, { id: engram.id, signal: 'negative' })
  expect(after).toMatchObject({ negative: 12, retrievalStrength: 0 })
})

describe('reading', () => {
  test('pages through a scope in the order of creation, with the whole count', async () => {
    const { team, scope, where } = await place()
    for (const n of [1, 2, 3, 4, 5]) await memory.learn(team, { ...where, statement: `Fact ${n}` })
    const page = (offset: number, limit = 2) =>
      listEngrams(memory.work, { orgId: team.orgId, scopes: [scope], statuses: ['active'], limit, offset })
    const pages = [await page(0), await page(2), await page(4), await page(6), await page(0, 0)]
    expect(pages.map(({ engrams }) => engrams.map(({ statement }) => statement.slice(-1)).join(''))).toEqual(['12', '34', '5', '', ''])
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5, 5])
  })

  test('sees nothing without scopes, in other scopes, or in another organisation', async () => {
    const { team, scope, other, where } = await place()
    const { id } = await memory.learn(team, { ...where, statement: 'Tabs' })
    const stranger = await memory.team(0)
    const find = (orgId: string, scopes: readonly { id: string; name: string }[]) => findEngram(memory.work, { orgId, scopes, id })
    expect(await find(team.orgId, [scope])).toMatchObject({ id })
    expect(await find(team.orgId, [])).toBeUndefined()
    expect(await find(team.orgId, [other])).toBeUndefined()
    expect(await find(stranger.orgId, [scope])).toBeUndefined()
    expect(await listEngrams(memory.work, { orgId: team.orgId, scopes: [], statuses: ['active'], limit: 10, offset: 0 })).toEqual({
      engrams: [],
      total: 0,
    })
  })
})
