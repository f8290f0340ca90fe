// A change of a SCIM user: its resource and its account in one statement with the audit rows. Deactivation is the leaver: from the
// commit on the account is disabled and every credential made before is dead (design section 3).
import { type RawBuilder, sql } from 'kysely'
import { auditEntriesPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { endCredentialsCall } from '../auth/revocation.ts'
import { UNPROTECTED, updateAccountStatesPart, updateAccountsPart } from '../directory/accounts.ts'
import { type Input, inputPart } from '../directory/input.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import { deleteEmailKeysPart, insertEmailKeysPart, updateResourcesPart, updateTextsPart } from '../directory/resources.ts'
import { holdLeaver, leaveFact, recordLeave, type SinceArrival } from './leaver.ts'

export type UserChange = {
  readonly record: ResourceRecord
  /** What the account took over from the user before the change, and what it takes over now. */
  readonly before: Person
  readonly person: Person
  /** The version that the change was computed from; another one in the database means that somebody else was faster. */
  readonly basedOn: number
  /** What the user is looked for by: `kept` when it stays as it is, else the e-mail keys that the change takes away. */
  readonly names: 'kept' | { readonly emailKeysGone: readonly string[] }
  readonly context: AuditContext
  readonly events: readonly AuditEvent[]
  /** For the leaver's receipt. */
  readonly sinceArrivalMs: SinceArrival
}

/** Which statement writes a change; those of one way can be written together. */
export type ChangeWay = {
  readonly account: 'kept' | 'state' | 'profile'
  readonly names: 'kept' | 'changed'
  readonly leaves: boolean
}

const leaves = ({ before, person }: UserChange) => before.active && !person.active

/** The account is written only if something of it changes. */
export function wayOf(change: UserChange): ChangeWay {
  const { before, person, names } = change
  const account = !sameProfile(before, person) ? 'profile' : before.active === person.active ? 'kept' : 'state'
  return { account, names: names === 'kept' ? 'kept' : 'changed', leaves: leaves(change) }
}

function sameProfile(one: Person, other: Person): boolean {
  return (
    one.userName === other.userName &&
    one.userNameKey === other.userNameKey &&
    one.displayName === other.displayName &&
    one.email === other.email &&
    one.emailKey === other.emailKey
  )
}

/**
 * Applies the change of a leaver who may be one of those who must stay, in a transaction. Throws a conflict when the account must not be
 * disabled.
 */
export async function leaveCarefully(work: Work, change: UserChange): Promise<Written | undefined> {
  // What is being minted or written for the account is waited for, and what comes later sees it disabled.
  const account = await holdLeaver(work, change.record.orgId, { scimUserId: change.record.id })
  if (account === undefined) return undefined
  const [done] = await writeChanges(work, { ...wayOf(change), leaves: false }, [change])
  if (account.status === 'active' && done !== undefined) {
    const { id, userName } = account
    await recordLeave(work, change.context, { accountId: id, userName, because: 'disabled', sinceArrivalMs: change.sinceArrivalMs })
  }
  return done
}

const BESIDE: Readonly<Record<ChangeWay['account'], RawBuilder<unknown>>> = {
  kept: sql``,
  state: sql`account as (${updateAccountStatesPart(sql`target`)}),`,
  profile: sql`account as (${updateAccountsPart(sql`target`)}),`,
}

const NAMES = sql`
    stale as (${deleteEmailKeysPart(sql`target`)}),
    keys as (${insertEmailKeysPart(sql`resource`)}),
    texts as (${updateTextsPart(sql`resource`)}),`

/** Whoever is neither an admin nor break-glass leaves in the same statement, told once the rows that say why are written. */
const ENDED = sql`,
    ended as (
      select e.ended_account from (select count(*) as rows from audited) told cross join lateral (
        select jsonb_agg(jsonb_build_object('context', i.context, 'account', t.account_id, 'fact', i.fact)) as ends
        from target t join input i on i.id = t.id where told.rows is not null
      ) leavers cross join lateral ${endCredentialsCall(sql`leavers.ends`, 'disabled')} e
    )`

/**
 * Writes changes of one way in one statement, in their order; undefined for one whose user is gone, changed meanwhile or may not leave like
 * this. Of several, those that somebody else is changing right now are left out as well: nobody waits for what another one waits for.
 */
export async function writeChanges(
  work: Work,
  { account, names, leaves: leaving }: ChangeWay,
  changes: readonly UserChange[],
): Promise<readonly (Written | undefined)[]> {
  const withAccount = account !== 'kept'
  const entries = changes.flatMap(({ context, events, record }) => events.map((event) => ({ context, event, subject: record.id })))
  const { rows } = await sql<{ id: string; version: string; created_at: Date; last_modified_at: Date }>`
    with ${inputPart(changes.map((change) => toInput(change, leaving)))},
    target as (
      select r.id, r.account_id from input i join scim_resources r on r.org_id = i.org_id and r.id = i.id and r.version = i.based_on
      ${withAccount ? sql`join accounts a on a.org_id = r.org_id and a.id = r.account_id` : sql``}
      ${leaving ? sql`and a.status = 'active' and ${UNPROTECTED}` : sql``}
      order by r.id for update of ${withAccount ? sql`r, a` : sql`r`} ${changes.length > 1 ? sql`skip locked` : sql``}
    ),
    resource as (${updateResourcesPart(sql`target`)}),
    ${BESIDE[account]}
    ${names === 'kept' ? sql`` : NAMES}
    audited as (${auditEntriesPart(entries, sql`e.subject in (select id from resource)`)} returning 1)
    ${leaving ? ENDED : sql``}
    select id::text, version, created_at, last_modified_at${leaving ? sql`, (select count(*) from ended)` : sql``} from resource`.execute(
    work.db,
  )
  const done = new Map(rows.map((row) => [row.id, row]))
  return changes.map(({ record: { id } }) => {
    const row = done.get(id)
    return row && { version: Number(row.version), createdAt: row.created_at, lastModifiedAt: row.last_modified_at }
  })
}

function toInput(change: UserChange, leaving: boolean): Input {
  const { record, person, before, basedOn, names, context, sinceArrivalMs } = change
  const input = { record, person, basedOn, ...(names === 'kept' ? {} : names) }
  return leaving ? { ...input, context, fact: leaveFact({ userName: before.userName, because: 'disabled', sinceArrivalMs }) } : input
}
