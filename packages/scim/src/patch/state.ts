// Reads and writes attributes of a resource that is being patched. Names are canonical ones of the schemas, never client text;
// nothing is changed in place.
import { mutability } from '../errors.ts'
import { get, isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { sameResource } from '../resource/replace.ts'
import type { Place } from './target.ts'

export type Elements = readonly Json[]

export function read(state: JsonObject, { extension, attribute }: Place): Json | undefined {
  const holder = extension === undefined ? state : get(state, extension)
  return isObject(holder) ? get(holder, attribute.name) : undefined
}

/** The elements of a multi-valued attribute; none for a value of any other kind. */
export function readElements(state: JsonObject, place: Place): Elements {
  const value = read(state, place)
  return isArray(value) ? value : []
}

/**
 * The resource with another value, or without one, for an attribute.
 * @throws ScimError 400 mutability when an immutable attribute would change.
 */
export function write(state: JsonObject, place: Place, value: Json | undefined): JsonObject {
  const { extension, attribute } = place
  const before = read(state, place)
  if (before === value) {
    return state
  }
  if (attribute.mutability === 'immutable' && before !== undefined && !isSame(before, value)) {
    throw mutability(`\`${attribute.name}\` is immutable and has a value already.`)
  }
  if (extension === undefined) {
    return withMember(state, attribute.name, value)
  }
  const holder = get(state, extension)
  return withMember(state, extension, withMember(isObject(holder) ? holder : {}, attribute.name, value))
}

export function writeElements(state: JsonObject, place: Place, elements: Elements): JsonObject {
  return write(state, place, elements.length === 0 ? undefined : elements)
}

/** Whether two values are the same to a client, whatever the order of their members and elements. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameResource({ value: a }, { value: b }))
}

function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...rest } = object
  return value === undefined ? rest : { ...rest, [name]: value }
}
