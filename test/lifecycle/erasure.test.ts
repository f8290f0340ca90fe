// Hard deletion (design section 5; threats F4, F5, F8): what is the person's own is gone from every table, what was written for others stays.
import { describe, expect, test } from 'vitest'
import { PLACEHOLDER_ID } from '../../src/directory/placeholder.ts'
import { enableAccount } from '../../src/lifecycle/account-state.ts'
import { issueApiKey } from '../../src/auth/api-keys.ts'
import { issueSession } from '../../src/auth/sessions.ts'
import { findReceipt } from '../../src/lifecycle/receipt.ts'
import { grantScope } from '../../src/permissions/grants.ts'
import { setLocalMember, createLocalGroup } from '../../src/permissions/local-groups.ts'
import { team } from '../support/api.ts'
import { expectError, expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const hard = useServer({ PLUR_SCIM_HARD_DELETE: 'true' })
const soft = useServer()

const SECRET = 'the safe opens with 8-1-5'

describe('DELETE with hard deletion', () => {
  async function erased() {
    const it = await team(hard)
    const own = `user:${it.org.slug}:alice`
    const alice = await it.as('alice')
    await createLocalGroup(it.graph.work, it.graph.context, { path: 'crew', role: null })
    await setLocalMember(it.graph.work, it.graph.context, { path: 'crew', accountId: await it.graph.accountId('alice'), role: 'editor' })
    await alice.learn(own, SECRET)
    const shared = await alice.learn(it.scope, 'Deploys run on Tuesdays', { attribution: { asserted_by: 'alice the author' } })
    const crew = await alice.learn('group:crew', 'The crew meets at nine')
    expectStatus0(await alice.post('/episodes', { summary: `a session about ${SECRET}` }))
    const accountId = await it.graph.accountId('alice')
    expectStatus(await it.org.delete(`/Users/${it.ids.alice}`), 204)
    return { ...it, alice, own, shared, crew, accountId }
  }
  const expectStatus0 = ({ status, text }: { status: number; text: string }) => expect(status, text).toBeLessThan(300)

  test('leaves no row in any table that holds the person’s own memories [F4]', async () => {
    const it = await erased()
    expect(await hard.databaseContains(SECRET)).toBe(false)
    expect(await hard.databaseContains('alice the author')).toBe(false)
    expect(await hard.databaseContains(it.own, it.org.orgId, ['audit_log'])).toBe(false)
    expect(await hard.databaseContains(it.accountId, it.org.orgId, ['audit_log'])).toBe(false)
    expect((await it.alice.get('/me')).status).toBe(401)
  })

  test('leaves nothing of the person’s own in a dump of the whole database, and everything of others [F4 F5 F8]', async () => {
    const it = await team(hard)
    const { org, graph } = it
    const [alice, bob] = [await it.as('alice'), await it.as('bob')]
    await graph.makeAdmin('alice')
    await graph.makeAdmin('bob')
    await grantScope(graph.work, graph.context, { path: 'engineering/platform', scope: 'project:guardian', role: 'editor' })
    const own = `user:${org.slug}:alice`
    const first = await alice.learn(own, 'ownstatementzq', {
      tags: ['owntagzq'],
      rationale: 'ownrationalezq',
      domain: 'owndomainzq',
      note: 'ownextrazq',
    })
    expectStatus0(await alice.patch(`/engrams/${first.id}`, { statement: 'ownchangedzq' }))
    expectStatus0(await alice.remove(`/engrams/${(await alice.learn(own, 'ownretiredzq')).id}`))
    const episode = { summary: 'ownepisodezq', agent: 'ownagentzq', session: 'ownsessionzq', tags: ['ownepisodetagzq'], links: [first.id] }
    expectStatus0(await alice.post('/episodes', episode))
    const places = [it.scope, `org:${org.slug}`, 'global', 'project:guardian']
    const said = { attribution: { asserted_by: 'ownattributionzq' }, source: 'ownsourcezq', episode_ids: ['EPS-ownepisodeidzq'] }
    const shared = await Promise.all(places.map((scope, i) => alice.learn(scope, `shared ${i}`, said)))
    const [byBob] = await Promise.all([
      bob.learn(it.scope, 'bob wrote this'),
      bob.post(`/engrams/${shared[0]?.id}/feedback`, { signal: 'positive' }),
    ])
    const session = (await issueSession(graph.work, graph.context, { accountId: await graph.accountId('alice'), method: 'cli' })).token
    const accountId = await graph.accountId('alice')
    const facts = () =>
      hard.rows(`select id::text, action, target, payload from audit_log where org_id = $1 and action <> 'account.delete' order by id`, [
        org.orgId,
      ])
    const before = await facts()
    expect((await hard.dump()).filter((row) => /own\w+zq/.test(row)).length).toBeGreaterThan(3)

    expectStatus(await org.delete(`/Users/${it.ids.alice}`), 204)

    const dump = await hard.dump()
    expect(dump.filter((row) => /own\w+zq/.test(row))).toEqual([])
    expect(dump.filter((row) => row.includes(own))).toEqual(dump.filter((row) => row.startsWith('audit_log ') && row.includes(own)))
    for (const secret of [alice.key, session]) expect(dump.filter((row) => row.includes(secret?.split('_').at(-2) ?? '?'))).toEqual([])
    expect(dump.filter((row) => !/^(audit_log|rate_limits) /.test(row) && row.includes(accountId))).toEqual([])
    const left = await hard.rows(
      'select e.id, s.name as scope, e.author_id::text as author, e.statement, e.positive from engrams e join scopes s using (org_id) where e.org_id = $1 and s.id = e.scope_id order by e.seq',
      [org.orgId],
    )
    expect(left).toEqual(
      expect.arrayContaining([
        ...shared.map(({ id }, i) => ({
          id,
          scope: places[i],
          author: PLACEHOLDER_ID,
          statement: `shared ${i}`,
          positive: i === 0 ? 1 : 0,
        })),
        { id: byBob.id, scope: it.scope, author: await graph.accountId('bob'), statement: 'bob wrote this', positive: 0 },
      ]),
    )
    expect(left).toHaveLength(5)
    expect((await facts()).slice(0, before.length)).toEqual(before)
  })

  test('passes what was written for others to the placeholder identity, where others still find it [F4 F8]', async () => {
    const it = await erased()
    const bob = await it.as('bob')
    expect(await bob.recall('deploys tuesdays')).toEqual(['Deploys run on Tuesdays'])
    const authors = await hard.rows('select distinct author_id::text as author from engrams where org_id = $1', [it.org.orgId])
    expect(authors).toEqual([{ author: PLACEHOLDER_ID }])
    expect((await bob.get(`/engrams/${it.crew.id}`)).status).toBe(404)
  })

  test('is told whole in the audit log, which keeps the account’s id [F5]', async () => {
    const it = await erased()
    const receipt = await findReceipt(it.graph.work, it.org.orgId, it.accountId)
    expect(receipt).toMatchObject({
      because: 'erased',
      kept: null,
      apiKeys: [{ name: 'test' }],
      erased: { erased: { engrams: 1, episodes: 1 }, reassigned: { engrams: 2 }, apiKeys: 1, sessions: 0 },
    })
    const rows = await hard.rows('select action from audit_log where org_id = $1 and request_id = $2 order by action', [
      it.org.orgId,
      receipt?.requestId,
    ])
    expect(rows.map(({ action }) => action)).toEqual([
      'account.delete',
      'apikey.revoke',
      'group.member.remove',
      'scim.group.member.remove',
      'scim.user.delete',
    ])
  })

  test('leaves a placeholder that can do nothing', async () => {
    const it = await erased()
    const request = { accountId: PLACEHOLDER_ID, name: 'ghost', lifetimeSeconds: null }
    await expect(issueApiKey(it.graph.work, it.graph.context, request)).rejects.toMatchObject({ code: 'conflict' })
    await expect(enableAccount(it.graph.work, it.graph.context, PLACEHOLDER_ID)).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      setLocalMember(it.graph.work, it.graph.context, { path: 'crew', accountId: PLACEHOLDER_ID, role: 'viewer' }),
    ).rejects.toMatchObject({ code: 'not_found' })
    expectError(await it.org.get(`/Users/${PLACEHOLDER_ID}`), 404)
    expect(await it.org.find('/Users', 'userName co "former"')).toEqual([])
    expect(await it.org.user('former member')).not.toBe('')
  })

  test('lets the name be used by somebody new, who gets nothing of it [C8]', async () => {
    const it = await erased()
    await it.org.user('alice')
    const again = await it.as('alice')
    expect(await again.recall('safe opens deploys')).toEqual([])
    expect(await it.graph.reads('alice')).toEqual([])
  })
})

