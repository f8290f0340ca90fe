// The leaver receipt (design section 3): what ended when somebody was disabled or deleted, how fast, and what was kept. Read from the audit
// log, which was written in the same transaction; it stays when the account is long gone. And beforehand: what a hard deletion would do.
import { sql } from 'kysely'
import type { Actor } from '../audit/event.ts'
import { listApiKeys } from '../auth/api-keys.ts'
import { listSessions } from '../auth/sessions.ts'
import type { Work } from '../db/work.ts'
import { type DeletePreview, deletePreview } from '../memory/retention.ts'

/** What there is of a person beside the account itself. */
export type Kept = DeletePreview & {
  /** Memberships. */
  readonly groups: number
}

export type Receipt = {
  readonly accountId: string
  readonly userName: string
  readonly at: Date
  readonly because: 'disabled' | 'deleted' | 'erased'
  readonly by: Actor
  readonly requestId: string
  /** Milliseconds from the arrival of the request to the end of every credential; null when it came over no wire. */
  readonly afterMs: number | null
  readonly sessions: readonly { readonly id: string; readonly method: string | null; readonly at: Date }[]
  readonly apiKeys: readonly { readonly id: string; readonly name: string | null; readonly at: Date }[]
  /** As of now; null when the account was erased. */
  readonly kept: Kept | null
  /** Of an erasure: what was removed and what passed to the placeholder identity. */
  readonly erased: unknown
}

type Fact = { id: string; ts: Date; actor: Actor; action: string; name: string; payload: Record<string, unknown>; requestId: string }

/** Rows of one statement have nearly the same time; a window keeps the search small. */
const WINDOW = sql`interval '5 seconds'`

/** The latest leave of an account; undefined when it never left. */
export async function findReceipt(work: Work, orgId: string, accountId: string): Promise<Receipt | undefined> {
  const { rows } = await sql<Fact>`
    select l.id::text, l.ts, l.actor, l.action, l.target ->> 'name' as name, l.payload, l.request_id as "requestId" from audit_log l
    where l.org_id = ${orgId}::uuid and l.target ->> 'id' = ${accountId} and l.action in ('account.disable', 'account.delete')
      and l.outcome = 'success' order by l.ts desc, l.id desc limit 1`.execute(work.db)
  const [fact] = rows
  if (fact === undefined) return undefined
  const { afterMs, because, ...payload } = fact.payload
  const erased = fact.action === 'account.delete'
  return {
    accountId,
    userName: fact.name,
    at: fact.ts,
    because: erased ? 'erased' : because === 'deleted' ? 'deleted' : 'disabled',
    by: fact.actor,
    requestId: fact.requestId,
    afterMs: typeof afterMs === 'number' ? afterMs : null,
    ...(await readEnded(work, orgId, { accountId, fact })),
    kept: erased ? null : await readKept(work, orgId, accountId),
    erased: erased ? payload : null,
  }
}

async function readEnded(
  work: Work,
  orgId: string,
  { accountId, fact }: { accountId: string; fact: Fact },
): Promise<Pick<Receipt, 'sessions' | 'apiKeys'>> {
  const { rows } = await sql<{ action: string; id: string; name: string | null; method: string | null; at: Date }>`
    select l.action, l.target ->> 'id' as id, l.target ->> 'name' as name, l.payload ->> 'method' as method, l.ts as at from audit_log l
    where l.org_id = ${orgId}::uuid and l.ts between ${fact.ts}::timestamptz - ${WINDOW} and ${fact.ts}::timestamptz + ${WINDOW}
      and l.request_id = ${fact.requestId} and l.action in ('auth.session.revoke', 'apikey.revoke') and l.payload ->> 'account' = ${accountId}
    order by l.id`.execute(work.db)
  return {
    sessions: rows.filter(({ action }) => action === 'auth.session.revoke').map(({ id, method, at }) => ({ id, method, at })),
    apiKeys: rows.filter(({ action }) => action === 'apikey.revoke').map(({ id, name, at }) => ({ id, name, at })),
  }
}

/** The id of the account that had this user name when it was erased, the latest first; undefined when there is none. */
export async function findErasedAccount(work: Work, orgId: string, userName: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select l.target ->> 'id' as id from audit_log l
    where l.org_id = ${orgId}::uuid and l.action = 'account.delete' and l.outcome = 'success' and l.target ->> 'name' = ${userName}
    order by l.ts desc, l.id desc limit 1`.execute(work.db)
  return rows[0]?.id
}

/** What a hard deletion would remove (all but `sharedEngrams`, which would pass to the placeholder identity), and end. */
export type ErasurePreview = Kept & { readonly sessions: number; readonly apiKeys: number }

export async function previewErasure(work: Work, orgId: string, accountId: string): Promise<ErasurePreview> {
  const [sessions, apiKeys] = [await listSessions(work, orgId, accountId), await listApiKeys(work, orgId, accountId)]
  const live = (credentials: readonly { readonly state: string }[]) => credentials.filter(({ state }) => state === 'active').length
  return { ...(await readKept(work, orgId, accountId)), sessions: live(sessions), apiKeys: live(apiKeys) }
}

async function readKept(work: Work, orgId: string, accountId: string): Promise<Kept> {
  const { rows } = await sql<{ groups: number }>`
    select (select count(*)::int from scim_resources r join scim_group_members m on m.org_id = r.org_id and m.member_id = r.id
        where r.org_id = ${orgId}::uuid and r.account_id = ${accountId}::uuid)
      + (select count(*)::int from local_group_members l where l.org_id = ${orgId}::uuid and l.account_id = ${accountId}::uuid) as groups`.execute(
    work.db,
  )
  return { ...(await deletePreview(work, { orgId, accountId })), groups: rows[0]?.groups ?? 0 }
}
