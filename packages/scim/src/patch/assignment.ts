// From the `value` of an add or replace to what its target shall hold (RFC 7644 sections 3.5.2.1 and 3.5.2.3).
import { invalidValue } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { aliasedSubAttribute } from '../resource/dialect.ts'
import { parseValue } from '../resource/value.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
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
  // Given, but without a value: `{"familyName":null}` clears just that (P6).
  const clear = givenSubAttributes(attribute, only).filter((sub) => !Object.hasOwn(set, sub.name))
  return { kind: 'subAttributes', set, clear }
}

/** The sub-attributes that the client may set and names, in the schema's words or in others (ON-3). */
function givenSubAttributes(attribute: Attribute, json: Json): readonly Attribute[] {
  const names = isObject(json) ? Object.keys(json) : []
  return names.flatMap((name) => {
    const sub = findAttribute(attribute.subAttributes, name) ?? aliasedSubAttribute(attribute, name)?.sub
    return sub === undefined || sub.mutability === 'readOnly' ? [] : [sub]
  })
}
