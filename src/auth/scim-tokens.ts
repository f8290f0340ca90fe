// The SQL of SCIM tokens (design section 6). Expiry is always judged by the database's clock, so that all processes agree.
import { sql } from 'kysely'
import { list } from '../db/lists.ts'
import type { Work } from '../db/work.ts'
import type { MintedToken } from '../primitives/token.ts'

export type Idp = 'okta' | 'entra' | 'generic'

/** What a request needs to know of the token it came with. */
export type PresentedToken = {
  readonly orgId: string
  readonly org: string
  readonly id: string
  readonly name: string
  readonly idp: Idp
  readonly secretHash: Buffer
  readonly externalIdImmutable: boolean
  /** Null: no limit. */
  readonly ratePerSecond: number | null
  readonly revoked: boolean
  readonly expired: boolean
}

/** What an admin may see of a token: all but its secret. */
export type ScimToken = {
  readonly id: string
  readonly name: string
  readonly idp: Idp
  readonly externalIdImmutable: boolean
  readonly ratePerSecond: number | null
  readonly createdBy: string
  readonly createdAt: Date
  /** Null: never. */
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** The successor's id, once rotated. */
  readonly rotatedTo: string | null
  readonly firstUsedAt: Date | null
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
  readonly lastUsedUserAgent: string | null
  /** HTTP status of the last request. */
  readonly lastStatus: number | null
  readonly state: 'active' | 'expired' | 'revoked'
}

const TOKEN = sql`t.id, t.name, t.idp, t.external_id_immutable as "externalIdImmutable", t.rate_per_second as "ratePerSecond",
  t.created_by as "createdBy", t.created_at as "createdAt", t.expires_at as "expiresAt", t.revoked_at as "revokedAt",
  t.rotated_to as "rotatedTo", t.first_used_at as "firstUsedAt", t.last_used_at as "lastUsedAt", t.last_used_ip as "lastUsedIp",
  t.last_used_user_agent as "lastUsedUserAgent", t.last_status as "lastStatus",
  case when t.revoked_at is not null then 'revoked' when t.expires_at <= now() then 'expired' else 'active' end as state`

/**
 * The tokens with these ids, of whatever organisation, dead ones included. One indexed read.
 */
export async function findPresentedTokens(work: Work, ids: readonly string[]): Promise<ReadonlyMap<string, PresentedToken>> {
  const { rows } = await sql<PresentedToken>`
    select t.org_id::text as "orgId", o.slug as org, t.id, t.name, t.idp, t.secret_hash as "secretHash",
      t.external_id_immutable as "externalIdImmutable", t.rate_per_second as "ratePerSecond", t.revoked_at is not null as revoked,
      coalesce(t.expires_at <= now(), false) as expired
    from unnest(${list(ids, 'text')}) k (id) join scim_tokens t on t.id = k.id join orgs o on o.org_id = t.org_id`.execute(work.db)
  return new Map(rows.map((row) => [row.id, row]))
}

export async function insertScimToken(
  work: Work,
  orgId: string,
  token: Pick<MintedToken, 'id' | 'secretHash'> &
    Pick<ScimToken, 'name' | 'idp' | 'externalIdImmutable' | 'ratePerSecond' | 'createdBy'> & {
      /** Null: never. */
      readonly lifetimeSeconds: number | null
    },
): Promise<ScimToken> {
  const { rows } = await sql<ScimToken>`
    insert into scim_tokens as t (org_id, id, name, idp, secret_hash, external_id_immutable, rate_per_second, created_by, expires_at)
    values (${orgId}, ${token.id}, ${token.name}, ${token.idp}, ${token.secretHash}, ${token.externalIdImmutable}, ${token.ratePerSecond},
      ${token.createdBy}, now() + make_interval(secs => ${token.lifetimeSeconds}::double precision))
    returning ${TOKEN}`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new Error('an insert returned no row')
  return row
}

/** Undefined when there is none with that id in this organisation. */
export async function findScimToken(work: Work, orgId: string, id: string): Promise<ScimToken | undefined> {
  const { rows } = await sql<ScimToken>`select ${TOKEN} from scim_tokens t where t.org_id = ${orgId} and t.id = ${id}`.execute(work.db)
  return rows[0]
}

export async function listScimTokens(work: Work, orgId: string): Promise<readonly ScimToken[]> {
  const { rows } = await sql<ScimToken>`select ${TOKEN} from scim_tokens t where t.org_id = ${orgId} order by t.created_at, t.id`.execute(
    work.db,
  )
  return rows
}

/** Locks the token for the rest of the transaction. */
export async function lockScimToken(work: Work, orgId: string, id: string): Promise<ScimToken | undefined> {
  const { rows } = await sql<ScimToken>`select ${TOKEN} from scim_tokens t where t.org_id = ${orgId} and t.id = ${id} for update`.execute(
    work.db,
  )
  return rows[0]
}

/** Tokens that can still be used. */
export async function countLiveTokens(work: Work, orgId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from scim_tokens
    where org_id = ${orgId} and revoked_at is null and (expires_at is null or expires_at > now())`.execute(work.db)
  return rows[0]?.count ?? 0
}

/** Ends a token's life after an overlap, never later than it would have ended anyway, and names its successor. */
export async function supersedeScimToken(
  work: Work,
  orgId: string,
  change: { id: string; successor: string; overlapSeconds: number },
): Promise<void> {
  await sql`
    update scim_tokens set rotated_to = ${change.successor},
      expires_at = least(expires_at, now() + make_interval(secs => ${change.overlapSeconds}::double precision))
    where org_id = ${orgId} and id = ${change.id}`.execute(work.db)
}

export async function revokeScimTokenRow(work: Work, orgId: string, id: string): Promise<void> {
  await sql`update scim_tokens set revoked_at = now() where org_id = ${orgId} and id = ${id} and revoked_at is null`.execute(work.db)
}

export type TokenUse = {
  readonly orgId: string
  readonly id: string
  readonly at: Date
  readonly ip: string
  readonly userAgent: string | undefined
  /** HTTP status of the answer, where it is kept. */
  readonly status?: number
}

/** Notes when and from where tokens were last used. Rows are locked in one order, so that processes do not block each other for good. */
export async function noteTokenUses(work: Work, uses: readonly TokenUse[]): Promise<void> {
  if (uses.length === 0) return
  await sql`
    with used as (
      select * from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u("orgId" uuid, id text, at timestamptz, ip text, "userAgent" text,
        status smallint)
    ), locked as (
      select t.org_id, t.id from scim_tokens t join used u on t.org_id = u."orgId" and t.id = u.id order by t.org_id, t.id for update of t
    )
    update scim_tokens t set first_used_at = coalesce(t.first_used_at, u.at), last_used_at = u.at, last_used_ip = u.ip,
      last_used_user_agent = u."userAgent", last_status = u.status
    from used u join locked l on l.org_id = u."orgId" and l.id = u.id
    where t.org_id = l.org_id and t.id = l.id and (t.last_used_at is null or t.last_used_at < u.at)`.execute(work.db)
}
