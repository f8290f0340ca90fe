// How much a scope holds, as far as anybody wants to know.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** Engrams of one scope are counted up to this many and one more. */
export const ENGRAMS_COUNTED = 1_000

/** Engrams by scope id. */
export async function countEngrams(work: Work, orgId: string, scopeIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; count: number }>`
    select s.id::text, (select count(*)::int from (
      select from engrams e where e.org_id = ${orgId}::uuid and e.scope_id = s.id limit ${ENGRAMS_COUNTED + 1}) few) as count
    from unnest(${scopeIds}::uuid[]) s (id)`.execute(work.db)
  return new Map(rows.map(({ id, count }) => [id, count]))
}
