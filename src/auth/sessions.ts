// Sessions of people who signed in (design section 6). The cookie holds the whole token, the database its hash; a session dies of idleness,
// of age, and with the account's credential epoch. A sign-in of several steps has a session of its own for each of them, and only that of
// the last opens anything.
import { type RawBuilder, sql } from 'kysely'
import { auditPart, auditRowsPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { mintToken } from '../primitives/token.ts'
import type { TokenUse } from './scim-tokens.ts'

export const SESSION_IDLE_SECONDS = 12 * 60 * 60
export const SESSION_LIFETIME_SECONDS = 7 * 24 * 60 * 60
/** For each step of a sign-in that is not complete. */
export const STEP_LIFETIME_SECONDS = 10 * 60
/** Sessions that a list shows. */
const LISTED_MAX = 200
/** Sessions that are over are forgotten after this. */
const KEPT_DAYS = 30

/** What is still missing until the session opens anything: nothing when it is `full`. */
export type Stage = 'totp' | 'password_change' | 'full'

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
  /** How the person proved who they are, such as `password` or `oidc`. */
  readonly method: string
  /** `full` unless said otherwise. */
  readonly stage?: Stage
  /** The step before, which ends with this one and cannot be gone on from twice. */
  readonly continues?: string
  /** What the proof rests on, joined to the account `a`: it must still be so, and stays until the session is there. */
  readonly holding?: RawBuilder<unknown>
}

/**
 * Starts a session of an active account; like a key it cannot outlive a disabling that comes at the same moment. `token` is for the
 * cookie and is shown once. Throws a `DomainError` `conflict` when the account is disabled or gone, or what the sign-in rests on is.
 */
export async function issueSession(work: Work, context: AuditContext, signIn: SignIn): Promise<{ token: string; row: Session }> {
  const { accountId, method, stage = 'full', continues, holding = sql`` } = signIn
  const { id, token, secretHash } = mintToken('session')
  const event: AuditEvent = {
    action: stage === 'full' ? 'auth.login' : 'auth.session.issue',
    target: { kind: 'session', id },
    outcome: 'success',
    payload: { account: accountId, method, ...(stage === 'full' ? {} : { stage }) },
  }
  const lifetime = stage === 'full' ? SESSION_LIFETIME_SECONDS : STEP_LIFETIME_SECONDS
  const { rows } = await sql<Session>`
    with a as (
      select a.org_id, a.id, a.status, a.credential_epoch from accounts a ${holding}
      where a.org_id = ${context.orgId}::uuid and a.id = ${accountId}::uuid and a.status = 'active' for no key update
    ),
    before as (
      update sessions s set ended_at = clock_timestamp(), ended_because = 'continued' from a
      where s.org_id = a.org_id and s.id = ${continues ?? null}::text and s.account_id = a.id and s.ended_at is null and s.stage <> 'full'
        and s.credential_epoch = a.credential_epoch and ${SESSION_FRESH}
      returning s.id
    ),
    s as (
      insert into sessions (org_id, id, account_id, secret_hash, credential_epoch, method, stage, ip, user_agent, expires_at)
      select a.org_id, ${id}::text, a.id, ${secretHash}::bytea, a.credential_epoch, ${method}::text, ${stage}::text, ${context.ip ?? null}::text,
        ${context.userAgent ?? null}::text, now() + make_interval(secs => ${lifetime}::double precision) from a
      where ${continues ?? null}::text is null or exists (select from before)
      returning *
    ),
    audited as (${auditPart(context, [event], sql`exists (select from s)`)})
    select ${SESSION} from s cross join a`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new DomainError('conflict', 'The account is disabled, or the sign-in has expired: it cannot go on.')
  return { token, row }
}

/** The sessions of an account, those that were not ended first, then the newest; the latest of very many. */
export async function listSessions(work: Work, orgId: string, accountId: string): Promise<readonly Session[]> {
  const { rows } = await sql<Session>`
    select ${SESSION} from sessions s join accounts a on a.org_id = s.org_id and a.id = s.account_id
    where s.org_id = ${orgId}::uuid and s.account_id = ${accountId}::uuid and s.stage = 'full'
    order by s.ended_at is not null, s.created_at desc, s.id limit ${sql.lit(LISTED_MAX)}`.execute(work.db)
  return rows
}

/** Ends a session; of an account only its own, when one is given. False when there is none such that could be ended. */
export async function endSession(
  work: Work,
  context: AuditContext,
  { id, accountId, because }: { id: string; accountId?: string; because: 'signed_out' | 'revoked' },
): Promise<boolean> {
  const event: AuditEvent = {
    action: because === 'signed_out' ? 'auth.logout' : 'auth.session.revoke',
    target: { kind: 'session', id },
    outcome: 'success',
    payload: { because },
  }
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

/** Ends all sessions of an account, half-finished sign-ins too, except one; how many it were. */
export async function endSessions(
  work: Work,
  context: AuditContext,
  { accountId, except }: { accountId: string; except?: string | undefined },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with ended as (
      update sessions s set ended_at = clock_timestamp(), ended_because = 'revoked'
      where s.org_id = ${context.orgId}::uuid and s.account_id = ${accountId}::uuid and s.ended_at is null and ${SESSION_FRESH}
        and s.id is distinct from ${except ?? null}::text
      returning s.id, s.method
    ),
    audited as (${auditRowsPart(context, {
      action: 'auth.session.revoke',
      target: sql`jsonb_build_object('kind', 'session', 'id', e.id)`,
      payload: sql`jsonb_build_object('account', ${accountId}::text, 'because', 'revoked', 'method', e.method)`,
      from: sql`ended e`,
    })})
    select count(*)::int as count from ended`.execute(work.db)
  return rows[0]?.count ?? 0
}

/** Forgets sessions that have been over for long; the audit log remembers them. */
export async function forgetOldSessions(work: Work): Promise<void> {
  await sql`delete from sessions where least(ended_at, expires_at) < now() - make_interval(days => ${sql.lit(KEPT_DAYS)})`.execute(work.db)
}

/** Keeps used sessions from being idle; rows are locked in one order. */
export async function noteSessionUses(work: Work, uses: readonly TokenUse[]): Promise<void> {
  await sql`
    with used as (
      select * from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u("orgId" uuid, id text, at timestamptz)
    ), locked as (
      select s.org_id, s.id from sessions s join used u on s.org_id = u."orgId" and s.id = u.id order by s.org_id, s.id for update of s skip locked
    )
    update sessions s set last_seen_at = u.at from used u join locked l on l.org_id = u."orgId" and l.id = u.id
    where s.org_id = l.org_id and s.id = l.id and s.last_seen_at < u.at`.execute(work.db)
}
