// The SQL of accounts: people in PLUR, whoever manages them. Functions ending in `Part` are members of a bigger WITH statement.
import { type RawBuilder, sql } from 'kysely'
import type { Work } from '../db/work.ts'
import { accountSlug } from './account-slug.ts'
import { inputPart } from './input.ts'
import type { Person, ResourceRecord } from './resource.ts'

export type Account = {
  readonly id: string
  readonly userName: string
  readonly displayName: string | null
  readonly email: string | null
  readonly slug: string
  readonly status: 'active' | 'disabled'
  readonly orgRole: 'member' | 'org_admin'
  readonly origin: 'local' | 'scim' | 'placeholder'
  readonly breakGlass: boolean
  readonly prelinkedAt: Date | null
  readonly prelinkedExternalId: string | null
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

/** The columns of an account `a`. */
export const ACCOUNT = sql`a.id::text, a.user_name as "userName", a.display_name as "displayName", a.email, a.slug, a.status, a.org_role as "orgRole",
  a.origin, a.break_glass as "breakGlass", a.prelinked_at as "prelinkedAt", a.prelinked_external_id as "prelinkedExternalId",
  a.created_at as "createdAt", a.disabled_at as "disabledAt"`

async function select(work: Work, condition: RawBuilder<unknown>): Promise<readonly Account[]> {
  const { rows } = await sql<Account>`select ${ACCOUNT} from accounts a where ${condition}`.execute(work.db)
  return rows
}

/** All names by which a person could be taken for an existing local account: user name and addresses, folded. */
export const claimedNames = (person: Person, emailKeys: readonly string[]): readonly string[] => [
  ...new Set([person.userNameKey, ...emailKeys]),
]

/** Inserts the accounts of the people of `input` for whom `when` holds; no row for one whose name or slug is taken. */
export function insertAccountsPart(when: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`
    insert into accounts (org_id, id, user_name, user_name_key, slug, display_name, email, email_key, origin, status, disabled_at)
    select i.org_id, i.account_id, i.user_name, i.user_name_key, i.slug, i.display_name, i.email, i.email_key, 'scim',
      case when i.active then 'active' else 'disabled' end, case when i.active then null else clock_timestamp() end
    from input i where ${when} order by i.user_name_key
    on conflict do nothing
    returning org_id, id`
}

/** Gives the accounts in `from` (id, account_id) profile and state of their SCIM users in `input`. */
export function updateAccountsPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update accounts a set user_name = i.user_name, user_name_key = i.user_name_key, display_name = i.display_name, email = i.email,
      email_key = i.email_key, ${STATE}
    from ${from} f join input i on i.id = f.id where a.org_id = i.org_id and a.id = f.account_id`
}

/** Only the state, which no index knows: the rows' next versions stay on their pages. */
export function updateAccountStatesPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update accounts a set ${STATE} from ${from} f join input i on i.id = f.id where a.org_id = i.org_id and a.id = f.account_id`
}

/**
 * Going from active to disabled moves the credential epoch: every session and key made before is dead from the commit on, whatever else
 * happens.
 */
const STATE = sql`status = case when i.active then 'active' else 'disabled' end,
  disabled_at = case when i.active then null else coalesce(a.disabled_at, clock_timestamp()) end,
  credential_epoch = a.credential_epoch + case when a.status = 'active' and not i.active then 1 else 0 end`

/** The leaver of a soft delete: disabled, credentials dead, name free; the account and what it owns stay. */
export function releaseAccountPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    update accounts a set status = 'disabled', disabled_at = coalesce(a.disabled_at, clock_timestamp()),
      credential_epoch = a.credential_epoch + 1, former_user_name_key = a.user_name_key, user_name_key = null
    from ${from} f where a.org_id = f.org_id and a.id = f.account_id
    returning a.org_id, a.id`
}

/** The leaver of a hard delete. */
export function eraseAccountPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`delete from accounts a using ${from} f where a.org_id = f.org_id and a.id = f.account_id returning a.org_id, a.id`
}

/** Lists accounts of earlier lives that may belong to the people of `input` whose new accounts are in `from` (id, account_id). */
export function possibleReturnersPart(from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into possible_returners (org_id, account_id, former_account_id)
    select a.org_id, f.account_id, a.id from ${from} f join input i on i.id = f.id
      join accounts a on a.org_id = i.org_id and a.former_user_name_key = i.user_name_key
    on conflict do nothing`
}

/** Whether an account may be disabled, deleted or demoted by an IdP: break-glass accounts and the last active admin never. */
export const UNPROTECTED = sql<boolean>`(not a.break_glass and a.org_role = 'member')`

/** People by state; the placeholder of those who were erased is nobody. */
export async function countAccounts(work: Work, orgId: string): Promise<{ readonly active: number; readonly disabled: number }> {
  const { rows } = await sql<{ active: number; disabled: number }>`
    select count(*) filter (where a.status = 'active')::int as active, count(*) filter (where a.status = 'disabled')::int as disabled
    from accounts a where a.org_id = ${orgId}::uuid and a.origin <> 'placeholder'`.execute(work.db)
  return rows[0] ?? { active: 0, disabled: 0 }
}

/**
 * Locks the organisation's active admins and tells whether one of them would be left without this account. Called in the transaction
 * that goes on to disable it.
 */
