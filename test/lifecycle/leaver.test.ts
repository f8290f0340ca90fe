// The leaver by every way an identity provider has, seen from the API (design section 3; threats E9, F1, F2, F3, F6, F7, M2).
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { issueSession } from '../../src/auth/sessions.ts'
import { changeAccount, disableAccount, enableAccount, revokeCredentials } from '../../src/lifecycle/account-state.ts'
import { findReceipt } from '../../src/lifecycle/receipt.ts'
import { apiAt, keyOf, team } from '../support/api.ts'
import { serveProgram } from '../support/program.ts'
import { expectError, expectStatus, patchOf, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { send } from '../support/wire.ts'

const server = useServer()

type Team = Awaited<ReturnType<typeof team>>

const sessionOf = async ({ graph }: Team, userName: string): Promise<string> =>
  (await issueSession(graph.work, graph.context, { accountId: await graph.accountId(userName), method: 'password' })).token

const WAYS: [string, (org: Org, id: string) => Promise<unknown>][] = [
  ['PATCH with a path', (org, id) => org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })],
  ['PATCH without a path', (org, id) => org.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })],
  ['PATCH with "False"', (org, id) => org.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })],
  ['PATCH that removes active', (org, id) => org.patch(`/Users/${id}`, { op: 'remove', path: 'active' })],
  ['PUT', (org, id) => org.put(`/Users/${id}`, user('alice', { active: false }))],
  ['DELETE', (org, id) => org.delete(`/Users/${id}`)],
  [
    'Bulk',
    (org, id) =>
      org.post('/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: patchOf({ op: 'replace', path: 'active', value: false }) }],
      }),
  ],
]

describe('a leaver', () => {
  test.each(WAYS)('by %s: the next call with any key or session is refused [F1 F2]', async (_way, leave) => {
    const it = await team(server)
    const [key, session] = [await it.as('alice'), apiAt(server.origin, await sessionOf(it, 'alice'))]
    const engram = await key.learn(it.scope, 'Deploys run on Tuesdays')
    expect((await session.get('/me')).status).toBe(200)
    await leave(it.org, it.ids.alice)
    expect([(await key.get('/me')).status, (await session.get('/me')).status]).toEqual([401, 401])
    expect((await (await it.as('bob')).get(`/engrams/${engram.id}`)).status).toBe(200)
  })

  test('is served nothing by any process once the answer is there: 1,000 attempts at once, half of them at another process [F1 F6]', async () => {
    const it = await team(server)
    const other = await serveProgram({ PLUR_DATABASE_URL: server.databaseUrl, PLUR_LOG_LEVEL: 'silent' })
    try {
      const credentials = [await keyOf(server, it.org, 'alice'), await sessionOf(it, 'alice')]
      const attempt = async (i: number): Promise<number> => {
        const headers = { authorization: `Bearer ${credentials[(i >> 1) % 2] ?? ''}`, 'content-type': 'application/json' }
        const [method, path] = i % 8 < 4 ? ['GET', '/api/v1/me'] : ['POST', '/api/v1/engrams']
        const body = method === 'GET' ? {} : { body: JSON.stringify({ statement: `Fact ${i}`, scope: it.scope }) }
        return (await send(i % 2 === 0 ? server.origin : other.origin, { method, path, headers, ...body })).status
      }
      const engrams = () => server.rows('select count(*)::int as n from engrams where org_id = $1', [it.org.orgId])
      for (let i = 0; i < 8; i++) expect(await attempt(i)).toBe(i < 4 ? 200 : 201)
      // Both processes go on serving her while the request that ends it is on its way.
      const before = Promise.all(Array.from({ length: 64 }, (_, i) => attempt(i)))
      expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
      const atAnswer = await engrams()
      const after = await Promise.all(Array.from({ length: 1000 }, (_, i) => attempt(i)))
      expect(new Set(after)).toEqual(new Set([401]))
      expect(await engrams()).toEqual(atAnswer)
      expect((await before).filter((status) => ![200, 201, 401].includes(status))).toEqual([])
    } finally {
      await other.stop()
    }
  }, 120_000)

  test('comes back to the same account, memories and groups; old credentials stay dead, also those revoked by hand [F3]', async () => {
    const it = await team(server)
    const [old, session] = [await it.as('alice'), apiAt(server.origin, await sessionOf(it, 'alice'))]
    const engram = await old.learn(`user:${it.org.slug}:alice`, 'Alice likes tea')
    for (const active of [false, true]) {
      expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value: active }), 200)
    }
    expect([(await old.get('/me')).status, (await session.get('/me')).status]).toEqual([401, 401])
    const fresh = await it.as('alice')
    expect((await fresh.get(`/engrams/${engram.id}`)).status).toBe(200)
    expect(await it.graph.reads('alice')).toEqual([it.scope])
  })

  test('leaves one audit row for each fact under one request, and a receipt', async () => {
    const it = await team(server)
    await it.as('alice')
    await it.as('alice')
    await sessionOf(it, 'alice')
    const answer = expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
    expect(answer.status).toBe(200)
    const accountId = await it.graph.accountId('alice')
    const receipt = await findReceipt(it.graph.work, it.org.orgId, accountId)
    expect(receipt).toMatchObject({
      accountId,
      userName: 'alice',
      because: 'disabled',
      by: { kind: 'scim_token', id: it.org.tokenId },
      sessions: [{ method: 'password' }],
      apiKeys: [{ name: 'test' }, { name: 'test' }],
      kept: { ownEngrams: 0, episodes: 0, sharedEngrams: 0, groups: 1 },
      erased: null,
    })
    expect(receipt?.afterMs).toBeGreaterThan(0)
    expect(receipt?.afterMs).toBeLessThan(10_000)
    const rows = await server.rows('select action from audit_log where org_id = $1 and request_id = $2 order by action', [
      it.org.orgId,
      receipt?.requestId,
    ])
    expect(rows.map(({ action }) => action)).toEqual([
      'account.disable',
      'apikey.revoke',
      'apikey.revoke',
      'auth.session.revoke',
      'scim.user.disable',
    ])
  })

  test('that is disabled already leaves nothing a second time', async () => {
    const it = await team(server)
    await it.as('alice')
    for (const value of [false, 'False'])
      expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value }), 200)
    expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'displayName', value: 'Alice' }), 200)
    const rows = await server.rows(`select action from audit_log where org_id = $1 and action in ('account.disable', 'apikey.revoke')`, [
      it.org.orgId,
    ])
    expect(rows.length).toBe(2)
  })

  test('racing with the making of keys and with writes leaves no live credential and no late memory [M2 F6]', async () => {
    for (let round = 0; round < 10; round++) {
      const it = await team(server)
      const alice = await it.as('alice')
      const outcomes = await Promise.allSettled([
        keyOf(server, it.org, 'alice'),
        ...Array.from({ length: 5 }, (_, i) => alice.post('/engrams', { statement: `late ${i}`, scope: it.scope, type: 'behavioral' })),
        it.org.patch(`/Users/${it.ids.alice}`, { op: 'replace', path: 'active', value: false }),
        keyOf(server, it.org, 'alice'),
      ])
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled' && typeof outcome.value === 'string')
          expect((await apiAt(server.origin, outcome.value).get('/me')).status).toBe(401)
      }
      const late = await server.rows(
        `select 1 from engrams e join accounts a on a.org_id = e.org_id and a.id = e.author_id
         where e.org_id = $1 and e.created_at > a.disabled_at + interval '1 ms'`,
        [it.org.orgId],
      )
      expect(late).toEqual([])
    }
  })
})

