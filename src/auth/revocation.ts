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
  const call = endCredentialsCall(sql`${auditJson([{ context, account: accountId, fact }])}::jsonb`, because)
  const { rows } = await sql<Revoked>`select e.ended_sessions as sessions, e.ended_keys as "apiKeys" from ${call} e`.execute(work.db)
  return rows[0] ?? { sessions: 0, apiKeys: 0 }
}

/**
 * The call inside a bigger statement, for several accounts: `ends` is a jsonb expression, an array of {context, account, fact} with an
 * AuditContext, the account's id and a fact. Gives ended_account, ended_sessions and ended_keys for each.
 */
export function endCredentialsCall(ends: RawBuilder<unknown>, because: Because): RawBuilder<unknown> {
  return sql`end_credentials(${ends}, ${sql.lit(because)}, make_interval(secs => ${sql.lit(SESSION_IDLE_SECONDS)}))`
}
