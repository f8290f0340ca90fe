// Rows of the audit log by a filter, newest first, a page at a time. What an index serves is exact however many rows there are; what is
// left is judged row by row, over so many rows a request and no more, and the answer says how far back that went.
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import type { Work } from '../db/work.ts'
import type { Actor, Target } from './event.ts'
import { actionPattern, type AuditFilter, matchesAction } from './filter.ts'
import { type Kind, readKinds } from './kinds.ts'

/** A filter whose names are resolved: the ids under which the log knows who and what is meant. */
export type AuditSearch = Omit<AuditFilter, 'actor' | 'target'> & {
  readonly actorKeys?: readonly string[] | undefined
  readonly targetKeys?: readonly string[] | undefined
  /** A name that nobody bears now. */
  readonly actorName?: string | undefined
  readonly targetName?: string | undefined
}

export type AuditRow = {
  readonly id: string
  readonly ts: Date
  /** Microseconds since 1970: what pages go on from, more exact than `ts`. */
  readonly micros: string
  readonly org: string
  readonly actor: Actor
  readonly action: string
  readonly target: Target
  readonly channel: string
  readonly outcome: 'success' | 'denied' | 'failure'
  readonly payload: Readonly<Record<string, unknown>>
  readonly ip: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
}

/** A place in the log; a page holds what is older. */
export type Position = { readonly micros: string; readonly id: string }

export type PageRequest = {
  readonly before: Position | undefined
  readonly limit: number
  /** How far a request may search back: each step four times the one before. */
  readonly reach?: number | undefined
}

export type AuditPage = {
  readonly rows: readonly AuditRow[]
  /** Where to go on; undefined at the end of the log. */
  readonly next: Position | undefined
  /** The search stopped here because it had looked at enough rows; `next` goes on from it. */
  readonly searchedBackTo: Date | undefined
}

export const REACH_MAX = 3
/** Rows that one request looks at, at reach 0. */
const ROWS_JUDGED = 40_000
/** The same where every word of a row is searched. */
const ROWS_READ = 10_000

export type SearchRequest = {
  readonly search: AuditSearch
  readonly page: PageRequest
  /** Where the caller has them already. */
  readonly kinds?: readonly Kind[]
}

export async function searchAudit(work: Work, orgId: string, { search, page, kinds }: SearchRequest): Promise<AuditPage> {
  const source = await chooseSource(work, orgId, { search, kinds })
  if (source === undefined) return { rows: [], next: undefined, searchedBackTo: undefined }
  const found =
    source.rest === undefined ? await readPage(work, orgId, { source, search, page }) : await judge(work, orgId, { source, search, page })
  return { ...found, rows: await readRows(work, orgId, found.positions) }
}

type Found = Omit<AuditPage, 'rows'> & { readonly positions: readonly Position[] }

/** Where candidates come from: ranges of one index, each of them newest first, and what is left to be judged. */
export type Source = {
  /** The ranges as rows of `k`. */
  readonly ranges: RawBuilder<unknown>
  readonly count: number
  /** Ties a row `l` of the log to its range `k`. */
  readonly within: RawBuilder<unknown>
  /** A condition on `l`; undefined when the ranges say it all. */
  readonly rest: RawBuilder<unknown> | undefined
}

const ACTOR_KEY = sql`coalesce(l.actor ->> 'id', l.actor ->> 'user', l.actor ->> 'kind')`
const NAME_IS = (name: RawBuilder<unknown>, wanted: string) => sql`lower(${name}) = lower(${wanted}::text)`

type Part = 'request' | 'target' | 'actor' | 'kind'

/** Undefined when the log can hold nothing of the kind. */
export async function chooseSource(
  work: Work,
  orgId: string,
  { search, kinds: known }: { search: AuditSearch; kinds: readonly Kind[] | undefined },
): Promise<Source | undefined> {
  const { requestId, targetKeys, actorKeys, channel, outcome, action } = search
  const byKind = channel !== undefined || outcome !== undefined || action !== undefined
  const kinds = byKind ? (known ?? (await readKinds(work, orgId))).filter((kind) => isWanted(kind, search)) : []
  if (byKind && kinds.length === 0) return undefined
  const keyed = (part: Part, keys: readonly string[], column: RawBuilder<unknown>): Source => ({
    ranges: sql`unnest(${keys}::text[]) k (key)`,
    count: keys.length,
    within: sql`${column} = k.key`,
    rest: restOf(search, part),
  })
  if (requestId !== undefined) return keyed('request', [requestId], sql`l.request_id`)
  if (targetKeys !== undefined) return keyed('target', targetKeys, sql`(l.target ->> 'id')`)
  const ofActor = actorKeys === undefined ? undefined : keyed('actor', actorKeys, ACTOR_KEY)
  const ofKind = byKind ? kindSource(kinds, restOf(search, 'kind')) : undefined
  if (ofActor !== undefined && ofKind !== undefined) return smaller(work, orgId, { search, sources: [ofActor, ofKind] })
  return ofActor ?? ofKind ?? { ranges: sql`(select 1) k`, count: 1, within: sql`true`, rest: restOf(search, undefined) }
}

