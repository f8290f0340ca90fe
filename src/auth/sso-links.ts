// Whose subject at an identity provider is which account here. A subject that is linked stays with its account, whatever SCIM makes of names
// and addresses; a new one is recognised by a claim, and only as a live person of that organisation whom the identity provider enabled.
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import type { SsoProvider } from './sso-providers.ts'

/** What the identity provider says of whoever signed in there. */
export type Subject = {
  readonly subject: string
  /** The value of the provider's claim; undefined where there is none that may count. */
  readonly claimed: string | undefined
}

export type Matched = { readonly accountId: string; readonly userName: string; readonly orgRole: 'member' | 'org_admin' }

export type Match =
  /** `by`: how it was found. `former`: the account that the subject was linked to in an earlier life. */
  | { readonly kind: 'person'; readonly person: Matched; readonly by: 'link' | 'externalId' | 'userName'; readonly former?: string }
  /** Disabled, or gone from the identity provider's list. */
  | { readonly kind: 'ended'; readonly person: Matched }
  | { readonly kind: 'nobody' }
  /** The claim fits several people. */
  | { readonly kind: 'several' }
  /** The claim fits somebody who signs in as another subject. */
  | { readonly kind: 'other_subject'; readonly person: Matched }

/** Who it is; changes nothing. */
export async function matchSubject(work: Work, provider: SsoProvider, { subject, claimed }: Subject): Promise<Match> {
  const linked = await findLinked(work, provider, subject)
  if (linked !== undefined && linked.live)
    return linked.active ? { kind: 'person', person: linked, by: 'link' } : { kind: 'ended', person: linked }
  const match = claimed === undefined ? ({ kind: 'nobody' } as const) : await matchClaim(work, provider, claimed)
  // Whoever was deleted and provisioned anew is somebody else's account now, and this subject goes with them.
  if (linked === undefined) return match
  if (match.kind === 'person') return { ...match, former: linked.accountId }
  return match.kind === 'nobody' ? { kind: 'ended', person: linked } : match
}

type Linked = Matched & { readonly active: boolean; readonly live: boolean }

async function findLinked(work: Work, { orgId, id }: SsoProvider, subject: string): Promise<Linked | undefined> {
  const { rows } = await sql<Linked>`
    select a.id::text as "accountId", a.user_name as "userName", a.org_role as "orgRole", a.status = 'active' as active, r.id is not null as live
    from sso_links l join accounts a on a.org_id = l.org_id and a.id = l.account_id
      left join scim_resources r on r.org_id = a.org_id and r.account_id = a.id and r.type = 'User'
    where l.org_id = ${orgId}::uuid and l.provider_id = ${id}::uuid and l.subject = ${subject}`.execute(work.db)
  return rows[0]
}

type Candidate = Matched & { readonly active: boolean; readonly linked: boolean }

/** By externalId, else by userName; both are what the identity provider itself sent. */
async function matchClaim(work: Work, provider: SsoProvider, claimed: string): Promise<Match> {
  const byId = await findCandidates(work, provider, { external_id: claimed })
  const candidates = byId.length > 0 ? byId : await findCandidates(work, provider, { unique_key: fold(claimed) })
  const [person] = candidates
  if (person === undefined) return { kind: 'nobody' }
  if (candidates.length > 1) return { kind: 'several' }
  if (!person.active) return { kind: 'ended', person }
  if (person.linked) return { kind: 'other_subject', person }
  return { kind: 'person', person, by: byId.length > 0 ? 'externalId' : 'userName' }
}

async function findCandidates(
  work: Work,
  { orgId, id }: SsoProvider,
  by: { external_id: string } | { unique_key: string },
): Promise<readonly Candidate[]> {
  const condition = 'external_id' in by ? sql`r.external_id = ${by.external_id}` : sql`r.unique_key = ${by.unique_key}`
  const { rows } = await sql<Candidate>`
    select a.id::text as "accountId", a.user_name as "userName", a.org_role as "orgRole", a.status = 'active' as active, exists (
      select from sso_links l where l.org_id = a.org_id and l.provider_id = ${id}::uuid and l.account_id = a.id) as linked
    from scim_resources r join accounts a on a.org_id = r.org_id and a.id = r.account_id
    where r.org_id = ${orgId}::uuid and r.type = 'User' and ${condition} limit 2`.execute(work.db)
  return rows
}

