// The joiner: a new SCIM user becomes an account, or finds the one it belongs to (design section 3). The common case is one statement;
// everything that might concern an existing account goes the careful way, in a transaction.
import { type RawBuilder, sql } from 'kysely'
import { auditEntriesPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import {
  type Account,
  adoptAccount,
  claimedNames,
  findLocalAccounts,
  findPrelinked,
  insertAccountsPart,
  possibleReturnersPart,
} from '../directory/accounts.ts'
import { type Input, inputPart } from '../directory/input.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import {
  countPart,
  hasScimUser,
  insertEmailKeysPart,
  insertResourcesPart,
  insertTextsPart,
  updateResourcesPart,
  updateTextsPart,
} from '../directory/resources.ts'
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

type Row = { id: string; created_at: Date; last_modified_at: Date }

const written = (row: Row): Written => ({ version: 1, createdAt: row.created_at, lastModifiedAt: row.last_modified_at })

/** What a create brings along: the resource and the account to be made for it. */
const newcomer = ({ record, person }: Joiner, slugSuffix = ''): Input => ({ record, person, accountId: crypto.randomUUID(), slugSuffix })

/** The newcomers of `input` whose accounts were made: their ids and those of the accounts. */
const ADMITTED = sql`(select i.id, i.account_id from account a join input i on i.account_id = a.id)`

/** Asked for each row of `input` by an index: an EXISTS could read the whole table once instead, with a plan made while it was small. */
const found = (rows: RawBuilder<unknown>) => sql`(select true from ${rows} limit 1)`

const CREATED: JoinOutcome = { kind: 'created' }

/** One statement for people whom nothing here knows, in their order; undefined for one whom anything does. */
export async function joinPlainly(work: Work, joiners: readonly Joiner[]): Promise<readonly (Joined | undefined)[]> {
  const { rows } = await sql<Row>`
    with ${inputPart(joiners.map((joiner) => newcomer(joiner)))},
    known as (
      select i.id from input i where
        ${found(sql`accounts a where a.org_id = i.org_id and a.origin = 'local' and a.user_name_key = any (i.user_name_key || i.email_keys)`)}
        or ${found(sql`accounts a where a.org_id = i.org_id and a.origin = 'local' and a.email_key = any (i.user_name_key || i.email_keys)`)}
        or ${found(sql`accounts a where a.org_id = i.org_id and a.origin = 'local' and a.prelinked_external_id = i.external_id`)}
        or ${found(sql`scim_resources r where r.org_id = i.org_id and r.type = 'User' and r.external_id = i.external_id
          and r.comparable ->> 'active' is distinct from 'true'`)}
        or ${found(sql`scim_tombstones t where t.org_id = i.org_id and t.type = 'User' and t.external_id = i.external_id`)}
        or ${found(sql`accounts a where a.org_id = i.org_id and a.former_user_name_key = i.user_name_key`)}
    ),
    account as (${insertAccountsPart(sql`not exists (select from known k where k.id = i.id)`)}),
    resource as (${insertResourcesPart(ADMITTED)}),
    keys as (${insertEmailKeysPart(sql`resource`)}),
    texts as (${insertTextsPart(sql`resource`)}),
    counted as (${countPart(1, sql`resource`)}),
    audited as (${auditEntriesPart(joiners.map(fact(CREATED)), sql`e.subject in (select id from resource)`)})
    select id::text, created_at, last_modified_at from resource`.execute(work.db)
  const made = new Map(rows.map((row) => [row.id, row]))
  return joiners.map(({ record: { id } }) => {
    const row = made.get(id)
    return row === undefined ? undefined : { ...written(row), id, outcome: CREATED }
  })
}

/** The audit row of a create, about the resource that it makes. */
const fact =
  (outcome: JoinOutcome) =>
  ({ record, context, event }: Joiner) => ({ context, event: event(outcome), subject: record.id })

/** Anybody, in a transaction: what is known about the person decides what becomes of them. */
export async function joinCarefully(work: Work, joiner: Joiner): Promise<Joined> {
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
    with ${inputPart([{ record }])},
    resource as (${updateResourcesPart(sql`input`)}),
    stale as (delete from scim_email_keys k using input i where k.org_id = i.org_id and k.resource_id = i.id
      and k.value_key <> all (i.email_keys)),
    keys as (${insertEmailKeysPart(sql`resource`)}),
    texts as (${updateTextsPart(sql`resource`)}),
    audited as (${auditEntriesPart([fact(outcome)(joiner)])})
    select id::text, created_at, last_modified_at, version from resource`.execute(work.db)
  await adoptAccount(work, { record, person: joiner.person, accountId: dormant.account_id })
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
  const { record, person, context, sinceArrivalMs } = joiner
  const { accountId } = outcome
  // Handed over and disabled at once: a leaver like any other.
  const leaver = person.active ? undefined : await holdLeaver(work, record.orgId, { accountId })
  await adoptAccount(work, { record, person, accountId })
  if (leaver?.status === 'active') {
    await recordLeave(work, context, { accountId: leaver.id, userName: leaver.userName, because: 'disabled', sinceArrivalMs })
  }
  const { rows } = await sql<Row>`
    with ${inputPart([{ record, person, accountId }])},
    resource as (${insertResourcesPart(sql`input`)}),
    keys as (${insertEmailKeysPart(sql`resource`)}),
    texts as (${insertTextsPart(sql`resource`)}),
    counted as (${countPart(1, sql`resource`)}),
    audited as (${auditEntriesPart([fact(outcome)(joiner)])})
    select id::text, created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw new Error('an insert returned no row')
  return { ...written(row), id: record.id, outcome }
}

/** A new account although something about the person is known: the slug is taken, or former accounts are listed for an admin. */
async function joinAnew(work: Work, joiner: Joiner, former: readonly string[]): Promise<Joined> {
  const { record } = joiner
  for (const slugSuffix of ['', `-${record.id.slice(0, 8)}`]) {
    const { rows } = await sql<Row>`
      with ${inputPart([newcomer(joiner, slugSuffix)])},
      account as (${insertAccountsPart(sql`true`)}),
      resource as (${insertResourcesPart(ADMITTED)}),
      keys as (${insertEmailKeysPart(sql`resource`)}),
      texts as (${insertTextsPart(sql`resource`)}),
      counted as (${countPart(1, sql`resource`)}),
      returners as (${possibleReturnersPart(ADMITTED)}),
      former as (
        insert into possible_returners (org_id, account_id, former_account_id)
        select i.org_id, i.account_id, f.id from ${ADMITTED} admitted join input i on i.id = admitted.id cross join unnest(${former}::uuid[]) f (id)
        where not exists (select from accounts a where a.org_id = i.org_id and a.id = f.id and a.former_user_name_key = i.user_name_key)
      ),
      audited as (${auditEntriesPart([fact(CREATED)(joiner)], sql`e.subject in (select id from resource)`)})
      select id::text, created_at, last_modified_at from resource`.execute(work.db)
    if (rows[0] !== undefined) return { ...written(rows[0]), id: record.id, outcome: CREATED }
  }
  // The name was free a moment ago: another create of it has just won.
  throw new NameTaken()
}
