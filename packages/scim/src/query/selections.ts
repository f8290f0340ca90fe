// From a search request to what the store is asked: filter and sort attribute resolved for each resource type
// (RFC 7644 sections 3.4.2.1 to 3.4.2.3).
import { excerpt, invalidFilter, invalidValue } from '../errors.ts'
import type { Filter } from '../filter/ast.ts'
import { isHidden } from '../filter/comparable.ts'
import { parseFilter } from '../filter/parser.ts'
import { resolveFilter } from '../filter/resolve.ts'
import type { Limits } from '../limits.ts'
import type { Profile } from '../patch/profile.ts'
import type { Selection } from '../provider/store.ts'
import { findAttribute } from '../schema/attribute.ts'
import { resolveAttributePath } from '../schema/path.ts'
import type { AttributeRef, ResourceType } from '../schema/resource-type.ts'
import type { SearchRequest } from './search-request.ts'

export type SelectionOptions = { readonly limits: Limits; readonly profile: Profile; readonly compat: Set<string> }

/**
 * One selection for each type. In a query over several types an attribute that one of them lacks counts there as having no value;
 * an attribute that all of them lack is refused like on a single type, because it is a mistake in spelling.
 * @throws ScimError 400 invalidFilter, or invalidValue for sortBy.
 */
export function resolveSelections(
  resourceTypes: readonly ResourceType[],
  { filter, sortBy }: Pick<SearchRequest, 'filter' | 'sortBy'>,
  options: SelectionOptions,
): readonly Selection[] {
  const parsed = filter === undefined ? undefined : parse(filter, resourceTypes, options)
  const sorts = sortBy === undefined ? undefined : resourceTypes.map((resourceType) => resolveSort(sortBy, resourceType, options))
  if (sorts?.every((sort) => sort === undefined) === true) {
    throw invalidValue(`sortBy: ${namesOf(resourceTypes)} has no attribute \`${excerpt(sortBy ?? '')}\`.`)
  }
  const unknownAttribute = resourceTypes.length === 1 ? 'refuse' : 'never'
  return resourceTypes.map((resourceType, index) => ({
    resourceType,
    filter: parsed && resolveFilter(parsed, { resourceType, unknownAttribute, profile: options.profile, compat: options.compat }),
    sortBy: sorts?.[index],
  }))
}

function parse(text: string, resourceTypes: readonly ResourceType[], { limits, profile, compat }: SelectionOptions): Filter {
  const filter = parseFilter(text, { limits, compat, bareWords: profile === 'entra' })
  if (resourceTypes.length > 1) {
    for (const path of pathsIn(filter)) {
      if (resourceTypes.every((resourceType) => resolveAttributePath(path, resourceType) === undefined)) {
        throw invalidFilter(`filter on \`${excerpt(path)}\`: neither ${namesOf(resourceTypes)} has such an attribute`)
      }
    }
  }
  return filter
}

function pathsIn(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.flatMap(pathsIn)
    case 'not':
      return pathsIn(filter.filter)
    case 'present':
    case 'compare':
    case 'element':
      return [filter.path]
  }
}

/**
 * The attribute to sort by: a multi-valued complex one stands for its `value`, other complex ones need a sub-attribute. What the
 * store keeps or computes apart from the resource cannot be sorted by.
 */
function resolveSort(sortBy: string, resourceType: ResourceType, { compat }: SelectionOptions): AttributeRef | undefined {
  const found = resolveAttributePath(sortBy, resourceType, compat)
  if (found === undefined) return undefined
  const { attribute, extension, sub } = found
  if (isHidden(attribute) || (sub !== undefined && isHidden(sub))) {
    throw invalidValue(`sortBy: \`${excerpt(sortBy)}\` is never returned and cannot be sorted by.`)
  }
  if (extension === undefined && [...resourceType.collections, ...resourceType.computed].includes(attribute.name)) {
    throw invalidValue(`sortBy: resources cannot be sorted by \`${attribute.name}\`.`)
  }
  if (attribute.type !== 'complex' || sub !== undefined) return found
  const value = attribute.multiValued ? findAttribute(attribute.subAttributes, 'value') : undefined
  if (value === undefined || isHidden(value)) {
    throw invalidValue(
      `sortBy: \`${attribute.name}\` is complex; name a sub-attribute, such as ${attribute.name}.${attribute.subAttributes[0]?.name ?? ''}.`,
    )
  }
  return { ...found, sub: value }
}

function namesOf(resourceTypes: readonly ResourceType[]): string {
  return resourceTypes.map(({ name }) => name).join(' nor ')
}
