// What only an admin can decide, counted: names that collide, people who may have been here before, groups in each other's way, members
// that nobody knows, tokens that end soon.
import { sql } from 'kysely'
import type { Work } from '../db/work.ts'

export type Decisions = {
  readonly collisions: number
  readonly returners: number
  readonly heldGroups: number
  /** Groups with member ids that nobody knows. */
  readonly unknownMembers: number
  /** Tokens without a successor that end within the next EXPIRING_DAYS, or ended within the last. */
  readonly expiring: readonly ExpiringToken[]
}

export type ExpiringToken = { readonly id: string; readonly name: string; readonly expiresAt: Date }

/** The first of the announcements (auth/token-expiry.ts). */
const EXPIRING_DAYS = 30

export async function readDecisions(work: Work, orgId: string): Promise<Decisions> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<Omit<Decisions, 'expiring'>>`
    select (select count(*)::int from scim_collisions c join accounts a on a.org_id = c.org_id and a.id = c.account_id
        where c.org_id = ${org} and a.prelinked_at is null) as collisions,
      (select count(*)::int from possible_returners p where p.org_id = ${org}) as returners,
      (select count(*)::int from group_nodes n where n.org_id = ${org} and n.held is not null) as "heldGroups",
      (select count(distinct u.group_id)::int from scim_unknown_members u where u.org_id = ${org}) as "unknownMembers"`.execute(work.db)
  const [counts] = rows
  if (counts === undefined) throw new Error('a query of counts returned no row')
  const { rows: expiring } = await sql<ExpiringToken>`
    select t.id, t.name, t.expires_at as "expiresAt" from scim_tokens t
    where t.org_id = ${org} and t.revoked_at is null and t.rotated_to is null
      and t.expires_at between now() - make_interval(days => ${EXPIRING_DAYS}::integer) and now() + make_interval(days => ${EXPIRING_DAYS}::integer)
    order by t.expires_at`.execute(work.db)
  return { ...counts, expiring }
}
