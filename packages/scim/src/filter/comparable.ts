// The form of values and resources in which filters, sorting and uniqueness compare them (RFC 7643 sections 2.3 and 2.4). Plain
// JSON of the same shape as the resource, so that a store can keep it beside the resource and compile filters against it.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import { resolveExtension } from '../schema/path.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import type { Comparable } from './ast.ts'
import { utcDateTime } from './date-time.ts'
import { fold, prepare } from './fold.ts'

/** The comparable form of one value of a simple attribute, or undefined when the value does not fit the attribute's type. */
export function comparable(attribute: Attribute, value: Json): Comparable | undefined {
  switch (attribute.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'decimal':
    case 'integer':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    case 'complex':
      return undefined
    case 'string':
    case 'dateTime':
    case 'binary':
    case 'reference':
      return typeof value === 'string' ? comparableText(attribute, value) : undefined
  }
}

/**
 * The whole resource in comparable form: canonical names, extensions by URN, `primary:false` on elements that leave it open
 * [JSN-21]. Nothing empty remains but empty strings outside lists. Attributes that must never be seen (`returned` never,
 * writeOnly) are left out, so that no filter can find them out.
 */
export function comparableResource(resourceType: ResourceType, resource: JsonObject): JsonObject {
  const entries: [string, Json][] = []
  for (const [name, value] of Object.entries(resource)) {
    const attribute = findAttribute(resourceType.schema.attributes, name) ?? findAttribute(COMMON_ATTRIBUTES, name)
    const extension = attribute === undefined ? resolveExtension(name, resourceType) : undefined
    if (attribute !== undefined) {
      addEntry(entries, attribute.name, comparableAttribute(attribute, value))
    } else if (extension !== undefined) {
      addEntry(entries, extension.id, comparableObject(extension.attributes, value))
    }
  }
  return Object.fromEntries(entries)
}

/** Whether no filter may look at the attribute, nor any answer show it (RFC 7643 section 7). */
export function isHidden(attribute: Attribute): boolean {
  return attribute.returned === 'never' || attribute.mutability === 'writeOnly'
}

/** Whether the attribute refers to SCIM resources, not to external or other URIs. */
export function isResourceReference(attribute: Attribute): boolean {
  return attribute.type === 'reference' && attribute.referenceTypes.some((type) => type !== 'external' && type !== 'uri')
}

function comparableText(attribute: Attribute, value: string): string | undefined {
  switch (attribute.type) {
    case 'dateTime':
      return utcDateTime(value)
    case 'binary':
      return comparableBase64(value)
    case 'reference':
      return isResourceReference(attribute) ? lastTwoSegments(prepare(value)) : prepare(value)
    case 'string':
      return attribute.caseExact ? prepare(value) : fold(value)
    case 'boolean':
    case 'decimal':
    case 'integer':
    case 'complex':
      return undefined
  }
}

function comparableAttribute(attribute: Attribute, value: Json): Json | undefined {
  if (isHidden(attribute)) {
    return undefined
  }
  if (!attribute.multiValued) {
    return comparableValue(attribute, value)
  }
  if (!isArray(value)) {
    return undefined
  }
  const elements = value.map((element) => comparableElement(attribute, element)).filter((element) => element !== undefined)
  return elements.length === 0 ? undefined : elements
}

function comparableValue(attribute: Attribute, value: Json): Json | undefined {
  return attribute.type === 'complex' ? comparableObject(attribute.subAttributes, value) : comparable(attribute, value)
}

/** The comparable form of one element of a multi-valued attribute, or undefined when nothing of it compares. */
export function comparableElement(attribute: Attribute, element: Json): Json | undefined {
  if (attribute.type !== 'complex') {
    return element === '' ? undefined : comparable(attribute, element)
  }
  const object = comparableObject(attribute.subAttributes, element)
  const primary = findAttribute(attribute.subAttributes, 'primary')
  return object && primary ? { [primary.name]: false, ...object } : object
}

function comparableObject(attributes: readonly Attribute[], value: Json): JsonObject | undefined {
  if (!isObject(value)) {
    return undefined
  }
  const entries: [string, Json][] = []
  for (const [name, member] of Object.entries(value)) {
    const attribute = findAttribute(attributes, name)
    if (attribute !== undefined) {
      addEntry(entries, attribute.name, comparableAttribute(attribute, member))
    }
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function addEntry(entries: [string, Json][], name: string, value: Json | undefined): void {
  if (value !== undefined) {
    entries.push([name, value])
  }
}

/** Base64 without padding in the alphabet of RFC 4648 section 4, or undefined when the text is no base64. */
function comparableBase64(text: string): string | undefined {
  let end = text.length
  while (end > 0 && text[end - 1] === '=') {
    end -= 1
  }
  const bare = text.slice(0, end).replaceAll('-', '+').replaceAll('_', '/')
  const isBase64 = /^[A-Za-z0-9+/]*$/.test(bare) && bare.length % 4 !== 1 && text.length - end <= 2
  return isBase64 ? bare : undefined
}

/** `Users/2819c223`, whatever base URI and version stand before it [JSN-22]. */
function lastTwoSegments(reference: string): string {
  return reference
    .split('/')
    .filter((segment) => segment !== '')
    .slice(-2)
    .join('/')
}
