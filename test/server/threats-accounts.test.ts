// Taking over an account by matching, and getting access back or rid of admins (threats C1, C2, C8, E9, F1, F3).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, filterOf, list, number, patchOf, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()

const accounts = (scim: Org) =>
  server.rows(
    'select id::text, user_name, display_name, email, status, org_role, origin from accounts where org_id = $1 order by created_at',
    [scim.orgId],
  )

describe('a local account', () => {
  test('is not adopted by its name or its address, and not changed [C2 C3]', async () => {
    const scim = await server.org()
    await server.localAccount(scim.orgId, 'alice', { email: 'alice@example.com' })
    const before = await accounts(scim)
    for (const body of [
      user('alice'),
      user('ALICE', { emails: [{ value: 'evil@x.io' }] }),
      user('alice@example.com'),
      user('other', { emails: [{ value: 'Alice@Example.com', primary: true }] }),
    ]) {
      const answer = await scim.post('/Users', body)
      expectError(answer, 409, 'uniqueness')
      expect(text(answer, '/detail')).toMatch(/link/)
    }
    expect(await accounts(scim)).toEqual(before)
  })

  test('that was collided with is findable, so that an IdP does not loop, and cannot be written [C2 RC-26 EN-20]', async () => {
    const scim = await server.org({ idp: 'entra' })
    await server.localAccount(scim.orgId, 'alice')
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
    expectError(await scim.post('/Users', user('alice')), 409, 'uniqueness')
    const found = await scim.get(`/Users?${filterOf('userName eq "ALICE"')}`)
    expect(found.json()).toMatchObject({ totalResults: 1, Resources: [{ userName: 'alice' }] })
    const path = `/Users/${text(found, '/Resources/0/id')}`
    expect(at(expectStatus(await scim.get(path), 200), '/userName')).toBe('alice')
    const before = await accounts(scim)
    for (const answer of [
      await scim.put(path, user('alice', { active: false })),
      await scim.patch(path, { op: 'replace', path: 'active', value: false }),
      await scim.delete(path),
    ]) {
      expectError(answer, 409, 'uniqueness')
    }
    expect(await accounts(scim)).toEqual(before)
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('cannot be taken by renaming a provisioned user onto it [C2 C7]', async () => {
    const scim = await server.org()
    await server.localAccount(scim.orgId, 'alice')
    const path = `/Users/${await scim.user('bob')}`
    expectError(await scim.put(path, user('ALICE')), 409, 'uniqueness')
    expectError(await scim.patch(path, { op: 'replace', path: 'userName', value: 'alice' }), 409, 'uniqueness')
    expect((await accounts(scim)).map((row) => row['user_name'])).toEqual(['alice', 'bob'])
  })

  test('of another organisation collides with nobody here [B4 C2]', async () => {
    const [mine, theirs] = [await server.org(), await server.org()]
    await server.localAccount(theirs.orgId, 'alice')
    await mine.user('alice')
  })
})

describe('an externalId', () => {
  test('attaches to nobody, by POST or by PATCH [C1]', async () => {
    const scim = await server.org()
    const local = await server.localAccount(scim.orgId, 'admin', { admin: true })
    const [victim, attacker] = [await scim.user('victim', { externalId: 'v' }), await scim.user('attacker')]
    const before = (await accounts(scim)).filter((row) => row['user_name'] !== 'attacker')
    for (const externalId of ['1', '0', 'admin', local, victim, 'v']) {
      expect(at(await scim.patch(`/Users/${attacker}`, { op: 'replace', path: 'externalId', value: externalId }), '/id')).toBe(attacker)
    }
    expect((await accounts(scim)).filter((row) => row['user_name'] !== 'attacker')).toEqual(before)
    expect(at(await scim.get(`/Users/${victim}`), '/userName')).toBe('victim')
  })

  test('of an active user brings nobody back: a second person is made [C1 COM-10]', async () => {
    const scim = await server.org({ idp: 'okta' })
    const first = await scim.user('one', { externalId: 'e' })
    expect(await scim.user('two', { externalId: 'e' })).not.toBe(first)
    expect(await accounts(scim)).toHaveLength(2)
  })
})

describe('a recycled name', () => {
  test.each(['generic', 'entra', 'okta'] as const)(
    'gives a new person nothing of the old one, with an IdP of kind %s [C8 COM-04]',
    async (idp) => {
      const scim = await server.org({ idp })
      const old = await scim.user('alice', { externalId: 'old', title: 'Boss' })
      const staff = await scim.group('staff', [old])
      await scim.delete(`/Users/${old}`)
      const next = await scim.user('alice', { externalId: 'new' })
      const read = await scim.get(`/Users/${next}`)
      expect(at(read, '/title')).toBeUndefined()
      expect(at(read, '/groups')).toBeUndefined()
      expect(list(await scim.get(`/Groups/${staff}`), '/members')).toEqual([])
      const [former, current] = await accounts(scim)
      expect(former).toMatchObject({ status: 'disabled' })
      expect(current).toMatchObject({ status: 'active' })
      expect(current?.['id']).not.toBe(former?.['id'])
    },
  )

  test('with the same externalId brings back the account only where the IdP never recycles it [C8 OK-33]', async () => {
    for (const [idp, people] of [
      ['okta', 1],
      ['entra', 2],
      ['generic', 2],
    ] as const) {
      const scim = await server.org({ idp })
      const old = await scim.user('alice', { externalId: 'e' })
      await scim.delete(`/Users/${old}`)
      expect(await scim.user('alice', { externalId: 'e' })).not.toBe(old)
      expect(await accounts(scim), idp).toHaveLength(people)
    }
  })
})

describe('leaving', () => {
  const shapes: [string, (scim: Org, id: string) => Promise<unknown>][] = [
    ['PATCH with a path', (scim, id) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })],
    ['PATCH without a path', (scim, id) => scim.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })],
    ['PATCH "False"', (scim, id) => scim.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })],
    ['PATCH "false" without a path', (scim, id) => scim.patch(`/Users/${id}`, { op: 'replace', value: { active: 'false' } })],
    ['PATCH add', (scim, id) => scim.patch(`/Users/${id}`, { op: 'add', path: 'active', value: false })],
    ['PATCH remove', (scim, id) => scim.patch(`/Users/${id}`, { op: 'remove', path: 'active' })],
    ['PATCH null', (scim, id) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: null })],
    [
      'PATCH among others',
      (scim, id) =>
        scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 't' }, { op: 'replace', path: 'ACTIVE', value: false }),
    ],
    [
      'PATCH with the URN',
      (scim, id) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false }),
    ],
    ['PUT', (scim, id) => scim.put(`/Users/${id}`, user('leaver', { active: false }))],
    [
      'Bulk',
      (scim, id) =>
        scim.post('/Bulk', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: patchOf({ op: 'replace', value: { active: false } }) }],
        }),
    ],
    ['DELETE', (scim, id) => scim.delete(`/Users/${id}`)],
  ]
  test.each(shapes)('by %s disables the account and kills its credentials at once [F1 USR-08]', async (_, leave) => {
    const scim = await server.org()
    const id = await scim.user('leaver')
    const epoch = async () => server.rows('select status, credential_epoch as epoch from accounts where org_id = $1', [scim.orgId])
    expect(await epoch()).toEqual([{ status: 'active', epoch: 0 }])
    await leave(scim, id)
    expect(await epoch()).toEqual([{ status: 'disabled', epoch: 1 }])
  })

  test('and coming back revives the account, not the credentials; groups are kept [F3 RC-27 EN-49]', async () => {
    const scim = await server.org()
    const id = await scim.user('leaver')
    const staff = await scim.group('staff', [id])
    await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })
    expect(list(await scim.get(`/Groups/${staff}`), '/members/*/value')).toEqual([id])
    await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true })
    expect(await server.rows('select status, credential_epoch as epoch from accounts where org_id = $1', [scim.orgId])).toEqual([
      { status: 'active', epoch: 1 },
    ])
    expect(at(await scim.get(`/Users/${id}`), '/groups/0/value')).toBe(staff)
  })
})

