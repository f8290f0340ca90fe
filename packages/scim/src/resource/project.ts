// Which attributes a response shows (RFC 7643 section 7 "returned", RFC 7644 sections 3.4.2.5 and 3.9).
import { isHidden } from '../filter/comparable.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import type { ResourceType, Schema } from '../schema/resource-type.ts'
import { type Extent, extentOf, type Naming, type Projection } from './projection.ts'

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

/** Whether the response shows the elements of a collection or computed attribute that it wants as they are. */
export function showsElementsWhole(attribute: Attribute, projection: Projection): boolean {
  const naming = namingOf(attribute, projection)
  return (naming === undefined || naming.everywhere === 'whole') && attribute.subAttributes.every(isPlain)
}

/** What the response shows of one element of such an attribute; undefined when it shows nothing of it. */
export function projectElement(element: JsonObject, attribute: Attribute, projection: Projection): JsonObject | undefined {
  return projectObject(element, attribute, { projection, isRequested: false })
}

const NOTHING: ReadonlySet<string> = new Set()

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
  const naming = namingOf(attribute, projection)
  switch (projection.kind) {
    case 'default':
      return isDefault
    case 'only':
      return attribute.returned === 'always' || naming !== undefined
    case 'without':
      return attribute.returned === 'always' || (isDefault && naming?.everywhere !== 'whole')
  }
}

function namingOf(attribute: Attribute, projection: Projection): Naming | undefined {
  return projection.kind === 'default' ? undefined : projection.named.get(attribute)
}

function projectValue(value: Json, attribute: Attribute, view: View): Json | undefined {
  if (isArray(value)) {
    const elements = value.map((element) => projectValue(element, attribute, view)).filter((element) => element !== undefined)
    return elements.length === 0 ? undefined : elements
  }
  return attribute.type === 'complex' && isObject(value) ? projectObject(value, attribute, view) : value
}

/** An attribute that is always returned shows all of its elements, whatever a value path selects. */
function projectObject(value: JsonObject, attribute: Attribute, view: View): JsonObject | undefined {
  const naming = namingOf(attribute, view.projection)
  const extent = naming && extentOf(value, attribute, naming)
  if (naming !== undefined && extent === undefined && attribute.returned !== 'always') return undefined
  const entries = Object.entries(value).filter(([name]) => {
    const sub = findAttribute(attribute.subAttributes, name)
    return sub !== undefined && isSubShown(sub, extent, view)
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function isSubShown(sub: Attribute, extent: Extent | undefined, { projection, isRequested }: View): boolean {
  if (isHidden(sub)) return false
  if (sub.returned === 'always') return true
  const isDefault = sub.returned === 'default' || isRequested
  if (extent === undefined || extent === 'whole') return isDefault
  return projection.kind === 'only' ? extent.has(sub) : isDefault && !extent.has(sub)
}

/** Whether the attribute is shown whole unless a projection says otherwise. */
function isPlain(attribute: Attribute): boolean {
  return !isHidden(attribute) && attribute.returned !== 'request' && attribute.subAttributes.every(isPlain)
}
