// Who can come in after a start: an admin is made when nobody could, by one of several processes, and nobody else is changed by it.
import { expect, test } from 'vitest'
import { ensureFirstAdmin } from '../../src/auth/first-admin.ts'
import { PasswordHasher } from '../../src/auth/password-hash.ts'
import { adminContext, graphOf } from '../support/graph.ts'
import { audited, enter, givePassword, person } from '../support/people.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const hasher = new PasswordHasher()

const ensure = (org: Org, wish: { email?: string; password?: string } = {}) =>
  ensureFirstAdmin(graphOf(server, org).work, adminContext(org), { hasher, email: wish.email, password: wish.password })

const accounts = (org: Org) =>
  server.rows('select user_name, org_role, origin, status from accounts where org_id = $1 order by created_at, user_name', [org.orgId])

test('an admin is made with a password that is good for one sign-in', async () => {
  const org = await server.org()
  const made = await ensure(org)
  expect(made).toEqual({ kind: 'made', userName: 'admin', password: expect.stringMatching(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/) })
  const password = made.kind === 'made' ? (made.password ?? '') : ''
  expect((await enter(server, org, { name: 'admin', password })).answer.location).toBe('/auth/new-password')
  expect(await ensure(org)).toEqual({ kind: 'present', waiting: 'admin' })
  expect(await server.databaseContains(password)).toBe(false)
  expect((await audited(server, org, ['account.create', 'auth.password.change'])).map(({ payload }) => payload)).toMatchObject([
    { because: 'bootstrap', orgRole: 'org_admin' },
    { because: 'bootstrap' },
  ])
})

test('the operator’s name and password are taken, and the password is not told again', async () => {
  const org = await server.org()
  const wish = { email: 'Root@Example.com', password: 'chosen by the operator' }
  expect(await ensure(org, wish)).toEqual({ kind: 'made', userName: 'Root@Example.com', password: undefined })
  expect((await enter(server, org, { name: 'root@example.com', password: wish.password })).answer.location).toBe('/auth/new-password')
  // Later starts with other settings change nothing.
  expect(await ensure(org, { email: 'other@example.com', password: 'another by the operator' })).toMatchObject({ kind: 'present' })
  expect(await accounts(org)).toHaveLength(1)
})

test('of processes that start together one makes it', async () => {
  const org = await server.org()
  const results = await Promise.all(Array.from({ length: 6 }, () => ensure(org)))
  expect(results.map(({ kind }) => kind).sort()).toEqual(['made', ...Array<string>(5).fill('present')])
  expect(await accounts(org)).toHaveLength(1)
})

test('nobody is made where an admin has a password', async () => {
  const org = await server.org()
  await person(server, org, 'root', { admin: true })
  expect(await ensure(org)).toEqual({ kind: 'present', waiting: undefined })
})

test('an admin without a password, made on the command line, gets one', async () => {
  const org = await server.org()
  await server.localAccount(org.orgId, 'admin', { admin: true })
  expect(await ensure(org)).toMatchObject({ kind: 'made', userName: 'admin' })
  expect(await accounts(org)).toEqual([{ user_name: 'admin', org_role: 'org_admin', origin: 'local', status: 'active' }])
})

test('a member with that name does not become admin, and somebody whom SCIM disabled does not come back [C9]', async () => {
  const org = await server.org()
  await server.localAccount(org.orgId, 'member@example.com')
  await givePassword(server, org, { userName: 'member@example.com' })
  const leaver = await org.user('leaver@example.com')
  expectStatus(await org.patch(`/Users/${leaver}`, { op: 'replace', path: 'active', value: false }), 200)
  const before = await accounts(org)
  for (const email of ['member@example.com', 'leaver@example.com'])
    expect(await ensure(org, { email })).toEqual({ kind: 'taken', userName: email })
  expect(await accounts(org)).toEqual(before)
  expect(await server.rows('select count(*)::int as n from local_credentials where org_id = $1', [org.orgId])).toEqual([{ n: 1 }])
})
