// The elements of one multi-valued attribute as PATCH changes them: pure functions from list to list (RFC 7643 section 2.4).
import { invalidValue, payloadTooLarge } from '../errors.ts'
import { comparable, comparableElement } from '../filter/comparable.ts'
import { fulfils } from '../filter/evaluate.ts'
import { get, isObject, type Json, type JsonObject } from '../json.ts'
import { identity } from '../resource/value.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { merge } from './complex.ts'
import type { NamedElements } from './operation.ts'
import type { Elements } from './state.ts'
import type { Selection } from './target.ts'

/** Places of elements in their list. */
export type Places = ReadonlySet<number>

/**
 * How many elements one request may look at, all operations together. A thousand operations on a thousand elements fit; past it
 * the request would keep a processor busy for seconds.
 */
export const ELEMENT_VISITS_MAX = 1_000_000

const COMPARABLES = remember(comparableElement)
const IDENTITIES = remember(identity)

/** Many operations look at the same elements, which never change; what is told from one of them is told once. */
function remember<T>(tell: (attribute: Attribute, element: Json) => T): { of: (attribute: Attribute, element: Json) => T } {
  const known = new WeakMap<JsonObject, { readonly attribute: Attribute; readonly told: T }>()
  const of = (attribute: Attribute, element: Json): T => {
    if (!isObject(element)) {
      return tell(attribute, element)
    }
    const entry = known.get(element)
    if (entry?.attribute === attribute) {
      return entry.told
    }
    const told = tell(attribute, element)
    known.set(element, { attribute, told })
    return told
  }
  return { of }
}

/** Counts the elements looked at. @throws ScimError 413 past the maximum. */
export function countVisits(visitsMax: number = ELEMENT_VISITS_MAX): (elements: number) => void {
  let left = visitsMax
  return (elements) => {
    left -= elements
    if (left < 0) {
      throw payloadTooLarge(`The operations look at more than ${visitsMax} values of multi-valued attributes; send fewer in one request.`)
    }
  }
}

/** The elements that a filter selects. */
export function select(attribute: Attribute, elements: Elements, { filter }: Selection): Places {
  return placesWhere(elements, (element) => fulfils(filter, COMPARABLES.of(attribute, element)))
}

/** The elements that a remove with a value names. */
export function selectNamed(attribute: Attribute, elements: Elements, named: NamedElements): Places {
  if (named.kind === 'parts') {
    return placesWhere(elements, (element) => named.parts.some((parts) => holdsParts(attribute, element, parts)))
  }
  return placesWhere(elements, (element) => {
    const value = comparableValue(attribute, element)
    return value !== undefined && named.values.has(value)
  })
}

/** The elements but for those at the places. */
export function without(elements: Elements, places: Places): Elements {
  return places.size === 0 ? elements : elements.filter((_, place) => !places.has(place))
}

/** The elements with those at the places changed; one for which `change` gives undefined goes. */
export function changeAt(elements: Elements, places: Places, change: (element: JsonObject) => JsonObject | undefined): Elements {
  const result: Json[] = []
  for (const [place, element] of elements.entries()) {
    const changed = places.has(place) && isObject(element) ? change(element) : element
    if (changed !== undefined) {
      result.push(changed)
    }
  }
  return result
}

/**
 * The elements with others behind them. One with the type and value of one that is there already is not added again; what it says
 * is taken over (RFC 7644 section 3.5.2.1).
 */
export function append(attribute: Attribute, elements: Elements, added: Elements): Elements {
  const places = new Map(elements.map((element, place) => [IDENTITIES.of(attribute, element), place]))
  const result = [...elements]
  const claimants = new Set<number>()
  for (const element of added) {
    const key = IDENTITIES.of(attribute, element)
    const place = places.get(key) ?? result.length
    const present = result[place]
    result[place] = isObject(present) && isObject(element) ? merge(attribute, present, { set: element, clear: [] }) : (present ?? element)
    places.set(key, place)
    if (isPrimary(element)) {
      claimants.add(place)
    }
  }
  return unique(attribute, claimPrimary(attribute, result, claimants))
}

/**
 * Makes the claimant the primary element, and no other (RFC 7644 section 3.5.2).
 * @throws ScimError 400 invalidValue when there are several claimants.
 */
export function claimPrimary(attribute: Attribute, elements: Elements, claimants: Places): Elements {
  if (claimants.size > 1) {
    throw invalidValue(`${claimants.size} values of \`${attribute.name}\` would become the primary one; at most one may.`)
  }
  return claimants.size === 0
    ? elements
    : elements.map((element, place) => (isPrimary(element) && !claimants.has(place) ? { ...element, primary: false } : element))
}

/** Elements that have become equal are one again; the first keeps its place and what it says. */
export function unique(attribute: Attribute, elements: Elements): Elements {
  const kept = new Map<string, Json>()
  for (const element of elements) {
    const key = IDENTITIES.of(attribute, element)
    const first = kept.get(key)
    kept.set(key, first === undefined ? element : fused(first, element))
  }
  return kept.size === elements.length ? elements : [...kept.values()]
}

function fused(first: Json, second: Json): Json {
  return isObject(first) && isObject(second) ? { ...second, ...first, ...(isPrimary(second) ? { primary: true } : {}) } : first
}

function isPrimary(element: Json): element is JsonObject {
  return isObject(element) && get(element, 'primary') === true
}

function placesWhere(elements: Elements, test: (element: Json) => boolean): Places {
  const places = new Set<number>()
  for (const [place, element] of elements.entries()) {
    if (test(element)) {
      places.add(place)
    }
  }
  return places
}

function comparableValue(attribute: Attribute, element: Json): string | number | boolean | undefined {
  if (!isObject(element)) {
    return comparable(attribute, element)
  }
  const sub = findAttribute(attribute.subAttributes, 'value')
  const value = sub && get(element, sub.name)
  return sub && value !== undefined ? comparable(sub, value) : undefined
}

function holdsParts(attribute: Attribute, element: Json, parts: JsonObject): boolean {
  return attribute.subAttributes.every((sub) => {
    const part = get(parts, sub.name)
    const value = isObject(element) ? get(element, sub.name) : undefined
    return part === undefined || (value !== undefined && comparable(sub, value) === part)
  })
}
