// What the parameters `attributes` and `excludedAttributes` name (RFC 7644 sections 3.4.2.5 and 3.9): attributes, of each all or
// some sub-attributes, and by a value path only some elements.
import { excerpt, invalidFilter, invalidValue, ScimError } from '../errors.ts'
import type { ElementFilter, PatchPath } from '../filter/ast.ts'
import { comparableElement } from '../filter/comparable.ts'
import { fulfils } from '../filter/evaluate.ts'
import { type ParseOptions, parsePatchPath } from '../filter/parser.ts'
import { resolveElementFilter } from '../filter/resolve.ts'
import type { JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { Profile } from '../patch/profile.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { isCoreUrn, resolveAttributePath, resolveExtension } from '../schema/path.ts'
import type { AttributeRef, ResourceType } from '../schema/resource-type.ts'

/** How much of a complex value is named: all of it, or some sub-attributes. */
export type Extent = 'whole' | ReadonlySet<Attribute>

/** How much of an attribute is named: in all of its values, and in the elements that fulfil a filter. */
export type Naming = {
  readonly everywhere: Extent | undefined
  readonly where: readonly { readonly filter: ElementFilter; readonly extent: Extent }[]
}

/** `only` and `without` stand for the parameters `attributes` and `excludedAttributes`; nothing in the latter has a filter. */
export type Projection =
  | { readonly kind: 'default' }
  | { readonly kind: 'only' | 'without'; readonly named: ReadonlyMap<Attribute, Naming> }

/** The names of both parameters, split but not yet understood. */
export type ProjectionInput = { readonly attributes: readonly string[]; readonly excludedAttributes: readonly string[] }

export type ProjectionOptions = {
  readonly limits: Limits
  readonly profile: Profile
  /** Gets `value-path-in-attributes`, and what reading a path may add. */
  readonly compat: Set<string>
}

/**
 * Understands the parameters for all types that the response may hold. Names that none of them has are harmless [PRJ-08], empty
 * ones are nothing. The RFC has no value paths here, but Microsoft's SCIM collection asks so for the elements that one selects.
 * @throws ScimError 400 invalidValue when both parameters are given, when one holds too many names and when elements are to be
 * excluded; 400 invalidFilter for a value path that is broken or does not fit the schema.
 */
export function parseProjection(input: ProjectionInput, resourceTypes: readonly ResourceType[], options: ProjectionOptions): Projection {
  const only = namesIn(input.attributes, options.limits)
  const without = namesIn(input.excludedAttributes, options.limits)
  if (only.length > 0 && without.length > 0) {
    throw invalidValue('`attributes` and `excludedAttributes` exclude each other; give one of them.')
  }
  checkValuePaths(only, options.limits)
  refuseValuePaths(without)
  if (only.length > 0) return { kind: 'only', named: namings(only, resourceTypes, { ...options, kind: 'only' }) }
  return without.length > 0
    ? { kind: 'without', named: namings(without, resourceTypes, { ...options, kind: 'without' }) }
    : { kind: 'default' }
}

/** How much of one value or element is named; undefined when nothing is. */
export function extentOf(value: JsonObject, attribute: Attribute, { everywhere, where }: Naming): Extent | undefined {
  if (everywhere === 'whole' || where.length === 0) return everywhere
  const candidate = comparableElement(attribute, value)
  const fulfilled = where.filter(({ filter }) => fulfils(filter, candidate))
  return fulfilled.reduce<Extent | undefined>((extent, more) => union(extent, more.extent), everywhere)
}

function namesIn(parameter: readonly string[], limits: Limits): readonly string[] {
  if (parameter.length > limits.projectionNamesMax) {
    throw invalidValue(`${parameter.length} attribute names are more than the ${limits.projectionNamesMax} that one request may hold.`)
  }
  return parameter.map((name) => name.trim()).filter((name) => name !== '')
}

function isValuePath(name: string): boolean {
  return name.includes('[')
}

/** Each element is held against every filter, so that all of them together may be no longer than one filter. */
function checkValuePaths(names: readonly string[], { filterLengthMax }: Limits): void {
  const length = names.filter(isValuePath).reduce((sum, name) => sum + name.length, 0)
  if (length > filterLengthMax) {
    throw invalidFilter(`attributes: value paths of ${length} characters in all; at most ${filterLengthMax} are accepted`)
  }
}

function refuseValuePaths(names: readonly string[]): void {
  const valuePath = names.find(isValuePath)
  if (valuePath !== undefined) {
    throw invalidValue(
      `excludedAttributes: \`${excerpt(valuePath)}\` selects elements, which cannot be excluded; name the attribute or a sub-attribute without brackets, or ask in \`attributes\` for what is wanted.`,
    )
  }
}

type Reading = ProjectionOptions & { readonly kind: 'only' | 'without' }

function namings(names: readonly string[], resourceTypes: readonly ResourceType[], reading: Reading): ReadonlyMap<Attribute, Naming> {
  const named = new Map<Attribute, Naming>()
  for (const resourceType of resourceTypes) {
    for (const name of names) {
      for (const attribute of wholeSchema(name, resourceType, reading)) addNaming(named, { attribute, sub: undefined })
      const target = isValuePath(name)
        ? resolveValuePath(name, resourceType, reading)
        : resolveAttributePath(name, resourceType, reading.compat)
      if (target !== undefined) addNaming(named, target)
    }
  }
  return named
}

/** The URN of a schema asks for what the schema shows by default, but excludes all of it. */
function wholeSchema(name: string, resourceType: ResourceType, { kind }: Reading): readonly Attribute[] {
  const schema = isCoreUrn(name, resourceType) ? resourceType.schema : resolveExtension(name, resourceType)
  return schema?.attributes.filter(({ returned }) => kind === 'without' || returned !== 'request') ?? []
}

type Target = Pick<AttributeRef, 'attribute' | 'sub'> & { readonly filter?: ElementFilter }

function resolveValuePath(text: string, resourceType: ResourceType, { limits, profile, compat }: Reading): Target | undefined {
  const { path, filter, sub } = parseValuePath(text, { limits, compat, bareWords: profile === 'entra' })
  const found = resolveAttributePath(path, resourceType, compat)
  if (found === undefined || filter === undefined) return undefined
  const { attribute } = found
  if (found.sub !== undefined) {
    throw invalidFilter(`attributes: \`${excerpt(text)}\`: brackets belong behind \`${attribute.name}\``)
  }
  const resolved = resolveElementFilter(filter, attribute, { profile, compat })
  const wanted = sub === undefined ? undefined : findAttribute(attribute.subAttributes, sub)
  if (sub !== undefined && wanted === undefined) return undefined
  compat.add('value-path-in-attributes')
  return { attribute, sub: wanted, filter: resolved }
}

/** Brackets that do not close and the like are broken filters too: invalidPath is for PATCH alone (RFC 7644 section 3.12). */
function parseValuePath(text: string, options: ParseOptions): PatchPath {
  try {
    return parsePatchPath(text, options)
  } catch (cause) {
    throw cause instanceof ScimError ? invalidFilter(`attributes: \`${excerpt(text)}\`: ${cause.message}`) : cause
  }
}

function addNaming(named: Map<Attribute, Naming>, { attribute, sub, filter }: Target): void {
  const { everywhere, where } = named.get(attribute) ?? { everywhere: undefined, where: [] }
  const extent: Extent = sub === undefined ? 'whole' : new Set([sub])
  const naming =
    filter === undefined ? { everywhere: union(everywhere, extent), where } : { everywhere, where: [...where, { filter, extent }] }
  named.set(attribute, naming)
}

function union(one: Extent | undefined, other: Extent): Extent {
  if (one === undefined || other === 'whole') return other
  return one === 'whole' ? one : new Set([...one, ...other])
}
