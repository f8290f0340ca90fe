// Local accounts handed to an identity provider, and people who came back (design section 3; threats C1, C2, E9).
import { describe, expect, test } from 'vitest'
import { linkAccount, linkReturner, listCollisions, listReturners, unlinkAccount } from '../../src/lifecycle/linking.ts'
import { changeAccount } from '../../src/lifecycle/account-state.ts'
import { apiAt, keyOf, team } from '../support/api.ts'
import { expectError, expectStatus, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function withLocal(more: { email?: string; admin?: boolean } = {}) {
  const it = await team(server)
  const id = await server.localAccount(it.org.orgId, 'dora', more)
  const dora = await it.as('dora')
  const engram = await dora.learn(`user:${it.org.slug}:dora`, 'Dora explores')
  return { ...it, id, dora, engram }
}

describe('a local account', () => {
  test('is never adopted silently, and after a link the same POST takes it over with key and memories [C2]', async () => {
    const it = await withLocal()
    expectError(await it.org.post('/Users', user('Dora', { displayName: 'Dora D.' })), 409, 'uniqueness')
    expect(await listCollisions(it.graph.work, it.org.orgId)).toMatchObject([
      { account: 'dora', pushedAs: 'Dora', times: 1, linked: false },
    ])
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })
    expectStatus(await it.org.post('/Users', user('Dora', { displayName: 'Dora D.' })), 201)
    expect(await it.graph.accountId('dora')).toBe(it.id)
    expect((await it.dora.get(`/engrams/${it.engram.id}`)).status).toBe(200)
    expect(await listCollisions(it.graph.work, it.org.orgId)).toEqual([])
    await expect(linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  test('that a POST ran into by its address is linked by that POST’s name [C2]', async () => {
    const it = await withLocal({ email: 'dora@example.com' })
    expectError(await it.org.post('/Users', user('dora@example.com')), 409, 'uniqueness')
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })
    expectStatus(await it.org.post('/Users', user('dora@example.com')), 201)
    expect(await it.graph.accountId('dora@example.com')).toBe(it.id)
  })

  test('linked by externalId is taken over by that one only [C1]', async () => {
    const it = await withLocal()
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: '00u1' })
    expectError(await it.org.post('/Users', user('dora', { externalId: '00u2' })), 409, 'uniqueness')
    expectStatus(await it.org.post('/Users', user('dora.new', { externalId: '00u1' })), 201)
    expect(await it.graph.accountId('dora.new')).toBe(it.id)
  })

  test('is not taken over by a name that came up after an admin linked it [C1]', async () => {
    const it = await withLocal({ email: 'dora@example.com' })
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })
    const other = user('mallory', { emails: [{ value: 'dora@example.com' }] })
    for (let i = 0; i < 2; i++) expectError(await it.org.post('/Users', other), 409, 'uniqueness')
    expectStatus(await it.org.post('/Users', user('dora')), 201)
    expect(await it.graph.accountId('dora')).toBe(it.id)
  })

  test('cannot be promised an externalId that another one waits for', async () => {
    const it = await withLocal()
    const other = await server.localAccount(it.org.orgId, 'other')
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: '00u1' })
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: '00u1' })
    await expect(linkAccount(it.graph.work, it.graph.context, { id: other, externalId: '00u1' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('dora'),
    })
  })

  test('whose link was taken back is not taken over', async () => {
    const it = await withLocal()
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })
    await unlinkAccount(it.graph.work, it.graph.context, it.id)
    expectError(await it.org.post('/Users', user('dora')), 409, 'uniqueness')
    await expect(unlinkAccount(it.graph.work, it.graph.context, it.id)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('handed over and disabled by the same POST is a leaver; an account that must stay is not [E9]', async () => {
    const it = await withLocal()
    await linkAccount(it.graph.work, it.graph.context, { id: it.id, externalId: undefined })
    await changeAccount(it.graph.work, it.graph.context, { accountId: it.id, change: { breakGlass: true } })
    expectError(await it.org.post('/Users', user('dora', { active: false })), 409)
    expect((await it.dora.get('/me')).status).toBe(200)
    await changeAccount(it.graph.work, it.graph.context, { accountId: it.id, change: { breakGlass: false } })
    expectStatus(await it.org.post('/Users', user('dora', { active: false })), 201)
    expect((await it.dora.get('/me')).status).toBe(401)
    const rows = await server.rows(`select 1 from audit_log where org_id = $1 and action = 'apikey.revoke'`, [it.org.orgId])
    expect(rows.length).toBe(1)
  })
})

