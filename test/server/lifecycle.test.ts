// Joiner, leaver and returner on the accounts behind SCIM users (design section 3).
import { describe, expect, test } from 'vitest'
import { prelinkAccount } from '../../src/directory/accounts.ts'
import { at, expectError, expectStatus, filterOf, list, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()

const accountOf = async (org: Org, scimId: string) => {
  const found = await server.rows(
    `select a.id, a.status, a.origin, a.user_name, a.credential_epoch as epoch from accounts a
     join scim_resources r on r.org_id = a.org_id and r.account_id = a.id where r.org_id = $1 and r.id = $2`,
    [org.orgId, scimId],
  )
  return found[0]
}

const prelink = (org: Org, id: string, externalId?: string) =>
  prelinkAccount(server.app.storage.database.work, org.orgId, { id, externalId })

const disable = (org: Org, id: string) => org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })

describe('a joiner', () => {
  test('gets an active account with the profile of the IdP', async () => {
    const org = await server.org()
    const id = await org.user('Alice@x.io', { displayName: 'Alice', emails: [{ value: 'alice@x.io', primary: true }] })
    expect(await accountOf(org, id)).toMatchObject({ status: 'active', origin: 'scim', user_name: 'Alice@x.io' })
  })

  test('provisioned as inactive has a disabled account [PI-3]', async () => {
    const org = await server.org()
    expect(await accountOf(org, await org.user('a', { active: false }))).toMatchObject({ status: 'disabled' })
  })

  test('keeps apart from another of the same local part: slugs are unique for ever', async () => {
    const org = await server.org()
    await org.user('alice@x.io')
    await org.user('alice@y.io')
    const slugs = await server.rows('select slug from accounts where org_id = $1 order by created_at', [org.orgId])
    expect(slugs[0]).toEqual({ slug: 'alice' })
    expect(String(slugs[1]?.['slug'])).toMatch(/^alice-[0-9a-f]{8}$/)
  })
})

describe('a local account in the way', () => {
  test.each([
    ['user name', { userName: 'Alice' }],
    ['address', { userName: 'someone', emails: [{ value: 'ALICE@x.io' }] }],
    ['address used as user name', { userName: 'alice@x.io' }],
  ])('with the same %s is not adopted: 409 says what an admin can do [C2]', async (_what, { userName, ...more }) => {
    const org = await server.org()
    const local = await server.localAccount(org.orgId, 'alice', { email: 'alice@x.io' })
    const refused = await org.post('/Users', user(userName, more))
    expectError(refused, 409, 'uniqueness')
    expect(text(refused, '/detail')).toContain('plur user link alice')
    expect(await server.rows('select origin, user_name from accounts where id = $1', [local])).toEqual([
      { origin: 'local', user_name: 'alice' },
    ])
    expect(await server.rows('select user_name, times from scim_collisions where org_id = $1', [org.orgId])).toEqual([
      { user_name: userName, times: 1 },
    ])
  })

  test('is found by the name that the IdP looks for after the 409, and refuses writes with the same advice [RC-26 EN-20]', async () => {
    const org = await server.org()
    const local = await server.localAccount(org.orgId, 'alice')
    expect(at(await org.get(`/Users?${filterOf('userName eq "ALICE"')}`), '/totalResults')).toBe(0)
    expectError(await org.post('/Users', user('alice')), 409, 'uniqueness')
    const found = expectStatus(await org.get(`/Users?${filterOf('userName eq "ALICE"')}`), 200)
    expect(at(found, '/totalResults')).toBe(1)
    expect(at(found, '/Resources/0/id')).toBe(local)
    expectStatus(await org.get(`/Users/${local}`), 200)
    expectError(await disable(org, local), 409, 'uniqueness')
    expectError(await org.put(`/Users/${local}`, user('alice')), 409, 'uniqueness')
    expectError(await org.delete(`/Users/${local}`), 409, 'uniqueness')
    expect(await server.rows('select status from accounts where id = $1', [local])).toEqual([{ status: 'active' }])
  })

  test('that an admin pre-linked is adopted by the next create, and is a collision no more', async () => {
    const org = await server.org()
    const local = await server.localAccount(org.orgId, 'alice')
    expectError(await org.post('/Users', user('alice')), 409, 'uniqueness')
    await prelink(org, local)
    const created = expectStatus(await org.post('/Users', user('Alice', { displayName: 'Alice A.' })), 201)
    expect(await accountOf(org, text(created, '/id'))).toMatchObject({ id: local, origin: 'scim', user_name: 'Alice', status: 'active' })
    expect(await server.rows('select from scim_collisions where org_id = $1', [org.orgId])).toEqual([])
    expect(text(created, '/id')).not.toBe(local)
  })

  test('pre-linked by externalId is adopted by that externalId only', async () => {
    const org = await server.org()
    const local = await server.localAccount(org.orgId, 'alice')
    await prelink(org, local, 'ext-1')
    expectError(await org.post('/Users', user('alice', { externalId: 'ext-2' })), 409, 'uniqueness')
    const created = expectStatus(await org.post('/Users', user('alice.renamed', { externalId: 'ext-1' })), 201)
    expect(await accountOf(org, text(created, '/id'))).toMatchObject({ id: local })
  })

  test('is refused when a SCIM user is renamed to its name [C7]', async () => {
    const org = await server.org()
    await server.localAccount(org.orgId, 'alice')
    const id = await org.user('bob')
    expectError(await org.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'ALICE' }), 409, 'uniqueness')
    expect(at(await org.get(`/Users/${id}`), '/userName')).toBe('bob')
  })
})

