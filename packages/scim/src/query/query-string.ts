// The query string of a request (RFC 3986 section 3.4; form encoding of spaces, which OneLogin and authentik use).
import { excerpt, invalidValue } from '../errors.ts'

/** The parameters of RFC 7644 section 3.4.2 and RFC 9865 by lower-case name: giving one of them twice is ambiguous. */
const ONCE = new Set(['filter', 'sortby', 'sortorder', 'startindex', 'count', 'cursor', 'attributes', 'excludedattributes'])

/**
 * Parameters by lower-case name. `+` is a space, percent-encoding is undone once, a parameter without `=` has the empty value,
 * empty pieces (`&&`, a trailing `&`) are nothing. Names are matched without regard to case, because a `Filter` that was passed
 * over would answer with everybody.
 * @throws ScimError 400 invalidValue for broken percent-encoding, for octets that are not UTF-8 and for a parameter of SCIM given twice.
 */
export function parseQueryString(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  if (query === '') return parameters
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = decode(equals === -1 ? piece : piece.slice(0, equals)).toLowerCase()
    if (parameters.has(name) && ONCE.has(name)) throw invalidValue(`The parameter \`${name}\` is given more than once.`)
    parameters.set(name, equals === -1 ? '' : decode(piece.slice(equals + 1)))
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidValue(`The query string holds \`${excerpt(text)}\`, which is not percent-encoded UTF-8.`)
  }
}
