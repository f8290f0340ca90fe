// How many requests each SCIM token made, by the hour and by what became of them: counted in memory, added to the database each second.
// A chart of weeks reads a few hundred rows; what happened one by one is in the audit log.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

/** `refused`: answered with 4xx; `failed`: with 5xx. */
export const ACTIVITY_KINDS = ['change', 'read', 'refused', 'failed'] as const

export type ActivityKind = (typeof ACTIVITY_KINDS)[number]

export type Activity = { readonly orgId: string; readonly tokenId: string; readonly at: Date; readonly kind: ActivityKind }

type Count = { readonly orgId: string; readonly tokenId: string; readonly hour: string; readonly kind: ActivityKind; requests: number }

const HOUR_MS = 3_600_000

export class ScimActivity {
  #counts = new Map<string, Count>()

  count({ orgId, tokenId, at, kind }: Activity): void {
    const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS
    const key = `${tokenId} ${hour} ${kind}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { orgId, tokenId, hour: new Date(hour).toISOString(), kind, requests: 1 })
    else known.requests += 1
  }

  /** Adds what was counted since; what fails is added with the next flush. */
  async flush(work: Work): Promise<void> {
    if (this.#counts.size === 0) return
    const counts = this.#counts
    this.#counts = new Map()
    try {
      await add(work, [...counts.values()])
    } catch (error) {
      for (const [key, count] of counts) this.#giveBack(key, count)
      throw error
    }
  }

  #giveBack(key: string, count: Count): void {
    const newer = this.#counts.get(key)
    this.#counts.set(key, newer === undefined ? count : { ...count, requests: count.requests + newer.requests })
  }
}

/** Rows are taken in one order, so that processes do not block each other for good. */
async function add(work: Work, counts: readonly Count[]): Promise<void> {
  await sql`
    insert into scim_activity as a (org_id, hour, token_id, kind, requests)
    select c."orgId", c.hour, c."tokenId", c.kind, c.requests
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) c ("orgId" uuid, hour timestamptz, "tokenId" text, kind text, requests bigint)
    order by 1, 2, 3, 4
    on conflict (org_id, hour, token_id, kind) do update set requests = a.requests + excluded.requests`.execute(work.db)
}

export type ActivityHour = { readonly hour: Date } & Readonly<Record<ActivityKind, number>>

/** Requests of all tokens by the hour, those without any left out; oldest first. */
export async function readActivity(work: Work, orgId: string, since: Date): Promise<readonly ActivityHour[]> {
  const requests = (kind: ActivityKind) => sql`coalesce(sum(a.requests) filter (where a.kind = ${sql.lit(kind)}), 0)::float8`
  const { rows } = await sql<ActivityHour>`
    select a.hour, ${requests('change')} as change, ${requests('read')} as read, ${requests('refused')} as refused, ${requests('failed')} as failed
    from scim_activity a where a.org_id = ${orgId}::uuid and a.hour >= ${since} group by a.hour order by a.hour`.execute(work.db)
  return rows
}
