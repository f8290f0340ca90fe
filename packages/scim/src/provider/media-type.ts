// Media types of requests and responses (RFC 7644 sections 3.8 and 8.1; RFC 9110 section 12.5.1 for Accept).
import { excerpt, notAcceptable, unsupportedMediaType } from '../errors.ts'

export type MediaType = 'application/scim+json' | 'application/json'

/**
 * The media type to answer with: `application/scim+json` whenever the client takes it, since Entra wants nothing else;
 * `application/json` for clients that list only that (idp-wire RC-11, ON-4).
 * @throws ScimError 406 when neither is acceptable.
 */
export function negotiate(accept: string | undefined): MediaType {
  if (accept === undefined || accept.trim() === '' || accept === 'application/scim+json') return 'application/scim+json'
  const ranges = parseAccept(accept)
  if (isAccepted(ranges, 'application/scim+json')) return 'application/scim+json'
  if (isAccepted(ranges, 'application/json')) return 'application/json'
  throw notAcceptable('This server answers with application/scim+json or application/json; the Accept header allows neither.')
}

/** The media type of an error: the negotiated one or, when there is none, `application/scim+json`. */
export function negotiateError(accept: string | undefined): MediaType {
  const ranges = parseAccept(accept ?? '')
  return !isAccepted(ranges, 'application/scim+json') && isAccepted(ranges, 'application/json')
    ? 'application/json'
    : 'application/scim+json'
}

/**
 * Refuses a body that is not UTF-8 JSON by its own statement. No statement means `application/scim+json` in UTF-8
 * (RFC 7644 section 3.8; idp-wire RC-12).
 * @throws ScimError 415.
 */
export function checkContentType(header: string | undefined): void {
  if (header === undefined || header.trim() === '') return
  const [type = '', ...parameters] = header.split(';')
  const name = type.trim().toLowerCase()
  if (name !== 'application/scim+json' && name !== 'application/json') {
    throw unsupportedMediaType(`Content-Type \`${excerpt(name)}\` is not understood; send application/scim+json or application/json.`)
  }
  for (const parameter of parameters) {
    const [key = '', value = ''] = parameter.split('=')
    if (key.trim().toLowerCase() === 'charset' && !isUtf8(value)) {
      throw unsupportedMediaType('Bodies must be encoded in UTF-8; leave the charset out or send charset=utf-8.')
    }
  }
}

function isUtf8(charset: string): boolean {
  const name = charset.replaceAll('"', '').trim().toLowerCase()
  return name === 'utf-8' || name === 'utf8'
}

/** Quality of each media range by lower-case name; ranges that make no sense allow nothing. */
function parseAccept(accept: string): ReadonlyMap<string, number> {
  const ranges = new Map<string, number>()
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';')
    const key = name.trim().toLowerCase()
    ranges.set(key, Math.max(ranges.get(key) ?? 0, quality(parameters)))
  }
  return ranges
}

function quality(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [key = '', value = ''] = parameter.split('=')
    if (key.trim().toLowerCase() === 'q') return Number(value.trim())
  }
  return 1
}

/** The most specific range decides (RFC 9110 section 12.5.1). */
function isAccepted(ranges: ReadonlyMap<string, number>, type: MediaType): boolean {
  const decisive = ranges.get(type) ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0
  return decisive > 0
}
