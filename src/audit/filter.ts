// Which rows of the audit log are asked for, in one form for the address of a page and for the command line. Pure.
import type { Outcome } from './event.ts'

export type AuditFilter = {
  readonly channel?: string | undefined
  /** An action, or the beginning of one followed by `*`. */
  readonly action?: string | undefined
  readonly outcome?: Outcome | undefined
  /** An id, or the name of a person, token or group. */
  readonly actor?: string | undefined
  readonly target?: string | undefined
  readonly from?: Date | undefined
  /** The first moment that is no longer meant. */
  readonly to?: Date | undefined
  /** Stands anywhere in a row, whatever the case. */
  readonly text?: string | undefined
  readonly requestId?: string | undefined
}

/** Names in addresses; options of the command line have hyphens instead. */
export const FILTER_FIELDS = ['channel', 'action', 'outcome', 'actor', 'target', 'last', 'from', 'to', 'text', 'request_id'] as const
export type FilterField = (typeof FILTER_FIELDS)[number]

export type FilterReading = {
  readonly filter: AuditFilter
  /** What cannot be understood, by field; such a field is not part of the filter. */
  readonly problems: Readonly<Partial<Record<FilterField, string>>>
}

const LENGTH_MAX = 200
const OUTCOMES: readonly Outcome[] = ['success', 'denied', 'failure']

/** Reads the fields; empty ones were not given. Times without a zone are UTC. */
export function parseAuditFilter(get: (field: FilterField) => string | undefined, now: Date): FilterReading {
  const problems: Partial<Record<FilterField, string>> = {}
  const text = (field: FilterField): string | undefined => {
    const value = get(field)?.trim()
    if (value === undefined || value === '') return undefined
    if (value.length <= LENGTH_MAX && !value.includes('\0')) return value
    problems[field] = `At most ${LENGTH_MAX} characters.`
    return undefined
  }
  const read = <T>(field: FilterField, parse: (value: string) => T | undefined, advice: string): T | undefined => {
    const value = text(field)
    const parsed = value === undefined ? undefined : parse(value)
    if (value !== undefined && parsed === undefined) problems[field] = advice
    return parsed
  }
  const outcome = read('outcome', (value) => OUTCOMES.find((name) => name === value), `One of ${OUTCOMES.join(', ')}.`)
  const last = read('last', parsePeriod, 'A number and m, h or d, such as 24h.')
  const from = read('from', (value) => parseMoment(value)?.begins, MOMENT_ADVICE)
  const to = read('to', (value) => parseMoment(value)?.ends, MOMENT_ADVICE)
  if (last !== undefined && (from !== undefined || to !== undefined)) problems.last = 'Choose a period, or say from and to.'
  if (from !== undefined && to !== undefined && from >= to) problems.to = 'The end lies before the beginning.'
  const since = last === undefined || problems.last !== undefined ? from : new Date(now.getTime() - last * 1000)
  return {
    filter: {
      channel: text('channel'),
      action: read('action', (value) => (/^[\w.]*\*?$/.test(value) ? value : undefined), ACTION_ADVICE),
      outcome,
      actor: text('actor'),
      target: text('target'),
      from: since,
      to: problems.to === undefined ? to : undefined,
      text: text('text'),
      requestId: text('request_id'),
    },
    problems,
  }
}

const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 }
const ACTION_ADVICE = 'An action such as scim.user.update, or the beginning of one such as scim.user.*'
const MOMENT_ADVICE = 'A day such as 2026-11-23, or a time such as 2026-11-23T14:05, in UTC.'

function parsePeriod(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const seconds = Number(count) * (SECONDS[unit] ?? 0)
  return seconds > 0 ? seconds : undefined
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** What a day or a time covers: a day all of it, a minute all of it, and so on. */
function parseMoment(text: string): { begins: Date; ends: Date } | undefined {
  const [, day, time, zone = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? []
  if (day === undefined) return undefined
  const begins = new Date(`${day}T${time ?? '00:00'}${zone.toUpperCase()}`)
  if (Number.isNaN(begins.getTime()) || !isDay(day)) return undefined
  const length = time === undefined ? DAY_MS : time.length === 5 ? MINUTE_MS : time.length === 8 ? 1000 : 1
  return { begins, ends: new Date(begins.getTime() + length) }
}

/** A day that its month does not have would be taken for one of the next. */
const isDay = (day: string): boolean => new Date(`${day}T00:00Z`).toISOString().startsWith(day)

/** The action as a pattern of LIKE. */
export function actionPattern(action: string): string {
  const literal = action.replace(/[\\%_]/g, '\\$&')
  return literal.endsWith('*') ? `${literal.slice(0, -1)}%` : literal
}

export function matchesAction(action: string, wanted: string): boolean {
  return wanted.endsWith('*') ? action.startsWith(wanted.slice(0, -1)) : action === wanted
}
