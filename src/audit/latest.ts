// The newest rows of the audit log that meet a condition, for glances at the end of long lists.
import { type RawBuilder, sql } from 'kysely'

/**
 * A subquery `(select ts, action, target, payload, ip …)` over audit_log as `l`, newest first, at most `limit` rows. `condition` has to name
 * the leading columns of an index that ends with id. It is walked row by row: asked for all at once, the planner, which expects few, would
 * fetch every row that meets the condition in order to sort them.
 */
export function latestRows(condition: RawBuilder<unknown>, limit: number): RawBuilder<unknown> {
  const columns = sql`l.id, l.ts, l.action, l.target, l.payload, l.ip`
  return sql`(
    with recursive latest (n, id, ts, action, target, payload, ip) as (
      (select 1, ${columns} from audit_log l where ${condition} order by l.id desc limit 1)
      union all
      select w.n + 1, x.id, x.ts, x.action, x.target, x.payload, x.ip from latest w cross join lateral (
        select ${columns} from audit_log l where ${condition} and l.id < w.id order by l.id desc limit 1
      ) x where w.n < ${limit}
    )
    select ts, action, target, payload, ip from latest
  )`
}
