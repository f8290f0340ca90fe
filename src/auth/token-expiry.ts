// Announcing in the audit log that SCIM tokens are about to expire: 30, 7 and 1 days ahead and when it has happened (design section 6).
import { sql } from 'kysely'
import { appendEntries } from '../audit/append.ts'
import type { Work } from '../db/work.ts'

/** Days before the end; 0 is the end itself. */
const DAYS_AHEAD = [30, 7, 1, 0] as const
/** Any number nobody else uses: of several processes one announces. */
const LOCK = '5076512983464'

type Due = { orgId: string; org: string; id: string; name: string; expiresAt: Date; daysLeft: number }

/**
 * Writes one row for each token and step that is due and has none yet; a step that was missed is left out for the next one. A token
 * that has a successor is meant to end, so only its end is told.
 */
export function announceExpiries(work: Work, requestId: string): Promise<void> {
  return work.atomically(async (work) => {
    await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(work.db)
    const { rows } = await sql<Due>`
      select distinct on (t.org_id, t.id) t.org_id::text as "orgId", o.slug as org, t.id, t.name, t.expires_at as "expiresAt", s.days as "daysLeft"
      from scim_tokens t join orgs o on o.org_id = t.org_id
      cross join unnest(${DAYS_AHEAD}::integer[]) as s (days)
      where t.revoked_at is null and t.expires_at <= now() + make_interval(days => s.days)
        -- Older ends were told in rows that may be past keeping.
        and t.expires_at > now() - interval '28 days'
        and t.created_at < t.expires_at - make_interval(days => s.days) and (t.rotated_to is null or s.days = 0)
        and not exists (
          select from audit_log a where a.org_id = t.org_id and a.target ->> 'id' = t.id and a.action = 'scim.token.expire'
            and (a.payload ->> 'daysLeft')::integer <= s.days)
      order by t.org_id, t.id, s.days`.execute(work.db)
    const entries = rows.map(({ orgId, org, id, name, expiresAt, daysLeft }) => ({
      context: { orgId, org, actor: { kind: 'system' }, channel: 'system', requestId } as const,
      event: {
        action: 'scim.token.expire',
        target: { kind: 'scim_token', id, name },
        outcome: 'success',
        payload: { daysLeft, expiresAt: expiresAt.toISOString() },
      } as const,
    }))
    await appendEntries(work.db, entries)
  })
}
