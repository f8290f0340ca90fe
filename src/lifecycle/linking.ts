// Which account a SCIM user stands for, where an admin has to say it: a local account handed to the identity provider, and a person who
// came back under a new account (design section 3).
import { type RawBuilder, sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import { endCredentials } from '../auth/revocation.ts'
import type { Work } from '../db/work.ts'
import { type Account, findAccount, findPromised, prelinkAccount, removePrelink } from '../directory/accounts.ts'
import { hasScimUser } from '../directory/resources.ts'
import { type Erased, moveOwn } from '../memory/retention.ts'
import { userScopeName } from '../permissions/scope.ts'
import { ensureScope } from '../permissions/writing.ts'
import { DomainError } from '../primitives/errors.ts'
import { holdAccountRow, holdScimUser } from './leaver.ts'

/**
 * Lets the next matching SCIM create take a local account over, with its credentials and memories: by externalId where one is given, else
 * by user name or by the name of the create that collided. Throws a `DomainError`: `not_found`, `conflict`.
 */
export function linkAccount(work: Work, context: AuditContext, link: { id: string; externalId: string | undefined }): Promise<void> {
  return work.atomically(async (tx) => {
    const account = await getAccount(tx, context.orgId, link.id)
    const promised = link.externalId === undefined ? undefined : await findPromised(tx, context.orgId, link.externalId)
    if (promised !== undefined && promised.id !== link.id)
      throw new DomainError('conflict', `The externalId is promised to ${promised.userName} already: take that link back first.`)
    if (!(await prelinkAccount(tx, context.orgId, link)))
      throw new DomainError('conflict', `${account.userName} is managed by an identity provider already.`)
    const payload = link.externalId === undefined ? {} : { externalId: link.externalId }
    await append(tx.db, context, [{ action: 'account.link', target: targetOf(account), outcome: 'success', payload }])
  })
}

/** Takes such a link back before it was used. Throws a `DomainError`: `not_found`, `conflict` when there is none. */
export function unlinkAccount(work: Work, context: AuditContext, id: string): Promise<void> {
  return work.atomically(async (tx) => {
    const account = await getAccount(tx, context.orgId, id)
    if (!(await removePrelink(tx, context.orgId, id))) {
      const why = account.origin === 'scim' ? 'is managed by the identity provider; delete the user there to release it.' : 'has no link.'
      throw new DomainError('conflict', `${account.userName} ${why}`)
    }
    await append(tx.db, context, [{ action: 'account.unlink', target: targetOf(account), outcome: 'success', payload: {} }])
  })
}

async function getAccount(work: Work, orgId: string, id: string): Promise<Account> {
  const account = await findAccount(work, orgId, { id })
  if (account === undefined) throw new DomainError('not_found', 'There is no such account.')
  return account
}

const targetOf = ({ id, userName }: { id: string; userName: string }) => ({ kind: 'account', id, name: userName })

/**
 * Gives a SCIM user the account of an earlier life: `accountId` is the account it got, `formerId` the one it had. The former account takes
 * over name, state, groups and what was remembered since; sessions and keys of both stay dead, and rights in the organisation are those of
 * the new account. The new account is gone afterwards. Throws a `DomainError`: `not_found`, `conflict`.
 */
export function linkReturner(work: Work, context: AuditContext, pair: { accountId: string; formerId: string }): Promise<Erased> {
  return work.atomically(async (tx) => {
    const { orgId } = context
    const { now, former } = await holdPair(tx, orgId, pair)
    await endCredentials(tx, context, {
      accountId: now.id,
      because: 'merged',
      fact: { action: 'account.link', name: former.userName, payload: { returner: former.id, account: now.id } },
    })
    const moved = await moveMemories(tx, context, { from: now.id, to: former.id })
    await takeOver(tx, orgId, { from: now.id, to: former.id })
    await append(tx.db, context, [
      { action: 'account.restore', target: targetOf(former), outcome: 'success', payload: { mergedFrom: now.id, moved: { ...moved } } },
    ])
    return moved
  })
}

/** Both accounts, locked, and fit for each other. */
async function holdPair(work: Work, orgId: string, { accountId, formerId }: { accountId: string; formerId: string }) {
  const { rows } = await sql<{ id: string }>`
    select id::text from scim_resources where org_id = ${orgId}::uuid and account_id = ${accountId}::uuid and type = 'User'`.execute(
    work.db,
  )
  const [scimUser] = rows
  // Nobody leaves: the person's rights go on with the other account, those of the last admin too.
  const now = scimUser === undefined ? undefined : await holdScimUser(work, orgId, scimUser.id)
  if (now === undefined)
    throw new DomainError('conflict', 'The new account is not managed by an identity provider: there is nobody to link.')
  const former = accountId === formerId ? undefined : await holdAccountRow(work, orgId, formerId)
  if (former === undefined) throw new DomainError('not_found', 'There is no such former account.')
  if (former.origin !== 'scim' || former.status !== 'disabled' || (await hasScimUser(work, orgId, former.id))) {
    throw new DomainError('conflict', `${former.userName} is not the account of a person whom the identity provider deleted.`)
  }
  return { now, former }
}

type Move = { readonly from: string; readonly to: string }

async function moveMemories(work: Work, { orgId, org }: AuditContext, { from, to }: Move): Promise<Erased> {
  const { rows } = await sql<{ slug: string }>`select slug from accounts where org_id = ${orgId}::uuid and id = ${to}::uuid`.execute(
    work.db,
  )
  await ensureScope(work, orgId, { id: to, kind: 'user', name: userScopeName(org, rows[0]?.slug ?? '') })
  const moved = await moveOwn(work, { orgId, fromId: from, toId: to })
  await sql`delete from scopes where org_id = ${orgId}::uuid and id = ${from}::uuid`.execute(work.db)
  return moved
}

/** Name, state and groups of one account become the other's, and its row goes. */
async function takeOver(work: Work, orgId: string, { from, to }: Move): Promise<void> {
  const both = sql`n.org_id = ${orgId}::uuid and n.id = ${from}::uuid and f.org_id = n.org_id and f.id = ${to}::uuid`
  const run = (statement: RawBuilder<unknown>) => statement.execute(work.db)
  await run(sql`update scim_resources set account_id = ${to}::uuid where org_id = ${orgId}::uuid and account_id = ${from}::uuid`)
  const { rows } = await sql<{ user_name_key: string | null }>`
    select user_name_key from accounts where org_id = ${orgId}::uuid and id = ${from}::uuid`.execute(work.db)
  await run(sql`update accounts set user_name_key = null where org_id = ${orgId}::uuid and id = ${from}::uuid`)
  await run(sql`
    update accounts f set user_name = n.user_name, user_name_key = ${rows[0]?.user_name_key ?? null}, former_user_name_key = null,
      display_name = n.display_name, email = n.email, email_key = n.email_key, status = n.status, disabled_at = n.disabled_at,
      org_role = n.org_role, break_glass = n.break_glass, credential_epoch = f.credential_epoch + 1
    from accounts n where ${both}`)
  await run(sql`
    insert into local_group_members (org_id, node_id, account_id, role, added_at, added_request_id, added_actor)
    select org_id, node_id, ${to}::uuid, role, added_at, added_request_id, added_actor from local_group_members
    where org_id = ${orgId}::uuid and account_id = ${from}::uuid on conflict (org_id, node_id, account_id) do nothing`)
  await run(sql`delete from accounts where org_id = ${orgId}::uuid and id = ${from}::uuid`)
}

export type Returner = {
  readonly account: string
  readonly accountId: string
  readonly former: string
  readonly formerId: string
  readonly foundAt: Date
}

/** People who may have been here before, for an admin to decide; newest first. */
export async function listReturners(work: Work, orgId: string): Promise<readonly Returner[]> {
  const { rows } = await sql<Returner>`
    select n.user_name as account, n.id::text as "accountId", f.user_name as former, f.id::text as "formerId", p.found_at as "foundAt"
    from possible_returners p join accounts n on n.org_id = p.org_id and n.id = p.account_id
      join accounts f on f.org_id = p.org_id and f.id = p.former_account_id
    where p.org_id = ${orgId}::uuid order by p.found_at desc, p.account_id, p.former_account_id limit 1000`.execute(work.db)
  return rows
}

export type ListedCollision = {
  readonly account: string
  readonly accountId: string
  readonly pushedAs: string
  readonly times: number
  readonly lastSeenAt: Date
  readonly linked: boolean
}

/** Local accounts that the identity provider's creates ran into, for an admin to link or rename; the latest first. */
export async function listCollisions(work: Work, orgId: string): Promise<readonly ListedCollision[]> {
  const { rows } = await sql<ListedCollision>`
    select a.user_name as account, a.id::text as "accountId", c.user_name as "pushedAs", c.times, c.last_seen_at as "lastSeenAt",
      a.prelinked_at is not null as linked
    from scim_collisions c join accounts a on a.org_id = c.org_id and a.id = c.account_id
    where c.org_id = ${orgId}::uuid order by c.last_seen_at desc, c.account_id limit 1000`.execute(work.db)
  return rows
}