const isWanted = (kind: Kind, { channel, outcome, action }: AuditSearch): boolean =>
  (channel === undefined || kind.channel === channel) &&
  (outcome === undefined || kind.outcome === outcome) &&
  (action === undefined || matchesAction(kind.action, action))

export function kindSource(kinds: readonly Kind[], rest: RawBuilder<unknown> | undefined): Source {
  return {
    ranges: sql`unnest(${kinds.map(({ channel }) => channel)}::text[], ${kinds.map(({ outcome }) => outcome)}::text[],
      ${kinds.map(({ action }) => action)}::text[]) k (channel, outcome, action)`,
    count: kinds.length,
    within: sql`l.channel = k.channel and l.outcome = k.outcome and l.action = k.action`,
    rest,
  }
}

/** What the filter says beside what a source serves. */
function restOf(search: AuditSearch, served: Part | undefined): RawBuilder<unknown> | undefined {
  const { channel, outcome, action, actorKeys, targetKeys, actorName, targetName, text } = search
  const conditions: RawBuilder<unknown>[] = []
  if (served !== 'kind') {
    if (channel !== undefined) conditions.push(sql`l.channel = ${channel}`)
    if (outcome !== undefined) conditions.push(sql`l.outcome = ${outcome}`)
    if (action !== undefined) conditions.push(sql`l.action like ${actionPattern(action)}`)
  }
  if (actorKeys !== undefined && served !== 'actor') conditions.push(sql`${ACTOR_KEY} = any (${actorKeys}::text[])`)
  if (targetKeys !== undefined && served !== 'target') conditions.push(sql`l.target ->> 'id' = any (${targetKeys}::text[])`)
  if (actorName !== undefined) conditions.push(NAME_IS(sql`l.actor ->> 'name'`, actorName))
  if (targetName !== undefined) conditions.push(NAME_IS(sql`l.target ->> 'name'`, targetName))
  if (text !== undefined) conditions.push(contains(text))
  return conditions.length === 0 ? undefined : sql.join(conditions, sql` and `)
}

/** Inside JSON a quotation mark stands behind a backslash; so does it in what is looked for there. */
function contains(text: string): RawBuilder<unknown> {
  const inJson = JSON.stringify(text).slice(1, -1)
  return sql`(strpos(lower(concat_ws(' ', l.actor::text, l.target::text, l.payload::text)), lower(${inJson}::text)) > 0
    or strpos(lower(concat_ws(' ', l.action, l.ip, l.user_agent, l.request_id)), lower(${text}::text)) > 0)`
}

const PROBED_MAX = 5_000

/** Of two sources the one with fewer candidates, as far as a short look tells. */
async function smaller(
  work: Work,
  orgId: string,
  { search, sources }: { search: AuditSearch; sources: readonly [Source, Source] },
): Promise<Source> {
  const counts = sources.map(
    ({ ranges, within }) => sql`(select count(*)::int from (
      select from ${ranges} cross join lateral (select from audit_log l where ${inPeriod(orgId, search)} and ${within} limit ${PROBED_MAX}) l
      limit ${PROBED_MAX}) few)`,
  )
  const { rows } = await sql<{ first: number; second: number }>`select ${counts[0]} as first, ${counts[1]} as second`.execute(
    unnamed(work.db),
  )
  const [{ first, second } = { first: 0, second: 0 }] = rows
  return first < second ? sources[0] : sources[1]
}

/** The time of a position, exactly. */
const timeOf = ({ micros }: Position) => sql`(timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond')`

/** Rows `l` of the organisation in the filter's time, and before a position. */
export function inPeriod(orgId: string, { from, to }: Pick<AuditSearch, 'from' | 'to'>, before?: Position): RawBuilder<unknown> {
  return sql.join(
    [
      sql`l.org_id = ${orgId}::uuid`,
      ...(from === undefined ? [] : [sql`l.ts >= ${from}::timestamptz`]),
      ...(to === undefined ? [] : [sql`l.ts < ${to}::timestamptz`]),
      ...(before === undefined ? [] : [sql`l.ts <= ${timeOf(before)} and (l.ts, l.id) < (${timeOf(before)}, ${before.id}::bigint)`]),
    ],
    sql` and `,
  )
}

/** Of a row whose `ts` and `id` are in sight. The output has an `id` of its own, so that an order has to name the row's. */
const POSITION = sql`(extract(epoch from ts) * 1000000)::bigint::text as micros, id::text`

type Reading = { readonly source: Source; readonly search: AuditSearch; readonly page: PageRequest }

