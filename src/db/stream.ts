// Many rows through bounded memory.
import type { Kysely, RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Tables } from './tables.ts'
import { unnamed } from './statement-names.ts'

let cursors = 0

/**
 * The rows of a query in batches, at most one batch in memory. Runs in a transaction (readOnlySnapshot), where other statements may
 * go between. A cursor of SQL and not of the protocol: there every batch would count against one statement timeout, and a reader that
 * stalls would never meet the idle timeout.
 */
export async function* streamRows<Row>(tx: Kysely<Tables>, query: RawBuilder<Row>, batchSize: number): AsyncGenerator<readonly Row[]> {
  if (!tx.isTransaction) throw new Error('streamRows needs a transaction')
  cursors += 1
  const cursor = sql.id(`rows_${cursors}`)
  await sql`declare ${cursor} no scroll cursor for ${query}`.execute(unnamed(tx))
  for (;;) {
    const { rows } = await sql<Row>`fetch forward ${sql.lit(batchSize)} from ${cursor}`.execute(tx)
    if (rows.length > 0) yield rows
    if (rows.length < batchSize) break
  }
  await sql`close ${cursor}`.execute(tx)
}
