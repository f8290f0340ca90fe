// Setting up single sign-on, over HTTP without script: found, tested, and only then switched on.
import { describe, expect, test } from 'vitest'
import { CLIENT_ID, CLIENT_SECRET, signInAt, throughIdp, useIdentityProvider, withSso } from '../support/identity-provider.ts'
import { audited, person } from '../support/people.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, type WebClient, webAt } from '../support/web.ts'

const server = useServer()
const idp = useIdentityProvider()

async function start(): Promise<{ org: Org; root: WebClient }> {
  const org = await server.org()
  await person(server, org, 'root', { admin: true })
  return { org, root: await signedInAs(server, org, 'root') }
}

const CLIENT = { name: 'Okta', client_id: CLIENT_ID, client_secret: CLIENT_SECRET, claim: 'sub' }

async function added(root: WebClient): Promise<string> {
  const answer = await root.submit('/admin/sso', '/admin/sso', { name: 'Okta', issuer: idp.issuer })
  expect(answer.status, answer.text).toBe(303)
  return answer.location?.split('/').at(-1) ?? ''
}

/** An admin's test, there and back. */
async function tested(root: WebClient, id: string) {
  const { location = '' } = await root.get(`/admin/sso/${id}/test`)
  return root.get(await throughIdp(idp, location))
}

const stateOf = (org: Org) =>
  server.rows('select enabled, tested_at is not null as tested, claim from sso_providers where org_id = $1', [org.orgId])

test('a provider is found by its issuer, given a client, tested, switched on, and used', async () => {
  const { org, root } = await start()
  await org.user('alice', { externalId: 'ext-alice' })
  const id = await added(root)
  const page = `/admin/sso/${id}`
  expect((await root.get(page)).text).toContain(`${server.app.publicUrl}/auth/oidc/${id}/callback`)
  expect((await root.submit(page, page, CLIENT)).location).toBe(page)
  expect((await root.submit(page, `${page}/enable`)).status).toBe(409)
  expect((await webAt(server.origin).get(`/auth?org=${org.slug}`)).text).not.toContain('Continue with')
  idp.is({ sub: 'ext-alice' })
  const result = await tested(root, id)
  expect([result.status, result.text]).toEqual([200, expect.stringContaining('Okta works')])
  for (const part of ['ext-alice', 'alice', idp.issuer]) expect(result.text).toContain(part)
  // The test signs nobody in and links nobody.
  expect((await root.get('/admin/sso')).status).toBe(200)
  expect(await server.rows('select 1 from sso_links where org_id = $1', [org.orgId])).toEqual([])
  expect((await root.submit(page, `${page}/enable`)).location).toBe(page)
  expect((await signInAt(server, idp, { id })).answer.location).toBe('/me')
  const shown = await root.get(page)
  expect(shown.text).toContain('ext-alice')
  const rows = await audited(
    server,
    org,
    ['create', 'update', 'test', 'enable'].map((action) => `sso.provider.${action}`),
  )
  expect(rows.map(({ action }) => action)).toEqual([
    'sso.provider.create',
    'sso.provider.update',
    'sso.provider.test',
    'sso.provider.enable',
  ])
  expect(rows[2]).toMatchObject({ actor: { name: 'root' }, channel: 'admin', payload: { match: 'person' } })
  expect(JSON.stringify(rows)).not.toContain(CLIENT_SECRET)
  expect(shown.text).not.toContain(CLIENT_SECRET)
})

describe('a test', () => {
  test('by whom nobody here is, says so, and counts: the connection works', async () => {
    const { org, root } = await start()
    const id = await added(root)
    await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}`, CLIENT)
    idp.is({ sub: 'the-admin-there' })
    expect((await tested(root, id)).text).toContain('no provisioned person has this value')
    expect(await stateOf(org)).toMatchObject([{ tested: true }])
  })

  test('without the claim does not count, and names those that came', async () => {
    const { org, root } = await start()
    const id = await added(root)
    await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}`, { ...CLIENT, claim: 'oid' })
    idp.is({ sub: 'x', preferred_username: 'alice' })
    const result = await tested(root, id)
    expect(result.text).toContain('The claim oid is missing')
    expect(result.text).toContain('preferred_username')
    expect(await stateOf(org)).toMatchObject([{ tested: false }])
  })

  test('with a wrong secret says what to check, on the page of the provider', async () => {
    const { org, root } = await start()
    const id = await added(root)
    await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}`, { ...CLIENT, client_secret: 'wrong' })
    idp.is({ sub: 'x' })
    expect((await tested(root, id)).text).toContain('Check the client id and the client secret')
    expect(await stateOf(org)).toMatchObject([{ tested: false }])
  })

  test('ends for the admin who began it and nobody else', async () => {
    const { root } = await start()
    const id = await added(root)
    await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}`, CLIENT)
    idp.is({ sub: 'x' })
    const callback = await throughIdp(idp, (await root.get(`/admin/sso/${id}/test`)).location ?? '')
    await root.submit('/me', '/me/sign-out')
    expect((await root.get(callback)).status).toBe(403)
  })
})

