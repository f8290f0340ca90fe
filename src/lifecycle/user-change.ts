// A change of a SCIM user: its resource and its account in one statement with the audit rows. Deactivation is the leaver: from the
// commit on the account is disabled and every credential made before is dead (design section 3).
import { type RawBuilder, sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { endCredentialsCall } from '../auth/revocation.ts'
import { UNPROTECTED, updateAccountPart, updateAccountStatePart } from '../directory/accounts.ts'
import type { Person, ResourceRecord, Written } from '../directory/resource.ts'
import { deleteEmailKeysPart, insertEmailKeysPart, updateResourcePart, textsPart } from '../directory/resources.ts'
import { holdLeaver, leaveFact, recordLeave, type SinceArrival } from './leaver.ts'

export type UserChange = {
  readonly record: ResourceRecord
  /** What the account took over from the user before the change, and what it takes over now. */
  readonly before: Person
  readonly person: Person
  /** The version that the change was computed from; another one in the database means that somebody else was faster. */
  readonly basedOn: number
  /** E-mail keys that the change takes away. */
  readonly emailKeysGone: readonly string[]
  readonly context: AuditContext
  readonly events: readonly AuditEvent[]
  /** For the leaver's receipt. */
  readonly sinceArrivalMs: SinceArrival
}

/** Applies the change; undefined when the user is gone or changed meanwhile. Throws a conflict when the account must not be disabled. */
export async function changeUser(work: Work, change: UserChange): Promise<Written | undefined> {
  if (!leaves(change)) return write(work, change, accountPart(change))
  const written = await write(work, change, leaverPart(change))
  // An admin, a break-glass account, or somebody else was faster: looked at under a lock.
  return written ?? work.atomically((tx) => leaveCarefully(tx, change))
}

const leaves = ({ before, person }: UserChange) => before.active && !person.active

/** A leaver who may be one of those who must stay. */
async function leaveCarefully(work: Work, change: UserChange): Promise<Written | undefined> {
  // What is being minted or written for the account is waited for, and what comes later sees it disabled.
  const account = await holdLeaver(work, change.record.orgId, { scimUserId: change.record.id })
  const done = account === undefined ? undefined : await write(work, change, accountPart(change))
  if (account?.status === 'active' && done !== undefined) {
    const { id, userName } = account
    await recordLeave(work, change.context, { accountId: id, userName, because: 'disabled', sinceArrivalMs: change.sinceArrivalMs })
  }
  return done
}

/** What a change does beside the resource: rows that are locked, and the parts of the statement. */
type Beside = {
  readonly target: RawBuilder<unknown>
  readonly parts: readonly RawBuilder<unknown>[]
  /** A part that only runs because its result is asked for. */
  readonly asked?: RawBuilder<unknown>
}

const OF_ACCOUNT = sql`join accounts a on a.org_id = r.org_id and a.id = r.account_id`

/** The account is written only if something of it changes. */
function accountPart({ before, person }: UserChange): Beside {
  const keepsProfile = sameProfile(before, person)
  if (keepsProfile && before.active === person.active) return { target: sql``, parts: [] }
  const update = keepsProfile ? updateAccountStatePart : updateAccountPart
  return { target: OF_ACCOUNT, parts: [sql`account as (${update(person, sql`target`)})`] }
}

/** Whoever is neither an admin nor break-glass leaves in one statement. */
function leaverPart(change: UserChange): Beside {
  const { parts } = accountPart(change)
  const ended = endCredentialsCall(change.context, sql`t.account_id`, {
    because: 'disabled',
    fact: leaveFact({ userName: change.before.userName, because: 'disabled', sinceArrivalMs: change.sinceArrivalMs }),
  })
  return {
    target: sql`${OF_ACCOUNT} and a.status = 'active' and ${UNPROTECTED}`,
    parts: [...parts, sql`ended as (select e.ended_sessions from target t cross join lateral ${ended} e)`],
    asked: sql`, (select count(*) from ended)`,
  }
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

async function write(work: Work, change: UserChange, { target, parts, asked = sql`` }: Beside): Promise<Written | undefined> {
  const { record, basedOn, emailKeysGone, context, events } = change
  const { rows } = await sql<{ version: string; created_at: Date; last_modified_at: Date }>`
    with target as (
      select r.org_id, r.id, r.account_id from scim_resources r ${target}
      where r.org_id = ${record.orgId}::uuid and r.id = ${record.id}::uuid and r.version = ${basedOn}::bigint
      for update
    ),
    resource as (${updateResourcePart(record, sql`target`)}),
    ${sql.join([...parts, sql``], sql`, `)}
    stale as (${deleteEmailKeysPart(emailKeysGone, sql`target`)}),
    keys as (${insertEmailKeysPart(record, sql`resource`)}),
    texts as (${textsPart(record, sql`resource`)}),
    audited as (${auditPart(context, events, sql`exists (select from resource)`)})
    select version, created_at, last_modified_at${asked} from resource`.execute(work.db)
  const [row] = rows
  if (row === undefined) return undefined
  return { version: Number(row.version), createdAt: row.created_at, lastModifiedAt: row.last_modified_at }
}
