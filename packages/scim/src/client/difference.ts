// Compares what a server shows with what it should show: at least that, in whatever order.
import { at, isObject } from './read.ts'

/** Expected in place of a multi-valued attribute: absent, null or [], which are one state (RFC 7643 section 2.5). */
export const EMPTY: readonly never[] = []

/** How a value differs from what is expected, or undefined. Objects may hold more, arrays come in any order, null and [] mean absent. */
export function difference(actual: unknown, expected: unknown, place = 'body'): string | undefined {
  if (expected === null) return actual === undefined || actual === null ? undefined : `${place} should be absent, is ${shown(actual)}`
  if (Array.isArray(expected)) {
    if (expected.length === 0 && (actual === undefined || actual === null)) return undefined
    if (!Array.isArray(actual) || actual.length !== expected.length) return `${place} should be ${shown(expected)}, is ${shown(actual)}`
    const missing: unknown = expected.find((element) => !actual.some((candidate) => difference(candidate, element) === undefined))
    return missing === undefined ? undefined : `${place} should hold ${shown(missing)}, is ${shown(actual)}`
  }
  if (isObject(expected)) {
    for (const [name, value] of Object.entries(expected)) {
      const found = difference(at(actual, name), value, `${place}.${name}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  return actual === expected ? undefined : `${place} should be ${shown(expected)}, is ${shown(actual)}`
}

/** JSON for a message, shortened. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
