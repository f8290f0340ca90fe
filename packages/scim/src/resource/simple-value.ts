// One value of a simple attribute: does it have the type (RFC 7643 section 2.3), the length and the form that its attribute asks for?
import { utcDateTime } from '../filter/date-time.ts'
import { isObject, type Json } from '../json.ts'
import type { Attribute } from '../schema/attribute.ts'
import { type Place, refuse } from './place.ts'

/**
 * The value, as it was sent unless a tolerance changed its type.
 * @throws ScimError 400 invalidValue.
 */
export function parseSimple(attribute: Attribute, json: Json, place: Place): Json {
  switch (attribute.type) {
    case 'boolean':
      return parseBoolean(json, place)
    case 'integer':
      // A number that a double cannot hold exactly would come back changed.
      if (!Number.isSafeInteger(json)) throw refuse(place, `must be an integer, not ${described(json)}`)
      return json
    case 'decimal':
      if (typeof json !== 'number') throw refuse(place, `must be a number, not ${described(json)}`)
      return json
    case 'string':
    case 'dateTime':
    case 'binary':
    case 'reference':
      return parseText(attribute, json, place)
    case 'complex':
      throw refuse(place, 'must be an object')
  }
}

function parseBoolean(json: Json, place: Place): boolean {
  if (typeof json === 'boolean') return json
  const word = place.options.lenient && typeof json === 'string' ? json.toLowerCase() : undefined
  if (word !== 'true' && word !== 'false') throw refuse(place, `must be true or false, not ${described(json)}`)
  place.options.compat.add('string-boolean')
  return word === 'true'
}

function parseText(attribute: Attribute, json: Json, place: Place): string {
  const text = textOf(attribute, json, place)
  checkLength(text, place)
  const problem = formProblem(attribute, text) ?? attribute.check?.(text)
  if (problem !== undefined) throw refuse(place, problem)
  return text
}

function textOf(attribute: Attribute, json: Json, place: Place): string {
  if (typeof json === 'string') return json
  if (typeof json === 'number' && attribute.type === 'string' && place.options.lenient) {
    place.options.compat.add('number-for-string')
    return String(json)
  }
  throw refuse(place, `must be a string, not ${described(json)}`)
}

/** Over-long values are refused, never cut [LEN-01]. A UTF-16 unit takes one to three bytes of UTF-8. */
function checkLength(text: string, place: Place): void {
  const { stringBytesMax } = place.options.limits
  if (text.length * 3 <= stringBytesMax) return
  const bytes = text.length > stringBytesMax ? text.length : new TextEncoder().encode(text).length
  if (bytes > stringBytesMax) throw refuse(place, `is too long; a string may have at most ${stringBytesMax} bytes`)
}

function formProblem(attribute: Attribute, text: string): string | undefined {
  switch (attribute.type) {
    case 'dateTime':
      return utcDateTime(text) === undefined ? "must be a dateTime with date, time and zone, such as '2011-05-13T04:42:34Z'" : undefined
    case 'binary':
      return isBase64(text) ? undefined : 'must be base64 (RFC 4648 section 4)'
    case 'reference':
      return /[\s\p{Cc}]/u.test(text) ? 'must be a URI, which has neither white space nor control characters' : undefined
    case 'string':
    case 'boolean':
    case 'integer':
    case 'decimal':
    case 'complex':
      return undefined
  }
}

/** Padding may be left out, but where there is some it must be right (RFC 7643 section 2.3.6). */
function isBase64(text: string): boolean {
  const found = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(text)
  const [, bare = '', padding = ''] = found ?? []
  const rest = bare.length % 4
  return found !== null && rest !== 1 && (padding === '' || rest + padding.length === 4)
}

/** The kind of the value, never the value: it may be a secret. */
function described(json: Json): string {
  if (json === null) return 'null'
  if (Array.isArray(json)) return 'an array'
  return isObject(json) ? 'an object' : `a ${typeof json}`
}
