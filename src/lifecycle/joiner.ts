// The joiner: a new SCIM user becomes an account, or finds the one it belongs to (design section 3). The common case is one statement;
// everything that might concern an existing account goes the careful way, in a transaction.
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import {
  type Account,
  adoptAccount,
  claimedNames,
  findLocalAccounts,
  findPrelinked,
  insertAccountPart,
  possibleReturnersPart,
} from '../directory/accounts.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import { countPart, hasScimUser, insertEmailKeysPart, insertResourcePart, updateResourcePart, textsPart } from '../directory/resources.ts'
import { DomainError } from '../primitives/errors.ts'
import { holdAccountRow, holdLeaver, recordLeave, type SinceArrival } from './leaver.ts'

export type Joiner = {
  readonly record: ResourceRecord
  readonly person: Person
  /** The IdP never gives an externalId to another person: the account of a deleted user comes back by it. */
  readonly externalIdImmutable: boolean
  readonly context: AuditContext
  readonly sinceArrivalMs: SinceArrival
  /** The audit row of this create; `restored` says that an earlier SCIM user comes back in place. */
  readonly event: (outcome: JoinOutcome) => AuditEvent
}

export type JoinOutcome =
  | { readonly kind: 'created' }
  /** A local account was pre-linked by an admin. */
  | { readonly kind: 'adopted'; readonly accountId: string }
  /** An inactive SCIM user with this externalId comes back in place, with its id. */
  | { readonly kind: 'restored'; readonly id: string }
  /** The account of a deleted SCIM user comes back under a new id. */
  | { readonly kind: 'returned'; readonly accountId: string }

export type Joined = Written & { readonly id: string; readonly outcome: JoinOutcome }

/** A live SCIM user has the user name. */
export class NameTaken extends DomainError {
  constructor() {
    super('conflict', 'the user name is taken')
  }
}

/** A local account stands in the way; an admin has to decide. */
export class LocalAccountCollision extends DomainError {
  readonly account: Account
  readonly person: Person
  readonly externalId: string | undefined

  constructor(account: Account, joiner: Joiner) {
    super('conflict', `a local account ${account.userName} exists`)
    this.account = account
    this.person = joiner.person
    this.externalId = joiner.record.externalId
  }
}

export async function join(work: Work, joiner: Joiner): Promise<Joined> {
  return (await joinPlainly(work, joiner)) ?? (await work.atomically((tx) => joinCarefully(tx, joiner)))
}

type Row = { created_at: Date; last_modified_at: Date }

const written = (row: Row): Written => ({ version: 1, createdAt: row.created_at, lastModifiedAt: row.last_modified_at })

/** One statement for the person whom nothing here knows; undefined when anything does. */
async function joinPlainly(work: Work, joiner: Joiner): Promise<Joined | undefined> {
  const { record, person, context, event } = joiner
  const outcome: JoinOutcome = { kind: 'created' }
  const { rows } = await sql<Row>`
    with known as (
      select 1 from accounts a where a.org_id = ${record.orgId}::uuid and a.origin = 'local'
        and (a.user_name_key = any (${claimedNames(person, record.emailKeys)}::text[]) or a.email_key = any (${claimedNames(person, record.emailKeys)}::text[])
          or a.prelinked_external_id = ${record.externalId ?? null}::text)
      union all
      select 1 from scim_resources r where r.org_id = ${record.orgId}::uuid and r.type = 'User'
        and r.external_id = ${record.externalId ?? null}::text and r.comparable ->> 'active' is distinct from 'true'
      union all
      select 1 from scim_tombstones t where t.org_id = ${record.orgId}::uuid and t.type = 'User' and t.external_id = ${record.externalId ?? null}::text
      limit 1
    ),
    account as (${insertAccountPart({ orgId: record.orgId, person, when: sql`not exists (select from known)` })}),
    resource as (${insertResourcePart(record, sql`account`)}),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    texts as (${textsPart(record, sql`resource`)}),
    counted as (${countPart(1, sql`resource`)}),
    returners as (${possibleReturnersPart(record.orgId, person, sql`account`)}),
    audited as (${auditPart(context, [event(outcome)], sql`exists (select from resource)`)})
    select created_at, last_modified_at from resource`.execute(work.db)
  return rows[0] === undefined ? undefined : { ...written(rows[0]), id: record.id, outcome }
}

