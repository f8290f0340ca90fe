// The account that a command line names.
import { fold } from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import { type Account, findAccount } from '../directory/accounts.ts'
import type { Org } from '../directory/orgs.ts'
import { DomainError } from '../primitives/errors.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Where = { readonly work: Work; readonly org: Org }

export const isAccountId = (user: string): boolean => UUID.test(user)

/** By id, by user name in any case, or by slug. */
export async function findNamed({ work, org }: Where, user: string): Promise<Account | undefined> {
  const byId = isAccountId(user) ? await findAccount(work, org.id, { id: user }) : undefined
  return byId ?? findAccount(work, org.id, { userNameKey: fold(user) })
}

/** The same; throws a `DomainError` `not_found`. */
export async function getAccount(where: Where, user: string): Promise<Account> {
  const account = await findNamed(where, user)
  if (account === undefined) throw new DomainError('not_found', `There is no account "${user}" in ${where.org.slug}.`)
  return account
}
