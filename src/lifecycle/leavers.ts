// Who left lately, for a first look; each has a receipt (receipt.ts).
import { sql } from 'kysely'
import { latestRows } from '../audit/latest.ts'
import type { Work } from '../db/work.ts'

export type ListedLeaver = {
  readonly accountId: string
  readonly userName: string
  readonly at: Date
  readonly erased: boolean
  /** Milliseconds from the arrival of the request to the end of every credential; null when it came over no wire. */
  readonly afterMs: number | null
  readonly sessions: number
  readonly apiKeys: number
}

/** People who were disabled or deleted since a time, the latest first; somebody who left twice is there twice. */
export async function listLeavers(
  work: Work,
  orgId: string,
  { since, limit }: { since: Date; limit: number },
): Promise<readonly ListedLeaver[]> {
  const number = (name: string) => sql`(l.payload ->> ${sql.lit(name)})::float8`
  const left = sql`l.org_id = ${orgId}::uuid and l.action in ('account.disable', 'account.delete') and l.outcome = 'success'`
  const { rows } = await sql<ListedLeaver>`
    select l.target ->> 'id' as "accountId", l.target ->> 'name' as "userName", l.ts as at, l.action = 'account.delete' as erased,
      ${number('afterMs')} as "afterMs", coalesce(${number('sessions')}, 0) as sessions, coalesce(${number('apiKeys')}, 0) as "apiKeys"
    from ${latestRows(left, limit)} l where l.ts >= ${since} order by l.ts desc`.execute(work.db)
  return rows
}
