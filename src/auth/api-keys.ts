// API keys of accounts (design section 6): issued, listed, revoked, each with its audit row in the same statement. A key holds the
// account's credential epoch of the moment it was made; when the epoch moves on, the key is dead without being touched.
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { mintToken } from '../primitives/token.ts'
import type { TokenUse } from './scim-tokens.ts'

/** Live keys of one account. */
export const LIVE_KEYS_MAX = 100
const NAME_LENGTH_MAX = 200
export const KEY_LIFETIME_SECONDS_DEFAULT = 365 * 24 * 60 * 60

/** What may be seen of a key: all but its secret. */
export type ApiKey = {
  readonly id: string
  readonly name: string
  readonly accountId: string
  readonly createdAt: Date
  /** Null: never. */
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
  readonly lastUsedIp: string | null
  readonly lastUsedUserAgent: string | null
  /** `dead`: the account was disabled since it was made. */
  readonly state: 'active' | 'expired' | 'revoked' | 'dead'
}

const KEY = sql`k.id, k.name, k.account_id::text as "accountId", k.created_at as "createdAt", k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
  k.last_used_at as "lastUsedAt", k.last_used_ip as "lastUsedIp", k.last_used_user_agent as "lastUsedUserAgent",
  case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired'
    when a.status <> 'active' or a.credential_epoch <> k.credential_epoch then 'dead' else 'active' end as state`

export type KeyRequest = {
  readonly accountId: string
  readonly name: string
  /** Null: never. */
  readonly lifetimeSeconds: number | null
}

/** The key's text leaves the server here and never again. */
export type IssuedKey = { readonly key: string; readonly row: ApiKey }

/**
 * Makes a key for an active account. Holds the account's row until it is committed: a disabling that comes at the same moment
 * waits and then outdates the key, or has come before and nothing is made. Throws a `DomainError`: `invalid`, `conflict`,
 * `limit_exceeded`.
 */
export async function issueApiKey(work: Work, context: AuditContext, { accountId, name, lifetimeSeconds }: KeyRequest): Promise<IssuedKey> {
  checkName(name)
  const { id, token, secretHash } = mintToken('api_key')
  const event: AuditEvent = {
    action: 'apikey.issue',
    target: { kind: 'api_key', id, name },
    outcome: 'success',
    payload: { account: accountId, lifetimeSeconds: lifetimeSeconds ?? 'never' },
  }
  const { rows } = await sql<ApiKey>`
    with a as (
      select a.org_id, a.id, a.status, a.credential_epoch from accounts a
      where a.org_id = ${context.orgId}::uuid and a.id = ${accountId}::uuid and a.status = 'active'
        and (select count(*) from api_keys o where o.org_id = a.org_id and o.account_id = a.id and o.revoked_at is null
          and (o.expires_at is null or o.expires_at > now())) < ${sql.lit(LIVE_KEYS_MAX)}
      for no key update
    ),
    k as (
      insert into api_keys (org_id, id, account_id, name, secret_hash, credential_epoch, created_actor, expires_at)
      select a.org_id, ${id}::text, a.id, ${name}::text, ${secretHash}::bytea, a.credential_epoch, ${JSON.stringify(context.actor)}::jsonb,
        now() + make_interval(secs => ${lifetimeSeconds}::double precision) from a
      returning *
    ),
    audited as (${auditPart(context, [event], sql`exists (select from k)`)})
    select ${KEY} from k cross join a`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw await whyNot(work, context.orgId, accountId)
  return { key: token, row }
}

async function whyNot(work: Work, orgId: string, accountId: string): Promise<DomainError> {
  const { rows } = await sql<{ status: string }>`
    select status from accounts where org_id = ${orgId}::uuid and id = ${accountId}::uuid`.execute(work.db)
  if (rows[0] === undefined) return new DomainError('not_found', 'There is no such account.')
  if (rows[0].status !== 'active') return new DomainError('conflict', 'The account is disabled: it cannot have an API key.')
  return new DomainError('limit_exceeded', `This account has ${LIVE_KEYS_MAX} live API keys: revoke those that are not used.`)
}

function checkName(name: string): void {
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX || /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(name)) {
    throw new DomainError('invalid', `An API key needs a name of 1 to ${NAME_LENGTH_MAX} visible characters, such as "laptop".`)
  }
}

/** The keys of an account, or of the whole organisation, dead ones included, in the order of their making. */
export async function listApiKeys(work: Work, orgId: string, accountId?: string): Promise<readonly ApiKey[]> {
  const { rows } = await sql<ApiKey>`
    select ${KEY} from api_keys k join accounts a on a.org_id = k.org_id and a.id = k.account_id
    where k.org_id = ${orgId}::uuid and (${accountId ?? null}::uuid is null or k.account_id = ${accountId ?? null}::uuid)
    order by k.created_at, k.id`.execute(work.db)
  return rows
}

/** Kills a key. Of an account only its own, when one is given. Throws a `DomainError` `not_found`. */
export async function revokeApiKey(
  work: Work,
  context: AuditContext,
  { id, accountId }: { id: string; accountId?: string },
): Promise<ApiKey> {
  const event: AuditEvent = {
    action: 'apikey.revoke',
    target: { kind: 'api_key', id },
    outcome: 'success',
    payload: { because: 'revoked' },
  }
  const { rows } = await sql<ApiKey>`
    with k as (
      update api_keys set revoked_at = clock_timestamp(), revoked_because = 'revoked'
      where org_id = ${context.orgId}::uuid and id = ${id} and revoked_at is null and (${accountId ?? null}::uuid is null or account_id = ${accountId ?? null}::uuid)
      returning *
    ),
    audited as (${auditPart(context, [event], sql`exists (select from k)`)})
    select ${KEY} from k join accounts a on a.org_id = k.org_id and a.id = k.account_id`.execute(work.db)
  const [row] = rows
  if (row !== undefined) return row
  const known = (await listApiKeys(work, context.orgId, accountId)).find((key) => key.id === id)
  if (known === undefined) throw new DomainError('not_found', `There is no API key ${id.slice(0, 40)}.`)
  return known
}

/** Notes when and from where keys were last used; rows are locked in one order. */
export async function noteKeyUses(work: Work, uses: readonly TokenUse[]): Promise<void> {
  await sql`
    with used as (
      select * from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u("orgId" uuid, id text, at timestamptz, ip text, "userAgent" text)
    ), locked as (
      select k.org_id, k.id from api_keys k join used u on k.org_id = u."orgId" and k.id = u.id order by k.org_id, k.id for update of k skip locked
    )
    update api_keys k set last_used_at = u.at, last_used_ip = u.ip, last_used_user_agent = u."userAgent"
    from used u join locked l on l.org_id = u."orgId" and l.id = u.id
    where k.org_id = l.org_id and k.id = l.id and (k.last_used_at is null or k.last_used_at < u.at)`.execute(work.db)
}
