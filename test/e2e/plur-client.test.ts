// The published client drives the server through the life of a key: before, during and after its owner's deprovisioning.
import type { Plur } from '@plur-ai/core'
import { expect, test } from 'vitest'
import { keyOf, team } from '../support/api.ts'
import { usePlurClients } from '../support/plur-client.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const clients = usePlurClients()

/** A client as a person sets it up, with the server as a store for the scope. */
async function client(scope: string, token: string): Promise<Plur> {
  const plur = await clients.client()
  plur.addStore('', scope, { url: `${server.origin}/sse`, token, shared: true })
  return plur
}

/** Statements that a client with an empty cache recalls. */
async function recalled(plur: Plur, query: string, scope: string): Promise<string[]> {
  return (await plur.recall(query, { scope })).map(({ statement }) => statement)
}

const state = (plur: Plur) => plur.remoteStoreStatus().map(({ status }) => status)

test('learn, list, recall, feedback and retire work, stop with the leaver, and go on after a return with a new key', async () => {
  const { org, ids, scope } = await team(server)
  const oldKey = await keyOf(server, org, 'alice')
  const alice = await client(scope, oldKey)
  const bobKey = await keyOf(server, org, 'bob')
  const asBob = () => client(scope, bobKey)

  const [discovery] = await alice.discoverRemoteScopes()
  expect(discovery).toMatchObject({ ok: true, username: 'alice', org_id: org.slug, registered: [scope] })
  expect(discovery?.authorized).toContain(scope)

  const learnt = await alice.learnRouted('Deploys happen on Tuesdays', { scope, type: 'procedural', tags: ['ops'] })
  expect(learnt.id).toMatch(/^ENG-\d{4}-\d{2}-\d{2}-\d+$/)
  expect(learnt.structured_data).toBeUndefined()

  const bob = await asBob()
  expect(await recalled(bob, 'deploys', scope)).toEqual(['Deploys happen on Tuesdays'])
  await bob.warmRemoteCaches()
  expect((await bob.list({ scope })).map(({ statement }) => statement)).toEqual(['Deploys happen on Tuesdays'])
  await bob.feedback(learnt.id, 'positive', scope)
  expect(await server.rows('select positive from engrams where id = $1', [learnt.id])).toEqual([{ positive: 1 }])

  expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)

  await recalled(alice, 'deploys', scope)
  expect(state(alice)).toEqual(['auth_expired'])
  const queued = await alice.learnRouted('Rollbacks happen on Wednesdays', { scope })
  expect(queued.structured_data).toMatchObject({ _outbox: { auth_failed: true, target_scope: scope } })
  await expect(alice.feedback(learnt.id, 'negative', scope)).rejects.toThrow()
  await expect(alice.forget(learnt.id, 'out of spite', { scope })).rejects.toThrow()
  expect(await recalled(await asBob(), 'deploys', scope)).toEqual(['Deploys happen on Tuesdays'])

  expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: true }), 200)

  await recalled(alice, 'deploys', scope)
  expect(state(alice)).toEqual(['auth_expired'])
  const newKey = await keyOf(server, org, 'alice')
  expect(alice.addStore('', scope, { url: `${server.origin}/sse`, token: newKey, shared: true }).status).toBe('token_rotated')
  expect(await alice.flushOutbox()).toMatchObject({ flushed: 1, failed: 0 })
  expect((await recalled(await asBob(), 'happen', scope)).toSorted()).toEqual([
    'Deploys happen on Tuesdays',
    'Rollbacks happen on Wednesdays',
  ])

  const again = await client(scope, newKey)
  await again.forget(learnt.id, 'no longer so', { scope })
  expect(await recalled(await asBob(), 'happen', scope)).toEqual(['Rollbacks happen on Wednesdays'])
  expect(await server.rows('select status from engrams where id = $1', [learnt.id])).toEqual([{ status: 'retired' }])
}, 60_000)

test('somebody in 500 groups of depth 8 is discovered with every scope, learns and recalls', async () => {
  const { org, graph, ids } = await team(server)
  await server.pushGroups(org.orgId, { count: 500, nameOf: `'A/B/C/D/E/F/G/Team ' || i`, member: ids.alice })
  await graph.rules('A/**')
  const key = await keyOf(server, org, 'alice')
  const scope = 'group:a/b/c/d/e/f/g/team-499'
  const alice = await client(scope, key)
  const [discovery] = await alice.discoverRemoteScopes()
  expect(discovery).toMatchObject({ ok: true, username: 'alice' })
  expect(discovery?.authorized.filter((name) => name.startsWith('group:a/b/c/d/e/f/g/')).length).toBe(500)
  expect((await alice.learnRouted('Deploys happen on Tuesdays', { scope })).structured_data).toBeUndefined()
  expect(await recalled(await client(scope, key), 'deploys', scope)).toEqual(['Deploys happen on Tuesdays'])
}, 60_000)

test('a scope that may only be read is read; what is learnt into it stays in the outbox', async () => {
  const { org, graph, as } = await team(server)
  await graph.makeAdmin('alice')
  const scope = `org:${org.slug}`
  await (await as('alice')).learn(scope, 'We write British English')
  const carol = await client(scope, await keyOf(server, org, 'carol'))
  expect(await recalled(carol, 'english', scope)).toEqual(['We write British English'])
  const refused = await carol.learnRouted('We write American English', { scope })
  expect(refused.structured_data).toMatchObject({ _outbox: { auth_failed: true } })
})

test('a scope that is not granted is named, not refused', async () => {
  const { org, scope } = await team(server)
  const carol = await client(scope, await keyOf(server, org, 'carol'))
  expect(await recalled(carol, 'anything', scope)).toEqual([])
  expect(carol.remoteStoreStatus()).toMatchObject([{ status: 'ok', dropped_scopes: [scope] }])
})
