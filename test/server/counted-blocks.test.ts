// Pages by index find their place by counts of blocks (docs/decisions/0027): they are the slices of the list, and none is far away.
import { expect, test } from 'vitest'
import { gatherCounts } from '../../src/directory/resources.ts'
import { countProblems } from '../support/counts.ts'
import { PlanRecorder, rowsRead, scannedTables, tellPlans } from '../support/plans.ts'
import { at, expectStatus, list, number } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer({}, {}, tellPlans)

/** Resources of a block (src/db/migrations/0026_counted_blocks.sql). */
const BLOCK = 4096

/** Makes the next resource the one with this place in some block that comes; whatever was left out was never there. */
const goOnAt = (place: number) =>
  server.asOwner(
    `select setval('scim_resources_seq_seq', ceil(nextval('scim_resources_seq_seq') / ${BLOCK}.0)::bigint * ${BLOCK} + ${place} - 1)`,
  )

/** Users before, on and behind the borders of blocks, groups among them, an empty block, and holes. */
async function scattered(): Promise<Org> {
  const org = await server.org()
  const gone: string[] = []
  for (const [part, place] of [0, BLOCK - 3, BLOCK - 1, 17, BLOCK - 6].entries()) {
    await goOnAt(place)
    for (let n = 0; n < 8; n++) {
      const id = await org.user(`u${part}-${n}`)
      if ((part === 3 && n < 7) || n % 4 === 2) gone.push(id)
      if (n % 3 === 0) await org.group(`g${part}-${n}`)
    }
  }
  await goOnAt(5)
  gone.push(await org.user('alone in its block'))
  await goOnAt(5)
  for (const id of gone) expectStatus(await org.delete(`/Users/${id}`), 204)
  await org.user('last')
  return org
}

/** The ids of everything of a type in its order, by cursor. */
async function all(org: Org, endpoint: string): Promise<readonly unknown[]> {
  const answer = await org.get(`${endpoint}?count=1000&cursor=`)
  expect(at(answer, '/nextCursor')).toBeUndefined()
  return list(answer, '/Resources/*/id')
}

test('each page is a slice of the list, whatever was deleted and wherever blocks end [PAG-01 PAG-06]', async () => {
  const org = await scattered()
  for (const endpoint of ['/Users', '/Groups']) {
    const ids = await all(org, endpoint)
    expect(ids.length).toBeGreaterThan(10)
    const compare = async () => {
      for (let start = 1; start <= ids.length + 2; start++) {
        for (const count of [1, 3, ids.length + 1]) {
          const answer = expectStatus(await org.get(`${endpoint}?startIndex=${start}&count=${count}`), 200)
          expect(list(answer, '/Resources/*/id'), `${endpoint} from ${start}, ${count}`).toEqual(ids.slice(start - 1, start - 1 + count))
          expect(number(answer, '/totalResults')).toBe(ids.length)
        }
      }
    }
    await compare()
    await gatherCounts(server.app.storage.database.work)
    await compare()
  }
  expect(await countProblems(server, org.orgId)).toEqual([])
})

test('the counters of a block become one, and a total of nothing is nothing', async () => {
  const org = await server.org()
  const ids = await Promise.all(Array.from({ length: 30 }, (_, n) => org.user(`u${n}`)))
  await gatherCounts(server.app.storage.database.work)
  await gatherCounts(server.app.storage.database.work)
  const [rows] = await server.rows(
    `select count(*)::int as counters, count(distinct block)::int as blocks from scim_resource_counts where org_id = $1`,
    [org.orgId],
  )
  expect(rows?.['counters']).toBe(rows?.['blocks'])
  await Promise.all(ids.map((id) => org.delete(`/Users/${id}`)))
  expect((await org.get('/Users?startIndex=2')).json()).toMatchObject({ totalResults: 0, itemsPerPage: 0, Resources: [] })
  expect(await countProblems(server, org.orgId)).toEqual([])
})

test('a page behind twenty thousand reads no more than a block beside itself', async () => {
  const org = await server.org()
  await server.fillGroup(org.orgId, await org.group('everybody'), 20_000)
  await server.asOwner('vacuum (analyze)')
  const plans = new PlanRecorder(server.app.storage.database.pool)
  // More often than a statement is planned for its values.
  for (let i = 0; i < 8; i++) {
    const recording = await plans.record(async () => {
      expect(list(expectStatus(await org.get('/Users?startIndex=19801&count=100'), 200), '/Resources')).toHaveLength(100)
    })
    expect(rowsRead(recording)).toBeLessThan(BLOCK + 600)
    expect(scannedTables(recording)).not.toContain('scim_resources')
  }
})
