// The rows of a filter over time, by outcome; each bar leads to its own rows.
import { COUNTED_MAX, type Bucket, type Timeline } from '../../audit/timeline.ts'
import { type Bar, BarChart, type Series } from '../../web/components/bar-chart.tsx'
import { Card } from '../../web/components/card.tsx'
import { exactTime } from '../../web/components/time.tsx'
import { auditHref, type Fields } from './address.ts'

const SERIES: readonly Series[] = [
  { name: 'success', tone: 'good' },
  { name: 'denied', tone: 'warn' },
  { name: 'failure', tone: 'bad' },
]

export type TimelineCardProps = {
  readonly fields: Fields
  /** Undefined: there is nothing to count. `slow`: it is counted when somebody asks for it. */
  readonly timeline: Timeline | 'slow' | undefined
}

export function TimelineCard({ fields, timeline }: TimelineCardProps) {
  if (timeline === undefined) return null
  const allHref = auditHref(fields, { timeline: true })
  if (timeline === 'slow') {
    return (
      <p class="row">
        <a class="button plain small" href={allHref}>
          Draw the timeline of these rows
        </a>
        <span class="muted">It has to read the rows one by one, which takes a moment.</span>
      </p>
    )
  }
  const { buckets, stepSeconds, partial } = timeline
  const [first] = buckets
  return (
    <Card title="Over time">
      <BarChart
        title="Audit rows over time by outcome"
        series={SERIES}
        bars={buckets.map((bucket) => barOf(bucket, { fields, stepSeconds, buckets }))}
      />
      {partial && first !== undefined ? (
        <p class="muted">
          {`Counted are the newest rows, back to ${exactTime(first.begins)}. `}
          {timeline.partial && buckets.length > 0 ? <a href={allHref}>Count more</a> : null}
        </p>
      ) : null}
    </Card>
  )
}

/** Rows that are counted when somebody asks for it: millions of those that an index holds whole. */
export const countedMax = ({ all, slowly }: { all: boolean; slowly: boolean }): number => {
  if (!all) return COUNTED_MAX
  return slowly ? 200_000 : 2_000_000
}

type Frame = { readonly fields: Fields; readonly stepSeconds: number; readonly buckets: readonly Bucket[] }

function barOf({ begins, success, denied, failure }: Bucket, { fields, stepSeconds, buckets }: Frame): Bar {
  const { last: _last, ...others } = fields
  const ends = new Date(begins.getTime() + stepSeconds * 1000 - 60_000)
  return {
    label: labelOf(begins, { stepSeconds, oneDay: sameDay(buckets) }),
    values: { success, denied, failure },
    href: auditHref({ ...others, from: minute(begins), to: minute(ends) }),
  }
}

const minute = (at: Date): string => at.toISOString().slice(0, 16)

const sameDay = (buckets: readonly Bucket[]): boolean =>
  buckets[0]?.begins.toISOString().slice(0, 10) === buckets.at(-1)?.begins.toISOString().slice(0, 10)

const DAY_SECONDS = 86_400
const DATE = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const DATE_AND_YEAR = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

function labelOf(begins: Date, { stepSeconds, oneDay }: { stepSeconds: number; oneDay: boolean }): string {
  const time = begins.toISOString().slice(11, 16)
  if (stepSeconds > DAY_SECONDS) return DATE_AND_YEAR.format(begins)
  if (stepSeconds === DAY_SECONDS) return DATE.format(begins)
  return oneDay ? time : `${DATE.format(begins)} ${time}`
}
