// How many rows a filter finds over time, by outcome: over all of the filter's time where that can be counted at once, else over its
// newest part.
import { type RawBuilder, sql } from 'kysely'
import { unnamed } from '../db/statement-names.ts'
import type { Work } from '../db/work.ts'
import type { Kind } from './kinds.ts'
import { type AuditSearch, chooseSource, inPeriod, kindSource, type Source } from './search.ts'

export type Bucket = { readonly begins: Date; readonly success: number; readonly denied: number; readonly failure: number }

export type Timeline = {
  readonly stepSeconds: number
  /** Without gaps, the oldest first. */
  readonly buckets: readonly Bucket[]
  /** There are older rows that were not counted. */
  readonly partial: boolean
}

/** Rows that are counted at once. */
export const COUNTED_MAX = 30_000
const BARS_MAX = 60
const BARS_MIN = 24
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY] as const

/** Weeks begin on Mondays, everything else where UTC has it. */
const ORIGIN = sql`timestamptz '2001-01-01 00:00:00Z'`

export type TimelineRequest = {
  readonly search: AuditSearch
  readonly now: Date
  readonly kinds: readonly Kind[]
  readonly rowsMax?: number
}

/** Undefined when there is nothing to show. */
export async function readTimeline(
  work: Work,
  orgId: string,
  { search, now, kinds, rowsMax = COUNTED_MAX }: TimelineRequest,
): Promise<Timeline | undefined> {
  const source = isEverything(search) ? kindSource(kinds, undefined) : await chooseSource(work, orgId, { search, kinds })
  if (source === undefined || source.count === 0) return undefined
  const span = await readSpan(work, orgId, { source, search, rowsMax })
  if (span === undefined) return undefined
  const begin = span.partial || search.from === undefined ? span.oldest : search.from
  const last = search.to === undefined ? span.newest : new Date(Math.min(search.to.getTime() - 1, now.getTime()))
  const stepSeconds = STEPS.find((step) => (last.getTime() - begin.getTime()) / 1000 / step < BARS_MAX) ?? STEPS.at(-1) ?? DAY
  // A few bars alone would not look like time; before the oldest row there is nothing to miss.
  const few = search.from === undefined && !span.partial
  const first = few ? new Date(Math.min(begin.getTime(), last.getTime() - (BARS_MIN - 1) * stepSeconds * 1000)) : begin
  const counted = await readCounts(work, orgId, { source, search: { ...search, from: begin }, stepSeconds })
  return { stepSeconds, buckets: fill(counted, { first, last, stepSeconds }), partial: span.partial }
}

/** Whether rows of such a filter have to be judged one by one, so that counting them takes a while. */
export const isCountedSlowly = ({ text, actorName, targetName, ...keyed }: AuditSearch): boolean => {
  if ([text, actorName, targetName].some((name) => name !== undefined)) return true
  const { requestId, targetKeys, actorKeys, channel, outcome, action } = keyed
  const byKind = channel !== undefined || outcome !== undefined || action !== undefined
  return [requestId !== undefined, targetKeys !== undefined, actorKeys !== undefined, byKind].filter(Boolean).length > 1
}

/** The index of kinds holds the outcome, so that no row has to be fetched. */
const isEverything = (search: AuditSearch) =>
  Object.entries(search).every(([name, value]) => value === undefined || name === 'from' || name === 'to')

type Counting = { readonly source: Source; readonly search: AuditSearch }
type Span = { readonly oldest: Date; readonly newest: Date; readonly partial: boolean }

/** From when to when there are candidates; only the newest part of it when they are too many. */
async function readSpan(work: Work, orgId: string, { source, search, rowsMax }: Counting & { rowsMax: number }): Promise<Span | undefined> {
  const candidates = sql`${source.ranges} cross join lateral (
    select l.ts from audit_log l where ${inPeriod(orgId, search)} and ${source.within} order by l.ts desc, l.id desc limit ${rowsMax + 1}) l`
  const { rows } = await sql<{ count: number; oldest: Date | null; newest: Date | null }>`
    select count(*)::int as count, min(ts) as oldest, max(ts) as newest from (select l.ts from ${candidates} limit ${rowsMax + 1}) few`.execute(
    unnamed(work.db),
  )
  const [found] = rows
  if (found === undefined || found.oldest === null || found.newest === null) return undefined
  const { oldest, newest } = found
  if (found.count <= rowsMax) return { oldest, newest, partial: false }
  return newestPart(work, orgId, { source, search, rowsMax })
}

/** From the newest candidate back over as many rows of any kind: among them are not more of these. */
async function newestPart(
  work: Work,
  orgId: string,
  { source, search, rowsMax }: Counting & { rowsMax: number },
): Promise<Span | undefined> {
  const { rows: ends } = await sql<{ newest: Date; after: Date }>`
    select max(l.ts) as newest, date_bin('1 millisecond', max(l.ts), ${ORIGIN}) + interval '1 millisecond' as after
    from ${source.ranges} cross join lateral (
      select l.ts from audit_log l where ${inPeriod(orgId, search)} and ${source.within} order by l.ts desc, l.id desc limit 1) l`.execute(
    unnamed(work.db),
  )
  const [end] = ends
  if (end === undefined) return undefined
  const { rows } = await sql<{ ts: Date }>`
    select l.ts from audit_log l where ${inPeriod(orgId, { from: search.from, to: end.after })} order by l.ts desc, l.id desc offset ${rowsMax} limit 1`.execute(
    unnamed(work.db),
  )
  return { oldest: rows[0]?.ts ?? end.newest, newest: end.newest, partial: true }
}

type Count = { readonly begins: Date; readonly outcome: 'success' | 'denied' | 'failure'; readonly count: number }

async function readCounts(
  work: Work,
  orgId: string,
  { source, search, stepSeconds }: Counting & { stepSeconds: number },
): Promise<readonly Count[]> {
  const bin = sql`date_bin(make_interval(secs => ${sql.lit(stepSeconds)}), l.ts, ${ORIGIN})`
  const rest: RawBuilder<unknown> = source.rest ?? sql`true`
  const { rows } = await sql<Count>`
    select l.begins, l.outcome, sum(l.count)::int as count from ${source.ranges} cross join lateral (
      select ${bin} as begins, l.outcome, count(*) as count from audit_log l where ${inPeriod(orgId, search)} and ${source.within} and ${rest}
      group by 1, 2
    ) l group by 1, 2`.execute(unnamed(work.db))
  return rows
}

type Frame = { readonly first: Date; readonly last: Date; readonly stepSeconds: number }

function fill(counts: readonly Count[], { first, last, stepSeconds }: Frame): readonly Bucket[] {
  const originMs = Date.UTC(2001, 0, 1)
  const stepMs = stepSeconds * 1000
  const numbers = new Map(counts.map(({ begins, outcome, count }) => [`${begins.getTime()} ${outcome}`, count]))
  const buckets: Bucket[] = []
  for (let at = originMs + Math.floor((first.getTime() - originMs) / stepMs) * stepMs; at <= last.getTime(); at += stepMs) {
    const of = (outcome: string) => numbers.get(`${at} ${outcome}`) ?? 0
    buckets.push({ begins: new Date(at), success: of('success'), denied: of('denied'), failure: of('failure') })
  }
  return buckets
}
