// Signing in at an identity provider, against a real one (design section 6; threats C3, C4, C9).
import { describe, expect, test } from 'vitest'
import { switchProvider } from '../../src/auth/sso-providers.ts'
import { adminContext, graphOf } from '../support/graph.ts'
import { signInAt, throughIdp, useIdentityProvider, withSso } from '../support/identity-provider.ts'
import { audited } from '../support/people.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { webAt } from '../support/web.ts'

const server = useServer()
const idp = useIdentityProvider()

async function start(more: { claim?: string; externalId?: string } = {}) {
  const { externalId = 'ext-alice', ...options } = more
  const org = await server.org()
  const alice = await org.user('alice', { externalId })
  const id = await withSso(server, org, idp, options)
  return { org, alice, id }
}

const patch = (org: Org, id: string, path: string, value: unknown) =>
  org.patch(`/Users/${id}`, { op: 'replace', path, value }).then((answer) => expectStatus(answer, 200))

const links = (org: Org) =>
  server.rows(
    `select l.subject, a.user_name from sso_links l join accounts a on a.org_id = l.org_id and a.id = l.account_id where l.org_id = $1 order by 1`,
    [org.orgId],
  )

describe('a provisioned person', () => {
  test('is found by externalId the first time, linked, and led to where they wanted to go', async () => {
    const { org, id } = await start()
    idp.is({ sub: 'ext-alice', name: 'Somebody Else' })
    const { client, answer } = await signInAt(server, idp, { id, next: '/me/sessions' })
    expect([answer.status, answer.location]).toEqual([303, '/me/sessions'])
    expect((await client.get('/me/sessions')).text).toContain('single sign-on')
    expect(client.jar.has('plur_sign_in')).toBe(false)
    expect(await links(org)).toEqual([{ subject: 'ext-alice', user_name: 'alice' }])
    const rows = await audited(server, org, ['sso.link', 'auth.login'])
    expect(rows).toMatchObject([
      { action: 'sso.link', actor: { name: 'alice' }, payload: { provider: id, subject: 'ext-alice', by: 'externalId' } },
      { action: 'auth.login', actor: { name: 'alice' }, channel: 'auth', payload: { method: 'oidc' } },
    ])
    await signInAt(server, idp, { id })
    expect((await audited(server, org, ['sso.link'])).length).toBe(1)
  })

  test('is found by user name where no externalId fits, in any case', async () => {
    const { org, id } = await start({ claim: 'preferred_username' })
    idp.is({ sub: 'pairwise-1', preferred_username: 'ALICE' })
    expect((await signInAt(server, idp, { id })).answer.location).toBe('/me')
    expect(await links(org)).toEqual([{ subject: 'pairwise-1', user_name: 'alice' }])
  })

  test('stays linked to the same subject, whatever SCIM makes of names, addresses and ids [C3]', async () => {
    const { org, alice, id } = await start({ claim: 'preferred_username', externalId: 'one' })
    idp.is({ sub: 's-alice', preferred_username: 'alice' })
    await signInAt(server, idp, { id })
    await patch(org, alice, 'userName', 'alice.married')
    await patch(org, alice, 'externalId', 'two')
    await patch(org, alice, 'emails', [{ value: 'other@example.com', primary: true }])
    const bob = await org.user('alice')
    idp.is({ sub: 's-alice', preferred_username: 'alice' })
    const { client } = await signInAt(server, idp, { id })
    expect((await client.get('/me')).text).toContain('alice.married')
    // The new bearer of the name signs in as a subject of their own.
    idp.is({ sub: 's-second-alice', preferred_username: 'alice' })
    await signInAt(server, idp, { id })
    expect(await links(org)).toEqual([
      { subject: 's-alice', user_name: 'alice.married' },
      { subject: 's-second-alice', user_name: 'alice' },
    ])
    // And whoever gets a linked person's name or id in the identity provider does not get the account.
    await patch(org, bob, 'userName', 'bob')
    await patch(org, alice, 'userName', 'alice')
    idp.is({ sub: 's-third', preferred_username: 'alice' })
    const taken = await signInAt(server, idp, { id })
    expect([taken.answer.status, taken.answer.text]).toEqual([403, expect.stringContaining('not clear who you are')])
    const [row] = await server.eventually(`select payload, target from audit_log where org_id = $1 and action = 'auth.failed'`, [org.orgId])
    expect(row).toMatchObject({ payload: { reason: 'sso_conflict', subject: 's-third' }, target: { name: 'alice' } })
  })

  test('whom several fit by externalId is nobody', async () => {
    const { org, id } = await start({ externalId: 'same' })
    await org.user('bob', { externalId: 'same' })
    idp.is({ sub: 'same' })
    const { client, answer } = await signInAt(server, idp, { id })
    expect([answer.status, client.jar.has('plur_session')]).toEqual([403, false])
    expect(await links(org)).toEqual([])
  })

  test('by an address that the identity provider does not vouch for is nobody [C4]', async () => {
    const org = await server.org()
    await org.user('alice@example.com')
    const id = await withSso(server, org, idp, { claim: 'email' })
    idp.is({ sub: 'm', email: 'alice@example.com', email_verified: false })
    expect((await signInAt(server, idp, { id })).answer.status).toBe(403)
    idp.is({ sub: 'm', email: 'alice@example.com', email_verified: true })
    expect((await signInAt(server, idp, { id })).answer.status).toBe(303)
  })
})

