// Resources from before the counters of blocks are counted in their blocks, whatever the counters said.
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { clientConfig } from '../../src/db/connection-target.ts'
import { migrate, migrateTo } from '../../src/db/migrate.ts'
import { countProblems } from '../support/counts.ts'
import { testDatabase } from '../support/database.ts'

test('resources of several blocks, types and organisations are counted by the migration', async () => {
  const [finder, database] = [await testDatabase({ empty: true }), await testDatabase({ empty: true })]
  const all = await migrate(finder.connection)
  await migrateTo(database.connection, all.slice(0, all.indexOf('0026_counted_blocks')))
  const client = new Client(clientConfig(database.connection))
  await client.connect()
  try {
    await client.query(`insert into orgs (slug) values ('acme'), ('other')`)
    await client.query(`
      insert into scim_resources (org_id, id, type, unique_key, json, comparable)
      select org_id, gen_random_uuid(), case when i % 7 = 0 then 'Group' else 'User' end, i::text, '{}', '{}' from orgs cross join generate_series(1, 5000) i`)
    await client.query(`delete from scim_resources where seq between 5000 and 5999`)
    await client.query(
      `insert into scim_resource_counts (org_id, type, shard, resources) select org_id, 'User', i, 10 from orgs cross join generate_series(0, 4) i`,
    )
    expect(await migrate(database.connection)).toContain('0026_counted_blocks')
    const { rows: orgs } = await client.query<{ org_id: string }>('select org_id from orgs')
    const server = {
      rows: async (text: string, values: readonly unknown[] = []) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
    }
    for (const { org_id } of orgs) expect(await countProblems(server, org_id)).toEqual([])
    const { rows } = await client.query('select sum(resources)::int as n, count(distinct block)::int as blocks from scim_resource_counts')
    expect(rows).toEqual([{ n: 9000, blocks: 3 }])
  } finally {
    await client.end()
    await Promise.all([finder.drop(), database.drop()])
  }
})
