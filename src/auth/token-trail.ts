// What a token's connection has done so far, for whoever sets it up: the first user, the first group, and what was refused. Read from the
// audit log through an index of its few rows of note.
import { sql } from 'kysely'
import type { AuthenticationFailure } from '../audit/event.ts'
import { latestRows } from '../audit/latest.ts'
import type { Work } from '../db/work.ts'

export type Milestone = { readonly at: Date; readonly name: string | null }

/** Equal refusals as one. */
export type Refused = {
  readonly action: string
  /** 401 for a token that was dead. */
  readonly status: number
  readonly scimType: string | null
  /** Of the latest. */
  readonly at: Date
  readonly detail: string | null
  readonly target: string | null
  readonly times: number
}

export type TokenTrail = {
  readonly firstUser: Milestone | undefined
  readonly firstGroup: Milestone | undefined
  /** The latest kinds of refusals, newest first. */
  readonly refused: readonly Refused[]
}

/** Refusals looked at. */
const REFUSED_MAX = 100
const KINDS_SHOWN_MAX = 5

/** What the partial index holds, in its words. */
const MILESTONE = sql`l.channel = 'scim' and (l.action in ('scim.user.create', 'scim.group.create') or l.outcome <> 'success')`

export async function readTrail(work: Work, orgId: string, tokenId: string): Promise<TokenTrail> {
  const [firstUser, firstGroup, refused] = await Promise.all([
    readFirst(work, orgId, { tokenId, action: 'scim.user.create' }),
    readFirst(work, orgId, { tokenId, action: 'scim.group.create' }),
    readRefused(work, orgId, tokenId),
  ])
  return { firstUser, firstGroup, refused }
}

async function readFirst(
  work: Work,
  orgId: string,
  { tokenId, action }: { tokenId: string; action: 'scim.user.create' | 'scim.group.create' },
): Promise<Milestone | undefined> {
  const { rows } = await sql<Milestone>`
    select l.ts as at, l.target ->> 'name' as name from audit_log l
    where l.org_id = ${orgId}::uuid and l.actor ->> 'id' = ${tokenId} and ${MILESTONE} and l.outcome = 'success' and l.action = ${sql.lit(action)}
    order by l.id limit 1`.execute(work.db)
  return rows[0]
}

async function readRefused(work: Work, orgId: string, tokenId: string): Promise<readonly Refused[]> {
  const latest = (outcome: 'denied' | 'failure') =>
    latestRows(
      sql`l.org_id = ${orgId}::uuid and l.actor ->> 'id' = ${tokenId} and ${MILESTONE} and l.outcome = ${sql.lit(outcome)}`,
      REFUSED_MAX,
    )
  const { rows } = await sql<Refused>`
    with refused as (
      select r.ts, r.action, coalesce((r.payload -> 'error' ->> 'status')::int, 401) as status, r.payload -> 'error' ->> 'scimType' as scim_type,
        coalesce(r.payload -> 'error' ->> 'detail', r.payload ->> 'reason') as detail, r.target ->> 'name' as target,
        coalesce((r.payload ->> 'times')::int, 1) as times
      from (select * from ${latest('denied')} d union all select * from ${latest('failure')} f) r
    )
    select r.action, r.status, r.scim_type as "scimType", max(r.ts) as at, sum(r.times)::int as times,
      (array_agg(r.detail order by r.ts desc))[1] as detail, (array_agg(r.target order by r.ts desc))[1] as target
    from refused r group by r.action, r.status, r.scim_type order by max(r.ts) desc limit ${KINDS_SHOWN_MAX}`.execute(work.db)
  return rows
}

/** Requests that brought no token of anybody. */
export type Stranger = { readonly reason: AuthenticationFailure; readonly ip: string | null; readonly at: Date; readonly times: number }

/** Failed authentications that belong to no token, recorded with this organisation since a time; the latest first. */
export async function readStrangers(work: Work, orgId: string, since: Date): Promise<readonly Stranger[]> {
  const condition = sql`l.org_id = ${orgId}::uuid and l.actor ->> 'id' is null and ${MILESTONE} and l.outcome = 'denied'`
  const { rows } = await sql<Stranger>`
    select s.payload ->> 'reason' as reason, s.ip, max(s.ts) as at, sum((s.payload ->> 'times')::int)::int as times
    from ${latestRows(condition, REFUSED_MAX)} s where s.action = 'scim.auth.failed' and s.ts >= ${since}
    group by 1, 2 order by max(s.ts) desc limit ${KINDS_SHOWN_MAX}`.execute(work.db)
  return rows
}