/** A page of what ranges serve by themselves. */
async function readPage(work: Work, orgId: string, { source, search, page }: Reading): Promise<Found> {
  const { before, limit } = page
  const { rows } = await sql<Position>`
    select ${POSITION} from ${source.ranges} cross join lateral (
      select l.ts, l.id from audit_log l where ${inPeriod(orgId, search, before)} and ${source.within} order by l.ts desc, l.id desc limit ${limit + 1}
    ) l order by l.ts desc, l.id desc limit ${limit + 1}`.execute(unnamed(work.db))
  const positions = rows.slice(0, limit)
  return { positions, next: rows.length > limit ? positions.at(-1) : undefined, searchedBackTo: undefined }
}

/** A page of what has to be judged: a short way back first, which is enough for what is common, then all of the request's share. */
async function judge(work: Work, orgId: string, { source, search, page }: Reading): Promise<Found> {
  const { limit, reach = 0 } = page
  const rowsMax = (search.text === undefined ? ROWS_JUDGED : ROWS_READ) * 4 ** Math.min(reach, REACH_MAX)
  const positions: Position[] = []
  let { before } = page
  for (const rows of [rowsMax / 8, (rowsMax * 7) / 8]) {
    const share = Math.ceil(rows / source.count)
    const { hits, horizon } = await judgeShare(work, orgId, { source, search, before, share, limit: limit - positions.length })
    const wanted = hits.slice(0, limit - positions.length)
    positions.push(...wanted)
    if (hits.length > wanted.length) return { positions, next: positions.at(-1), searchedBackTo: undefined }
    if (horizon === undefined) return { positions, next: undefined, searchedBackTo: undefined }
    before = horizon
  }
  return { positions, next: before, searchedBackTo: before === undefined ? undefined : new Date(Number(BigInt(before.micros) / 1000n)) }
}

type Share = {
  readonly source: Source
  readonly search: AuditSearch
  readonly before: Position | undefined
  /** Rows of each range. */
  readonly share: number
  readonly limit: number
}

/**
 * Reads each range back for so many rows. Where one was not read to its end, only what is newer than its last row is known to be complete:
 * that is the horizon.
 */
async function judgeShare(
  work: Work,
  orgId: string,
  { source, search, before, share, limit }: Share,
): Promise<{ hits: readonly Position[]; horizon: Position | undefined }> {
  const { rows } = await sql<Position & { kind: 'hit' | 'horizon' }>`
    with read as materialized (
      select l.ts, l.id, l.hit, row_number() over (partition by k order by l.ts desc, l.id desc) as nth from ${source.ranges} cross join lateral (
        select l.ts, l.id, ${source.rest} as hit from audit_log l where ${inPeriod(orgId, search, before)} and ${source.within}
        order by l.ts desc, l.id desc limit ${share}
      ) l
    ),
    horizon as (select ts, id from read where nth = ${share} order by ts desc, id desc limit 1),
    hits as (
      select r.ts, r.id from read r left join horizon h on true where r.hit and (h.ts is null or (r.ts, r.id) >= (h.ts, h.id))
      order by r.ts desc, r.id desc limit ${limit + 1}
    )
    select 'hit' as kind, ${POSITION} from hits union all select 'horizon', ${POSITION} from horizon`.execute(unnamed(work.db))
  const horizon = rows.find(({ kind }) => kind === 'horizon')
  const hits = rows.filter(({ kind }) => kind === 'hit').map(({ micros, id }) => ({ micros, id }))
  return {
    hits: hits.sort(newestFirst),
    horizon: horizon === undefined ? undefined : { micros: horizon.micros, id: horizon.id },
  }
}

function newestFirst(a: Position, b: Position): number {
  const [later, earlier] = a.micros === b.micros ? [BigInt(b.id), BigInt(a.id)] : [BigInt(b.micros), BigInt(a.micros)]
  return later > earlier ? 1 : -1
}

const ROW = sql`l.id::text, l.ts, (extract(epoch from l.ts) * 1000000)::bigint::text as micros, l.org, l.actor, l.action, l.target, l.channel,
  l.outcome, l.payload, l.ip, l.user_agent as "userAgent", l.request_id as "requestId"`

async function readRows(work: Work, orgId: string, positions: readonly Position[]): Promise<readonly AuditRow[]> {
  if (positions.length === 0) return []
  const { rows } = await sql<AuditRow>`
    select ${ROW} from unnest(${positions.map(({ micros }) => micros)}::bigint[], ${positions.map(({ id }) => id)}::bigint[]) p (micros, id)
      join audit_log l on l.org_id = ${orgId}::uuid and l.ts = timestamptz 'epoch' + p.micros * interval '1 microsecond' and l.id = p.id
    order by l.ts desc, l.id desc`.execute(work.db)
  return rows
}
