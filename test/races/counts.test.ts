// Counters of resources while many come and go at once and blocks end: they agree with the rows, at the end and for every reader on the way.
import { expect, test } from 'vitest'
import { gatherCounts } from '../../src/directory/resources.ts'
import { countProblems } from '../support/counts.ts'
import { expectStatus, list, number } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const BLOCK = 4096

test('creates, deletes and the gathering of counters at once leave every block counted [PAG-06 M1]', async () => {
  const org = await server.org()
  await server.asOwner(`select setval('scim_resources_seq_seq', ${2 * BLOCK - 60})`)
  let writing = true
  const gathering = (async () => {
    for (; writing; ) await gatherCounts(server.app.storage.database.work)
  })()
  const reading = (async () => {
    for (; writing; ) {
      // One statement sees rows and counters of one moment.
      expect(await countProblems(server, org.orgId)).toEqual([])
      const ids = list(expectStatus(await org.get('/Users?startIndex=20&count=10'), 200), '/Resources/*/id')
      expect(new Set(ids).size).toBe(ids.length)
    }
  })()
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    for (let n = 0; n < 16; n++) {
      const id = await org.user(`u${writer}-${n}`)
      if (n % 4 === 1) await org.group(`g${writer}-${n}`)
      if (n % 3 === 0) expectStatus(await org.delete(`/Users/${id}`), 204)
    }
  })
  await Promise.all(writers)
  writing = false
  await Promise.all([gathering, reading])
  expect(await countProblems(server, org.orgId)).toEqual([])
  expect(number(await org.get('/Users?count=0'), '/totalResults')).toBe(12 * 10)
  const [blocks] = await server.rows('select count(distinct block)::int as n from scim_resource_counts where org_id = $1', [org.orgId])
  expect(blocks?.['n']).toBeGreaterThan(1)
})
