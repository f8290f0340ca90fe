// Hard deletion (design section 5): before the account's row goes, what it owns alone is removed and what it wrote for others passes to the
// organisation's placeholder identity. In one transaction with the row, under its lock.
import { sql } from 'kysely'
import type { AuditContext } from '../audit/event.ts'
import { endCredentials } from '../auth/revocation.ts'
import type { Work } from '../db/work.ts'
import { ensurePlaceholder } from '../directory/placeholder.ts'
import { eraseOwn, reassignShared } from '../memory/retention.ts'
import { leaveLocalGroups } from '../permissions/local-groups.ts'
import type { HeldAccount, SinceArrival } from './leaver.ts'

/** Everything of an account but its row, which the caller deletes. The audit row holds the counts. */
export async function erase(
  work: Work,
  context: AuditContext,
  { account, sinceArrivalMs }: { account: HeldAccount; sinceArrivalMs: SinceArrival },
): Promise<void> {
  const { orgId } = context
  const owner = { orgId, accountId: account.id }
  const placeholderId = await ensurePlaceholder(work, orgId)
  const erased = await eraseOwn(work, owner)
  const reassigned = await reassignShared(work, { ...owner, placeholderId })
  await leaveLocalGroups(work, context, account.id)
  await sql`delete from scopes where org_id = ${orgId}::uuid and id = ${account.id}::uuid`.execute(work.db)
  await sql`delete from scim_tombstones where org_id = ${orgId}::uuid and account_id = ${account.id}::uuid`.execute(work.db)
  const payload = {
    erased: { ...erased },
    reassigned: { engrams: reassigned },
    ...(sinceArrivalMs === undefined ? {} : { afterMs: Math.round(sinceArrivalMs() * 10) / 10 }),
  }
  await endCredentials(work, context, {
    accountId: account.id,
    because: 'deleted',
    fact: { action: 'account.delete', name: account.userName, payload },
  })
}