test.each([
  ['no address', 'okta', 'begins with https'],
  ['an address in clear', 'http://example.okta.com', 'begins with https'],
  ['an address where nothing is', 'http://127.0.0.1:9', 'cannot be reached'],
])('%s is refused beside the field, and nothing is kept', async (_, issuer, problem) => {
  const { org, root } = await start()
  const answer = await root.submit('/admin/sso', '/admin/sso', { name: 'Okta', issuer })
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(problem)])
  expect(await stateOf(org)).toEqual([])
})

test('a change of what was tested has to be tested again, and not while it is on', async () => {
  const { org, root } = await start()
  const id = await withSso(server, org, idp)
  const page = `/admin/sso/${id}`
  const change = { ...CLIENT, name: 'Renamed', client_secret: '' }
  const refused = await root.submit(page, page, { ...change, claim: 'email' })
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('Switch this provider off')])
  await root.submit(page, page, change)
  expect(await stateOf(org)).toEqual([{ enabled: true, tested: true, claim: 'sub' }])
  await root.submit(page, page, { ...change, client_secret: 'rotated' })
  expect(await stateOf(org)).toEqual([{ enabled: true, tested: false, claim: 'sub' }])
  expect((await root.get('/admin/sso')).text).toContain('changed since its test')
  await root.submit(page, `${page}/disable`)
  expect((await root.submit(page, `${page}/enable`)).status).toBe(409)
})

test('removing a provider forgets its links and leaves sessions, people and other providers as they are', async () => {
  const { org, root } = await start()
  await org.user('alice', { externalId: 'ext-alice' })
  const [id, other] = [await withSso(server, org, idp), await withSso(server, org, idp, { name: 'Other' })]
  idp.is({ sub: 'ext-alice' })
  const { client } = await signInAt(server, idp, { id })
  await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}/remove`)
  expect((await client.get('/me')).status).toBe(200)
  expect((await root.get(`/admin/sso/${id}`)).status).toBe(404)
  expect(await server.rows('select 1 from sso_links where org_id = $1', [org.orgId])).toEqual([])
  expect((await signInAt(server, idp, { id: other })).answer.location).toBe('/me')
})

test('a person whom the identity provider gave a new subject comes in again once unlinked', async () => {
  const { org, root } = await start()
  await org.user('alice')
  const id = await withSso(server, org, idp, { claim: 'preferred_username' })
  idp.is({ sub: 'old', preferred_username: 'alice' })
  await signInAt(server, idp, { id })
  idp.is({ sub: 'new', preferred_username: 'alice' })
  expect((await signInAt(server, idp, { id })).answer.status).toBe(403)
  const [link] = await server.rows('select account_id::text as id from sso_links where org_id = $1', [org.orgId])
  await root.submit(`/admin/sso/${id}`, `/admin/sso/${id}/unlink`, { account: String(link?.['id']) })
  expect((await signInAt(server, idp, { id })).answer.location).toBe('/me')
  expect((await audited(server, org, ['sso.link', 'sso.unlink'])).map(({ action }) => action)).toEqual([
    'sso.link',
    'sso.unlink',
    'sso.link',
  ])
})

test('of another organisation cannot be seen or touched [B1]', async () => {
  const [one, other] = [await start(), await start()]
  const id = await withSso(server, one.org, idp)
  const page = `/admin/sso/${id}`
  expect([(await other.root.get(page)).status, (await other.root.get(`${page}/test`)).status]).toEqual([404, 404])
  for (const action of ['', '/enable', '/disable', '/remove']) {
    expect((await other.root.submit('/admin/sso', page + action, CLIENT)).status, action).toBe(404)
  }
  expect(await stateOf(one.org)).toMatchObject([{ enabled: true }])
})

test('members see and change nothing of it [A9]', async () => {
  const { org } = await start()
  await org.user('alice')
  const alice = await signedInAs(server, org, 'alice')
  expect((await alice.get('/admin/sso')).status).toBe(403)
  expect((await alice.submit('/me', '/admin/sso', { name: 'Mine', issuer: idp.issuer })).status).toBe(403)
})
