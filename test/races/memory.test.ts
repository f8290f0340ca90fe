// Writes of memories against what takes the right to them away: after the answer to a leaver or to an unselection nothing more is written.
import { expect, test } from 'vitest'
import { apiAt, team } from '../support/api.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

/** Writes without pause until told to stop; what was written when, by the client's clock. */
function flood(write: (n: number) => Promise<{ readonly status: number }>, writers: number) {
  const done: { readonly began: number; readonly status: number }[] = []
  const stopping = new AbortController()
  const writer = async (lane: number) => {
    for (let n = lane; !stopping.signal.aborted; n += writers) {
      const began = performance.now()
      const { status } = await write(n)
      done.push({ began, status })
    }
  }
  const running = Promise.all(Array.from({ length: writers }, (_, lane) => writer(lane)))
  return {
    async stop() {
      stopping.abort()
      await running
      return done
    },
  }
}

const until = async (condition: () => Promise<boolean>) => expect.poll(condition, { timeout: 10_000 }).toBe(true)

test('a leaver: no write begun after the answer is served, and none is committed after it', async () => {
  const { org, ids, as, scope } = await team(server)
  const alice = await as('alice')
  const elsewhere = apiAt((await server.another()).origin, alice.key)
  const count = async () => Number((await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId]))[0]?.['n'])
  const writing = flood((n) => (n % 2 === 0 ? alice : elsewhere).post('/engrams', { statement: `Fact ${n}`, scope }), 8)
  await until(async () => (await count()) > 10)
  expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
  const answered = performance.now()
  const atAnswer = await count()
  const after = await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? alice : elsewhere).get('/me')))
  const done = await writing.stop()
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]))
  expect(new Set(done.filter(({ began }) => began > answered).map(({ status }) => status))).toEqual(new Set([401]))
  expect(await count()).toBe(atAnswer)
  expect(done.filter(({ status }) => status === 201)).toHaveLength(atAnswer)
}, 60_000)

test('a group switched off: no write begun after the answer reaches its scope, and none is committed after it', async () => {
  const { org, graph, group, as, scope } = await team(server)
  const alice = await as('alice')
  const count = async () => Number((await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId]))[0]?.['n'])
  const writing = flood((n) => alice.post('/engrams', { statement: `Fact ${n}`, scope }), 8)
  await until(async () => (await count()) > 10)
  await graph.unselect(group)
  const answered = performance.now()
  const atAnswer = await count()
  await until(async () => (await alice.post('/engrams', { statement: 'Late', scope })).status === 403)
  const done = await writing.stop()
  expect(done.filter(({ began, status }) => began > answered && status !== 403)).toEqual([])
  expect(await count()).toBe(atAnswer)
  expect(done.filter(({ status }) => status === 201)).toHaveLength(atAnswer)
}, 60_000)

test('one create sent many times at once makes few engrams, and later repeats none', async () => {
  const { as, scope } = await team(server)
  const alice = await as('alice')
  const body = { statement: 'Once', scope }
  const answers = await Promise.all(Array.from({ length: 10 }, () => alice.post('/engrams', body)))
  expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true)
  expect((await alice.post('/engrams', body)).status).toBe(200)
})

test('feedback given at once is all counted', async () => {
  const { as, scope } = await team(server)
  const [alice, bob] = [await as('alice'), await as('bob')]
  const { id } = await alice.learn(scope, 'Deploys happen on Tuesdays')
  const given = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? alice : bob).post(`/engrams/${id}/feedback`, { signal: 'positive' })),
  )
  expect(new Set(given.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await server.rows('select positive from engrams where id = $1', [id])).toEqual([{ positive: 20 }])
})
