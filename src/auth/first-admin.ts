// The first admin: whoever starts the server for the first time must be able to come in. Made when an organisation has no active admin who
// has a way to sign in, and never otherwise.
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { type Account, createLocalAccount, findAccount } from '../directory/accounts.ts'
import type { PasswordHasher } from './password-hash.ts'
import { oneTimePassword, setPassword } from './passwords.ts'

const NAME_DEFAULT = 'admin'

export type FirstAdmin =
  /** Somebody can come in. `waiting`: an admin who has not signed in since the password was made for them. */
  | { readonly kind: 'present'; readonly waiting: string | undefined }
  /** `password` is to be shown once; undefined when the operator chose it. */
  | { readonly kind: 'made'; readonly userName: string; readonly password: string | undefined }
  /** The name is somebody's who must not become admin by a setting. */
  | { readonly kind: 'taken'; readonly userName: string }

export type FirstAdminOptions = {
  readonly hasher: PasswordHasher
  /** The operator's wish: the user name and address, and the password. */
  readonly email: string | undefined
  readonly password: string | undefined
}

/** Looks, and makes one where there is none. Of several processes that start together one makes it. */
export async function ensureFirstAdmin(work: Work, context: AuditContext, options: FirstAdminOptions): Promise<FirstAdmin> {
  const present = await findAdmin(work, context.orgId)
  if (present !== undefined) return present
  const { hasher, email } = options
  const password = options.password ?? oneTimePassword()
  const hash = await hasher.hash(password)
  return work.atomically(async (tx) => {
    // Only to let one at a time in; references to the organisation do not wait for it.
    await sql`select from orgs where org_id = ${context.orgId}::uuid for no key update`.execute(tx.db)
    const meanwhile = await findAdmin(tx, context.orgId)
    if (meanwhile !== undefined) return meanwhile
    const userName = email ?? NAME_DEFAULT
    const account = await adminNamed(tx, context, { userName, email })
    if (account === undefined) return { kind: 'taken', userName }
    await setPassword(tx, context, { accountId: account.id, userName, hash, mustChange: true, because: 'bootstrap' })
    return { kind: 'made', userName: account.userName, password: options.password === undefined ? password : undefined }
  })
}

/** Active admins who can sign in: with a password, or as a person of the identity provider where single sign-on is switched on. */
async function findAdmin(work: Work, orgId: string): Promise<FirstAdmin | undefined> {
  const { rows } = await sql<{ userName: string; waiting: boolean }>`
    select a.user_name as "userName", coalesce(c.must_change, false) as waiting
    from accounts a left join local_credentials c on c.org_id = a.org_id and c.account_id = a.id
    where a.org_id = ${orgId}::uuid and a.org_role = 'org_admin' and a.status = 'active' and (c.account_id is not null
      or (a.origin = 'scim' and exists (select from sso_providers p where p.org_id = a.org_id and p.enabled)))
    order by 2, a.created_at limit 1`.execute(work.db)
  const [row] = rows
  return row === undefined ? undefined : { kind: 'present', waiting: row.waiting ? row.userName : undefined }
}

/** A new admin, or the local one of that name who never got a password; nobody else's rights are changed by a setting. */
async function adminNamed(
  work: Work,
  context: AuditContext,
  { userName, email }: { userName: string; email: string | undefined },
): Promise<Account | undefined> {
  const userNameKey = fold(userName)
  const emailKey = email === undefined ? undefined : fold(email)
  const person = { userName, userNameKey, displayName: 'Administrator', email, emailKey, active: true }
  const made = await createLocalAccount(work, context.orgId, { ...person, orgRole: 'org_admin' })
  if (made !== undefined) {
    const target = { kind: 'account', id: made.id, name: made.userName }
    const payload = { origin: 'local', orgRole: 'org_admin', because: 'bootstrap' }
    await append(work.db, context, [{ action: 'account.create', target, outcome: 'success', payload }])
    return made
  }
  const there = await findAccount(work, context.orgId, { userNameKey })
  const isOurs =
    there?.origin === 'local' && there.status === 'active' && there.orgRole === 'org_admin' && fold(there.userName) === userNameKey
  return isOurs ? there : undefined
}
