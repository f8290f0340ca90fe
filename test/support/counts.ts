// The counters of resources after some were made beside the server, as if they had been made by it.
import { sql } from 'kysely'
import type { Work } from '../../src/db/work.ts'

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
