// Addresses of the audit log: the filter stands in them as it was entered, so that what is seen can be shared.
import { FILTER_FIELDS, type FilterField } from '../../audit/filter.ts'
import type { Position } from '../../audit/search.ts'

export const AUDIT_PATH = '/admin/audit'

/** What was entered, by field; fields that were left empty are not there. */
export type Fields = Readonly<Partial<Record<FilterField, string>>>

export function fieldsOf(query: URLSearchParams): Fields {
  const given = FILTER_FIELDS.flatMap((field) => {
    const value = query.get(field)?.trim() ?? ''
    return value === '' ? [] : [[field, value] as const]
  })
  return Object.fromEntries(given)
}

export type More = { readonly before?: Position; readonly reach?: number; readonly timeline?: boolean; readonly format?: string }

export function auditHref(fields: Fields, { before, reach, timeline, format }: More = {}, path = AUDIT_PATH): string {
  const query = new URLSearchParams(Object.entries(fields))
  if (before !== undefined) query.set('before', `${before.micros}-${before.id}`)
  if (reach !== undefined && reach > 0) query.set('reach', String(reach))
  if (timeline === true) query.set('timeline', 'all')
  if (format !== undefined) query.set('format', format)
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}

export const requestHref = (requestId: string): string => auditHref({ request_id: requestId })

/** Where a page begins; undefined at the newest row, and for anything that is no place. */
export function positionOf(query: URLSearchParams): Position | undefined {
  const [, micros, id] = /^(-?\d{1,18})-(\d{1,18})$/.exec(query.get('before') ?? '') ?? []
  return micros === undefined || id === undefined ? undefined : { micros, id }
}

export const reachOf = (query: URLSearchParams): number => (/^[0-9]$/.test(query.get('reach') ?? '') ? Number(query.get('reach')) : 0)
