// How long the audit log is kept: for ever, or so many whole months beside the one that is going on (PLUR_AUDIT_RETENTION_MONTHS). Whole
// partitions go; no row ever goes by itself.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** Dropping a partition stops everybody who writes audit rows: rather another day than a long wait. */
const LOCK_SECONDS = 2
/** Counting what goes may take long, and nobody waits for it. */
const STATEMENT_SECONDS = 600

export type Dropped = { readonly month: string; readonly rows: number }

/** Drops the months that are past keeping, each in a transaction of its own with its audit rows. */
export async function dropOldPartitions(
  work: Work,
  { monthsKept, requestId }: { monthsKept: number; requestId: string },
): Promise<readonly Dropped[]> {
  const { rows } = await sql<{ day: string }>`select day::text from audit_log_expired(${monthsKept}::integer) day`.execute(work.db)
  const dropped: Dropped[] = []
  for (const { day } of rows) {
    const gone = await work.atomically(async (tx) => {
      await sql`set local lock_timeout to ${sql.lit(`${LOCK_SECONDS}s`)}`.execute(tx.db)
      await sql`set local statement_timeout to ${sql.lit(`${STATEMENT_SECONDS}s`)}`.execute(tx.db)
      const { rows: counts } = await sql<{ rows: string | null }>`
        select audit_log_drop(${day}::date, ${monthsKept}::integer, ${requestId}::text)::text as rows`.execute(tx.db)
      return counts[0]?.rows ?? null
    })
    if (gone !== null) dropped.push({ month: day.slice(0, 7), rows: Number(gone) })
  }
  return dropped
}
