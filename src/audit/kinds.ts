// The kinds of rows that an organisation's audit log holds: what can be filtered by, found without reading the rows.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'
import type { Outcome } from './event.ts'

export type Kind = { readonly channel: string; readonly outcome: Outcome; readonly action: string }

/** Every combination there is: from one to the next through the index, whatever lies between. */
export async function readKinds(work: Work, orgId: string): Promise<readonly Kind[]> {
  const { rows } = await sql<Kind>`
    with recursive kinds as (
      (select l.channel, l.outcome, l.action from audit_log l where l.org_id = ${orgId}::uuid order by l.channel, l.outcome, l.action limit 1)
      union all
      select n.channel, n.outcome, n.action from kinds k cross join lateral (
        select l.channel, l.outcome, l.action from audit_log l
        where l.org_id = ${orgId}::uuid and (l.channel, l.outcome, l.action) > (k.channel, k.outcome, k.action)
        order by l.channel, l.outcome, l.action limit 1
      ) n
    )
    select channel, outcome, action from kinds`.execute(work.db)
  return rows
}