describe('a mover', () => {
  test('who leaves the last group loses its scope in running sessions, too [F7]', async () => {
    const it = await team(server)
    const session = apiAt(server.origin, await sessionOf(it, 'alice'))
    const engram = await (await it.as('bob')).learn(it.scope, 'The port is 8443')
    expect((await session.get(`/engrams/${engram.id}`)).status).toBe(200)
    expectStatus(await it.org.patch(`/Groups/${it.group}`, { op: 'remove', path: `members[value eq "${it.ids.alice}"]` }), 204)
    expect((await session.get(`/engrams/${engram.id}`)).status).toBe(404)
    expect((await session.post('/engrams', { statement: 'x', scope: it.scope, type: 'behavioral' })).status).toBe(403)
  })

  test('whose group is switched off while writing writes nothing after that', async () => {
    for (let round = 0; round < 10; round++) {
      const it = await team(server)
      const alice = await it.as('alice')
      const [off, ...writes] = await Promise.all([
        it.graph.unselect(it.group).then(() => performance.now()),
        ...Array.from({ length: 6 }, async (_, i) => {
          const { status } = await alice.post('/engrams', { statement: `fact ${i}`, scope: it.scope, type: 'behavioral' })
          return { status, at: performance.now() }
        }),
      ])
      for (const { status } of writes) expect([201, 403]).toContain(status)
      const [closed] = await server.rows(`select ts from audit_log where org_id = $1 and action = 'scope.close'`, [it.org.orgId])
      const late = await server.rows('select 1 from engrams where org_id = $1 and created_at > $2', [it.org.orgId, closed?.['ts']])
      expect(late).toEqual([])
      expect(off).toBeGreaterThan(0)
    }
  })
})