export async function isLastAdmin(work: Work, orgId: string, accountId: string): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    select id::text from accounts where org_id = ${orgId} and org_role = 'org_admin' and status = 'active' order by id for update
  `.execute(work.db)
  return rows.some((row) => row.id === accountId) && rows.length === 1
}

/** Local accounts that a provisioned person would collide with: by user name or by address. */
export function findLocalAccounts(work: Work, orgId: string, names: readonly string[]): Promise<readonly Account[]> {
  return select(
    work,
    sql`a.org_id = ${orgId} and a.origin = 'local'
    and (a.user_name_key = any (${names}::text[]) or a.email_key = any (${names}::text[])) order by a.created_at, a.id`,
  )
}

/**
 * The local account whose pre-link an IdP's create fulfils: by externalId where the admin gave one, else by user name, or by the name of
 * the create that had run into it when the admin linked it.
 */
export async function findPrelinked(
  work: Work,
  orgId: string,
  match: { userNameKey: string; externalId: string | undefined },
): Promise<Account | undefined> {
  const accounts = await select(
    work,
    sql`a.org_id = ${orgId} and a.origin = 'local' and a.prelinked_at is not null
    and ((a.prelinked_external_id is null and (a.user_name_key = ${match.userNameKey} or exists (
        select from scim_collisions c where c.org_id = a.org_id and c.account_id = a.id and c.user_name_key = ${match.userNameKey}
          and c.last_seen_at <= a.prelinked_at)))
      or a.prelinked_external_id = ${match.externalId ?? null})
    order by a.prelinked_external_id is null, a.created_at limit 1`,
  )
  return accounts[0]
}

/** The account, or undefined. `name` is an id, a user name in any case, or a slug; a user name comes before somebody else's slug. */
export async function findAccount(work: Work, orgId: string, name: { id: string } | { userNameKey: string }): Promise<Account | undefined> {
  const accounts = await select(
    work,
    'id' in name
      ? sql`a.org_id = ${orgId} and a.id = ${name.id}::uuid`
      : sql`a.org_id = ${orgId} and (a.user_name_key = ${name.userNameKey} or a.slug = ${name.userNameKey})
          order by a.user_name_key = ${name.userNameKey} desc nulls last limit 1`,
  )
  return accounts[0]
}

/** The account that had this folded user name until its user was deleted, the latest if several had. */
export async function findFormerAccount(work: Work, orgId: string, userNameKey: string): Promise<Account | undefined> {
  const accounts = await select(
    work,
    sql`a.org_id = ${orgId} and a.former_user_name_key = ${userNameKey} order by a.disabled_at desc nulls last, a.id limit 1`,
  )
  return accounts[0]
}

/** Accounts by user name, which several may have that are gone, at most `limit`, after the given one. */
export function listAccounts(
  work: Work,
  orgId: string,
  { after, limit }: { after: Pick<Account, 'userName' | 'id'> | undefined; limit: number },
): Promise<readonly Account[]> {
  const further = after === undefined ? sql`true` : sql`(a.user_name collate "C", a.id) > (${after.userName}, ${after.id}::uuid)`
  return select(
    work,
    sql`a.org_id = ${orgId} and a.origin <> 'placeholder' and ${further} order by a.user_name collate "C", a.id limit ${limit}`,
  )
}

/** Creates a local account. Undefined when its user name is taken, by a local account or by a SCIM user. */
export async function createLocalAccount(
  work: Work,
  orgId: string,
  person: Person & { orgRole: 'member' | 'org_admin' },
): Promise<Account | undefined> {
  for (const suffix of ['', `-${crypto.randomUUID().slice(0, 8)}`]) {
    const { rows } = await sql<Account>`
      insert into accounts as a (org_id, user_name, user_name_key, slug, display_name, email, email_key, origin, org_role)
      values (${orgId}::uuid, ${person.userName}, ${person.userNameKey}, ${accountSlug(person.userName) + suffix}, ${person.displayName ?? null},
        ${person.email ?? null}, ${person.emailKey ?? null}, 'local', ${person.orgRole})
      on conflict do nothing
      returning ${ACCOUNT}`.execute(work.db)
    if (rows[0] !== undefined) return rows[0]
  }
  return undefined
}

/** The local account that waits for a SCIM user with this externalId. */
export async function findPromised(work: Work, orgId: string, externalId: string): Promise<Account | undefined> {
  const [account] = await select(work, sql`a.org_id = ${orgId} and a.origin = 'local' and a.prelinked_external_id = ${externalId} limit 1`)
  return account
}

/** Allows the next matching SCIM create to adopt a local account. False when there is no such local account. */
export async function prelinkAccount(work: Work, orgId: string, link: { id: string; externalId: string | undefined }): Promise<boolean> {
  const { rows } = await sql`
    update accounts set prelinked_at = clock_timestamp(), prelinked_external_id = ${link.externalId ?? null}
    where org_id = ${orgId} and id = ${link.id}::uuid and origin = 'local' returning id`.execute(work.db)
  return rows.length > 0
}

/** Takes a pre-link back. False when there was none. */
export async function removePrelink(work: Work, orgId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    update accounts set prelinked_at = null, prelinked_external_id = null
    where org_id = ${orgId} and id = ${id}::uuid and prelinked_at is not null returning id`.execute(work.db)
  return rows.length > 0
}

/** Takes a local account over for a SCIM user: profile from the IdP, credentials and memories kept. */
export async function adoptAccount(work: Work, input: { record: ResourceRecord; person: Person; accountId: string }): Promise<void> {
  const { accountId } = input
  const { orgId } = input.record
  await sql`
    with ${inputPart([input])},
    taken as (${updateAccountsPart(sql`input`)}),
    settled as (delete from scim_collisions c where c.org_id = ${orgId}::uuid and c.account_id = ${accountId}::uuid)
    select from input`.execute(work.db)
  await sql`
    update accounts set origin = 'scim', prelinked_at = null, prelinked_external_id = null, former_user_name_key = null
    where org_id = ${orgId}::uuid and id = ${accountId}::uuid`.execute(work.db)
}