describe('a leaver', () => {
  test.each([
    ['PATCH with a path', (org: Org, id: string) => org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })],
    ['PATCH without a path', (org: Org, id: string) => org.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })],
    ['the text "False"', (org: Org, id: string) => org.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })],
    ['removing active', (org: Org, id: string) => org.patch(`/Users/${id}`, { op: 'remove', path: 'active' })],
    ['PUT', (org: Org, id: string) => org.put(`/Users/${id}`, user('leaver', { active: false }))],
    [
      'Bulk',
      (org: Org, id: string) =>
        org.post('/Bulk', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [
            {
              method: 'PATCH',
              path: `/Users/${id}`,
              data: {
                schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
                Operations: [{ op: 'replace', path: 'active', value: false }],
              },
            },
          ],
        }),
    ],
  ])('by %s is disabled, and every credential made before is dead [F1]', async (_shape, leave) => {
    const org = await server.org()
    const id = await org.user('leaver')
    const before = await accountOf(org, id)
    expectStatus(await leave(org, id), 200)
    const after = await accountOf(org, id)
    expect(after).toMatchObject({ status: 'disabled', id: before?.['id'] })
    expect(Number(after?.['epoch'])).toBe(Number(before?.['epoch']) + 1)
    const audited = await server.rows(
      `select action from audit_log where org_id = $1 and target ->> 'id' = $2 and action = 'scim.user.disable'`,
      [org.orgId, id],
    )
    expect(audited).toHaveLength(1)
  })

  test('comes back to the same account, but not to the old credentials [F3]', async () => {
    const org = await server.org()
    const id = await org.user('leaver')
    await disable(org, id)
    expectStatus(await org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true }), 200)
    expect(await accountOf(org, id)).toMatchObject({ status: 'active', epoch: 1 })
  })

  test('keeps the group memberships, so that re-enabling needs nothing from the IdP [EN-49 RC-27]', async () => {
    const org = await server.org()
    const id = await org.user('leaver')
    const group = await org.group('team', [id])
    await disable(org, id)
    expect(list(await org.get(`/Groups/${group}`), '/members')).toHaveLength(1)
  })
})

describe('deletion', () => {
  test('frees the name, keeps the account, and never gives it to the next bearer of the name [C8 DEL-04]', async () => {
    const org = await server.org()
    const id = await org.user('alice')
    const before = await accountOf(org, id)
    expectStatus(await org.delete(`/Users/${id}`), 204)
    expect(await server.rows('select status, user_name_key from accounts where id = $1', [before?.['id']])).toEqual([
      { status: 'disabled', user_name_key: null },
    ])
    const again = await org.user('alice')
    const after = await accountOf(org, again)
    expect(after?.['id']).not.toBe(before?.['id'])
    expect(await server.rows('select account_id, former_account_id from possible_returners where org_id = $1', [org.orgId])).toEqual([
      { account_id: after?.['id'], former_account_id: before?.['id'] },
    ])
  })

  test('removes the memberships, and the groups change', async () => {
    const org = await server.org()
    const id = await org.user('alice')
    const group = await org.group('team', [id])
    const before = await org.get(`/Groups/${group}`)
    expectStatus(await org.delete(`/Users/${id}`), 204)
    const after = await org.get(`/Groups/${group}`)
    expect(list(after, '/members')).toEqual([])
    expect(at(after, '/meta/version')).not.toBe(at(before, '/meta/version'))
  })
})

