// Which attributes a response shows (RFC 7643 section 7 "returned", RFC 7644 sections 3.4.2.5 and 3.9).
import { isHidden } from '../filter/comparable.ts'
import { invalidValue } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import { isCoreUrn, resolveAttributePath, resolveExtension } from '../schema/path.ts'
import type { AttributeRef, ResourceType, Schema } from '../schema/resource-type.ts'

/** The named attributes; of each, all of it or only some sub-attributes. */
type Named = ReadonlyMap<Attribute, 'whole' | ReadonlySet<Attribute>>

/** `only` and `without` stand for the parameters `attributes` and `excludedAttributes`. */
export type Projection = { readonly kind: 'default' } | { readonly kind: 'only' | 'without'; readonly named: Named }

/** The names of both parameters, split but not yet understood. */
export type ProjectionInput = { readonly attributes: readonly string[]; readonly excludedAttributes: readonly string[] }

/**
 * Understands the parameters for all types that the response may hold. Names that none of them has are harmless [PRJ-08], empty
 * ones are nothing.
 * @throws ScimError 400 invalidValue when both parameters are given or one holds too many names.
 */
export function parseProjection(input: ProjectionInput, resourceTypes: readonly ResourceType[], limits: Limits): Projection {
  const only = namesIn(input.attributes, limits)
  const without = namesIn(input.excludedAttributes, limits)
  if (only.length > 0 && without.length > 0) {
    throw invalidValue('`attributes` and `excludedAttributes` exclude each other; give one of them.')
  }
  // The URN of a schema asks for what the schema shows by default, but excludes all of it.
  if (only.length > 0) return { kind: 'only', named: attributesNamed(only, resourceTypes, (each) => each.returned !== 'request') }
  return without.length > 0 ? { kind: 'without', named: attributesNamed(without, resourceTypes, () => true) } : { kind: 'default' }
}

/** Whether the response shows stored resources as they are, so that their JSON need not even be parsed. */
export function isFull(projection: Projection, { schema, extensions }: ResourceType): boolean {
  const schemas = [schema, ...extensions.map((extension) => extension.schema)]
  return projection.kind === 'default' && schemas.every(({ attributes }) => attributes.every(isPlain))
}

/** Whether the response shows a collection or computed attribute; if not, the store need not read it [PRJ-09]. */
export function wants(projection: Projection, resourceType: ResourceType, attributeName: string): boolean {
  const attribute = findAttribute(resourceType.schema.attributes, attributeName)
  return attribute !== undefined && isShown(attribute, { projection, isRequested: false })
}

/**
 * What the response shows of a resource. `requested` names the attributes that the request itself set (`URN:name` in extensions);
 * those that are returned on request are shown then.
 */
export function project(
  resource: JsonObject,
  resourceType: ResourceType,
  projection: Projection,
  requested: ReadonlySet<string> = NOTHING,
): JsonObject {
  const { schema, extensions } = resourceType
  const entries: [string, Json][] = []
  for (const [name, value] of Object.entries(resource)) {
    const extension = extensions.find((candidate) => candidate.schema.id === name)?.schema
    const shown =
      extension === undefined
        ? projectAttribute(value, findAttribute(schema.attributes, name) ?? findAttribute(COMMON_ATTRIBUTES, name), {
            projection,
            isRequested: requested.has(name),
          })
        : projectExtension(value, extension, { projection, requested })
    if (shown !== undefined) entries.push([name, shown])
  }
  return Object.fromEntries(entries)
}

/** What the response shows of one element of a collection or computed attribute that it wants. */
export function projectElement(element: JsonObject, attribute: Attribute, projection: Projection): JsonObject {
  return projectObject(element, attribute, { projection, isRequested: false })
}

const NOTHING: ReadonlySet<string> = new Set()

function namesIn(parameter: readonly string[], limits: Limits): readonly string[] {
  if (parameter.length > limits.projectionNamesMax) {
    throw invalidValue(`${parameter.length} attribute names are more than the ${limits.projectionNamesMax} that one request may hold.`)
  }
  return parameter.map((name) => name.trim()).filter((name) => name !== '')
}

