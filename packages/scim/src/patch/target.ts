// What the `path` of a PATCH operation points at (RFC 7644 section 3.5.2, figure 7), resolved against the schemas.
import { excerpt, invalidPath } from '../errors.ts'
import type { ElementFilter, Filter, PatchPath } from '../filter/ast.ts'
import { parsePatchPath } from '../filter/parser.ts'
import { resolveElementFilter } from '../filter/resolve.ts'
import type { JsonObject } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { isCoreUrn, resolveAttributePath, resolveExtension } from '../schema/path.ts'
import type { ResourceType, Schema } from '../schema/resource-type.ts'
import type { Context } from './context.ts'
import { eqTerms, eqValues } from './eq-terms.ts'

/** Where an attribute stands: in the extension with that URN, or in the core. */
export type Place = { readonly extension: string | undefined; readonly attribute: Attribute }

/** The elements of a multi-valued complex attribute that a filter selects. */
export type Selection = {
  readonly filter: ElementFilter
  /** What an element must hold to fulfil the filter, when the filter is a conjunction of `eq`; undefined for any other filter. */
  readonly terms: JsonObject | undefined
  /** Whether each term names a canonical value of the schema or is `primary eq true`. */
  readonly canonical: boolean
  /** The values of the elements, when the filter is `value eq "…"` or several of these joined by `or`. */
  readonly values: readonly string[] | undefined
}

export type AttributeTarget =
  | (Place & { readonly kind: 'attribute' })
  | (Place & { readonly kind: 'subAttribute'; readonly sub: Attribute })
  | (Place & { readonly kind: 'element'; readonly selection: Selection })
  | (Place & { readonly kind: 'elementSubAttribute'; readonly selection: Selection; readonly sub: Attribute })

export type Target =
  | AttributeTarget
  /** The whole extension, or the resource itself when the path is the URN of its core schema. */
  | { readonly kind: 'container'; readonly extension: Schema | undefined }

/**
 * Finds what a path means, or undefined when the resource type has no such attribute.
 * @throws ScimError 400 invalidPath for a path outside the grammar and for brackets behind a single value, 400 invalidFilter.
 */
export function resolveTarget(text: string, context: Context): Target | undefined {
  const { limits, compat, profile, resourceType } = context
  const path = parsePatchPath(text, { limits, compat, bareWords: profile === 'entra' })
  const container = path.filter === undefined ? resolveContainer(path.path, resourceType) : undefined
  if (container !== undefined) {
    return container
  }
  const found = resolveAttributePath(path.path, resourceType, compat)
  if (found === undefined) {
    return undefined
  }
  const { extension, attribute, sub } = found
  if (path.filter === undefined) {
    return sub === undefined ? { kind: 'attribute', extension, attribute } : { kind: 'subAttribute', extension, attribute, sub }
  }
  if (sub !== undefined || !attribute.multiValued || attribute.type !== 'complex') {
    throw invalidPath(
      `path \`${excerpt(text)}\`: brackets can only follow a multi-valued complex attribute, such as emails[type eq "work"]`,
    )
  }
  return resolveElements({ extension, attribute }, { ...path, filter: path.filter }, context)
}

/** How the target is written, for details of errors. */
export function describeTarget(target: AttributeTarget): string {
  const prefix = target.extension === undefined ? '' : `${target.extension}:`
  const brackets = target.kind === 'element' || target.kind === 'elementSubAttribute' ? '[…]' : ''
  const sub = target.kind === 'subAttribute' || target.kind === 'elementSubAttribute' ? `.${target.sub.name}` : ''
  return `${prefix}${target.attribute.name}${brackets}${sub}`
}

function resolveContainer(path: string, resourceType: ResourceType): Target | undefined {
  if (isCoreUrn(path, resourceType)) {
    return { kind: 'container', extension: undefined }
  }
  const extension = resolveExtension(path, resourceType)
  return extension && { kind: 'container', extension }
}

function resolveElements(place: Place, path: PatchPath & { filter: Filter }, context: Context): AttributeTarget | undefined {
  const { profile, compat } = context
  const filter = resolveElementFilter(path.filter, place.attribute, { profile, compat, path: true })
  const selection = { filter, ...eqTerms(path.filter, place.attribute), values: eqValues(path.filter) }
  if (path.sub === undefined) {
    return { kind: 'element', ...place, selection }
  }
  const sub = findAttribute(place.attribute.subAttributes, path.sub)
  return sub && { kind: 'elementSubAttribute', ...place, selection, sub }
}