async function joinCarefully(work: Work, joiner: Joiner): Promise<Joined> {
  const { record, person } = joiner
  await refuseTakenName(work, record)
  const dormant = await findDormant(work, record)
  if (dormant !== undefined) return restoreInPlace(work, joiner, dormant)
  const account = await findPrelinked(work, record.orgId, { userNameKey: person.userNameKey, externalId: record.externalId })
  if (account !== undefined) return takeOverOrAgain(work, joiner, { kind: 'adopted', accountId: account.id })
  const [collision] = await findLocalAccounts(work, record.orgId, claimedNames(person, record.emailKeys))
  if (collision !== undefined) throw new LocalAccountCollision(collision, joiner)
  const former = await findFormerAccounts(work, record)
  const [returner] = former
  if (joiner.externalIdImmutable && returner !== undefined && former.length === 1)
    return takeOverOrAgain(work, joiner, { kind: 'returned', accountId: returner })
  return joinAnew(work, joiner, former)
}

async function refuseTakenName(work: Work, record: ResourceRecord): Promise<void> {
  const { rows } = await sql`
    select from scim_resources where org_id = ${record.orgId}::uuid and type = 'User' and unique_key = ${record.uniqueKey}
      and not (external_id is not distinct from ${record.externalId ?? null}::text and external_id is not null and comparable ->> 'active' is distinct from 'true')
  `.execute(work.db)
  if (rows.length > 0) throw new NameTaken()
}

type Dormant = { readonly id: string; readonly account_id: string }

/** The one SCIM user with this externalId, if it is inactive; locked. Okta creates again what it deactivated (idp-wire OK-33). */
async function findDormant(work: Work, record: ResourceRecord): Promise<Dormant | undefined> {
  if (record.externalId === undefined) return undefined
  const { rows } = await sql<Dormant & { inactive: boolean }>`
    select r.id::text, r.account_id::text, r.comparable ->> 'active' is distinct from 'true' as inactive from scim_resources r
    where r.org_id = ${record.orgId}::uuid and r.type = 'User' and r.external_id = ${record.externalId} for update`.execute(work.db)
  const [only] = rows
  return rows.length === 1 && only?.inactive === true ? only : undefined
}

async function restoreInPlace(work: Work, joiner: Joiner, dormant: Dormant): Promise<Joined> {
  const record = { ...joiner.record, id: dormant.id, json: withId(joiner.record.json, joiner.record.id, dormant.id) }
  const outcome: JoinOutcome = { kind: 'restored', id: dormant.id }
  const { rows } = await sql<Row & { version: string }>`
    with target as (select ${record.orgId}::uuid as org_id, ${record.id}::uuid as id),
    resource as (${updateResourcePart(record, sql`target`)}),
    stale as (delete from scim_email_keys k using target t where k.org_id = t.org_id and k.resource_id = t.id
      and k.value_key <> all (${record.emailKeys}::text[])),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    texts as (${textsPart(record, sql`resource`)}),
    audited as (${auditPart(joiner.context, [joiner.event(outcome)])})
    select created_at, last_modified_at, version from resource`.execute(work.db)
  await adoptAccount(work, record.orgId, dormant.account_id, joiner.person)
  const [row] = rows
  if (row === undefined) throw new DomainError('conflict', 'the user was deleted meanwhile')
  return { ...written(row), version: Number(row.version), id: dormant.id, outcome }
}

/** The served text names its own id; a restored resource keeps the one it had. */
const withId = (json: string, id: string, kept: string): string => json.replace(`"id":"${id}"`, `"id":"${kept}"`)

