// What the connections did over time: requests by outcome, as a stacked chart of hours or days.
import type { ActivityHour, ActivityKind } from '../../auth/scim-activity.ts'
import { type Bar, BarChart, type Series } from '../../web/components/bar-chart.tsx'
import { Card } from '../../web/components/card.tsx'
import { Tabs } from '../../web/components/tabs.tsx'

const HOUR_MS = 3_600_000
const DAY_HOURS = 24

type Range = {
  readonly name: string
  readonly label: string
  readonly bars: number
  readonly hoursEach: number
  readonly format: Intl.DateTimeFormat
  /** What stands below a bar, where not every label does. */
  readonly tick?: (from: Date) => string | undefined
}

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })

const DAY = format({ weekday: 'short' })

const WEEK: Range = {
  name: '7d',
  label: '7 days',
  bars: 28,
  hoursEach: 6,
  format: format({ weekday: 'short', hour: '2-digit', minute: '2-digit' }),
  tick: (from) => (from.getUTCHours() === 0 ? DAY.format(from) : undefined),
}
const RANGES: readonly Range[] = [
  { name: '24h', label: '24 hours', bars: 24, hoursEach: 1, format: format({ hour: '2-digit', minute: '2-digit' }) },
  WEEK,
  { name: '30d', label: '30 days', bars: 30, hoursEach: DAY_HOURS, format: format({ day: 'numeric', month: 'short' }) },
]

export const findRange = (text: string | null): Range => RANGES.find(({ name }) => name === text) ?? WEEK

/** The first bar begins at a whole multiple of its length, so that bars do not shift between two looks. */
export function startOf({ bars, hoursEach }: Range, now: Date): Date {
  const each = hoursEach * HOUR_MS
  return new Date((Math.floor(now.getTime() / each) - bars + 1) * each)
}

const NAMES: Readonly<Record<ActivityKind, string>> = { change: 'changes', read: 'reads', refused: 'refused', failed: 'failed' }

const SERIES: readonly Series[] = [
  { name: NAMES.change, tone: 'good' },
  { name: NAMES.read, tone: 'info' },
  { name: NAMES.refused, tone: 'warn' },
  { name: NAMES.failed, tone: 'bad' },
]

/** Hours put together to the bars of a range; bars without a request are there. */
export function barsOf(range: Range, start: Date, hours: readonly ActivityHour[]): readonly Bar[] {
  const each = range.hoursEach * HOUR_MS
  return Array.from({ length: range.bars }, (_, i) => {
    const from = start.getTime() + i * each
    const within = hours.filter(({ hour }) => hour.getTime() >= from && hour.getTime() < from + each)
    const total = (kind: ActivityKind) => within.reduce((sum, hour) => sum + hour[kind], 0)
    return {
      label: range.format.format(new Date(from)),
      tick: range.tick?.(new Date(from)),
      values: { changes: total('change'), reads: total('read'), refused: total('refused'), failed: total('failed') },
    }
  })
}

export type ActivityProps = { readonly range: Range; readonly start: Date; readonly hours: readonly ActivityHour[] }

export function ActivityCard({ range, start, hours }: ActivityProps) {
  return (
    <Card title="Requests of the identity provider" id="activity">
      <Tabs
        label="Time"
        tabs={RANGES.map((one) => ({
          href: `/admin?${new URLSearchParams({ range: one.name })}#activity`,
          label: one.label,
          current: one === range,
        }))}
      />
      {hours.length === 0 ? (
        <p class="muted">{`No request in the last ${range.label}.`}</p>
      ) : (
        <BarChart title={`Requests in the last ${range.label}, UTC`} series={SERIES} bars={barsOf(range, start, hours)} />
      )}
    </Card>
  )
}
