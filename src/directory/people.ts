// People as admins look for them: accounts by words and by state, and what the identity provider says about one.
import { fold } from '@plur-enterprise/scim'
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import type { Work } from '../db/work.ts'
import { type Account, ACCOUNT } from './accounts.ts'

export const PEOPLE_FILTERS = ['disabled', 'local', 'admins', 'collisions', 'returners'] as const
export type PeopleFilter = (typeof PEOPLE_FILTERS)[number]

export type ListedPerson = Account & {
  /** The latest use of a session or a key. */
  readonly lastActiveAt: Date | null
}

export type PeopleRequest = {
  /** Beginnings of words in the name, the user name or the address; all of them have to be there. */
  readonly text: string | undefined
  readonly filter: PeopleFilter | undefined
  /** The slug after which the page begins. */
  readonly after: string | undefined
  readonly limit: number
}

/**
 * In the order of their slugs, which are unique and stay. What many people have fills a page from the first thousands; what few have is
 * found by its index. The database guesses badly which of the two it is, so it is tried here.
 */
export async function listPeople(work: Work, orgId: string, request: PeopleRequest): Promise<readonly ListedPerson[]> {
  const { text, filter, after, limit } = request
  const place = [sql`a.org_id = ${orgId}::uuid`, ...(after === undefined ? [] : [sql`a.slug > ${after}`])]
  const wanted = [
    sql`a.origin <> 'placeholder'`,
    ...(filter === undefined ? [] : [FILTERS[filter]]),
    ...(text === undefined ? [] : [sql`a.search @@ ${searchQuery(orgId, text)}::tsquery`]),
  ]
  const near = sql`(select * from accounts a where ${and(place)} order by a.slug limit ${NEAR_MAX + limit}) a where ${and(wanted)} limit ${limit}`
  const found = await readPeople(work, orgId, near)
  if (found.length === limit || (filter === undefined && text === undefined)) return found
  // An order that no index has, or the database would walk through everybody in the order of the index.
  return readPeople(work, orgId, sql`accounts a where ${and([...place, ...wanted])} order by a.slug || '' limit ${limit}`)
}

/** People who are looked at one by one before the index of words is asked. */
const NEAR_MAX = 2_000

const and = (conditions: readonly RawBuilder<unknown>[]) => sql.join(conditions, sql` and `)

async function readPeople(work: Work, orgId: string, from: RawBuilder<unknown>): Promise<readonly ListedPerson[]> {
  const { rows } = await sql<ListedPerson>`
    select p.*, (select greatest(
        (select max(s.last_seen_at) from sessions s where s.org_id = ${orgId}::uuid and s.account_id = p.id::uuid),
        (select max(k.last_used_at) from api_keys k where k.org_id = ${orgId}::uuid and k.account_id = p.id::uuid))) as "lastActiveAt"
    from (select ${ACCOUNT} from ${from}) p order by p.slug`.execute(unnamed(work.db))
  return rows
}

const FILTERS: Readonly<Record<PeopleFilter, RawBuilder<unknown>>> = {
  disabled: sql`a.status = 'disabled'`,
  local: sql`a.origin = 'local'`,
  admins: sql`a.org_role = 'org_admin'`,
  collisions: sql`exists (select from scim_collisions c where c.org_id = a.org_id and c.account_id = a.id)`,
  returners: sql`exists (select from possible_returners r where r.org_id = a.org_id and r.account_id = a.id)`,
}

const WORDS_MAX = 8

/** Words as the index has them, each meant as a beginning. They are letters and digits only, so that none is an operator. */
function searchQuery(orgId: string, text: string): string {
  const words = fold(text)
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
  return [`'${orgId}'`, ...words.map((word) => `'${word}':*`)].join(' & ')
}

/** How many people wait for a decision, by why. */
export async function countDecisions(work: Work, orgId: string): Promise<{ readonly collisions: number; readonly returners: number }> {
  const { rows } = await sql<{ collisions: number; returners: number }>`select
    (select count(*)::int from scim_collisions where org_id = ${orgId}::uuid) as collisions,
    (select count(distinct account_id)::int from possible_returners where org_id = ${orgId}::uuid) as returners`.execute(work.db)
  return rows[0] ?? { collisions: 0, returners: 0 }
}

/** The SCIM user that an account stands for. */
export type ScimUser = {
  readonly id: string
  readonly externalId: string | null
  readonly version: number
  readonly createdAt: Date
  readonly lastModifiedAt: Date
  /** JSON text as served, without meta. */
  readonly json: string
}

export async function findScimUser(work: Work, orgId: string, accountId: string): Promise<ScimUser | undefined> {
  const { rows } = await sql<ScimUser>`
    select r.id::text, r.external_id as "externalId", r.version::float8 as version, r.created_at as "createdAt",
      r.last_modified_at as "lastModifiedAt", r.json
    from scim_resources r where r.org_id = ${orgId}::uuid and r.account_id = ${accountId}::uuid`.execute(work.db)
  return rows[0]
}

/** Every id under which the audit log may tell about a person: the account, its SCIM users of now and before, its sessions and keys. */
export async function idsOfPerson(work: Work, orgId: string, accountId: string): Promise<readonly string[]> {
  const org = sql`${orgId}::uuid`
  const account = sql`${accountId}::uuid`
  const { rows } = await sql<{ id: string }>`
    select ${accountId}::text as id
    union all select r.id::text from scim_resources r where r.org_id = ${org} and r.account_id = ${account}
    union all select t.id::text from scim_tombstones t where t.org_id = ${org} and t.account_id = ${account}
    union all (select s.id from sessions s where s.org_id = ${org} and s.account_id = ${account} order by s.created_at desc limit 100)
    union all (select k.id from api_keys k where k.org_id = ${org} and k.account_id = ${account} order by k.created_at desc limit 100)`.execute(
    work.db,
  )
  return rows.map(({ id }) => id)
}

export type Membership = {
  readonly name: string
  readonly origin: 'idp' | 'local'
  /** Where the group stands in the permission graph; null when it takes no part. */
  readonly path: string | null
  readonly scimGroupId: string | null
  /** Of local groups; what members of IdP groups may do is decided for the group. */
  readonly role: string | null
  readonly addedAt: Date
}

export const MEMBERSHIPS_MAX = 200

/** The groups that somebody is directly in, by name; at most MEMBERSHIPS_MAX and one more. */
export async function listMemberships(work: Work, orgId: string, accountId: string): Promise<readonly Membership[]> {
  const org = sql`${orgId}::uuid`
  const { rows } = await sql<Membership>`
    select g.json::json ->> 'displayName' as name, 'idp' as origin, n.path, g.id::text as "scimGroupId", null as role, m.added_at as "addedAt"
    from scim_resources r join scim_group_members m on m.org_id = r.org_id and m.member_id = r.id
      join scim_resources g on g.org_id = m.org_id and g.id = m.group_id
      left join group_nodes n on n.org_id = g.org_id and n.scim_group_id = g.id
    where r.org_id = ${org} and r.account_id = ${accountId}::uuid
    union all
    select n.display_name, 'local', n.path, null, l.role, l.added_at from local_group_members l
      join group_nodes n on n.org_id = l.org_id and n.id = l.node_id
    where l.org_id = ${org} and l.account_id = ${accountId}::uuid
    order by 1 limit ${MEMBERSHIPS_MAX + 1}`.execute(work.db)
  return rows
}
