// The judgements of the checks. Each throws CheckFailure with what was expected and what came.
import { difference, isObject, listAt, shown, textAt, ERROR_URN, type Exchange, type Members } from '../src/client/client.ts'
import { CheckFailure } from './verdict.ts'

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

/** Fails unless `actual` holds at least what `expected` says. */
export function holds(actual: unknown, expected: unknown, exchange?: Exchange): void {
  const found = difference(actual, expected)
  ensure(found === undefined, found ?? '', exchange)
}

/** Equal JSON: the same members, whatever their order. */
export function same(actual: unknown, expected: unknown, what: string): void {
  ensure(canonical(actual) === canonical(expected), `${what}: ${shown(actual)} is not ${shown(expected)}`)
}

/** JSON text with sorted names. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}
