// The monthly partitions of the audit log. Rows of a month without one are kept too, in a partition for the rest.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** Months ahead for which there are partitions. */
const MONTHS_AHEAD = 3

/** Makes the partitions of this month and the next ones, where they are missing. */
export async function makePartitions(work: Work): Promise<void> {
  await sql`select audit_log_partitions(${MONTHS_AHEAD}::integer)`.execute(work.db)
}
