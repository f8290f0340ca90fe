// The elements that a client sends for an attribute which the store keeps element by element, such as the members of a group.
import { payloadTooLarge } from '../errors.ts'
import { get, isObject, type Json } from '../json.ts'
import type { Attribute } from '../schema/attribute.ts'
import type { CollectionElement } from './change.ts'
import { type Place, refuse, type ValueOptions } from './place.ts'
import { elementsOf, parseElement } from './value.ts'

/**
 * The elements in canonical form, each value once. None for null and an empty array. An element without a value is refused, not
 * dropped: a list of nothing but such elements must not empty a group.
 * @throws ScimError 400 invalidValue, 413 for more elements than a request may hold.
 */
export function parseCollection(attribute: Attribute, json: Json, options: ValueOptions): readonly CollectionElement[] {
  const place: Place = { options, parent: undefined, step: options.where }
  const elements = elementsOf(json, place)
  const { collectionElementsMax } = options.limits
  if (elements.length > collectionElementsMax) {
    throw payloadTooLarge(`\`${options.where}\` holds ${elements.length} values; a request may hold at most ${collectionElementsMax}.`)
  }
  const unique = new Map<string, CollectionElement>()
  for (const [index, element] of elements.entries()) {
    const at: Place = { options, parent: place, step: index }
    const parsed = parseElement(attribute, element, at)
    if (!isElement(parsed)) throw refuse(at, 'must have a value, the id of a resource')
    if (!unique.has(parsed.value)) unique.set(parsed.value, parsed)
  }
  return [...unique.values()]
}

function isElement(json: Json | undefined): json is CollectionElement {
  return isObject(json) && typeof get(json, 'value') === 'string'
}
