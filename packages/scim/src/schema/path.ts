// From the text of an attribute path to the attribute (RFC 7644 section 3.10): URN, name and at most one sub-attribute, all
// without regard to case. The URN holds dots and colons of its own, so it is matched against the known schemas first.
import { type Attribute, findAttribute } from './attribute.ts'
import { COMMON_ATTRIBUTES } from './common.ts'
import type { AttributeRef, ResourceType, Schema } from './resource-type.ts'

/**
 * Finds the attribute that `text` means on this resource type, or undefined when there is none. A prefix of the core schema is
 * the same as none. An extension attribute without its URN is found when no core or common attribute and no other extension has
 * the name; `compat` then gets `unqualified-extension-attribute` (Entra addresses `manager` so).
 */
export function resolveAttributePath(text: string, resourceType: ResourceType, compat?: Set<string>): AttributeRef | undefined {
  const schema = longestSchema(text, resourceType)
  if (schema === undefined) {
    return inCore(text, resourceType) ?? inAnyExtension(text, resourceType, compat)
  }
  if (text.length === schema.id.length) {
    return undefined
  }
  const local = text.slice(schema.id.length + 1)
  if (schema === resourceType.schema) {
    return inCore(local, resourceType)
  }
  return find(local, schema.attributes, schema.id)
}

/** The extension whose bare URN `text` is, as in a PATCH path that addresses the whole extension. */
export function resolveExtension(text: string, resourceType: ResourceType): Schema | undefined {
  const lower = text.toLowerCase()
  return resourceType.extensions.find(({ schema }) => schema.id.toLowerCase() === lower)?.schema
}

/** Whether `text` is the bare URN of the type's core schema. */
export function isCoreUrn(text: string, resourceType: ResourceType): boolean {
  return text.toLowerCase() === resourceType.schema.id.toLowerCase()
}

/** The known schema with the longest URN that is the whole text or stands before a colon in it. */
function longestSchema(text: string, resourceType: ResourceType): Schema | undefined {
  let longest: Schema | undefined
  for (const schema of [resourceType.schema, ...resourceType.extensions.map((extension) => extension.schema)]) {
    if (schema.id.length > (longest?.id.length ?? -1) && startsWithUrn(text, schema.id)) {
      longest = schema
    }
  }
  return longest
}

function startsWithUrn(text: string, urn: string): boolean {
  const ends = text.length === urn.length || text[urn.length] === ':'
  return ends && text.slice(0, urn.length).toLowerCase() === urn.toLowerCase()
}

function inCore(local: string, resourceType: ResourceType): AttributeRef | undefined {
  return find(local, resourceType.schema.attributes, undefined) ?? find(local, COMMON_ATTRIBUTES, undefined)
}

function inAnyExtension(local: string, resourceType: ResourceType, compat: Set<string> | undefined): AttributeRef | undefined {
  const [name = ''] = local.split('.', 1)
  if (findAttribute(COMMON_ATTRIBUTES, name) !== undefined || findAttribute(resourceType.schema.attributes, name) !== undefined) {
    return undefined
  }
  const holders = resourceType.extensions.filter(({ schema }) => findAttribute(schema.attributes, name) !== undefined)
  const [holder] = holders
  if (holder === undefined || holders.length > 1) {
    return undefined
  }
  const found = find(local, holder.schema.attributes, holder.schema.id)
  if (found !== undefined) {
    compat?.add('unqualified-extension-attribute')
  }
  return found
}

function find(local: string, attributes: readonly Attribute[], extension: string | undefined): AttributeRef | undefined {
  const dot = local.indexOf('.')
  const attribute = findAttribute(attributes, dot === -1 ? local : local.slice(0, dot))
  if (attribute === undefined || dot === -1) {
    return attribute && { extension, attribute, sub: undefined }
  }
  const sub = findAttribute(attribute.subAttributes, local.slice(dot + 1))
  return sub && { extension, attribute, sub }
}
