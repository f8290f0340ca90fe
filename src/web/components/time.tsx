// Times: how long ago for a glance, exactly for a second look. The script turns the exact form into the reader's own zone.
import { useContext } from 'preact/hooks'
import { Page } from '../page-context.ts'

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 365 * 24 * 3600],
  ['month', 30 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** Such as "3 minutes ago" or "in 30 days". */
export function relativeTime(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return RELATIVE.format(Math.trunc(seconds / size), unit)
}

/** Such as "2026-11-23 14:05:09 UTC". */
export const exactTime = (at: Date) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`

export function Time({ at, exact = false }: { readonly at: Date; readonly exact?: boolean }) {
  const { now } = useContext(Page)
  return (
    <time dateTime={at.toISOString()} title={exactTime(at)} data-exact={exact ? '' : undefined}>
      {exact ? exactTime(at) : relativeTime(at, now)}
    </time>
  )
}
