// One turn for all who write memories into groups, and one for whoever changes what leads to them: which groups take part and where, what is
// above them, roles and grants. Who changes waits for the writes that run, and later writes wait for the change, in the order in which
// they came: rows that are shared by writers would let them in past one who wants to change, and a busy group could never be switched off.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** Any number nobody else uses: it keeps these locks apart from those of others. */
const SEED = '5076512983465'

const key = (orgId: string): RawBuilder<unknown> => sql`hashtextextended(${orgId}::text, ${sql.lit(SEED)}::bigint)`

/** Waits for changes of the graph that were there first, as part of a statement. */
export const sharedTurn = (orgId: string): RawBuilder<unknown> => sql`pg_advisory_xact_lock_shared(${key(orgId)})`

/** Waits for the writes that run; until the transaction ends, no other begins. Call it with the settings held, before any such change. */
export async function takeTurn(work: Work, orgId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${key(orgId)})`.execute(work.db)
}