describe('nobody comes in who was not provisioned, or is not any more [C9]', () => {
  test('somebody unknown is told so, and leaves no row but in the audit log', async () => {
    const { org, id } = await start()
    const before = await server.snapshot(org.orgId)
    idp.is({ sub: 'stranger', preferred_username: 'stranger', email: 'stranger@example.com' })
    const { client, answer } = await signInAt(server, idp, { id })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('You have no access here yet')])
    expect(client.jar.has('plur_session')).toBe(false)
    expect(await server.snapshot(org.orgId)).toEqual(before)
    const [row] = await server.eventually(`select actor, payload from audit_log where org_id = $1 and action = 'auth.failed'`, [org.orgId])
    expect(row).toMatchObject({ actor: { kind: 'unknown' }, payload: { reason: 'sso_nobody', provider: id, subject: 'stranger' } })
  })

  test('a local account is not taken over by its name', async () => {
    const { org, id } = await start({ claim: 'preferred_username' })
    await server.localAccount(org.orgId, 'root', { admin: true })
    idp.is({ sub: 'r', preferred_username: 'root' })
    expect((await signInAt(server, idp, { id })).answer.text).toContain('You have no access here yet')
  })

  test('a person of another organisation is nobody here', async () => {
    const [one, other] = [await start(), await server.org()]
    await other.user('carol', { externalId: 'ext-carol' })
    idp.is({ sub: 'ext-carol' })
    expect((await signInAt(server, idp, { id: one.id })).answer.status).toBe(403)
  })

  test.each(['linked', 'never linked'])('somebody disabled who was %s reads that their access has ended', async (linked) => {
    const { org, alice, id } = await start()
    idp.is({ sub: 'ext-alice' })
    if (linked === 'linked') await signInAt(server, idp, { id })
    await patch(org, alice, 'active', false)
    const before = await server.snapshot(org.orgId)
    const { client, answer } = await signInAt(server, idp, { id })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Your access has ended')])
    expect(client.jar.has('plur_session')).toBe(false)
    expect(await server.snapshot(org.orgId)).toEqual(before)
    const [row] = await server.eventually(
      `select actor, payload from audit_log where org_id = $1 and action = 'auth.failed' and channel = 'auth'`,
      [org.orgId],
    )
    expect(row).toMatchObject({ actor: { name: 'alice' }, payload: { reason: 'disabled' } })
    await patch(org, alice, 'active', true)
    expect((await signInAt(server, idp, { id })).answer.status).toBe(303)
  })

  test('somebody deleted reads the same, and comes in again as who they were provisioned anew', async () => {
    const { org, alice, id } = await start()
    idp.is({ sub: 'ext-alice' })
    await signInAt(server, idp, { id })
    expectStatus(await org.delete(`/Users/${alice}`), 204)
    expect((await signInAt(server, idp, { id })).answer.text).toContain('Your access has ended')
    await org.user('alice2', { externalId: 'ext-alice' })
    const { client } = await signInAt(server, idp, { id })
    expect((await client.get('/me')).text).toContain('alice2')
    expect(await links(org)).toEqual([{ subject: 'ext-alice', user_name: 'alice2' }])
    expect((await audited(server, org, ['sso.link'])).length).toBe(2)
  })

  test('somebody who is disabled while at the identity provider stays out', async () => {
    const { org, alice, id } = await start()
    idp.is({ sub: 'ext-alice' })
    const client = webAt(server.origin)
    const callback = await throughIdp(idp, (await client.get(`/auth/oidc/${id}`)).location ?? '')
    await patch(org, alice, 'active', false)
    expect((await client.get(callback)).text).toContain('Your access has ended')
  })

  test('at the same moment as the disabling, whichever was first', async () => {
    for (let round = 0; round < 5; round++) {
      const { org, alice, id } = await start()
      idp.is({ sub: 'ext-alice' })
      const client = webAt(server.origin)
      const callback = await throughIdp(idp, (await client.get(`/auth/oidc/${id}`)).location ?? '')
      await Promise.all([client.get(callback), patch(org, alice, 'active', false)])
      expect((await client.get('/me')).status).not.toBe(200)
    }
  })
})

