// Shapes of values that identity providers send although no schema has them. Everything here is understood on purpose and named
// in `compat`.
import { ScimError } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member, parseJson } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import type { Schema } from '../schema/resource-type.ts'

export type Alias = { readonly sub: Attribute; readonly tolerance: string }

/** The sub-attribute that is meant by a name which the schema lacks. */
export function aliasedSubAttribute(attribute: Attribute, name: string): Alias | undefined {
  const lower = name.toLowerCase()
  // SCIM 1.1 and OneLogin's templates say managerId (ON-3).
  if (!attribute.multiValued && lower === `${attribute.name.toLowerCase()}id`) {
    const value = findAttribute(attribute.subAttributes, 'value')
    return value && { sub: value, tolerance: `${attribute.name}-id` }
  }
  // Entra's app roles come with display or with displayName (EN-30).
  if (isAssignment(attribute) && lower === 'displayname') {
    const display = findAttribute(attribute.subAttributes, 'display')
    return display && { sub: display, tolerance: 'display-name-for-display' }
  }
  return undefined
}

/**
 * The value of an extension without a `schemas` of its own: scim2-tester writes extensions as objects that name their schema. Only a
 * list of texts is meant so; anything else is a name that the schema lacks.
 */
export function withoutOwnSchemas({ attributes }: Schema, value: JsonObject, compat: Set<string>): JsonObject {
  const schemas = member(value, 'schemas')
  const isList = isArray(schemas) && schemas.every((urn) => typeof urn === 'string')
  if (!isList || findAttribute(attributes, 'schemas') !== undefined) return value
  compat.add('schemas-in-extension')
  return Object.fromEntries(Object.entries(value).filter(([name]) => name.toLowerCase() !== 'schemas'))
}

/** Entra's app role objects are small and flat. */
const DEPTH_MAX = 4

/**
 * The element itself, or what the JSON text in its `value` says: {"value":"{\"id\":…,\"value\":\"Admin\",\"displayName\":…}"} is how
 * Entra writes app roles in PATCH (EN-30, P14). Any other text stays a string.
 */
export function unpackValue(attribute: Attribute, element: JsonObject, compat: Set<string>): JsonObject {
  const text = isAssignment(attribute) ? member(element, 'value') : undefined
  if (typeof text !== 'string' || !text.startsWith('{')) return element
  const packed = parseObject(text)
  const value = packed && member(packed, 'value')
  if (packed === undefined || typeof value !== 'string' || value === '') return element
  compat.add('json-in-value')
  const either = (name: string): Json => member(element, name) ?? member(packed, name) ?? null
  const display = either('display') ?? member(packed, 'displayName') ?? null
  return { value, display, type: either('type'), primary: either('primary') }
}

function isAssignment(attribute: Attribute): boolean {
  return attribute.multiValued && (attribute.name === 'roles' || attribute.name === 'entitlements')
}

/** Undefined for a text that only looks like an object: role names may begin with a brace. */
function parseObject(text: string): JsonObject | undefined {
  try {
    const json = parseJson(new TextEncoder().encode(text), { depthMax: DEPTH_MAX })
    return isObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}
