// The body of POST and PUT (RFC 7644 sections 3.3 and 3.5.1): which schemas it claims, and the canonical values of the attributes
// that a client may set. What the schemas lack is dropped and named in `compat`, as identity providers send more than they should.
import { invalidSyntax } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { Profile } from '../patch/profile.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import { isCoreUrn, resolveExtension } from '../schema/path.ts'
import type { ResourceType, Schema } from '../schema/resource-type.ts'
import type { CollectionElement } from './change.ts'
import { parseCollection } from './collection.ts'
import { withoutOwnSchemas } from './dialect.ts'
import { isLegacyCore, legacyExtension } from './legacy-urn.ts'
import { noteUnknown, type ValueOptions } from './place.ts'
import { parseValue } from './value.ts'

export type ParseOptions = {
  readonly resourceType: ResourceType
  readonly limits: Limits
  readonly profile: Profile
  readonly compat: Set<string>
  readonly method: 'create' | 'replace'
}

export type ParsedResource = {
  /** Core attributes by name and extensions by URN, each in canonical form; neither readOnly attributes nor collections. */
  readonly attributes: JsonObject
  /** Attributes that were given without a value (null, [], ""): by name, `URN:name` in extensions, or the URN of an extension. */
  readonly unassigned: ReadonlySet<string>
  /** Elements of the collections. Undefined: left out of a create; left out of a replace, a collection is `[]` like a named empty one. */
  readonly collections: Readonly<Record<string, readonly CollectionElement[] | undefined>>
}

/**
 * Reads the body of a create or replace.
 * @throws ScimError 400 invalidSyntax when the body is no object, does not claim the type's core schema, or gives an extension
 * twice; 400 invalidValue for values that do not fit; 413 for too many elements of a collection.
 */
export function parseResource(body: Json, options: ParseOptions): ParsedResource {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object with `schemas` and the attributes of a resource.')
  checkSchemas(body, options)
  // A whole resource that does not name a collection has none of its elements (RC-29).
  const omitted = options.method === 'replace' ? options.resourceType.collections : []
  const draft: Draft = {
    options,
    core: new Map(),
    extensions: new Map(),
    unassigned: new Set(),
    collections: new Map(omitted.map((name) => [name, []])),
  }
  for (const [name, json] of Object.entries(body)) takeMember(draft, name, json)
  return {
    attributes: Object.fromEntries([...draft.core, ...draft.extensions]),
    unassigned: draft.unassigned,
    collections: Object.fromEntries(draft.collections),
  }
}

/** `schemas` is the client's claim only: which schemas are in use is told by the data (idp-wire EN-15, EN-22). */
function checkSchemas(body: JsonObject, { resourceType, compat }: ParseOptions): void {
  const core = resourceType.schema.id
  const urns = member(body, 'schemas')
  if (!isArray(urns)) throw invalidSyntax(`\`schemas\` must be an array that holds "${core}".`)
  let hasCore = false
  for (const urn of urns) {
    if (typeof urn !== 'string') throw invalidSyntax('`schemas` must hold nothing but the URNs of schemas, as strings.')
    if (isCoreUrn(urn, resourceType)) {
      hasCore = true
    } else if (isLegacyCore(urn, resourceType)) {
      hasCore = true
      compat.add('legacy-schema-urn')
    } else if (findExtension(urn, resourceType, compat) === undefined) {
      compat.add('unknown-schema-urn')
    }
  }
  if (!hasCore) throw invalidSyntax(`\`schemas\` must hold "${core}", the schema of a ${resourceType.name}.`)
}

function findExtension(urn: string, resourceType: ResourceType, compat: Set<string>): Schema | undefined {
  const extension = resolveExtension(urn, resourceType)
  if (extension !== undefined) return extension
  const legacy = legacyExtension(urn, resourceType)
  if (legacy !== undefined) compat.add('legacy-schema-urn')
  return legacy
}

type Draft = {
  readonly options: ParseOptions
  readonly core: Map<string, Json>
  readonly extensions: Map<string, JsonObject>
  readonly unassigned: Set<string>
  readonly collections: Map<string, readonly CollectionElement[]>
}

function takeMember(draft: Draft, name: string, json: Json): void {
  const { resourceType, compat } = draft.options
  const attribute = findAttribute(resourceType.schema.attributes, name) ?? findAttribute(COMMON_ATTRIBUTES, name)
  if (attribute !== undefined) {
    takeAttribute(draft, attribute, json)
    return
  }
  const extension = findExtension(name, resourceType, compat)
  if (extension !== undefined) takeExtension(draft, extension, json)
  else if (name.toLowerCase() === 'password') compat.add('password-dropped')
  else if (json !== null) noteUnknown(compat, name)
}

/** readOnly attributes are ignored whatever they hold (RFC 7644 sections 3.3 and 3.5.1); `schemas` was judged before. */
function takeAttribute(draft: Draft, attribute: Attribute, json: Json): void {
  const { name } = attribute
  if (attribute.mutability === 'readOnly' || name === 'schemas') return
  if (draft.options.resourceType.collections.includes(name)) {
    draft.collections.set(name, parseCollection(attribute, json, valueOptions(name, draft.options)))
    return
  }
  const value = parseValue(attribute, json, valueOptions(name, draft.options))
  if (value === undefined) draft.unassigned.add(name)
  else draft.core.set(name, value)
}

function takeExtension(draft: Draft, extension: Schema, json: Json): void {
  if (draft.extensions.has(extension.id)) throw invalidSyntax(`The body gives ${extension.id} twice, once by an older URN.`)
  if (isObject(json)) {
    draft.extensions.set(extension.id, extensionValues(draft, extension, json))
  } else if (json === null || json === '' || (isArray(json) && json.length === 0)) {
    draft.extensions.set(extension.id, {})
    draft.unassigned.add(extension.id)
  } else {
    throw invalidSyntax(`\`${extension.id}\` must be an object with attributes of that schema.`)
  }
}

function extensionValues({ options, unassigned }: Draft, extension: Schema, json: JsonObject): JsonObject {
  const values = new Map<string, Json>()
  for (const [given, inner] of Object.entries(withoutOwnSchemas(extension, json, options.compat))) {
    const attribute = findAttribute(extension.attributes, given)
    if (attribute === undefined) {
      if (inner !== null) noteUnknown(options.compat, `${extension.name}:${given}`)
    } else if (attribute.mutability !== 'readOnly') {
      const value = parseValue(attribute, inner, valueOptions(attribute.name, options))
      if (value === undefined) unassigned.add(`${extension.id}:${attribute.name}`)
      else values.set(attribute.name, value)
    }
  }
  return Object.fromEntries(values)
}

function valueOptions(where: string, { limits, profile, compat }: ParseOptions): ValueOptions {
  return { where, limits, profile, compat, lenient: profile === 'entra' }
}