describe('accounts that must stay', () => {
  const disable = { op: 'replace', path: 'active', value: false }

  test('the last active admin can neither be disabled nor deleted nor demoted, until there is another [E9]', async () => {
    const it = await team(server)
    await it.graph.makeAdmin('alice')
    expectError(await it.org.patch(`/Users/${it.ids.alice}`, disable), 409)
    expectError(await it.org.put(`/Users/${it.ids.alice}`, user('alice', { active: false })), 409)
    expectError(await it.org.delete(`/Users/${it.ids.alice}`), 409)
    const accountId = await it.graph.accountId('alice')
    await expect(changeAccount(it.graph.work, it.graph.context, { accountId, change: { orgRole: 'member' } })).rejects.toMatchObject({
      code: 'conflict',
    })
    const denied = await server.rows(`select 1 from audit_log where org_id = $1 and outcome = 'denied' and action like 'scim.user.%'`, [
      it.org.orgId,
    ])
    expect(denied.length).toBe(3)
    await it.graph.makeAdmin('bob')
    expectStatus(await it.org.patch(`/Users/${it.ids.alice}`, disable), 200)
    expectError(await it.org.delete(`/Users/${it.ids.bob}`), 409)
  })

  test('two admins who are disabled at the same time are not both [E9]', async () => {
    for (let round = 0; round < 5; round++) {
      const it = await team(server)
      await it.graph.makeAdmin('alice')
      await it.graph.makeAdmin('bob')
      const answers = await Promise.all([it.ids.alice, it.ids.bob].map((id) => it.org.patch(`/Users/${id}`, disable)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    }
  }, 60_000)

  test('the same holds for an admin here: the last one and one marked break-glass are neither disabled nor demoted [E9]', async () => {
    const it = await team(server)
    const { work, context } = it.graph
    const accountId = await server.localAccount(it.org.orgId, 'local', { admin: true })
    await expect(disableAccount(work, context, accountId)).rejects.toThrow('last active organisation admin')
    await it.graph.makeAdmin('bob')
    await changeAccount(work, context, { accountId, change: { breakGlass: true } })
    const demoted = { accountId, change: { orgRole: 'member' as const } }
    await expect(disableAccount(work, context, accountId)).rejects.toThrow('break-glass')
    await expect(changeAccount(work, context, demoted)).rejects.toThrow('break-glass')
    await changeAccount(work, context, { accountId, change: { ...demoted.change, breakGlass: false } })
    await disableAccount(work, context, accountId)
  })

  test('an account marked break-glass is out of the reach of the identity provider [E9]', async () => {
    const it = await team(server)
    const accountId = await it.graph.accountId('alice')
    await changeAccount(it.graph.work, it.graph.context, { accountId, change: { breakGlass: true } })
    const alice = await it.as('alice')
    expectError(await it.org.patch(`/Users/${it.ids.alice}`, disable), 409)
    expectError(await it.org.delete(`/Users/${it.ids.alice}`), 409)
    expect((await alice.get('/me')).status).toBe(200)
  })
})

describe('an admin', () => {
  test('disables and enables local accounts; what was revoked stays dead [F3]', async () => {
    const it = await team(server)
    const accountId = await server.localAccount(it.org.orgId, 'local')
    const old = await it.as('local')
    expect(await disableAccount(it.graph.work, it.graph.context, accountId)).toEqual({ sessions: 0, apiKeys: 1 })
    expect((await old.get('/me')).status).toBe(401)
    await expect(disableAccount(it.graph.work, it.graph.context, accountId)).rejects.toMatchObject({ code: 'conflict' })
    await enableAccount(it.graph.work, it.graph.context, accountId)
    expect([(await old.get('/me')).status, (await (await it.as('local')).get('/me')).status]).toEqual([401, 200])
  })

  test('cannot disable or enable whom the identity provider manages, but can end all credentials at once [E10]', async () => {
    const it = await team(server)
    const accountId = await it.graph.accountId('alice')
    const old = await it.as('alice')
    await expect(disableAccount(it.graph.work, it.graph.context, accountId)).rejects.toMatchObject({ code: 'conflict' })
    await expect(enableAccount(it.graph.work, it.graph.context, accountId)).rejects.toMatchObject({ code: 'conflict' })
    expect(await revokeCredentials(it.graph.work, it.graph.context, accountId)).toEqual({ sessions: 0, apiKeys: 1 })
    expect([(await old.get('/me')).status, (await (await it.as('alice')).get('/me')).status]).toEqual([401, 200])
  })
})

test('credentials of a disabled account never count, even if its epoch is the same', async () => {
  const it = await team(server)
  const alice = await it.as('alice')
  await sql`update accounts set status = 'disabled', disabled_at = now() where org_id = ${it.org.orgId} and id = ${await it.graph.accountId('alice')}`.execute(
    it.graph.work.db,
  )
  expect((await alice.get('/me')).status).toBe(401)
})
