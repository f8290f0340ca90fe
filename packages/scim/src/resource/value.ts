// From the JSON that a client sent for one attribute to the canonical value that is kept (RFC 7643 sections 2.3 to 2.5): names as
// the schema writes them and in its order, types checked, nothing empty, readOnly parts dropped.
import { comparable } from '../filter/comparable.ts'
import { invalidValue } from '../errors.ts'
import { get, isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { aliasedSubAttribute, unpackValue } from './dialect.ts'
import { noteUnknown, type Place, printPlace, refuse, type ValueOptions } from './place.ts'
import { parseSimple } from './simple-value.ts'

export type { ValueOptions } from './place.ts'

/**
 * The canonical value, or undefined when the JSON means "no value": null, an empty array, an empty string, or an object of nothing
 * but these. Sub-attributes that the schema lacks are dropped and named in `compat`.
 * @throws ScimError 400 invalidValue.
 */
export function parseValue(attribute: Attribute, json: Json, options: ValueOptions): Json | undefined {
  const place: Place = { options, parent: undefined, step: options.where }
  return parseAt(attribute, json, place)
}

/** The canonical form of one element of a multi-valued attribute, or undefined when nothing is left of it. */
export function parseElement(attribute: Attribute, json: Json, place: Place): Json | undefined {
  if (json === null || json === '') return undefined
  if (attribute.type !== 'complex') return parseSimple(attribute, json, place)
  if (!isObject(json)) throw refuse(place, `must be an object such as {"${attribute.subAttributes[0]?.name ?? 'value'}": …}`)
  return parseObject(attribute, unpackValue(attribute, json, place.options.compat), place)
}

/** The elements that the JSON of a multi-valued attribute holds; a single one may come without its array (ADD-05, idp-wire P13). */
export function elementsOf(json: Json, place: Place): readonly Json[] {
  if (json === null || json === '') return []
  if (isArray(json)) return json
  place.options.compat.add('object-for-array')
  return [json]
}

function parseAt(attribute: Attribute, json: Json, place: Place): Json | undefined {
  return attribute.multiValued ? parseElements(attribute, json, place) : parseSingle(attribute, json, place)
}

function parseSingle(attribute: Attribute, json: Json, place: Place): Json | undefined {
  if (json === null || (json === '' && isEmptyText(attribute, place))) return undefined
  if (isArray(json)) return parseOnly(attribute, json, place)
  if (attribute.type !== 'complex') return parseSimple(attribute, json, place)
  if (isObject(json)) return parseObject(attribute, json, place)
  return parseObject(attribute, objectFrom(attribute, json, place), place)
}

/** Where JSON has a string, an empty one says nothing; for other types only lenient clients write it so (EN-83, ON-3, OK-22). */
function isEmptyText(attribute: Attribute, place: Place): boolean {
  switch (attribute.type) {
    case 'boolean':
    case 'integer':
    case 'decimal':
      return place.options.lenient
    case 'string':
    case 'dateTime':
    case 'binary':
    case 'reference':
    case 'complex':
      return true
  }
}

/** An array for a single value: Entra sends a manager so (EN-28), Oracle any value of a PATCH (OR-2). */
function parseOnly(attribute: Attribute, array: readonly Json[], place: Place): Json | undefined {
  const [only] = array
  if (only === undefined) return undefined
  if (array.length > 1 || isArray(only) || !(attribute.type === 'complex' || place.options.lenient)) {
    throw refuse(place, 'takes one value, not an array')
  }
  place.options.compat.add('single-element-array')
  return parseSingle(attribute, only, place)
}

/** A bare string for a complex value means its `value`: Entra sends a manager so (compat-decisions 8). */
function objectFrom(attribute: Attribute, json: Json, place: Place): JsonObject {
  const value = findAttribute(attribute.subAttributes, 'value')
  if (value === undefined || typeof json !== 'string') {
    throw refuse(place, `must be an object such as {"${attribute.subAttributes[0]?.name ?? 'value'}": …}`)
  }
  place.options.compat.add('string-for-complex')
  return { [value.name]: json }
}

function parseElements(attribute: Attribute, json: Json, place: Place): Json | undefined {
  const unique = new Map<string, Json>()
  for (const [index, element] of elementsOf(json, place).entries()) {
    const value = parseElement(attribute, element, { options: place.options, parent: place, step: index })
    if (value === undefined) continue
    const key = identity(attribute, value)
    const first = unique.get(key)
    unique.set(key, first === undefined ? value : merged(attribute, first, value))
  }
  const elements = [...unique.values()]
  checkPrimary(attribute, elements, printPlace(place))
  return elements.length === 0 ? undefined : elements
}

/** @throws ScimError 400 invalidValue when more than one element is the primary one (RFC 7643 section 2.4). */
export function checkPrimary(attribute: Attribute, elements: readonly Json[], where: string): void {
  if (findAttribute(attribute.subAttributes, 'primary') === undefined) return
  const primaries = elements.filter((element) => isObject(element) && get(element, 'primary') === true)
  if (primaries.length > 1) throw invalidValue(`\`${where}\` has ${primaries.length} values with primary true; at most one may be.`)
}

/** Elements with the same type and value are one (RFC 7643 section 2.4); without a value the whole element counts. */
export function identity(attribute: Attribute, element: Json): string {
  if (!isObject(element)) return JSON.stringify(comparable(attribute, element))
  const type = comparableMember(attribute, element, 'type')
  const value = comparableMember(attribute, element, 'value')
  return JSON.stringify(value === undefined ? element : [type ?? null, value])
}

function comparableMember(attribute: Attribute, element: JsonObject, name: string): Json | undefined {
  const sub = findAttribute(attribute.subAttributes, name)
  const value = sub && get(element, sub.name)
  return sub && value !== undefined ? comparable(sub, value) : undefined
}

/** The first of two equal elements, with what only the second one says. */
function merged(attribute: Attribute, first: Json, second: Json): Json {
  if (!isObject(first) || !isObject(second)) return first
  return inOrder(attribute, (sub) => get(first, sub.name) ?? get(second, sub.name))
}

function parseObject(attribute: Attribute, object: JsonObject, place: Place): JsonObject | undefined {
  const given = givenMembers(attribute, object, place)
  let isCut = false
  const value = inOrder(attribute, (sub) => {
    const json = given.get(sub)
    if (json === undefined) return undefined
    const parsed = parseAt(sub, json, { options: place.options, parent: place, step: sub.name })
    isCut ||= parsed === undefined
    return parsed
  })
  return Object.keys(value).length === 0 || (isCut && isHollow(attribute, value)) ? undefined : value
}

/** What describes a value but is none. */
const LABELS: ReadonlySet<string> = new Set(['type', 'primary', 'display', '$ref'])

/**
 * Whether nothing is left of a value but what describes it, as in {"type":"work"}. It is no value then when all else of it was empty
 * or is cleared (P20, EN-28).
 */
export function isHollow(attribute: Attribute, value: JsonObject): boolean {
  const hasLabels = attribute.multiValued || findAttribute(attribute.subAttributes, 'value') !== undefined
  return Object.keys(value).every((name) => hasLabels && LABELS.has(name))
}

/** The members that are sub-attributes which a client may set, whatever their case. */
function givenMembers(attribute: Attribute, object: JsonObject, place: Place): ReadonlyMap<Attribute, Json> {
  const given = new Map<Attribute, Json>()
  for (const [name, json] of Object.entries(object)) {
    const sub = findAttribute(attribute.subAttributes, name)
    const alias = sub === undefined ? aliasedSubAttribute(attribute, name) : undefined
    if (sub !== undefined) {
      if (sub.mutability !== 'readOnly') given.set(sub, json)
    } else if (alias !== undefined && member(object, alias.sub.name) === undefined) {
      place.options.compat.add(alias.tolerance)
      given.set(alias.sub, json)
    } else if (json !== null) {
      noteUnknown(place.options.compat, `${attribute.name}.${name}`)
    }
  }
  return given
}

/** An object with the values that are there, in the order of the schema. */
function inOrder(attribute: Attribute, valueOf: (sub: Attribute) => Json | undefined): JsonObject {
  const entries: [string, Json][] = []
  for (const sub of attribute.subAttributes) {
    const value = valueOf(sub)
    if (value !== undefined) entries.push([sub.name, value])
  }
  return Object.fromEntries(entries)
}