describe('a returner', () => {
  async function back() {
    const it = await team(server)
    const alice = await it.as('alice')
    const before = await alice.learn(`user:${it.org.slug}:alice`, 'from the first life')
    const formerId = await it.graph.accountId('alice')
    expectStatus(await it.org.delete(`/Users/${it.ids.alice}`), 204)
    const again = expectStatus(await it.org.post('/Users', user('alice', { displayName: 'Alice again' })), 201)
    const accountId = await it.graph.accountId('alice')
    const key = await keyOf(server, it.org, 'alice')
    const since = await apiAt(server.origin, key).learn(`user:${it.org.slug}:${(await slugOf(accountId)) ?? ''}`, 'from the second life')
    return { ...it, before, since, formerId, accountId, key, scimId: text(again, '/id') }
  }
  const slugOf = async (id: string) => (await server.rows('select slug from accounts where id = $1', [id]))[0]?.['slug']?.toString()

  test('is listed, and linked by an admin has both lives in one account; the keys of both are dead', async () => {
    const it = await back()
    expect(it.accountId).not.toBe(it.formerId)
    expect(await listReturners(it.graph.work, it.org.orgId)).toMatchObject([{ accountId: it.accountId, formerId: it.formerId }])
    expect(await linkReturner(it.graph.work, it.graph.context, it)).toEqual({ engrams: 1, episodes: 0 })
    expect((await apiAt(server.origin, it.key).get('/me')).status).toBe(401)
    expect(await it.graph.accountId('alice')).toBe(it.formerId)
    const alice = await it.as('alice')
    const own = `user:${it.org.slug}:alice`
    for (const engram of [it.before, it.since]) expect((await alice.get(`/engrams/${engram.id}`)).body).toMatchObject({ scope: own })
    expect(await listReturners(it.graph.work, it.org.orgId)).toEqual([])
    expectStatus(await it.org.patch(`/Users/${it.scimId}`, { op: 'replace', path: 'active', value: false }), 200)
    expect((await alice.get('/me')).status).toBe(401)
  })

  test('is linked only to the account of somebody who was deleted', async () => {
    const it = await back()
    const { work, context } = it.graph
    const bob = await it.graph.accountId('bob')
    await expect(linkReturner(work, context, { accountId: it.accountId, formerId: bob })).rejects.toMatchObject({ code: 'conflict' })
    await expect(linkReturner(work, context, { accountId: it.accountId, formerId: it.accountId })).rejects.toMatchObject({
      code: 'not_found',
    })
    const local = await server.localAccount(it.org.orgId, 'local')
    await expect(linkReturner(work, context, { accountId: it.accountId, formerId: local })).rejects.toMatchObject({ code: 'conflict' })
    await expect(linkReturner(work, context, { accountId: local, formerId: it.formerId })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('who is the last admin keeps the organisation’s rights', async () => {
    const it = await back()
    await it.graph.makeAdmin('alice')
    await linkReturner(it.graph.work, it.graph.context, it)
    expect(await server.rows('select org_role, status from accounts where id = $1', [it.formerId])).toEqual([
      { org_role: 'org_admin', status: 'active' },
    ])
  })

  test('gets no rights in the organisation back that the new account does not have', async () => {
    const it = await team(server)
    await it.graph.makeAdmin('alice')
    await it.graph.makeAdmin('bob')
    const formerId = await it.graph.accountId('alice')
    expectStatus(await it.org.delete(`/Users/${it.ids.alice}`), 204)
    await it.org.user('alice')
    await linkReturner(it.graph.work, it.graph.context, { accountId: await it.graph.accountId('alice'), formerId })
    expect(await server.rows('select org_role, status from accounts where id = $1', [formerId])).toEqual([
      { org_role: 'member', status: 'active' },
    ])
  })
})
