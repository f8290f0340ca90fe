// The counters of resources: made anew after some were made beside the server, and held against what is there.
import { sql } from 'kysely'
import type { Work } from '../../src/db/work.ts'
import type { TestServer } from './server.ts'

/** Counts the resources of an organisation anew. */
export async function recount(work: Work, orgId: string): Promise<void> {
  await work.atomically(async ({ db }) => {
    await sql`delete from scim_resource_counts where org_id = ${orgId}::uuid`.execute(db)
    await sql`
      insert into scim_resource_counts (org_id, type, block, shard, resources)
      select org_id, type, resource_block(seq), 0, count(*) from scim_resources where org_id = ${orgId}::uuid
      group by org_id, type, resource_block(seq)`.execute(db)
  })
}

/** Blocks whose counters do not add up to the resources that are there. */
export async function countProblems(server: Pick<TestServer, 'rows'>, orgId: string): Promise<readonly unknown[]> {
  return server.rows(
    `select * from (
       select type, block, sum(resources)::int as counted from scim_resource_counts where org_id = $1 group by type, block
     ) c full join (
       select type, resource_block(seq) as block, count(*)::int as there from scim_resources where org_id = $1 group by type, resource_block(seq)
     ) r using (type, block)
     where coalesce(counted, 0) <> coalesce(there, 0)`,
    [orgId],
  )
}