describe('the way there and back', () => {
  test('carries PKCE, state and nonce, and asks for nothing but who it is', async () => {
    const { id } = await start()
    const { location = '' } = await webAt(server.origin).get(`/auth/oidc/${id}`)
    const query = new URL(location).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      redirect_uri: `${server.app.publicUrl}/auth/oidc/${id}/callback`,
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)?.length, name).toBeGreaterThan(30)
  })

  test('ends in the browser that began it, once', async () => {
    const { id } = await start()
    idp.is({ sub: 'ext-alice' })
    const client = webAt(server.origin)
    const callback = await throughIdp(idp, (await client.get(`/auth/oidc/${id}`)).location ?? '')
    const stolen = await webAt(server.origin).get(callback)
    expect([stolen.status, stolen.text]).toEqual([400, expect.stringContaining('not begun here')])
    const kept = client.jar.get('plur_sign_in') ?? ''
    expect((await client.get(callback)).status).toBe(303)
    expect((await client.get(callback)).status).toBe(400)
    // With the cookie kept aside, the identity provider takes no code twice.
    expect((await webAt(server.origin, { plur_sign_in: kept }).get(callback)).status).toBe(403)
  })

  test('of one sign-in is not the way of another', async () => {
    const { id } = await start()
    idp.is({ sub: 'ext-alice' })
    const mallory = webAt(server.origin)
    const callback = await throughIdp(idp, (await mallory.get(`/auth/oidc/${id}`)).location ?? '')
    const victim = webAt(server.origin)
    await victim.get(`/auth/oidc/${id}`)
    const answer = await victim.get(callback)
    expect([answer.status, victim.jar.has('plur_session')]).toEqual([403, false])
    expect(answer.text).toContain('did not work')
  })

  test.each([
    ['nothing', ''],
    ['an error', '?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E'],
    ['a forged code', '?code=x&state=y'],
  ])('with %s signs nobody in', async (_, query) => {
    const { org, id } = await start()
    const client = webAt(server.origin)
    await client.get(`/auth/oidc/${id}`)
    const answer = await client.get(`/auth/oidc/${id}/callback${query}`)
    expect([answer.status, client.jar.has('plur_session')]).toEqual([403, false])
    expect(answer.text).not.toContain('<script>alert')
    const [row] = await server.eventually(`select payload from audit_log where org_id = $1 and action = 'auth.failed'`, [org.orgId])
    expect(row).toMatchObject({ payload: { reason: 'sso_refused' } })
  })

  test('that the identity provider refuses says what it said', async () => {
    const { id } = await start()
    idp.refuse()
    const { answer } = await signInAt(server, idp, { id })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('access_denied: not assigned')])
  })

  test('with a wrong client secret says what to check', async () => {
    const org = await server.org()
    await org.user('alice', { externalId: 'ext-alice' })
    const id = await withSso(server, org, idp, { secret: 'not the secret' })
    idp.is({ sub: 'ext-alice' })
    const { answer } = await signInAt(server, idp, { id })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Check the client id and the client secret')])
  })

  test('is not open for a provider that is off, removed, unknown, or switched off meanwhile', async () => {
    const org = await server.org()
    await org.user('alice', { externalId: 'ext-alice' })
    idp.is({ sub: 'ext-alice' })
    const off = await withSso(server, org, idp, { enabled: false })
    for (const id of [off, '0192f0c1-2b3c-4d5e-8f90-123456789abc', 'x']) {
      expect((await webAt(server.origin).get(`/auth/oidc/${id}`)).status, id).toBe(404)
    }
    const on = await withSso(server, org, idp, { name: 'Second' })
    const client = webAt(server.origin)
    const callback = await throughIdp(idp, (await client.get(`/auth/oidc/${on}`)).location ?? '')
    await switchProvider(graphOf(server, org).work, adminContext(org), { id: on, enabled: false })
    expect((await client.get(callback)).status).toBe(404)
    expect(client.jar.has('plur_session')).toBe(false)
  })

  test('keeps its secret sealed', async () => {
    await start()
    expect(await server.databaseContains('secret-of-the-client')).toBe(false)
  })
})

test('the sign-in page of an organisation has a button for each provider that is on', async () => {
  const org = await server.org()
  const id = await withSso(server, org, idp, { name: 'Our <IdP>' })
  await withSso(server, org, idp, { name: 'Not yet', enabled: false })
  const { text } = await webAt(server.origin).get(`/auth?org=${org.slug}&next=/me/security`)
  expect(text).toContain(`href="/auth/oidc/${id}?next=%2Fme%2Fsecurity"`)
  expect(text).toContain('Continue with Our &lt;IdP>')
  expect(text).not.toContain('Not yet')
  expect((await webAt(server.origin).get('/auth')).text).not.toContain(id)
})
