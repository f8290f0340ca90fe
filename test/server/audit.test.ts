// Every SCIM request leaves its rows (design section 7), also those that never become an operation.
import { expect, test } from 'vitest'
import { expectStatus, filterOf, NOBODY, patchOf, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const rowsOf = (orgId: string) =>
  server.eventually(
    `select action, outcome, payload -> 'error' ->> 'status' as status from audit_log where org_id = $1 and channel = 'scim' order by id`,
    [orgId],
  )

test.each([
  ['a discovery document', 'GET', '/Schemas', undefined, { action: 'scim.resource.list', outcome: 'success', status: null }],
  ['one discovery document', 'GET', '/ResourceTypes/User', undefined, { action: 'scim.resource.read', outcome: 'success', status: null }],
  ['an unknown path', 'GET', '/Nope', undefined, { action: 'scim.resource.list', outcome: 'denied', status: '404' }],
  ['a wrong method', 'DELETE', '/Users', undefined, { action: 'scim.user.delete', outcome: 'denied', status: '405' }],
  ['an empty Bulk', 'POST', '/Bulk', {}, { action: 'scim.bulk', outcome: 'denied', status: '400' }],
  ['broken JSON', 'POST', '/Users', '{', { action: 'scim.user.create', outcome: 'denied', status: '400' }],
  ['an unknown id', 'GET', `/Users/${NOBODY}`, undefined, { action: 'scim.user.read', outcome: 'denied', status: '404' }],
  ['a broken filter', 'GET', `/Users?${filterOf('userName')}`, undefined, { action: 'scim.user.list', outcome: 'denied', status: '400' }],
  ['a list', 'GET', '/Users', undefined, { action: 'scim.user.list', outcome: 'success', status: null }],
  [
    'a PATCH of nobody',
    'PATCH',
    `/Users/${NOBODY}`,
    patchOf({ op: 'replace', path: 'title', value: 't' }),
    { action: 'scim.user.update', outcome: 'denied', status: '404' },
  ],
] as const)('%s leaves one row [L3]', async (_what, method, path, body, row) => {
  const org = await server.org()
  await org.send(method, path, body === undefined ? {} : { body })
  expect(await rowsOf(org.orgId)).toEqual([row])
})

test('a write that changes nothing says so, and has no second effect [OK-38 RC-30]', async () => {
  const org = await server.org()
  const id = await org.user('a', { title: 't' })
  const before = await org.get(`/Users/${id}`)
  expectStatus(await org.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 't' }), 200)
  expect((await org.get(`/Users/${id}`)).json()).toEqual(before.json())
  const found = await server.rows(
    `select payload ->> 'unchanged' as unchanged from audit_log where org_id = $1 and action = 'scim.user.update'`,
    [org.orgId],
  )
  expect(found).toEqual([{ unchanged: 'true' }])
})

test('a difference names what was before and after, without values that nobody needs there', async () => {
  const org = await server.org()
  const id = await org.user('a', { title: 'old', phoneNumbers: [{ value: '+1 555 0100', type: 'work' }] })
  expectStatus(await org.put(`/Users/${id}`, user('a', { title: 'new', phoneNumbers: [{ value: '+1 555 0199', type: 'work' }] })), 200)
  const [row] = await server.rows(
    `select payload -> 'changes' as changes from audit_log where org_id = $1 and action = 'scim.user.update'`,
    [org.orgId],
  )
  expect(row).toEqual({ changes: { title: { before: 'old', after: 'new' }, phoneNumbers: {} } })
})
