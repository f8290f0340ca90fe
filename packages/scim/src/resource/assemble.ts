// The one form in which a resource is kept: `schemas`, `id`, attributes in the order of their schemas, extensions by URN, nothing
// empty (RFC 7643 sections 2.5 and 3). And the rules that hold for the whole of it, however it came about.
import { invalidValue } from '../errors.ts'
import { get, isArray, isObject, type Json, type JsonObject } from '../json.ts'
import type { Attribute } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import type { ResourceType, SchemaExtension } from '../schema/resource-type.ts'
import type { ParsedResource } from './parse.ts'
import { checkPrimary } from './value.ts'

export type Assembly = {
  readonly resourceType: ResourceType
  readonly id: string
  /** Core attributes by canonical name and extensions by URN. `schemas`, `id`, `meta` and collections in it are passed over. */
  readonly attributes: JsonObject
}

/**
 * The canonical resource that a store is given.
 * @throws ScimError 400 invalidValue when a required attribute has no value or more than one value is the primary one.
 */
export function assemble({ resourceType, id, attributes }: Assembly): JsonObject {
  const core = tidyMembers(coreAttributes(resourceType), attributes)
  checkRequired(coreAttributes(resourceType), core, '')
  const extensions = new Map<string, Json>()
  for (const extension of resourceType.extensions) {
    const values = assembleExtension(extension, attributes)
    if (values !== undefined) extensions.set(extension.schema.id, values)
  }
  const schemas = [resourceType.schema.id, ...extensions.keys()]
  return Object.fromEntries([['schemas', schemas], ['id', id], ...Object.entries(core), ...extensions])
}

/**
 * The attributes of a create with the defaults of those that it leaves open. One that the client gave as null or [] is not open
 * (RFC 7644 section 3.3), and an extension that it does not use gets none.
 */
export function withDefaults(resourceType: ResourceType, parsed: ParsedResource): JsonObject {
  const { attributes, unassigned } = parsed
  const entries = Object.entries(attributes).map(([name, value]): [string, Json] => {
    const schema = resourceType.extensions.find((extension) => extension.schema.id === name)?.schema
    if (schema === undefined || !isObject(value) || Object.keys(value).length === 0) return [name, value]
    return [name, { ...defaults(schema.attributes, value, (attribute) => unassigned.has(`${schema.id}:${attribute}`)), ...value }]
  })
  return Object.fromEntries([
    ...Object.entries(defaults(resourceType.schema.attributes, attributes, (attribute) => unassigned.has(attribute))),
    ...entries,
  ])
}

/** Attributes that the resource's own JSON holds; collections and computed attributes lie outside it. */
export function coreAttributes({ schema, collections, computed }: ResourceType): readonly Attribute[] {
  const own = schema.attributes.filter(({ name }) => !collections.includes(name) && !computed.includes(name))
  return [...COMMON_ATTRIBUTES.filter(({ name }) => name === 'externalId'), ...own]
}

function defaults(attributes: readonly Attribute[], given: JsonObject, isUnassigned: (name: string) => boolean): JsonObject {
  const entries: [string, Json][] = []
  for (const { name, defaultValue } of attributes) {
    if (defaultValue !== undefined && get(given, name) === undefined && !isUnassigned(name)) entries.push([name, defaultValue])
  }
  return Object.fromEntries(entries)
}

/** The values of an extension, or undefined when there are none: it then leaves `schemas` too [SCM-08]. */
function assembleExtension({ schema, required }: SchemaExtension, attributes: JsonObject): JsonObject | undefined {
  const given = get(attributes, schema.id)
  const values = tidyMembers(schema.attributes, isObject(given) ? given : {})
  const isEmpty = Object.keys(values).length === 0
  if (isEmpty && !required) return undefined
  if (isEmpty) throw invalidValue(`The resource needs the extension "${schema.id}" with its attributes.`)
  checkRequired(schema.attributes, values, `${schema.id}:`)
  return values
}

function tidyMembers(attributes: readonly Attribute[], object: JsonObject): JsonObject {
  const entries: [string, Json][] = []
  for (const attribute of attributes) {
    const value = tidy(attribute, get(object, attribute.name))
    if (value !== undefined) entries.push([attribute.name, value])
  }
  return Object.fromEntries(entries)
}

function tidy(attribute: Attribute, value: Json | undefined): Json | undefined {
  if (!isArray(value)) return tidyOne(attribute, value)
  const elements = value.map((element) => tidyOne(attribute, element)).filter((element) => element !== undefined)
  return elements.length === 0 ? undefined : elements
}

function tidyOne(attribute: Attribute, value: Json | undefined): Json | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (!isObject(value)) return value
  const members = tidyMembers(attribute.subAttributes, value)
  return Object.keys(members).length === 0 ? undefined : members
}

/** readOnly values are the server's to give, so their absence is not the client's fault. */
function checkRequired(attributes: readonly Attribute[], object: JsonObject, prefix: string): void {
  for (const attribute of attributes) {
    const where = `${prefix}${attribute.name}`
    const value = get(object, attribute.name)
    if (value === undefined) {
      if (attribute.required && attribute.mutability !== 'readOnly') throw invalidValue(`\`${where}\` is required and must have a value.`)
    } else if (attribute.type === 'complex') {
      const elements = isArray(value) ? value : [value]
      checkPrimary(attribute, elements, where)
      for (const element of elements) if (isObject(element)) checkRequired(attribute.subAttributes, element, `${where}.`)
    }
  }
}
