// What an admin decides about an account here. Whether somebody an identity provider manages may come in is decided there; what the person
// is in PLUR is decided here.
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditAction, AuditContext, Payload } from '../audit/event.ts'
import { endCredentials, type Revoked } from '../auth/revocation.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { type HeldAccount, holdAccountRow, recordLeave, refuseProtected } from './leaver.ts'

/** Disables a local account; its sessions and keys are dead with the commit. Throws a `DomainError`: `not_found`, `conflict`. */
export function disableAccount(work: Work, context: AuditContext, accountId: string): Promise<Revoked> {
  return work.atomically(async (tx) => {
    const account = await holdForAdmin(tx, context.orgId, accountId)
    refuseManaged(account, 'Disable it there. To end its sessions and keys at once, revoke them: api-key revoke --user … --all.')
    if (account.status === 'disabled') throw new DomainError('conflict', `${account.userName} is disabled already.`)
    await refuseProtected(tx, context.orgId, { account, by: 'admin' })
    await sql`
      update accounts set status = 'disabled', disabled_at = clock_timestamp(), credential_epoch = credential_epoch + 1
      where org_id = ${context.orgId}::uuid and id = ${accountId}::uuid`.execute(tx.db)
    return recordLeave(tx, context, { accountId, userName: account.userName, because: 'disabled', sinceArrivalMs: undefined })
  })
}

/** Lets a local account in again. What was revoked stays dead. Throws a `DomainError`: `not_found`, `conflict`. */
export function enableAccount(work: Work, context: AuditContext, accountId: string): Promise<void> {
  return work.atomically(async (tx) => {
    const account = await holdForAdmin(tx, context.orgId, accountId)
    refuseManaged(account, 'Enable it there; a person who was deleted there comes back by being provisioned again.')
    if (account.status === 'active') throw new DomainError('conflict', `${account.userName} is active.`)
    await sql`
      update accounts set status = 'active', disabled_at = null where org_id = ${context.orgId}::uuid and id = ${accountId}::uuid`.execute(
      tx.db,
    )
    await tell(tx, context, account, { action: 'account.enable', payload: {} })
  })
}

/** Ends all sessions and keys of an account that stays enabled, whoever manages it. Throws a `DomainError` `not_found`. */
export function revokeCredentials(work: Work, context: AuditContext, accountId: string): Promise<Revoked> {
  return work.atomically(async (tx) => {
    const account = await holdForAdmin(tx, context.orgId, accountId)
    await sql`
      update accounts set credential_epoch = credential_epoch + 1 where org_id = ${context.orgId}::uuid and id = ${accountId}::uuid`.execute(
      tx.db,
    )
    const fact = { action: 'account.update' as const, name: account.userName, payload: { credentials: 'revoked' } }
    return endCredentials(tx, context, { accountId, because: 'revoked', fact })
  })
}

export type AccountChange = { readonly orgRole?: 'member' | 'org_admin' | undefined; readonly breakGlass?: boolean | undefined }

/**
 * Sets what the person is in PLUR. Throws a `DomainError`: `not_found`, `conflict` when the last active admin or an account that stays
 * marked break-glass would be demoted.
 */
export function changeAccount(
  work: Work,
  context: AuditContext,
  { accountId, change }: { accountId: string; change: AccountChange },
): Promise<void> {
  return work.atomically(async (tx) => {
    const account = await holdForAdmin(tx, context.orgId, accountId)
    const orgRole = change.orgRole ?? account.orgRole
    const breakGlass = change.breakGlass ?? account.breakGlass
    if (account.orgRole === 'org_admin' && orgRole === 'member')
      await refuseProtected(tx, context.orgId, { account: { ...account, breakGlass }, by: 'admin' })
    await sql`
      update accounts set org_role = ${orgRole}, break_glass = ${breakGlass}
      where org_id = ${context.orgId}::uuid and id = ${accountId}::uuid`.execute(tx.db)
    const changes = {
      ...(orgRole === account.orgRole ? {} : { orgRole: { before: account.orgRole, after: orgRole } }),
      ...(breakGlass === account.breakGlass ? {} : { breakGlass: { before: account.breakGlass, after: breakGlass } }),
    }
    await tell(tx, context, account, { action: 'account.update', payload: { changes } })
  })
}

async function holdForAdmin(work: Work, orgId: string, accountId: string): Promise<HeldAccount> {
  const account = await holdAccountRow(work, orgId, accountId)
  if (account === undefined) throw new DomainError('not_found', 'There is no such account.')
  if (account.origin === 'placeholder') throw new DomainError('conflict', 'The placeholder of former members is nobody and stays as it is.')
  return account
}

function refuseManaged({ origin, userName }: HeldAccount, advice: string): void {
  if (origin === 'scim') throw new DomainError('conflict', `${userName} is managed by your identity provider. ${advice}`)
}

type Told = { readonly action: Extract<AuditAction, `account.${string}`>; readonly payload: Payload }

function tell(work: Work, context: AuditContext, { id, userName }: HeldAccount, told: Told): Promise<void> {
  return append(work.db, context, [{ ...told, target: { kind: 'account', id, name: userName }, outcome: 'success' }])
}
