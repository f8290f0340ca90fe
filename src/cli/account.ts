// The account that a command line names.
import { fold } from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import { type Account, findAccount } from '../directory/accounts.ts'
import type { Org } from '../directory/orgs.ts'
import { DomainError } from '../primitives/errors.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** By id, by user name in any case, or by slug. Throws a `DomainError` `not_found`. */
export async function getAccount({ work, org }: { work: Work; org: Org }, user: string): Promise<Account> {
  const account =
    (UUID.test(user) ? await findAccount(work, org.id, { id: user }) : undefined) ??
    (await findAccount(work, org.id, { userNameKey: fold(user) }))
  if (account === undefined) throw new DomainError('not_found', `There is no account "${user}" in ${org.slug}.`)
  return account
}
