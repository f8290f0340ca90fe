// From the `value` of an add or replace to what its target shall hold (RFC 7644 sections 3.5.2.1 and 3.5.2.3).
import { invalidValue } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import { parseValue } from '../resource/value.ts'
import type { Attribute } from '../schema/attribute.ts'
import type { Context } from './context.ts'
import type { Assignment } from './operation.ts'
import { type AttributeTarget, describeTarget, type Selection } from './target.ts'

const NOTHING: Assignment = { kind: 'nothing' }

/**
 * Reads the value for a target. Null, an empty array and an empty string assign nothing.
 * @throws ScimError 400 invalidValue when the value does not fit, and when nothing is assigned to a required attribute.
 */
export function parseAssignment(target: AttributeTarget, json: Json, context: Context): Assignment {
  const assignment = read(target, json, context)
  if (assignment.kind === 'nothing' && target.attribute.required && target.kind === 'attribute') {
    throw invalidValue(`\`${describeTarget(target)}\` is required and cannot be cleared.`)
  }
  const cleared = assignment.kind === 'subAttributes' ? assignment.clear.find((sub) => sub.required) : undefined
  if (cleared !== undefined) {
    throw invalidValue(`\`${target.attribute.name}.${cleared.name}\` is required and cannot be cleared.`)
  }
  return assignment
}

/** The value of one attribute in canonical form, or undefined when it is empty. Every PATCH may use the lenient forms (P4). */
export function parsePatchValue(attribute: Attribute, json: Json, where: string, context: Context): Json | undefined {
  const { limits, profile, compat } = context
  return parseValue(attribute, json, { where, limits, profile, compat, lenient: true })
}

/** The terms of a filter as the beginning of the element that they describe; undefined when no element can be made of them. */
export function parseTerms({ terms }: Selection, attribute: Attribute, context: Context): JsonObject | undefined {
  const parsed = terms && parsePatchValue(single(attribute), terms, `${attribute.name}[…]`, context)
  return isObject(parsed) ? parsed : undefined
}

function read(target: AttributeTarget, json: Json, context: Context): Assignment {
  const where = describeTarget(target)
  switch (target.kind) {
    case 'subAttribute':
    case 'elementSubAttribute': {
      const { sub } = target
      const value = parsePatchValue(sub, json, where, context)
      return value === undefined
        ? { kind: 'subAttributes', set: {}, clear: [sub] }
        : { kind: 'subAttributes', set: { [sub.name]: value }, clear: [] }
    }
    case 'element':
      return parseSubAttributes(single(target.attribute), json, where, context)
    case 'attribute': {
      const { attribute } = target
      if (attribute.multiValued) {
        const elements = parsePatchValue(attribute, json, where, context)
        return isArray(elements) ? { kind: 'elements', elements } : NOTHING
      }
      return attribute.type === 'complex'
        ? parseSubAttributes(attribute, json, where, context)
        : simple(parsePatchValue(attribute, json, where, context))
    }
  }
}

function simple(value: Json | undefined): Assignment {
  return value === undefined ? NOTHING : { kind: 'value', value }
}

/** One element of a multi-valued attribute is parsed as a value of its own. */
function single(attribute: Attribute): Attribute {
  return { ...attribute, multiValued: false }
}

function parseSubAttributes(attribute: Attribute, json: Json, where: string, context: Context): Assignment {
  const [only] = isArray(json) ? json : [json]
  if (only === undefined || only === null || only === '') {
    return NOTHING
  }
  const parsed = parsePatchValue(attribute, json, where, context)
  const set = isObject(parsed) ? parsed : {}
  const clear = isObject(only) ? attribute.subAttributes.filter((sub) => isCleared(sub, only, set)) : []
  return { kind: 'subAttributes', set, clear }
}

/** Whether the client gave the sub-attribute, but no value for it: `{"familyName":null}` clears just that (P6). */
function isCleared(sub: Attribute, given: JsonObject, set: JsonObject): boolean {
  return sub.mutability !== 'readOnly' && member(given, sub.name) !== undefined && !Object.hasOwn(set, sub.name)
}