describe('a returner', () => {
  test('whose SCIM user is inactive is restored in place by the externalId [OK-33 OK-25]', async () => {
    const org = await server.org({ idp: 'okta' })
    const id = await org.user('old@x.io', { externalId: '00u1' })
    const account = await accountOf(org, id)
    await disable(org, id)
    const returned = expectStatus(await org.post('/Users', user('new@x.io', { externalId: '00u1', active: true })), 201)
    expect(text(returned, '/id')).toBe(id)
    expect(at(returned, '/active')).toBe(true)
    expect(await accountOf(org, id)).toMatchObject({ id: account?.['id'], status: 'active', user_name: 'new@x.io' })
    expect((await org.get(`/Users/${id}`)).json()).toEqual(returned.json())
    expect(await org.find('/Users', 'userName eq "old@x.io"')).toEqual([])
  })

  test('whose SCIM user is active is somebody else: the externalId may repeat [COM-10]', async () => {
    const org = await server.org()
    const first = await org.user('a', { externalId: 'e' })
    expect(await org.user('b', { externalId: 'e' })).not.toBe(first)
  })

  test.each([
    ['okta', true],
    ['entra', false],
  ] as const)('deleted before, by a token of %s: the account comes back by itself: %s', async (idp, comesBack) => {
    const org = await server.org({ idp })
    const id = await org.user('alice', { externalId: 'e1' })
    const account = await accountOf(org, id)
    expectStatus(await org.delete(`/Users/${id}`), 204)
    const again = await org.user('alice.new', { externalId: 'e1' })
    expect(again).not.toBe(id)
    const now = await accountOf(org, again)
    expect(now?.['id'] === account?.['id']).toBe(comesBack)
    const listed = await server.rows('select former_account_id from possible_returners where org_id = $1', [org.orgId])
    expect(listed).toEqual(comesBack ? [] : [{ former_account_id: account?.['id'] }])
  })
})

describe('safety', () => {
  test.each(['disable', 'delete'] as const)('the last active admin cannot be taken away: %s [E9]', async (how) => {
    const org = await server.org()
    const id = await org.user('root')
    await server.asOwner(`update accounts set org_role = 'org_admin' where org_id = '${org.orgId}'`)
    const take = () => (how === 'disable' ? disable(org, id) : org.delete(`/Users/${id}`))
    expectError(await take(), 409)
    expect(await accountOf(org, id)).toMatchObject({ status: 'active' })
    await server.localAccount(org.orgId, 'second', { admin: true })
    expect((await take()).status).toBe(how === 'disable' ? 200 : 204)
  })

  test('a break-glass account cannot be taken away, whoever else is an admin [E9]', async () => {
    const org = await server.org()
    const id = await org.user('glass')
    await server.localAccount(org.orgId, 'second', { admin: true })
    await server.asOwner(`update accounts set break_glass = true where org_id = '${org.orgId}' and user_name = 'glass'`)
    expectError(await disable(org, id), 409)
    expectError(await org.delete(`/Users/${id}`), 409)
    const denied = await server.rows(`select action from audit_log where org_id = $1 and outcome = 'denied' order by id`, [org.orgId])
    expect(denied).toEqual([{ action: 'scim.user.update' }, { action: 'scim.user.delete' }])
  })

  test('two admins disabled at once leave one [E9]', async () => {
    const org = await server.org()
    const ids = [await org.user('one'), await org.user('two')]
    await server.asOwner(`update accounts set org_role = 'org_admin' where org_id = '${org.orgId}'`)
    const answers = await Promise.all(ids.map((id) => disable(org, id)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})
