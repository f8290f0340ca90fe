// SCIM tokens by the pages, without script: who may make them, how long they live, that they are seen once (design section 6).
import { expect, test } from 'vitest'
import { keyOf } from '../support/api.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, webAt, type WebClient } from '../support/web.ts'

const server = useServer()

const TOKEN = /plur_scim_[A-Za-z0-9]{16}_[A-Za-z0-9]{43}_[A-Za-z0-9]{6}/
const PAGES = ['/admin/scim/tokens', '/admin/scim/tokens/new', '/admin/scim/setup']

async function start(): Promise<{ org: Org; root: WebClient }> {
  const org = await server.org({ idp: 'okta' })
  await server.localAccount(org.orgId, 'root', { admin: true })
  return { org, root: await signedInAs(server, org, 'root') }
}

const fields = (more: Readonly<Record<string, string>> = {}) => ({
  name: 'Okta production',
  idp: 'okta',
  expires: '365',
  immutable: 'usual',
  ...more,
})

/** A token made by the form, and where it can be found. */
async function make(root: WebClient, more: Readonly<Record<string, string>> = {}) {
  const answer = await root.submit('/admin/scim/tokens/new', '/admin/scim/tokens/new', fields(more))
  expect(answer.status, answer.text).toBe(200)
  const token = TOKEN.exec(answer.text)?.[0] ?? ''
  return { answer, token, id: token.split('_')[2] ?? '' }
}

const rowOf = async (id: string) => {
  const [row] = await server.rows(`select *, expires_at - created_at as life from scim_tokens where id = $1`, [id])
  return row ?? {}
}

test('a token made here opens SCIM, is shown once, and stands in no address, log row or later page [A4 A5]', async () => {
  const { org, root } = await start()
  const { answer, token, id } = await make(root)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(token).toMatch(TOKEN)
  expectStatus(await org.get('/Users', { authorization: `Bearer ${token}` }), 200)
  for (const path of [...PAGES, `/admin/scim/tokens/${id}`, `/admin/scim/setup?token=${id}`, `/admin/scim/setup/progress/${id}`]) {
    const { status, text } = await root.get(path)
    expect([status, TOKEN.test(text)], path).toEqual([200, false])
  }
  expect(await server.databaseContains(token.split('_')[3] ?? '')).toBe(false)
  const [issued] = await server.rows(
    `select actor, channel, payload from audit_log where action = 'scim.token.issue' and target ->> 'id' = $1`,
    [id],
  )
  expect(issued).toMatchObject({
    actor: { kind: 'account', name: 'root' },
    channel: 'admin',
    payload: { idp: 'okta', externalIdImmutable: true },
  })
})

test('the setup makes one as well, and shows it in the steps where it goes', async () => {
  const { org, root } = await start()
  const answer = await root.submit('/admin/scim/setup?idp=entra', '/admin/scim/setup', fields({ name: 'Entra', idp: 'entra' }))
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(answer.text).toContain('Tenant URL')
  expect(answer.text).not.toContain('http-equiv="refresh"')
  expectStatus(await org.get('/Users', { authorization: `Bearer ${TOKEN.exec(answer.text)?.[0]}` }), 200)
})

test.each([
  ['30', {}, '30 days'],
  ['365', {}, '365 days'],
  ['never', { never: 'on' }, null],
])('a token can live for %s', async (expires, more, life) => {
  const { root } = await start()
  const { id } = await make(root, { expires, ...more })
  const row = await rowOf(id)
  expect(row['life'] === null ? null : `${(row['life'] as { days: number }).days} days`).toBe(life)
  expect((await root.get('/admin/scim/tokens')).text.includes('never expires')).toBe(life === null)
})

test.each([
  ['without a name', { name: ' ' }, 'Give it a name'],
  ['with the name of another way to sign in [A11]', { name: 'password' }, 'is the name of a way to sign in'],
  ['with a name too long', { name: 'n'.repeat(201) }, '1 to 200 characters'],
  ['that never expires, unless on purpose', { expires: 'never' }, 'tick the box'],
  ['for a time that is not offered', { expires: '-1' }, 'Choose one of the times'],
  ['for an identity provider that is none', { idp: 'google' }, 'New SCIM token'],
])('no token is made %s, and what was entered stays', async (_, more, words) => {
  const { org, root } = await start()
  const before = await server.rows('select id from scim_tokens where org_id = $1', [org.orgId])
  const answer = await root.submit('/admin/scim/tokens/new', '/admin/scim/tokens/new', fields({ name: 'My "quoted" name', ...more }))
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)])
  if (!('name' in more)) expect(answer.text).toContain('value="My &quot;quoted&quot; name"')
  expect(await server.rows('select id from scim_tokens where org_id = $1', [org.orgId])).toEqual(before)
})

test('whether an externalId stays with one person is as usual for the identity provider, or as the admin says', async () => {
  const { root } = await start()
  const immutable = async (idp: string, word: string) =>
    (await rowOf((await make(root, { idp, immutable: word })).id))['external_id_immutable']
  expect(await Promise.all([immutable('okta', 'usual'), immutable('entra', 'usual'), immutable('generic', 'usual')])).toEqual([
    true,
    false,
    false,
  ])
  expect(await Promise.all([immutable('okta', 'no'), immutable('entra', 'yes')])).toEqual([false, true])
})