describe('DELETE without it', () => {
  test('keeps every memory, takes the memberships, and gives the private ones to nobody [F4 C8]', async () => {
    const it = await team(soft)
    const alice = await it.as('alice')
    const own = await alice.learn(`user:${it.org.slug}:alice`, SECRET)
    const shared = await alice.learn(it.scope, 'Deploys run on Tuesdays')
    await createLocalGroup(it.graph.work, it.graph.context, { path: 'crew', role: null })
    const accountId = await it.graph.accountId('alice')
    await setLocalMember(it.graph.work, it.graph.context, { path: 'crew', accountId, role: 'editor' })
    expectStatus(await it.org.delete(`/Users/${it.ids.alice}`), 204)
    expect((await alice.get('/me')).status).toBe(401)
    const bob = await it.as('bob')
    await it.graph.makeAdmin('bob')
    expect([(await bob.get(`/engrams/${own.id}`)).status, (await bob.get(`/engrams/${shared.id}`)).status]).toEqual([404, 200])
    await it.org.user('alice')
    expect((await (await it.as('alice')).get(`/engrams/${own.id}`)).status).toBe(404)
    const left = await soft.rows(
      'select (select count(*) from local_group_members where org_id = $1)::int as local, (select count(*) from engrams where org_id = $1)::int as engrams',
      [it.org.orgId],
    )
    expect(left).toEqual([{ local: 0, engrams: 2 }])
    expect(await findReceipt(it.graph.work, it.org.orgId, accountId)).toMatchObject({
      because: 'deleted',
      kept: { ownEngrams: 1, sharedEngrams: 1, groups: 0 },
    })
  })
})