/** Links the subject to a person found for it, or notes that the link was used. Call it in the transaction of the sign-in. */
export async function linkSubject(
  work: Work,
  context: AuditContext,
  { provider, subject, match }: { provider: SsoProvider; subject: string; match: Extract<Match, { kind: 'person' }> },
): Promise<void> {
  const { person, by, former } = match
  const own = sql`org_id = ${provider.orgId}::uuid and provider_id = ${provider.id}::uuid and subject = ${subject}`
  if (by === 'link') {
    await sql`update sso_links set last_used_at = clock_timestamp() where ${own}`.execute(work.db)
    return
  }
  if (former !== undefined) await sql`delete from sso_links where ${own} and account_id = ${former}::uuid`.execute(work.db)
  const { rows } = await sql`
    insert into sso_links (org_id, provider_id, subject, account_id, last_used_at)
    values (${provider.orgId}::uuid, ${provider.id}::uuid, ${subject}, ${person.accountId}::uuid, clock_timestamp())
    on conflict do nothing returning subject`.execute(work.db)
  if (rows.length === 0) return
  const payload = { provider: provider.id, subject, by, ...(former === undefined ? {} : { former }) }
  await append(work.db, context, [{ action: 'sso.link', target: targetOf(person), outcome: 'success', payload }])
}

/** For a session that rests on this link: it is issued only while the link is there and its provider switched on. */
export const holdingLink = (provider: SsoProvider, subject: string) => sql`
  join sso_links l on l.org_id = a.org_id and l.account_id = a.id and l.provider_id = ${provider.id}::uuid and l.subject = ${subject}
  join sso_providers p on p.org_id = l.org_id and p.id = l.provider_id and p.enabled`

export type Link = Pick<Matched, 'accountId' | 'userName'> & {
  readonly provider: string
  readonly providerId: string
  readonly subject: string
  readonly linkedAt: Date
  readonly lastUsedAt: Date | null
}

const LISTED_MAX = 100
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Links of one account, or those of one provider that were used last. */
export async function listLinks(work: Work, orgId: string, of: { accountId: string } | { providerId: string }): Promise<readonly Link[]> {
  const { rows } = await sql<Link>`
    select a.id::text as "accountId", a.user_name as "userName", p.name as provider, p.id::text as "providerId", l.subject,
      l.linked_at as "linkedAt", l.last_used_at as "lastUsedAt"
    from sso_links l join accounts a on a.org_id = l.org_id and a.id = l.account_id
      join sso_providers p on p.org_id = l.org_id and p.id = l.provider_id
    where l.org_id = ${orgId}::uuid and ${'accountId' in of ? sql`l.account_id = ${of.accountId}::uuid` : sql`l.provider_id = ${of.providerId}::uuid`}
    order by l.last_used_at desc nulls last, l.subject limit ${sql.lit(LISTED_MAX)}`.execute(work.db)
  return rows
}

/** Takes a link back: the next sign-in of that person is recognised anew. False when there is none. */
export function unlinkSubject(
  work: Work,
  context: AuditContext,
  { providerId, accountId }: { providerId: string; accountId: string },
): Promise<boolean> {
  if (!UUID.test(accountId)) return Promise.resolve(false)
  return work.atomically(async (tx) => {
    const [link] = (await listLinks(tx, context.orgId, { accountId })).filter((one) => one.providerId === providerId)
    if (link === undefined) return false
    await sql`
      delete from sso_links where org_id = ${context.orgId}::uuid and provider_id = ${providerId}::uuid and account_id = ${accountId}::uuid`.execute(
      tx.db,
    )
    const payload = { provider: providerId, subject: link.subject }
    await append(tx.db, context, [{ action: 'sso.unlink', target: targetOf(link), outcome: 'success', payload }])
    return true
  })
}

const targetOf = ({ accountId, userName }: Pick<Matched, 'accountId' | 'userName'>) => ({ kind: 'account', id: accountId, name: userName })
