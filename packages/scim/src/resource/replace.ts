// What a PUT makes of the stored resource (RFC 7644 section 3.5.1): what it leaves out is cleared, but for what a client cannot see
// and what must not come back by omission.
import { isHidden } from '../filter/comparable.ts'
import { mutability } from '../errors.ts'
import { get, isArray, isObject, type Json, type JsonObject } from '../json.ts'
import type { Attribute } from '../schema/attribute.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { assemble, coreAttributes } from './assemble.ts'
import type { ParsedResource } from './parse.ts'

/**
 * The whole new resource.
 * @throws ScimError 400 mutability for another value of an immutable attribute; 400 invalidValue for a missing required one.
 */
export function replace(current: JsonObject, parsed: ParsedResource, resourceType: ResourceType): JsonObject {
  const { unassigned } = parsed
  const core = replaceMembers(coreAttributes(resourceType), {
    current,
    given: parsed.attributes,
    isUnassigned: (name) => unassigned.has(name),
    where: '',
  })
  const extensions = resourceType.extensions.map(({ schema: { id, attributes } }): [string, Json] => [
    id,
    replaceMembers(attributes, {
      current: objectAt(current, id),
      given: objectAt(parsed.attributes, id),
      isUnassigned: (name) => unassigned.has(id) || unassigned.has(`${id}:${name}`),
      where: `${id}:`,
    }),
  ])
  const id = get(current, 'id')
  return assemble({
    resourceType,
    id: typeof id === 'string' ? id : '',
    attributes: { ...core, ...Object.fromEntries(extensions) },
  })
}

type Replacement = {
  readonly current: JsonObject
  readonly given: JsonObject
  /** Given as null, [] or "". */
  readonly isUnassigned: (name: string) => boolean
  readonly where: string
}

function replaceMembers(attributes: readonly Attribute[], replacement: Replacement): JsonObject {
  const entries: [string, Json][] = []
  for (const attribute of attributes) {
    const value = replaceOne(attribute, replacement)
    if (value !== undefined) entries.push([attribute.name, value])
  }
  return Object.fromEntries(entries)
}

function replaceOne(attribute: Attribute, { current, given, isUnassigned, where }: Replacement): Json | undefined {
  const old = get(current, attribute.name)
  const next = get(given, attribute.name)
  const isCleared = next === undefined && isUnassigned(attribute.name)
  if (attribute.mutability === 'readOnly') return old
  if (attribute.mutability === 'immutable' && old !== undefined) {
    if (isCleared || (next !== undefined && !sameValue(old, next))) {
      throw mutability(`\`${where}${attribute.name}\` is immutable and has a value already; repeat that value or leave the attribute out.`)
    }
    return old
  }
  if (isCleared) return undefined
  if (next === undefined) return isHidden(attribute) || attribute.keptOnReplace ? old : undefined
  if (!isObject(next)) return next
  // A single complex value: its sub-attributes have characteristics of their own.
  return replaceMembers(attribute.subAttributes, {
    current: isObject(old) ? old : {},
    given: next,
    isUnassigned: () => false,
    where: `${where}${attribute.name}.`,
  })
}

/**
 * Whether two resources are the same to every client (PUT-11): neither the order of members nor that of the values of an
 * attribute tells them apart.
 */
export function sameResource(a: JsonObject, b: JsonObject): boolean {
  return sameValue(a, b)
}

function sameValue(a: Json, b: Json): boolean {
  if (isArray(a) && isArray(b)) return a.length === b.length && (sameInOrder(a, b) || canonicalText(a) === canonicalText(b))
  if (!isObject(a) || !isObject(b)) return a === b
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => sameMember(get(a, name), get(b, name)))
}

function sameMember(a: Json | undefined, b: Json | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameValue(a, b)
}

/** Most lists that are equal are so in order, which costs less to see. */
function sameInOrder(a: readonly Json[], b: readonly Json[]): boolean {
  return a.every((value, index) => sameMember(value, b[index]))
}

/** A text that is the same for lists with the same values in any order. */
function canonicalText(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalText).sort().join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(get(value, name) ?? null)}`)
  return `{${members.join(',')}}`
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = get(object, name)
  return isObject(value) ? value : {}
}
