// Arguments that need reading: lifetimes, rates.
import { InvalidArgumentError } from 'commander'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const DAYS_MAX = 3650

/** `90d`, `12h`, `30m`, `45s` as seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text)
  const [, count = '', unit = ''] = match ?? []
  const seconds = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? Number(count) * SECONDS[unit] : undefined
  if (seconds === undefined) throw new InvalidArgumentError('Write a number and s, m, h or d, such as 365d or 12h.')
  if (seconds > DAYS_MAX * SECONDS.d) throw new InvalidArgumentError(`At most ${DAYS_MAX}d.`)
  return seconds
}

/** A duration above zero, or `never`. (The argument parser turns a null into an empty text.) */
export function parseExpiry(text: string): number | 'never' {
  if (text === 'never') return text
  const seconds = parseDuration(text)
  if (seconds === 0) throw new InvalidArgumentError('A token needs a life: write a duration such as 365d, or never.')
  return seconds
}

/** Requests a second, or `none`. */
export function parseRate(text: string): number | 'none' {
  if (text === 'none') return text
  if (!/^\d{1,7}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('Write whole requests a second, such as 100, or none.')
  return Number(text)
}
