// POST /api/v1/recall and /api/v1/episodes over HTTP: scopes narrowed and named, the answer within 128 KiB, hostile questions.
import { describe, expect, test } from 'vitest'
import { episodeAnswerSchema, episodePageSchema, recallAnswerSchema } from '../../src/api/schemas.ts'
import { RECALL_BYTES_MAX } from '../../src/memory/recall.ts'
import { type Api, team } from '../support/api.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const recall = (api: Api, body: object) => api.expected(recallAnswerSchema, 200, api.post('/recall', body))

describe('recall', () => {
  test('answers flat engrams with a score, and says what ran where', async () => {
    const { as, scope, org } = await team(server)
    const [alice, bob] = [await as('alice'), await as('bob')]
    const { id } = await alice.learn(scope, 'Deploys happen on Tuesdays', { type: 'procedural' })
    await alice.learn(`user:${org.slug}:alice`, 'I deploy with my eyes closed')
    const answer = await recall(bob, { query: 'when do we deploy', mode: 'hybrid', limit: 20, scopes: [scope], timeout_ms: 2000 })
    expect(answer).toMatchObject({ count: 1, mode: 'keyword', requested_mode: 'hybrid', vector: false, truncated: false })
    expect(answer).toMatchObject({ effective_scopes: [scope], dropped_scopes: [] })
    expect(answer.results[0]).toMatchObject({
      id,
      scope,
      status: 'active',
      statement: 'Deploys happen on Tuesdays',
      type: 'procedural',
      tags: [],
    })
    expect(await alice.recall('deploy')).toHaveLength(2)
    expect(await bob.recall('deploy')).toHaveLength(1)
  })

  test('narrows to what may be read, names the rest, and never takes none for all', async () => {
    const { as, scope, org } = await team(server)
    const [alice, carol] = [await as('alice'), await as('carol')]
    await alice.learn(scope, 'Deploys happen on Tuesdays')
    const asked = [scope, `user:${org.slug}:alice`, 'group:nobody/knows', 'what is this?', scope]
    const answer = await recall(carol, { query: 'deploys', scopes: asked })
    expect(answer).toMatchObject({ results: [], effective_scopes: [], dropped_scopes: [...new Set(asked)] })
    expect((await recall(alice, { query: 'deploys', scopes: [...asked, scope.toUpperCase()] })).effective_scopes).toEqual([
      scope,
      `user:${org.slug}:alice`,
    ])
  })

  test('keeps within 128 KiB, best first, whatever lies there', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    for (let i = 0; i < 12; i++) await alice.learn(scope, `Deploy ${i} ${'ß"\\ '.repeat(6_000)}`)
    await alice.learn(scope, 'Deploy')
    const raw = await alice.post('/recall', {
      query: 'deploy',
      limit: 100,
      scopes: [scope, ...Array.from({ length: 900 }, (_, i) => `group:${'x'.repeat(60)}${i}`)],
    })
    expect(Buffer.byteLength(raw.text)).toBeLessThanOrEqual(RECALL_BYTES_MAX)
    const answer = recallAnswerSchema.parse(raw.body)
    expect(answer).toMatchObject({ truncated: true, count: answer.results.length })
    expect(answer.results[0]?.statement).toBe('Deploy')
    expect(answer.results.length).toBeGreaterThan(1)
    expect(answer.results.length).toBeLessThan(13)
  })

  test.each([
    ["a & | ! ( ) <-> :* ' \\ deploy"],
    ["'; drop table engrams; -- deploy"],
    ['deploy\u0000deploy'],
    ['deploy \\ud83d'],
    ['deploy 💥'],
  ])('takes the words out of %j', async (query) => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    await alice.learn(scope, 'Deploy on Tuesday')
    expect(await alice.recall(query)).toEqual(['Deploy on Tuesday'])
  })

  test('a question that a client cut in the middle of a character is understood', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    await alice.learn(scope, 'Deploy on Tuesday')
    expect(await alice.recall(`deploy ${'💥'.repeat(500)}`.slice(0, 1000))).toEqual(['Deploy on Tuesday'])
  })

  test.each([
    ['1,000 characters', { query: 'x'.repeat(1000) }, 200],
    ['1,001 characters', { query: 'x'.repeat(1001) }, 400],
    ['a megabyte', { query: 'x'.repeat(1024 * 1024) }, 413],
    ['no query', {}, 400],
    ['a query that is no text', { query: { $ne: null } }, 400],
    ['100 results', { query: 'x', limit: 100 }, 200],
    ['101 results', { query: 'x', limit: 101 }, 400],
    ['no result at all', { query: 'x', limit: 0 }, 400],
    ['a mode nobody knows', { query: 'x', mode: 'magic' }, 400],
    ['scopes that are no list', { query: 'x', scopes: 'global' }, 400],
    ['something unknown', { query: 'x', author: 'alice' }, 400],
  ])('asked with %s answers %o with its status', async (_, body, status) => {
    const alice = await (await team(server)).as('alice')
    expect((await alice.post('/recall', body)).status).toBe(status)
  })
})

describe('episodes', () => {
  test('are appended, and listed newest first to their own person only', async () => {
    const { as } = await team(server)
    const [alice, bob] = [await as('alice'), await as('bob')]
    const first = await alice.expected(
      episodeAnswerSchema,
      201,
      alice.post('/episodes', {
        summary: 'Deployed',
        agent: 'claude',
        channel: 'session',
        session: 's_8f3a92',
        tags: ['ops'],
        links: ['ENG-2026-11-23-001'],
      }),
    )
    const second = await alice.expected(episodeAnswerSchema, 201, alice.post('/episodes', { summary: 'Rolled back' }))
    expect(await alice.expected(episodePageSchema, 200, alice.get('/episodes'))).toEqual({ rows: [second, first], total_count: 2 })
    expect(await alice.expected(episodePageSchema, 200, alice.get('/episodes?limit=1&offset=1'))).toEqual({ rows: [first], total_count: 2 })
    expect(await bob.expected(episodePageSchema, 200, bob.get('/episodes'))).toEqual({ rows: [], total_count: 0 })
  })

  test('cannot be changed, removed, dated or given to somebody else', async () => {
    const alice = await (await team(server)).as('alice')
    const { id } = await alice.expected(episodeAnswerSchema, 201, alice.post('/episodes', { summary: 'Deployed' }))
    for (const method of ['PUT', 'PATCH', 'DELETE', 'GET'])
      expect((await alice.send(method, `/episodes/${id}`, method === 'GET' ? undefined : {})).status).toBe(404)
    for (const more of [
      { ts: '2020-01-01T00:00:00Z' },
      { account_id: 'x' },
      { channel: 'smoke' },
      { summary: '' },
      { summary: 'a\u0000' },
    ]) {
      expect((await alice.post('/episodes', { summary: 'Deployed', ...more })).status, JSON.stringify(more)).toBe(400)
    }
  })
})
