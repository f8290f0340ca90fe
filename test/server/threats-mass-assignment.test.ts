// Writing what one may not write (threats D1, D5, D6).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, group, patchOf, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()

const INTERNAL = [
  'is_admin',
  'isAdmin',
  'role',
  'org_role',
  'orgRole',
  'tenant_id',
  'tenantId',
  'org_id',
  'orgId',
  'owner',
  'disabled_at',
  'disabledAt',
  'scopes',
  'token_hash',
  'tokenHash',
  'status',
  'origin',
  'break_glass',
  'breakGlass',
  'credential_epoch',
  'account_id',
  'accountId',
  'unique_key',
  'seq',
  'slug',
  'manager_id',
  'comparable',
  'prelinked_at',
]

/** What the directory keeps of one user, but for what every write moves. */
const kept = (scim: Org) =>
  server.rows(
    `select a.id::text, a.status, a.org_role, a.origin, a.break_glass, a.credential_epoch, a.slug, a.prelinked_at, r.org_id::text, r.type, r.account_id::text, r.seq::text
     from accounts a join scim_resources r on r.org_id = a.org_id and r.account_id = a.id where a.org_id = $1 order by r.seq`,
    [scim.orgId],
  )

describe('names of internal columns', () => {
  test.each(INTERNAL)('%s is no attribute, on no way in [D1]', async (name) => {
    const scim = await server.org()
    const id = await scim.user('a')
    const before = await kept(scim)
    const value = 'org_admin'
    const answers = [
      await scim.put(`/Users/${id}`, user('a', { [name]: value })),
      await scim.patch(`/Users/${id}`, { op: 'add', path: name, value }),
      await scim.patch(`/Users/${id}`, { op: 'replace', value: { [name]: value } }),
      await scim.patch(`/Users/${id}`, { op: 'add', path: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:${name}`, value }),
      await scim.post('/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: patchOf({ op: 'add', value: { [name]: value } }) }],
      }),
    ]
    for (const answer of answers) expect([200, 400]).toContain(answer.status)
    expectError(answers[1] ?? (await scim.get('/')), 400, 'invalidPath')
    expect((await scim.get(`/Users/${id}`)).text).not.toContain(value)
    expect(await kept(scim)).toEqual(before)
    const created = await scim.post('/Users', user('b', { [name]: value }))
    expect([201, 400]).toContain(created.status)
    expect(created.text).not.toContain(value)
  })

  test('are no filters and no order either [D1 B8 G5]', async () => {
    const scim = await server.org()
    for (const name of INTERNAL) expectError(await scim.get(`/Users?filter=${encodeURIComponent(`${name} pr`)}`), 400, 'invalidFilter')
  })
})

describe('unknown namespaces', () => {
  test('are no document store: neither kept nor echoed [D5 SCM-02]', async () => {
    const scim = await server.org()
    const body = {
      ...enterpriseUser('a', { secretStash: 'STASH', department: 'd' }),
      'urn:evil:1': { stash: 'STASH' },
      stash: { a: ['STASH'] },
    }
    body.schemas.push('urn:evil:1')
    const answer = await scim.post('/Users', body)
    expect([201, 400]).toContain(answer.status)
    expect(answer.text).not.toContain('STASH')
    const id = await scim.user('b')
    for (const operation of [
      { op: 'add', path: 'urn:evil:1', value: { stash: 'STASH' } },
      { op: 'add', path: 'urn:evil:1:stash', value: 'STASH' },
      { op: 'add', value: { 'urn:evil:1': { stash: 'STASH' }, 'urn:evil:1:x': 'STASH' } },
    ]) {
      const patched = await scim.patch(`/Users/${id}`, operation)
      expect([200, 400]).toContain(patched.status)
      expect(patched.text).not.toContain('STASH"')
    }
    expect(await server.databaseContains('STASH', scim.orgId, ['audit_log'])).toBe(false)
  })

  test('of the other type answer 400 at either endpoint [D6 SCM-05]', async () => {
    const scim = await server.org()
    expectError(await scim.post('/Users', { schemas: group('x').schemas, userName: 'a', displayName: 'a' }), 400, 'invalidSyntax')
    expectError(await scim.post('/Groups', { schemas: user('x').schemas, userName: 'a', displayName: 'a' }), 400, 'invalidSyntax')
    const id = await scim.user('a')
    expectError(await scim.put(`/Users/${id}`, { schemas: group('x').schemas, displayName: 'a', userName: 'a' }), 400, 'invalidSyntax')
    expectError(await scim.get(`/Groups/${id}`), 404)
    expectError(await scim.patch(`/Groups/${id}`, { op: 'replace', path: 'displayName', value: 'x' }), 404)
  })

  test('a group is no user by what it holds [D6]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Groups', group('g', { userName: 'x', active: true, emails: [{ value: 'a@x.io' }] }))
    expect([201, 400]).toContain(created.status)
    if (created.status === 201)
      expect(at(expectStatus(await scim.get(`/Groups/${text(created, '/id')}`), 200), '/userName')).toBeUndefined()
  })
})