test('rotating leaves both working for the overlap, and stops the old one at once when asked to', async () => {
  const { org, root } = await start()
  const { token: old, id } = await make(root, { name: 'old' })
  const rotate = `/admin/scim/tokens/${id}/rotate`
  expect((await root.submit(rotate, rotate, { overlap: '12', expires: '90' })).status).toBe(400)
  const answer = await root.submit(rotate, rotate, { overlap: '604800', expires: '90' })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const successor = TOKEN.exec(answer.text)?.[0] ?? ''
  const status = async (token: string) => (await org.get('/Users', { authorization: `Bearer ${token}` })).status
  expect([await status(old), await status(successor)]).toEqual([200, 200])
  expect((await root.get(`/admin/scim/tokens/${id}`)).text).toContain('It has a successor')
  expect((await root.submit('/admin/scim/tokens/new', rotate, { overlap: '0', expires: '90' })).status).toBe(409)
  const next = `/admin/scim/tokens/${successor.split('_')[2]}/rotate`
  const last = TOKEN.exec((await root.submit(next, next, { overlap: '0', expires: 'never', never: 'on' })).text)?.[0] ?? ''
  expect([await status(successor), await status(last)]).toEqual([401, 200])
})

test('a revoked token is refused from the next request on, and listed as such [A7]', async () => {
  const { org, root } = await start()
  const { token, id } = await make(root, { name: 'doomed' })
  const answer = await root.submit(`/admin/scim/tokens/${id}`, `/admin/scim/tokens/${id}/revoke`)
  expect([answer.status, answer.location]).toEqual([303, '/admin/scim/tokens'])
  expect((await org.get('/Users', { authorization: `Bearer ${token}` })).status).toBe(401)
  const list = await root.get('/admin/scim/tokens')
  expect(list.text).toContain('doomed is revoked')
  expect(list.text).toContain('1 that no longer works')
})

test('names are text and nothing else, wherever they stand [L1]', async () => {
  const { root } = await start()
  for (const name of ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", 'javascript:alert(1)']) {
    const { id } = await make(root, { name })
    for (const path of [
      '/admin/scim/tokens',
      `/admin/scim/tokens/${id}`,
      `/admin/scim/tokens/${id}/rotate`,
      `/admin/scim/setup?token=${id}`,
      '/admin',
    ]) {
      const { text } = await root.get(path)
      expect(text, path).not.toMatch(/<script>|<img|href="(?!\/|#|http)/)
    }
  }
})

test('nobody but an admin of the organisation sees or makes tokens, by whatever they ask with [A9]', async () => {
  const { org, root } = await start()
  await org.user('alice')
  const alice = await signedInAs(server, org, 'alice')
  const paths = [
    ...PAGES,
    `/admin/scim/tokens/${org.tokenId}`,
    `/admin/scim/tokens/${org.tokenId}/rotate`,
    `/admin/scim/setup/progress/${org.tokenId}`,
  ]
  for (const path of paths) {
    expect((await alice.get(path)).status, path).toBe(403)
    for (const credential of [org.token, await keyOf(server, org, 'root')]) {
      expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
    }
  }
  const token = await alice.tokenOn('/me')
  for (const path of [
    '/admin/scim/tokens/new',
    '/admin/scim/setup',
    `/admin/scim/tokens/${org.tokenId}/rotate`,
    `/admin/scim/tokens/${org.tokenId}/revoke`,
  ]) {
    expect((await alice.post(path, { ...fields(), _csrf: token })).status, path).toBe(403)
    // With the right person but without the form of a page of ours.
    expect((await root.post(path, fields())).status, path).toBe(403)
  }
  expect(await server.rows('select revoked_at, rotated_to from scim_tokens where org_id = $1', [org.orgId])).toEqual([
    { revoked_at: null, rotated_to: null },
  ])
})

test('a token belongs to the organisation of whoever makes it, and those of others are not there [A10]', async () => {
  const [{ org, root }, { org: other }] = [await start(), await start()]
  const { id } = await make(root, { org: other.slug, orgId: other.orgId, org_id: other.orgId })
  expect(await rowOf(id)).toMatchObject({ org_id: org.orgId })
  for (const path of [
    `/admin/scim/tokens/${other.tokenId}`,
    `/admin/scim/tokens/${other.tokenId}/rotate`,
    `/admin/scim/setup/progress/${other.tokenId}`,
    '/admin/scim/tokens/nothing',
  ]) {
    expect((await root.get(path)).status, path).toBe(404)
  }
  expect((await root.get(`/admin/scim/setup?token=${other.tokenId}`)).text).not.toContain(other.tokenId)
  for (const action of ['revoke', 'rotate']) {
    const answer = await root.submit('/admin/scim/tokens/new', `/admin/scim/tokens/${other.tokenId}/${action}`, {
      overlap: '0',
      expires: '30',
    })
    expect(answer.status, action).toBe(404)
  }
  expect(await rowOf(other.tokenId)).toMatchObject({ revoked_at: null, rotated_to: null })
})