describe('the last admin', () => {
  const promote = (scim: Org, column: string) => server.asOwner(`update accounts set ${column} where org_id = '${scim.orgId}'`)

  test.each([
    ['the last active admin', "org_role = 'org_admin'"],
    ['a break-glass account', 'break_glass = true'],
  ])('%s cannot be disabled or deleted by SCIM, and the refusal is in the log [E9]', async (_, column) => {
    const scim = await server.org()
    const id = await scim.user('admin')
    await promote(scim, column)
    for (const answer of [
      await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }),
      await scim.put(`/Users/${id}`, user('admin', { active: false })),
      await scim.delete(`/Users/${id}`),
    ]) {
      expect(answer.status, answer.text).toBe(409)
      expect(text(answer, '/detail')).toMatch(/admin|break-glass/i)
    }
    expect(at(await scim.get(`/Users/${id}`), '/active')).toBe(true)
    expect(await server.rows('select status from accounts where org_id = $1', [scim.orgId])).toEqual([{ status: 'active' }])
    const denied = await server.rows(`select count(*)::int as n from audit_log where org_id = $1 and outcome = 'denied'`, [scim.orgId])
    expect(denied).toEqual([{ n: 3 }])
  })

  test('one of two admins can leave', async () => {
    const scim = await server.org()
    const [one] = [await scim.user('one'), await scim.user('two')]
    await promote(scim, "org_role = 'org_admin'")
    expectStatus(await scim.patch(`/Users/${one}`, { op: 'replace', path: 'active', value: false }), 200)
  })

  test('SCIM makes nobody an admin [D1 D2 E1]', async () => {
    const scim = await server.org()
    const body = enterpriseUser(
      'x',
      { department: 'admins' },
      {
        roles: [{ value: 'org_admin', primary: true }],
        entitlements: [{ value: 'org_admin' }],
        userType: 'org_admin',
        org_role: 'org_admin',
        orgRole: 'org_admin',
        is_admin: true,
      },
    )
    const answer = await scim.post('/Users', body)
    expect([201, 400]).toContain(answer.status)
    await scim.user('y', { roles: [{ value: 'org_admin', primary: true }], userType: 'admin' })
    await scim.group('admins', [text(await scim.get('/Users'), '/Resources/0/id')])
    for (const row of await accounts(scim)) expect(row['org_role']).toBe('member')
  })
})
