// SCIM creates that met a local account: listed until an admin links or renames it, and shown to the IdP meanwhile.
import { type RawBuilder, sql } from 'kysely'
import { list } from '../db/lists.ts'
import type { Work } from '../db/work.ts'
import { type Account, ACCOUNT } from './accounts.ts'
import type { Person } from './resource.ts'

export type Collision = { readonly account: Account; readonly userName: string }

/** Notes that a SCIM create met this local account, so that an admin sees it and the IdP's next lookup finds it. */
export async function noteCollision(
  work: Work,
  orgId: string,
  collision: { account: Account; person: Person; externalId: string | undefined },
): Promise<void> {
  const { account, person, externalId } = collision
  await sql`
    insert into scim_collisions as c (org_id, account_id, user_name, user_name_key, external_id)
    values (${orgId}::uuid, ${account.id}::uuid, ${person.userName}, ${person.userNameKey}, ${externalId ?? null})
    on conflict (org_id, account_id) do update set user_name = excluded.user_name, user_name_key = excluded.user_name_key,
      external_id = excluded.external_id, last_seen_at = clock_timestamp(), times = c.times + 1`.execute(work.db)
}

type Found = Account & { readonly scimUserName: string; readonly nth: number }

/** The local account with this id, if a SCIM create collided with it. */
export async function findCollision(work: Work, orgId: string, id: string): Promise<Collision | undefined> {
  const { rows } = await sql<Found>`${collisionsOf(sql`(select ${orgId}::uuid as org_id, 1 as nth) k`)} and a.id = ${id}::uuid`.execute(
    work.db,
  )
  return rows[0] === undefined ? undefined : collisionIn(rows[0])
}

export type NameInOrg = { readonly orgId: string; readonly userNameKey: string }

/** For each name, the local account that a SCIM create of that name collided with, the latest if several. */
export async function findCollisions(work: Work, names: readonly NameInOrg[]): Promise<readonly (Collision | undefined)[]> {
  const asked = sql`unnest(${list(
    names.map(({ orgId }) => orgId),
    'uuid',
  )}, ${list(
    names.map(({ userNameKey }) => userNameKey),
    'text',
  )})
    with ordinality k (org_id, user_name_key, nth)`
  const { rows } = await sql<Found>`${collisionsOf(asked)} and c.user_name_key = k.user_name_key order by c.last_seen_at`.execute(work.db)
  const found: (Collision | undefined)[] = names.map(() => undefined)
  for (const row of rows) found[row.nth - 1] = collisionIn(row)
  return found
}

const collisionsOf = (asked: RawBuilder<unknown>) => sql`
  select ${ACCOUNT}, c.user_name as "scimUserName", k.nth::int from ${asked} join scim_collisions c on c.org_id = k.org_id
    join accounts a on a.org_id = c.org_id and a.id = c.account_id
  where a.origin = 'local'`

const collisionIn = ({ scimUserName, ...account }: Found): Collision => ({ account, userName: scimUserName })
