// How much each connection does, as admins see it: counted beside the requests, added up by the hour.
import { expect, test } from 'vitest'
import { readActivity, ScimActivity } from '../../src/auth/scim-activity.ts'
import { createDatabase } from '../../src/db/postgres.ts'
import { graphOf } from '../support/graph.ts'
import { user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const HOUR = new Date('2026-03-01T10:00:00Z')
const after = (minutes: number) => new Date(HOUR.getTime() + minutes * 60_000)

test('requests are told apart by what became of them', async () => {
  const org = await server.org()
  await org.post('/Users', user('alice'))
  await org.post('/Users', user('alice'))
  await org.get('/Users')
  const dead = await server.anotherToken(org)
  await server.revoke(dead)
  await dead.get('/Users')
  await org.post('/Users/.search', { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] })
  const found = () =>
    server.rows('select kind, sum(requests)::int as n from scim_activity where org_id = $1 group by kind order by kind', [org.orgId])
  await server.eventually(`select 1 from scim_activity where org_id = $1 and kind = 'read' having sum(requests) = 2`, [org.orgId])
  expect(await found()).toEqual([
    { kind: 'change', n: 1 },
    { kind: 'read', n: 2 },
    { kind: 'refused', n: 2 },
  ])
})

test('counts of several processes add up, and none is lost when the database refuses', async () => {
  const org = await server.org()
  const { work } = graphOf(server, org)
  const [one, other] = [new ScimActivity(), new ScimActivity()]
  const request = { orgId: org.orgId, tokenId: org.tokenId, kind: 'change' } as const
  for (const minutes of [0, 59, 60]) one.count({ ...request, at: after(minutes) })
  other.count({ ...request, at: after(1) })
  other.count({ ...request, kind: 'failed', at: after(2) })
  const nowhere = createDatabase({ connection: { kind: 'socket', directory: '/nowhere', port: 1, user: 'a', database: 'a' }, poolSize: 1 })
  await expect(one.flush(nowhere.work)).rejects.toThrow('database')
  await nowhere.close()
  one.count({ ...request, at: after(3) })
  await Promise.all([one.flush(work), other.flush(work)])
  expect(await readActivity(work, org.orgId, HOUR)).toEqual([
    { hour: HOUR, change: 4, read: 0, refused: 0, failed: 1 },
    { hour: after(60), change: 1, read: 0, refused: 0, failed: 0 },
  ])
})
