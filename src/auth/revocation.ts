// The end of everything an account could prove itself with: sessions and API keys, each with its audit row. What makes them dead is the
// account's credential epoch, moved by whoever calls this in the same transaction; the marks here are for people to see.
import { sql } from 'kysely'
import { auditRowsPart } from '../audit/append.ts'
import type { AuditContext, Payload } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { SESSION_FRESH } from './sessions.ts'

export type Because = 'revoked' | 'disabled' | 'deleted' | 'merged'

export type Revoked = { readonly sessions: number; readonly apiKeys: number }

export type End = {
  readonly accountId: string
  readonly because: Because
  /** The fact that ends them, told in a row of its own with what was ended. */
  readonly fact: {
    readonly action: 'account.disable' | 'account.delete' | 'account.link' | 'account.update'
    readonly name: string
    readonly payload: Payload
  }
}

/**
 * Marks the account's live sessions and keys. A statement of its own, after the account's row was changed: what was being made meanwhile
 * has been waited for and is seen.
 */
export async function endCredentials(work: Work, context: AuditContext, { accountId, because, fact }: End): Promise<Revoked> {
  const { rows } = await sql<Revoked>`
    with ended as (
      update sessions s set ended_at = clock_timestamp(), ended_because = ${because}
      where s.org_id = ${context.orgId}::uuid and s.account_id = ${accountId}::uuid and s.ended_at is null and ${SESSION_FRESH}
      returning s.id, s.method
    ),
    revoked as (
      update api_keys k set revoked_at = clock_timestamp(), revoked_because = ${because}
      where k.org_id = ${context.orgId}::uuid and k.account_id = ${accountId}::uuid and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > now())
      returning k.id, k.name
    ),
    audited_sessions as (${auditRowsPart(context, {
      action: 'auth.session.revoke',
      target: sql`jsonb_build_object('kind', 'session', 'id', e.id)`,
      payload: sql`jsonb_build_object('account', ${accountId}::text, 'because', ${because}::text, 'method', e.method)`,
      from: sql`ended e`,
    })}),
    audited_keys as (${auditRowsPart(context, {
      action: 'apikey.revoke',
      target: sql`jsonb_build_object('kind', 'api_key', 'id', e.id, 'name', e.name)`,
      payload: sql`jsonb_build_object('account', ${accountId}::text, 'because', ${because}::text)`,
      from: sql`revoked e`,
    })}),
    audited as (${auditRowsPart(context, {
      action: fact.action,
      target: sql`jsonb_build_object('kind', 'account', 'id', ${accountId}::text, 'name', ${fact.name}::text)`,
      payload: sql`${JSON.stringify(fact.payload)}::jsonb || jsonb_build_object('sessions', (select count(*) from ended), 'apiKeys', (select count(*) from revoked))`,
      from: sql`(select 1) one`,
    })})
    select (select count(*)::int from ended) as sessions, (select count(*)::int from revoked) as "apiKeys"`.execute(work.db)
  return rows[0] ?? { sessions: 0, apiKeys: 0 }
}
