// Pages of a directory that was small a moment ago: statements keep the plans that were right for little, until PostgreSQL has seen that it is much.
import { beforeAll, expect, test } from 'vitest'
import { PlanRecorder, rowsRead, tellPlans } from '../support/plans.ts'
import { expectStatus, list } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer({}, {}, tellPlans)
const PEOPLE = 4000
const PAGES = ['/Users?startIndex=3001&count=100', '/Users?count=100', '/Users?count=100&cursor=']
/** How often a page mentions one of the tables. */
const TIMES_MAX = 7

let plans: PlanRecorder
beforeAll(() => {
  plans = new PlanRecorder(server.app.storage.database.pool)
})

test('with plans for five people, no table is read for each of a hundred', async () => {
  const org = await server.org()
  const groups = await Promise.all(Array.from({ length: 20 }, (_, n) => org.group(`g${n}`)))
  for (let n = 0; n < 5; n++) await org.user(`u${n}`)
  await server.asOwner('vacuum (analyze)')
  for (let i = 0; i < 8; i++) for (const path of PAGES) expectStatus(await org.get(path), 200)
  for (const group of groups) await server.fillGroup(org.orgId, group, PEOPLE / groups.length)
  for (const path of PAGES) {
    const recording = await plans.record(async () => {
      expect(list(expectStatus(await org.get(path), 200), '/Resources')).toHaveLength(100)
    })
    expect(rowsRead(recording), path).toBeLessThan(TIMES_MAX * (PEOPLE + 100))
  }
})

const CHAIN = 60

test('a page with somebody who is in every group of a deep chain reads each link a few times, not once for each group below it', async () => {
  const org = await server.org()
  const person = await org.user('everywhere')
  let below: string | undefined
  for (let n = 0; n < CHAIN; n++) {
    const members = [person, ...(below === undefined ? [] : [below])].map((value) => ({ value }))
    below = await org.group(`c${n}`)
    expectStatus(await org.patch(`/Groups/${below}`, { op: 'add', path: 'members', value: members }), 204)
  }
  await server.asOwner('vacuum (analyze)')
  const recording = await plans.record(async () => {
    expect(list(expectStatus(await org.get('/Users?count=100'), 200), '/Resources/0/groups')).toHaveLength(CHAIN)
  })
  expect(rowsRead(recording)).toBeLessThan(10 * CHAIN)
})
