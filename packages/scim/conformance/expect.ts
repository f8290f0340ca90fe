// The judgements of the checks. Each throws CheckFailure with what was expected and what came.
import { at, isObject, listAt, textAt, ERROR_URN, type Exchange, type Members } from '../src/client/client.ts'
import { CheckFailure } from './check.ts'

/** Fails the running check unless the condition holds. */
export function ensure(condition: boolean, message: string, exchange?: Exchange): asserts condition {
  if (!condition) throw new CheckFailure(message, exchange)
}

/** The exchange itself, when its status is one of these. */
export function status(exchange: Exchange, ...allowed: readonly number[]): Exchange {
  ensure(allowed.includes(exchange.status), `expected ${allowed.join(' or ')}, got ${exchange.status}`, exchange)
  return exchange
}

/** The JSON object of a body. */
export function object(exchange: Exchange): Members {
  ensure(isObject(exchange.json), 'expected a JSON object as body', exchange)
  return exchange.json
}

/** A refusal in SCIM form (RFC 7644 section 3.12): status, the same status as a string in the body, one of the keywords. */
export function refused(exchange: Exchange, allowed: number | readonly number[], ...scimTypes: readonly string[]): void {
  status(exchange, ...(typeof allowed === 'number' ? [allowed] : allowed))
  ensure(listAt(exchange.json, 'schemas').includes(ERROR_URN), 'the body of an error has the Error schema', exchange)
  ensure(textAt(exchange.json, 'status') === String(exchange.status), 'the body repeats the status as a string', exchange)
  // Keywords belong to 400 and 409; a 404 or 501 in an allowed list needs none.
  if (scimTypes.length === 0 || (exchange.status !== 400 && exchange.status !== 409)) return
  const given = textAt(exchange.json, 'scimType') ?? 'none'
  ensure(scimTypes.includes(given), `expected scimType ${scimTypes.join(' or ')}, got ${given}`, exchange)
}

/** Expected in place of a multi-valued attribute: absent, null or [], which are one state (RFC 7643 section 2.5). */
export const EMPTY: readonly never[] = []

/** How a value differs from what is expected, or undefined. Objects may hold more, arrays come in any order, null and [] mean absent. */
export function difference(actual: unknown, expected: unknown, place = 'body'): string | undefined {
  if (expected === null) return actual === undefined || actual === null ? undefined : `${place} should be absent, is ${show(actual)}`
  if (Array.isArray(expected)) {
    if (expected.length === 0 && (actual === undefined || actual === null)) return undefined
    if (!Array.isArray(actual) || actual.length !== expected.length) return `${place} should be ${show(expected)}, is ${show(actual)}`
    const missing: unknown = expected.find((element) => !actual.some((candidate) => difference(candidate, element) === undefined))
    return missing === undefined ? undefined : `${place} should hold ${show(missing)}, is ${show(actual)}`
  }
  if (isObject(expected)) {
    for (const [name, value] of Object.entries(expected)) {
      const found = difference(at(actual, name), value, `${place}.${name}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  return actual === expected ? undefined : `${place} should be ${show(expected)}, is ${show(actual)}`
}

/** Fails unless `actual` holds at least what `expected` says. */
export function holds(actual: unknown, expected: unknown, exchange?: Exchange): void {
  const found = difference(actual, expected)
  ensure(found === undefined, found ?? '', exchange)
}

/** Equal JSON: the same members, whatever their order. */
export function same(actual: unknown, expected: unknown, what: string): void {
  ensure(canonical(actual) === canonical(expected), `${what}: ${show(actual)} is not ${show(expected)}`)
}

/** JSON text with sorted names. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}

function show(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