/** Accounts of deleted SCIM users with this externalId that nobody else has taken since, newest first. */
async function findFormerAccounts(work: Work, record: ResourceRecord): Promise<readonly string[]> {
  if (record.externalId === undefined) return []
  const { rows } = await sql<{ id: string }>`
    select a.id::text from scim_tombstones t join accounts a on a.org_id = t.org_id and a.id = t.account_id
    where t.org_id = ${record.orgId}::uuid and t.type = 'User' and t.external_id = ${record.externalId}
      and not exists (select from scim_resources r where r.org_id = a.org_id and r.account_id = a.id)
    group by a.id order by max(t.deleted_at) desc`.execute(work.db)
  return rows.map((row) => row.id)
}

/** Looks anew when another create has taken the account over while this one waited for it. */
async function takeOverOrAgain(work: Work, joiner: Joiner, outcome: JoinOutcome & { accountId: string }): Promise<Joined> {
  const account = await holdAccountRow(work, joiner.record.orgId, outcome.accountId)
  const isFree = account !== undefined && !(await hasScimUser(work, joiner.record.orgId, outcome.accountId))
  return isFree ? takeOver(work, joiner, outcome) : joinCarefully(work, joiner)
}

/** A new SCIM user on an existing account, whose row is locked. */
async function takeOver(work: Work, joiner: Joiner, outcome: JoinOutcome & { accountId: string }): Promise<Joined> {
  const { record, person, context, event, sinceArrivalMs } = joiner
  // Handed over and disabled at once: a leaver like any other.
  const leaver = person.active ? undefined : await holdLeaver(work, record.orgId, { accountId: outcome.accountId })
  await adoptAccount(work, record.orgId, outcome.accountId, person)
  if (leaver?.status === 'active') {
    await recordLeave(work, context, { accountId: leaver.id, userName: leaver.userName, because: 'disabled', sinceArrivalMs })
  }
  const { rows } = await sql<Row>`
    with resource as (${insertResourcePart(record, sql`(select ${outcome.accountId}::uuid as account_id) account`)}),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    texts as (${textsPart(record, sql`resource`)}),
    counted as (${countPart(1, sql`resource`)}),
    audited as (${auditPart(context, [event(outcome)])})
    select created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new Error('an insert returned no row')
  return { ...written(row), id: record.id, outcome }
}

/** A new account although something about the person is known: the slug is taken, or former accounts are listed for an admin. */
async function joinAnew(work: Work, joiner: Joiner, former: readonly string[]): Promise<Joined> {
  const { record, person, context, event } = joiner
  const outcome: JoinOutcome = { kind: 'created' }
  for (const slugSuffix of ['', `-${record.id.slice(0, 8)}`]) {
    const { rows } = await sql<Row>`
      with account as (${insertAccountPart({ orgId: record.orgId, person, slugSuffix, when: sql`true` })}),
      resource as (${insertResourcePart(record, sql`account`)}),
      keys as (${insertEmailKeysPart(record, sql`resource`)}),
      texts as (${textsPart(record, sql`resource`)}),
      counted as (${countPart(1, sql`resource`)}),
      returners as (${possibleReturnersPart(record.orgId, person, sql`account`)}),
      former as (
        insert into possible_returners (org_id, account_id, former_account_id)
        select ${record.orgId}::uuid, account.account_id, f.id from account cross join unnest(${former}::uuid[]) f (id)
        where not exists (select from accounts a where a.org_id = ${record.orgId}::uuid and a.id = f.id and a.former_user_name_key = ${person.userNameKey})
      ),
      audited as (${auditPart(context, [event(outcome)], sql`exists (select from resource)`)})
      select created_at, last_modified_at from resource`.execute(work.db)
    if (rows[0] !== undefined) return { ...written(rows[0]), id: record.id, outcome }
  }
  // The name was free a moment ago: another create of it has just won.
  throw new NameTaken()
}
