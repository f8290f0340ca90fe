// Writes of memories against what takes the right to them away: after the answer to a leaver or to an unselection nothing more is written.
import { expect, test } from 'vitest'
import { grantScope, ungrantScope } from '../../src/permissions/grants.ts'
import { createLocalGroup, removeLocalMember, setLocalMember } from '../../src/permissions/local-groups.ts'
import { setGroupRole } from '../../src/permissions/selecting.ts'
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

/** Ways in which an admin or an IdP takes the right to write `project:guardian` away from alice. */
const TAKEN: [string, (it: Awaited<ReturnType<typeof guardian>>) => Promise<unknown>][] = [
  [
    'removed from the group',
    ({ org, group, ids }) => org.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${ids.alice}"]` }),
  ],
  [
    'the group taken out of the one that holds the grant',
    ({ org, outer }) => org.patch(`/Groups/${outer}`, { op: 'remove', path: 'members' }),
  ],
  ['the group switched off', ({ graph, group }) => graph.unselect(group)],
  ['the grant taken back', ({ graph }) => ungrantScope(graph.work, graph.context, { path: 'all', scope: 'project:guardian' })],
  ['the grant lowered', ({ graph }) => grantScope(graph.work, graph.context, { path: 'all', scope: 'project:guardian', role: 'viewer' })],
  ['the role lowered', ({ graph, outer }) => setGroupRole(graph.work, graph.context, { id: outer, role: 'viewer' })],
  ['the group deleted', ({ org, group }) => org.delete(`/Groups/${group}`)],
]

/** alice writes into a project because her group is in one to which it was granted. */
async function guardian() {
  const it = await team(server)
  const { graph, org, group } = it
  const outer = await org.group('All', [group])
  await graph.select(outer)
  await setGroupRole(graph.work, graph.context, { id: outer, role: 'editor' })
  await grantScope(graph.work, graph.context, { path: 'all', scope: 'project:guardian', role: 'editor' })
  return { ...it, outer }
}

test.each(TAKEN)(
  '%s: nothing is written after the answer',
  async (_, take) => {
    const it = await guardian()
    const alice = await it.as('alice')
    const count = async () =>
      Number((await server.rows('select count(*)::int as n from engrams where org_id = $1', [it.org.orgId]))[0]?.['n'])
    const writing = flood((n) => alice.post('/engrams', { statement: `Fact ${n}`, scope: 'project:guardian' }), 8)
    await until(async () => (await count()) > 10)
    await take(it)
    const answered = performance.now()
    const atAnswer = await count()
    await until(async () => (await alice.post('/engrams', { statement: 'Late', scope: 'project:guardian' })).status === 403)
    const done = await writing.stop()
    expect(done.filter(({ began, status }) => began > answered && status !== 403)).toEqual([])
    expect(await count()).toBe(atAnswer)
  },
  60_000,
)

test('a group whose members write without pause is switched off all the same', async () => {
  const { org, graph, as, scope, group } = await team(server)
  const names = ['u1', 'u2', 'u3', 'u4']
  const ids = await Promise.all(names.map((name) => org.user(name)))
  expectStatus(await org.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: ids.map((value) => ({ value })) }), 204)
  const people = await Promise.all(names.map(as))
  const writing = flood(async (n) => (await people[n % 4]?.post('/engrams', { statement: `Fact ${n}`, scope })) ?? { status: 0 }, 8)
  await until(async () => (await server.rows('select 1 from engrams where org_id = $1', [org.orgId])).length > 20)
  await graph.unselect(group)
  const atAnswer = await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId])
  const done = await writing.stop()
  expect(await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId])).toEqual(atAnswer)
  expect(done.filter(({ status }) => status !== 201 && status !== 403)).toEqual([])
}, 60_000)

test('a member of a local group taken out of it: nothing is written after the answer', async () => {
  const { graph, org, as } = await team(server)
  const alice = await as('alice')
  await createLocalGroup(graph.work, graph.context, { path: 'crew', role: null })
  const member = { path: 'crew', accountId: await graph.accountId('alice') }
  for (let round = 0; round < 5; round++) {
    await setLocalMember(graph.work, graph.context, { ...member, role: 'editor' })
    const writing = flood((n) => alice.post('/engrams', { statement: `Fact ${round} ${n}`, scope: 'group:crew' }), 4)
    await until(async () => (await alice.post('/engrams', { statement: `Round ${round}`, scope: 'group:crew' })).status < 300)
    await removeLocalMember(graph.work, graph.context, member)
    const atAnswer = await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId])
    await writing.stop()
    expect(await server.rows('select count(*)::int as n from engrams where org_id = $1', [org.orgId])).toEqual(atAnswer)
  }
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
