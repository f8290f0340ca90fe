// PLUR_SCIM_HARD_DELETE=true (design section 5): the account goes too, and nothing of it stays but its id in the audit log.
import { expect, test } from 'vitest'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer({ PLUR_SCIM_HARD_DELETE: 'true' })

test('a deleted user leaves no row but audit rows', async () => {
  const org = await server.org()
  const id = await org.user('Zebediah.Quux', { externalId: 'ext-zq', emails: [{ value: 'zq@quux.example' }] })
  await org.group('team', [id])
  expectStatus(await org.delete(`/Users/${id}`), 204)
  for (const trace of ['Zebediah', 'ext-zq', 'zq@quux.example'])
    expect(await server.databaseContains(trace, org.orgId, ['audit_log']), trace).toBe(false)
  const rows = await server.rows(`select payload ->> 'mode' as mode from audit_log where org_id = $1 and action = 'scim.user.delete'`, [
    org.orgId,
  ])
  expect(rows).toEqual([{ mode: 'hard' }])
})

test('a returner is a new person: nothing is left to come back to', async () => {
  const org = await server.org({ idp: 'okta' })
  const id = await org.user('alice', { externalId: 'e1' })
  expectStatus(await org.delete(`/Users/${id}`), 204)
  expect(await org.user('alice', { externalId: 'e1' })).not.toBe(id)
  expect(await server.rows(`select count(*)::int as n from accounts where org_id = $1 and user_name = 'alice'`, [org.orgId])).toEqual([
    { n: 1 },
  ])
})
