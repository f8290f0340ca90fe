// The leaver: what ends when an account is disabled or goes, in the transaction that does it and before the answer. The account's epoch has
// moved with its row, so that everything is dead already; here it is marked and told (design section 3).
import { sql } from 'kysely'
import type { AuditContext } from '../audit/event.ts'
import { type Because, type End, endCredentials, type Revoked } from '../auth/revocation.ts'
import type { Work } from '../db/work.ts'
import { isLastAdmin } from '../directory/accounts.ts'
import { DomainError } from '../primitives/errors.ts'

/** Milliseconds since the request arrived that makes somebody leave; undefined when nobody asked over a wire. */
export type SinceArrival = (() => number) | undefined

export type Leave = {
  readonly accountId: string
  readonly userName: string
  readonly because: Extract<Because, 'disabled' | 'deleted'>
  readonly sinceArrivalMs: SinceArrival
}

/** Ends sessions and keys of an account that has just been disabled, and writes the facts of the receipt. */
export function recordLeave(work: Work, context: AuditContext, leave: Leave): Promise<Revoked> {
  const { accountId, because } = leave
  return endCredentials(work, context, { accountId, because, fact: leaveFact(leave) })
}

/** What the audit log tells of a leaver beside what was ended. */
export function leaveFact({ userName, because, sinceArrivalMs }: Omit<Leave, 'accountId'>): End['fact'] {
  const payload = { because, ...(sinceArrivalMs === undefined ? {} : { afterMs: Math.round(sinceArrivalMs() * 10) / 10 }) }
  return { action: 'account.disable', name: userName, payload }
}

export type HeldAccount = {
  readonly id: string
  readonly userName: string
  readonly status: 'active' | 'disabled'
  readonly orgRole: 'member' | 'org_admin'
  readonly origin: 'local' | 'scim' | 'placeholder'
  readonly breakGlass: boolean
}

type Which = { readonly accountId: string } | { readonly scimUserId: string }

/**
 * The account that an identity provider is about to take out of use, its row locked, and before it the row of its SCIM user: what is being
 * minted or written for it is waited for. Undefined when there is none. Throws a conflict for accounts that must stay.
 */
export async function holdLeaver(work: Work, orgId: string, which: Which): Promise<HeldAccount | undefined> {
  const account =
    'accountId' in which ? await holdAccountRow(work, orgId, which.accountId) : await holdScimUser(work, orgId, which.scimUserId)
  if (account !== undefined) await refuseProtected(work, orgId, { account, by: 'idp' })
  return account
}

const HELD = sql`a.id::text, a.user_name as "userName", a.status, a.org_role as "orgRole", a.origin, a.break_glass as "breakGlass"`

/** The account with its row locked, whatever is to come. */
export async function holdAccountRow(work: Work, orgId: string, id: string): Promise<HeldAccount | undefined> {
  const { rows } = await sql<HeldAccount>`
    select ${HELD} from accounts a where a.org_id = ${orgId}::uuid and a.id = ${id}::uuid for update`.execute(work.db)
  return rows[0]
}

/** The account of a SCIM user with both rows locked, whatever is to come. */
export async function holdScimUser(work: Work, orgId: string, id: string): Promise<HeldAccount | undefined> {
  const { rows } = await sql<HeldAccount>`
    select ${HELD} from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
    where r.org_id = ${orgId}::uuid and r.id = ${id}::uuid and r.type = 'User' for update of r, a`.execute(work.db)
  return rows[0]
}

type Protected = { readonly account: Pick<HeldAccount, 'id' | 'orgRole' | 'breakGlass'>; readonly by: 'idp' | 'admin' }

const BREAK_GLASS: Readonly<Record<Protected['by'], string>> = {
  idp: 'this account is marked break-glass: an identity provider can neither disable nor delete it. Remove the mark first.',
  admin: 'this account is marked break-glass: it is neither disabled nor demoted. Remove the mark first (user break-glass off).',
}

/** Throws a conflict for the last active admin and for an account marked break-glass. */
export async function refuseProtected(work: Work, orgId: string, { account, by }: Protected): Promise<void> {
  if (account.breakGlass) throw new DomainError('conflict', BREAK_GLASS[by])
  if (account.orgRole === 'org_admin' && (await isLastAdmin(work, orgId, account.id)))
    throw new DomainError(
      'conflict',
      'this is the last active organisation admin: make somebody else org_admin before disabling or deleting it.',
    )
}
