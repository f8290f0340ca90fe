// Sessions of people who signed in (design section 6). The cookie holds the whole token, the database its hash; a session dies of idleness,
// of age, and with the account's credential epoch.
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { mintToken } from '../primitives/token.ts'
import type { TokenUse } from './scim-tokens.ts'

export const SESSION_IDLE_SECONDS = 12 * 60 * 60
export const SESSION_LIFETIME_SECONDS = 7 * 24 * 60 * 60

export type Session = {
  readonly id: string
  readonly accountId: string
  readonly method: string
  readonly ip: string | null
  readonly userAgent: string | null
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly state: 'active' | 'expired' | 'ended' | 'dead'
}

/** Neither too old nor idle for too long; judged by the database's clock. */
export const SESSION_FRESH = sql<boolean>`(s.expires_at > now() and s.last_seen_at > now() - make_interval(secs => ${sql.lit(SESSION_IDLE_SECONDS)}))`

const SESSION = sql`s.id, s.account_id::text as "accountId", s.method, s.ip, s.user_agent as "userAgent", s.created_at as "createdAt",
  s.last_seen_at as "lastSeenAt", s.expires_at as "expiresAt", s.ended_at as "endedAt",
  case when s.ended_at is not null then 'ended' when not ${SESSION_FRESH} then 'expired'
    when a.status <> 'active' or a.credential_epoch <> s.credential_epoch then 'dead' else 'active' end as state`

export type SignIn = {
  readonly accountId: string
  /** How the person proved who they are, such as `password`, `oidc`, `cli`. */
  readonly method: string
}

/**
 * Starts a session of an active account; like a key it cannot outlive a disabling that comes at the same moment. `token` is for the
 * cookie and is shown once. Throws a `DomainError` `conflict` when the account is disabled or gone.
 */
export async function issueSession(
  work: Work,
  context: AuditContext,
  { accountId, method }: SignIn,
): Promise<{ token: string; row: Session }> {
  const { id, token, secretHash } = mintToken('session')
  const event: AuditEvent = {
    action: 'auth.session.issue',
    target: { kind: 'session', id },
    outcome: 'success',
    payload: { account: accountId, method },
  }
  const { rows } = await sql<Session>`
    with a as (
      select a.org_id, a.id, a.status, a.credential_epoch from accounts a
      where a.org_id = ${context.orgId}::uuid and a.id = ${accountId}::uuid and a.status = 'active' for no key update
    ),
    s as (
      insert into sessions (org_id, id, account_id, secret_hash, credential_epoch, method, ip, user_agent, expires_at)
      select a.org_id, ${id}::text, a.id, ${secretHash}::bytea, a.credential_epoch, ${method}::text, ${context.ip ?? null}::text,
        ${context.userAgent ?? null}::text, now() + make_interval(secs => ${sql.lit(SESSION_LIFETIME_SECONDS)}) from a
      returning *
    ),
    audited as (${auditPart(context, [event], sql`exists (select from s)`)})
    select ${SESSION} from s cross join a`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new DomainError('conflict', 'The account is disabled: it cannot sign in.')
  return { token, row }
}

/** The sessions of an account that are not over, newest first. */
export async function listSessions(work: Work, orgId: string, accountId: string): Promise<readonly Session[]> {
  const { rows } = await sql<Session>`
    select ${SESSION} from sessions s join accounts a on a.org_id = s.org_id and a.id = s.account_id
    where s.org_id = ${orgId}::uuid and s.account_id = ${accountId}::uuid order by s.created_at desc, s.id`.execute(work.db)
  return rows
}

/** Ends a session; of an account only its own, when one is given. False when there is none such that could be ended. */
export async function endSession(
  work: Work,
  context: AuditContext,
  { id, accountId, because }: { id: string; accountId?: string; because: 'signed_out' | 'revoked' },
): Promise<boolean> {
  const event: AuditEvent = { action: 'auth.session.revoke', target: { kind: 'session', id }, outcome: 'success', payload: { because } }
  const { rows } = await sql`
    with s as (
      update sessions set ended_at = clock_timestamp(), ended_because = ${because}
      where org_id = ${context.orgId}::uuid and id = ${id} and ended_at is null and (${accountId ?? null}::uuid is null or account_id = ${accountId ?? null}::uuid)
      returning id
    ),
    audited as (${auditPart(context, [event], sql`exists (select from s)`)})
    select id from s`.execute(work.db)
  return rows.length > 0
}

/** Keeps used sessions from being idle; rows are locked in one order. */
export async function noteSessionUses(work: Work, uses: readonly TokenUse[]): Promise<void> {
  await sql`
    with used as (
      select * from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u("orgId" uuid, id text, at timestamptz)
    ), locked as (
      select s.org_id, s.id from sessions s join used u on s.org_id = u."orgId" and s.id = u.id order by s.org_id, s.id for update of s
    )
    update sessions s set last_seen_at = u.at from used u join locked l on l.org_id = u."orgId" and l.id = u.id
    where s.org_id = l.org_id and s.id = l.id and s.last_seen_at < u.at`.execute(work.db)
}
