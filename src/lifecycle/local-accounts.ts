// Accounts that no identity provider manages: made here, and the only ones whose profile can be changed here.
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import { uniqueViolation } from '../db/failures.ts'
import type { Work } from '../db/work.ts'
import { type Account, createLocalAccount, findAccount } from '../directory/accounts.ts'
import { DomainError } from '../primitives/errors.ts'

export type LocalProfile = {
  readonly userName: string
  readonly displayName?: string | undefined
  readonly email?: string | undefined
}

const NAME_LENGTH_MAX = 256

/** Makes a local account with its audit row. Throws a `DomainError`: `invalid`, `conflict` when the user name is taken. */
export function createLocal(
  work: Work,
  context: AuditContext,
  { orgRole, ...profile }: LocalProfile & { readonly orgRole: 'member' | 'org_admin' },
): Promise<Account> {
  const { userName, displayName, email } = profile
  check(profile)
  const person = {
    userName,
    userNameKey: fold(userName),
    displayName,
    email,
    emailKey: email === undefined ? undefined : fold(email),
    active: true,
  }
  return work.atomically(async (tx) => {
    const made = await createLocalAccount(tx, context.orgId, { ...person, orgRole })
    if (made === undefined) throw taken(userName)
    const target = { kind: 'account', id: made.id, name: made.userName }
    await append(tx.db, context, [{ action: 'account.create', target, outcome: 'success', payload: { origin: 'local', orgRole } }])
    return made
  })
}

/**
 * Changes name and address of a local account; its own scope keeps its name. What it was called before is free for others at once, so that
 * an identity provider that ran into it can provision. Throws a `DomainError`: `not_found`, `invalid`, `conflict`.
 */
export function changeLocal(work: Work, context: AuditContext, { id, profile }: { id: string; profile: LocalProfile }): Promise<Account> {
  check(profile)
  const { userName, displayName = null, email = null } = profile
  return work.atomically(async (tx) => {
    const before = await findAccount(tx, context.orgId, { id })
    if (before === undefined || before.origin === 'placeholder') throw new DomainError('not_found', 'There is no such account.')
    if (before.origin === 'scim') {
      throw new DomainError('conflict', `${before.userName} is managed by your identity provider: change it there.`)
    }
    const { rows } = await sql`
      update accounts set user_name = ${userName}, user_name_key = ${fold(userName)}, display_name = ${displayName}, email = ${email},
        email_key = ${email === null ? null : fold(email)}
      where org_id = ${context.orgId}::uuid and id = ${id}::uuid and origin = 'local' returning id`
      .execute(tx.db)
      .catch((error: unknown) => {
        throw uniqueViolation(error) === 'accounts_user_name' ? taken(userName) : error
      })
    if (rows.length === 0) throw new DomainError('conflict', 'The account has been taken over by your identity provider meanwhile.')
    // A create that ran into the old name runs into nothing any more; one that still does is listed again.
    await sql`
      delete from scim_collisions where org_id = ${context.orgId}::uuid and account_id = ${id}::uuid
        and user_name_key <> all (array[${fold(userName)}::text, ${email === null ? '' : fold(email)}::text])`.execute(tx.db)
    const after = { userName, displayName, email }
    const names = ['userName', 'displayName', 'email'] as const
    const changes = Object.fromEntries(
      names.filter((name) => before[name] !== after[name]).map((name) => [name, { before: before[name], after: after[name] }]),
    )
    const target = { kind: 'account', id, name: userName }
    await append(tx.db, context, [{ action: 'account.update', target, outcome: 'success', payload: { changes } }])
    return { ...before, ...after }
  })
}

const taken = (userName: string) => new DomainError('conflict', `The user name ${userName} is taken.`)

function check({ userName, displayName, email }: LocalProfile): void {
  if (userName.trim() !== userName || userName === '' || userName.length > NAME_LENGTH_MAX || UNSEEN.test(userName)) {
    throw new DomainError('invalid', 'A user name has 1 to 256 characters, none of them invisible, and no space at its ends.')
  }
  for (const text of [displayName, email]) {
    if (text !== undefined && (text.length > NAME_LENGTH_MAX || UNSEEN.test(text))) {
      throw new DomainError('invalid', `A name or an address has at most ${NAME_LENGTH_MAX} characters, none of them invisible.`)
    }
  }
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u
