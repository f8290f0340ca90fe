// What an admin can see of a connection's first steps.
import { expect, test } from 'vitest'
import { readStrangers, readTrail } from '../../src/auth/token-trail.ts'
import { graphOf } from '../support/graph.ts'
import { user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { send } from '../support/wire.ts'

const server = useServer()

test('the first user and group are those of the token asked for, refusals are added up by kind', async () => {
  const org = await server.org({ idp: 'okta' })
  const { work } = graphOf(server, org)
  expect(await readTrail(work, org.orgId, org.tokenId)).toEqual({ firstUser: undefined, firstGroup: undefined, refused: [] })
  const other = await server.anotherToken(org)
  await other.user('earlier')
  const alice = await org.user('alice')
  await org.user('bob')
  await org.group('Engineering', [alice])
  for (const userName of ['alice', 'bob']) await org.post('/Users', user(userName))
  await org.patch(`/Users/${alice}`, { op: 'replace', path: 'nothing[', value: 1 })
  const trail = await readTrail(work, org.orgId, org.tokenId)
  expect(trail).toMatchObject({ firstUser: { name: 'alice' }, firstGroup: { name: 'Engineering' } })
  expect(trail.refused.map(({ action, status, scimType, times }) => [action, status, scimType, times])).toEqual([
    ['scim.user.update', 400, 'invalidPath', 1],
    ['scim.user.create', 409, 'uniqueness', 2],
  ])
  expect(trail.refused[1]?.detail).toContain('bob')
})

test('a request with a token that was revoked belongs to it, one without any to nobody', async () => {
  const org = await server.org()
  const { work } = graphOf(server, org)
  await server.revoke(org)
  await org.get('/Users')
  await server.eventually(`select from audit_log where action = 'scim.auth.failed' and actor ->> 'id' = $1`, [org.tokenId])
  expect((await readTrail(work, org.orgId, org.tokenId)).refused).toMatchObject([
    { action: 'scim.auth.failed', status: 401, detail: 'revoked' },
  ])

  const since = new Date()
  await send(server.origin, { method: 'GET', path: '/scim/v2/Users', headers: { authorization: 'Bearer nonsense' } })
  const [row] = await server.eventually(
    `select org_id from audit_log where action = 'scim.auth.failed' and payload ->> 'reason' = 'malformed'`,
  )
  const operator = String(row?.['org_id'])
  expect(await readStrangers(work, operator, since)).toMatchObject([{ reason: 'malformed', times: 1, ip: '127.0.0.1' }])
  expect(await readStrangers(work, org.orgId, since)).toEqual([])
})
