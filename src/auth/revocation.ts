// The end of everything an account could prove itself with: sessions and API keys, each with its audit row. What makes them dead is the
// account's credential epoch, moved by whoever calls this in the same transaction; the marks here are for people to see.
import { type RawBuilder, sql } from 'kysely'
import { auditJson } from '../audit/append.ts'
import type { AuditContext, Payload } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { SESSION_IDLE_SECONDS } from './sessions.ts'

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
 * Marks the account's live sessions and keys, called after its row was changed or from the statement that changes it: what was being made
 * meanwhile has been waited for and is seen.
 */
export async function endCredentials(work: Work, context: AuditContext, { accountId, because, fact }: End): Promise<Revoked> {
  const call = endCredentialsCall(sql`${auditJson(context)}::jsonb`, sql`${accountId}::uuid`, {
    because,
    fact: sql`${auditJson(fact)}::jsonb`,
  })
  const { rows } = await sql<Revoked>`select e.ended_sessions as sessions, e.ended_keys as "apiKeys" from ${call} e`.execute(work.db)
  return rows[0] ?? { sessions: 0, apiKeys: 0 }
}

/**
 * The call inside a bigger statement: an AuditContext and a fact as jsonb expressions, an expression for the account's id. Gives
 * ended_sessions and ended_keys.
 */
export function endCredentialsCall(
  context: RawBuilder<unknown>,
  account: RawBuilder<unknown>,
  { because, fact }: { because: Because; fact: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`end_credentials(${context}, ${account}, ${sql.lit(because)}, ${fact}, make_interval(secs => ${sql.lit(SESSION_IDLE_SECONDS)}))`
}