function attributesNamed(
  names: readonly string[],
  resourceTypes: readonly ResourceType[],
  inSchema: (attribute: Attribute) => boolean,
): Named {
  const named = new Map<Attribute, 'whole' | Set<Attribute>>()
  for (const resourceType of resourceTypes) {
    for (const name of names) {
      for (const attribute of wholeSchema(name, resourceType).filter(inSchema)) named.set(attribute, 'whole')
      const target = resolveAttributePath(name, resourceType)
      if (target !== undefined) addNamed(named, target)
    }
  }
  return named
}

/** The attributes of the schema that the name is the bare URN of. */
function wholeSchema(name: string, resourceType: ResourceType): readonly Attribute[] {
  const schema = isCoreUrn(name, resourceType) ? resourceType.schema : resolveExtension(name, resourceType)
  return schema?.attributes ?? []
}

function addNamed(named: Map<Attribute, 'whole' | Set<Attribute>>, { attribute, sub }: AttributeRef): void {
  const before = named.get(attribute)
  if (sub === undefined) named.set(attribute, 'whole')
  else if (before === undefined) named.set(attribute, new Set([sub]))
  else if (before !== 'whole') before.add(sub)
}

type View = { readonly projection: Projection; readonly isRequested: boolean }

type ExtensionView = { readonly projection: Projection; readonly requested: ReadonlySet<string> }

function projectExtension(value: Json, { id, attributes }: Schema, { projection, requested }: ExtensionView): Json | undefined {
  const entries: [string, Json][] = []
  for (const [name, inner] of isObject(value) ? Object.entries(value) : []) {
    const view = { projection, isRequested: requested.has(`${id}:${name}`) }
    const shown = projectAttribute(inner, findAttribute(attributes, name), view)
    if (shown !== undefined) entries.push([name, shown])
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function projectAttribute(value: Json, attribute: Attribute | undefined, view: View): Json | undefined {
  return attribute !== undefined && isShown(attribute, view) ? projectValue(value, attribute, view) : undefined
}

function isShown(attribute: Attribute, { projection, isRequested }: View): boolean {
  if (isHidden(attribute)) return false
  const isDefault = attribute.returned === 'always' || attribute.returned === 'default' || isRequested
  switch (projection.kind) {
    case 'default':
      return isDefault
    case 'only':
      return attribute.returned === 'always' || projection.named.has(attribute)
    case 'without':
      return attribute.returned === 'always' || (isDefault && projection.named.get(attribute) !== 'whole')
  }
}

function projectValue(value: Json, attribute: Attribute, view: View): Json | undefined {
  if (isArray(value)) {
    const elements = value.map((element) => projectValue(element, attribute, view)).filter((element) => element !== undefined)
    return elements.length === 0 ? undefined : elements
  }
  if (attribute.type !== 'complex' || !isObject(value)) return value
  const shown = projectObject(value, attribute, view)
  return Object.keys(shown).length === 0 ? undefined : shown
}

function projectObject(value: JsonObject, attribute: Attribute, view: View): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      const sub = findAttribute(attribute.subAttributes, name)
      return sub !== undefined && isSubShown(sub, attribute, view)
    }),
  )
}

function isSubShown(sub: Attribute, attribute: Attribute, { projection, isRequested }: View): boolean {
  if (isHidden(sub)) return false
  if (sub.returned === 'always') return true
  const isDefault = sub.returned === 'default' || isRequested
  const named = projection.kind === 'default' ? undefined : projection.named.get(attribute)
  if (named === undefined || named === 'whole') return isDefault
  return projection.kind === 'only' ? named.has(sub) : isDefault && !named.has(sub)
}

/** Whether the attribute is shown whole unless a projection says otherwise. */
function isPlain(attribute: Attribute): boolean {
  return !isHidden(attribute) && attribute.returned !== 'request' && attribute.subAttributes.every(isPlain)
}
