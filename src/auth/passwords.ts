// The SQL of passwords: who has one, and giving somebody a new one. A new password ends every session of the account but the one it was
// changed in.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { randomGroups } from '../primitives/random-groups.ts'
import type { PasswordHasher } from './password-hash.ts'
import type { Names } from './password-rules.ts'
import { endSessions } from './sessions.ts'

/** An account as its sign-in sees it. */
export type Holder = Names & {
  readonly accountId: string
  readonly status: 'active' | 'disabled'
  readonly orgRole: 'member' | 'org_admin'
  /** Null: there is no password. */
  readonly hash: string | null
  readonly mustChange: boolean
  readonly hasTotp: boolean
}

const HOLDER = sql`a.id::text as "accountId", a.user_name as "userName", a.display_name as "displayName", a.email, a.status, a.org_role as "orgRole", c.password_hash as hash,
  coalesce(c.must_change, false) as "mustChange", t.account_id is not null as "hasTotp"
  from accounts a left join local_credentials c on c.org_id = a.org_id and c.account_id = a.id
    left join totp_credentials t on t.org_id = a.org_id and t.account_id = a.id`

/** Whoever claims that user name now, or the account of that id. Addresses name nobody here: they need not be anybody's own. */
export async function findHolder(
  work: Work,
  orgId: string,
  by: { userNameKey: string } | { accountId: string },
): Promise<Holder | undefined> {
  const { rows } = await sql<Holder>`
    select ${HOLDER} where a.org_id = ${orgId}::uuid and ${'accountId' in by ? sql`a.id = ${by.accountId}::uuid` : sql`a.user_name_key = ${by.userNameKey}`}
  `.execute(work.db)
  return rows[0]
}

/** For a session that rests on this password: it is issued only while the password is still the one that was checked. */
export const holdingPassword = (hash: string) =>
  sql`join local_credentials c on c.org_id = a.org_id and c.account_id = a.id and c.password_hash = ${hash}`

export type NewPassword = {
  readonly accountId: string
  readonly userName: string
  readonly hash: string
  /** Somebody else knows it, so that another is asked for at the next sign-in. */
  readonly mustChange: boolean
  readonly because: 'changed' | 'first_sign_in' | 'reset' | 'bootstrap'
  /** The session that goes on. */
  readonly except?: string
}

/** Sets the password of an active account. Throws a `DomainError` `conflict` when the account is disabled or gone. */
export function setPassword(work: Work, context: AuditContext, password: NewPassword): Promise<void> {
  const { accountId, userName, hash, mustChange, because, except } = password
  return work.atomically(async (tx) => {
    // A session that is being issued with the old password is waited for, and then ended below.
    const { rows } = await sql`
      select from accounts where org_id = ${context.orgId}::uuid and id = ${accountId}::uuid and status = 'active' for no key update`.execute(
      tx.db,
    )
    if (rows.length === 0) throw new DomainError('conflict', 'The account is disabled: it cannot have a new password.')
    await sql`
      insert into local_credentials (org_id, account_id, password_hash, must_change)
      values (${context.orgId}::uuid, ${accountId}::uuid, ${hash}, ${mustChange})
      on conflict (org_id, account_id) do update set password_hash = excluded.password_hash, must_change = excluded.must_change,
        changed_at = clock_timestamp()`.execute(tx.db)
    const target = { kind: 'account', id: accountId, name: userName }
    await append(tx.db, context, [{ action: 'auth.password.change', target, outcome: 'success', payload: { because } }])
    await endSessions(tx, context, { accountId, except })
  })
}

/** A password that somebody else hands over: 20 characters of almost five bits. */
export const oneTimePassword = () => randomGroups(4, 5)

/**
 * Gives a local account a password that is good for one sign-in, which then asks for another. Throws a `DomainError`: `conflict` for
 * people whom an identity provider manages, unless they have a password of their own, and for disabled accounts.
 */
export async function resetPassword(
  work: Work,
  context: AuditContext,
  { hasher, account }: { hasher: PasswordHasher; account: { id: string; userName: string; origin: string } },
): Promise<string> {
  const holder = await findHolder(work, context.orgId, { accountId: account.id })
  if (account.origin !== 'local' && (holder?.hash ?? null) === null) {
    throw new DomainError(
      'conflict',
      `${account.userName} is managed by your identity provider and signs in there: set up single sign-on at /admin/sso.`,
    )
  }
  const password = oneTimePassword()
  const hash = await hasher.hash(password)
  await setPassword(work, context, { accountId: account.id, userName: account.userName, hash, mustChange: true, because: 'reset' })
  return password
}
