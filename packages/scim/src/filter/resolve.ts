// From a filter as written to one whose names are attributes and whose values fit their types (RFC 7644 section 3.4.2.2).
// What makes no sense for an attribute is refused here, so that no store ever has to.
import { excerpt, invalidFilter, type ScimError } from '../errors.ts'
import type { Profile } from '../patch/profile.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import { resolveAttributePath } from '../schema/path.ts'
import type { AttributeRef, ResourceType } from '../schema/resource-type.ts'
import type { Comparable, CompareOperator, ElementFilter, Filter, ResolvedFilter } from './ast.ts'
import { comparable, isHidden, isResourceReference } from './comparable.ts'
import { prepare } from './fold.ts'

export type ResolveOptions = {
  readonly resourceType: ResourceType
  readonly profile: Profile
  readonly compat: Set<string>
  /** `never` for root queries, where an attribute of another type counts as having no value (RFC 7644 section 3.4.2.1). */
  readonly unknownAttribute: 'refuse' | 'never'
}

export type ElementOptions = {
  readonly profile: Profile
  readonly compat: Set<string>
  /** Set for filters in PATCH paths, where every client may write booleans as strings (compat-decisions 4). */
  readonly path?: true
}

/**
 * Checks a filter against a resource type.
 * @throws ScimError 400 invalidFilter for unknown and hidden attributes, and for operators and values that do not fit.
 */
export function resolveFilter(filter: Filter, options: ResolveOptions): ResolvedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, filters: filter.filters.map((inner) => resolveFilter(inner, options)) }
    case 'not':
      return { kind: 'not', filter: resolveFilter(filter.filter, options) }
    case 'present': {
      const target = resolveTarget(filter.path, options)
      return target === undefined ? { kind: 'never' } : { kind: 'present', target }
    }
    case 'compare':
      return resolveComparison(filter, options)
    case 'element': {
      const target = resolveTarget(filter.path, options)
      if (target === undefined) {
        return { kind: 'never' }
      }
      if (target.sub !== undefined) {
        throw invalidFilter(`\`${excerpt(filter.path)}\` has no sub-attributes; brackets belong behind \`${target.attribute.name}\``)
      }
      return { kind: 'element', target, filter: resolveElementFilter(filter.filter, target.attribute, options) }
    }
  }
}

/**
 * Checks the filter inside brackets against the multi-valued complex attribute before them. A single-valued complex attribute
 * is refused too: its sub-attributes are addressed directly, as in `name.givenName`.
 * @throws ScimError 400 invalidFilter.
 */
export function resolveElementFilter(filter: Filter, attribute: Attribute, options: ElementOptions): ElementFilter {
  if (!attribute.multiValued || attribute.type !== 'complex') {
    throw invalidFilter(`\`${attribute.name}\` does not have elements with sub-attributes, so no brackets may follow it`)
  }
  return resolveElement(filter, attribute, options)
}

function resolveElement(filter: Filter, attribute: Attribute, options: ElementOptions): ElementFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, filters: filter.filters.map((inner) => resolveElement(inner, attribute, options)) }
    case 'not':
      return { kind: 'not', filter: resolveElement(filter.filter, attribute, options) }
    case 'present':
      return { kind: 'present', sub: resolveSub(filter.path, attribute) }
    case 'compare': {
      const sub = resolveSub(filter.path, attribute)
      const { operator, literal } = filter
      if (literal === null) {
        return orAbsent(isPresenceTest(filter.path, operator), { kind: 'present', sub })
      }
      return { kind: 'compare', sub, operator, value: resolveValue({ attribute: sub, path: filter.path, operator, literal, options }) }
    }
    case 'element':
      throw invalidFilter(`\`${excerpt(filter.path)}\`: brackets must not stand inside brackets`)
  }
}

function resolveComparison(filter: Filter & { kind: 'compare' }, options: ResolveOptions): ResolvedFilter {
  const { path, operator, literal } = filter
  const target = resolveTarget(path, options)
  if (literal === null) {
    const present = isPresenceTest(path, operator)
    return orAbsent<ResolvedFilter>(present, target === undefined ? { kind: 'never' } : { kind: 'present', target })
  }
  if (target === undefined) {
    return orAbsent<ResolvedFilter>(operator !== 'ne', { kind: 'never' })
  }
  const leaf = toLeaf(target, path, options.compat)
  const value = resolveValue({ attribute: leaf.sub ?? leaf.attribute, path, operator, literal, options })
  return { kind: 'compare', target: leaf, operator, value }
}

function orAbsent<F>(isPresent: boolean, present: F): F | { readonly kind: 'not'; readonly filter: F } {
  return isPresent ? present : { kind: 'not', filter: present }
}

/** `ne null` asks for a value, `eq null` for none. */
function isPresenceTest(path: string, operator: CompareOperator): boolean {
  if (operator !== 'eq' && operator !== 'ne') {
    throw refused(path, `null can only be compared by eq and ne, not by ${operator}`)
  }
  return operator === 'ne'
}

function resolveTarget(path: string, options: ResolveOptions): AttributeRef | undefined {
  const target = resolveAttributePath(path, options.resourceType, options.compat)
  if (target === undefined) {
    if (options.unknownAttribute === 'refuse') {
      throw refused(path, `${options.resourceType.name} has no such attribute`)
    }
    return undefined
  }
  if (isHidden(target.attribute) || (target.sub !== undefined && isHidden(target.sub))) {
    throw refused(path, 'the attribute is never returned and cannot be filtered by')
  }
  return target
}

function resolveSub(path: string, attribute: Attribute): Attribute {
  const sub = findAttribute(attribute.subAttributes, path)
  if (sub === undefined) {
    throw refused(path, `inside brackets only sub-attributes of ${attribute.name} may stand`)
  }
  if (isHidden(sub)) {
    throw refused(path, 'the attribute is never returned and cannot be filtered by')
  }
  return sub
}

/** A complex attribute stands for its `value`: `emails co "@x"` by an example of the RFC, `manager eq "U2"` for Entra. */
function toLeaf(target: AttributeRef, path: string, compat: Set<string>): AttributeRef {
  if (target.attribute.type !== 'complex' || target.sub !== undefined) {
    return target
  }
  const value = findAttribute(target.attribute.subAttributes, 'value')
  if (value === undefined) {
    const [example] = target.attribute.subAttributes
    throw refused(path, `the attribute is complex; compare a sub-attribute, such as ${target.attribute.name}.${example?.name ?? 'value'}`)
  }
  if (isHidden(value)) {
    throw refused(path, 'the attribute is never returned and cannot be filtered by')
  }
  if (!target.attribute.multiValued) {
    compat.add('complex-attribute-means-value')
  }
  return { ...target, sub: value }
}

type Comparison = {
  readonly attribute: Attribute
  readonly path: string
  readonly operator: CompareOperator
  readonly literal: string | number | boolean
  readonly options: ElementOptions
}

function resolveValue({ attribute, path, operator, literal, options }: Comparison): Comparable {
  checkOperator(attribute, path, operator)
  if (attribute.type === 'boolean' && typeof literal === 'string' && (options.path === true || options.profile === 'entra')) {
    return resolveStringBoolean(literal, path, options.compat)
  }
  if (isResourceReference(attribute) && operator === 'ew' && typeof literal === 'string' && !literal.slice(1).includes('/')) {
    // An ending shorter than `Users/<id>` is compared as it is.
    return prepare(literal)
  }
  if (attribute.type === 'integer' && !Number.isSafeInteger(literal)) {
    throw refused(path, `an integer must stand here, not ${excerpt(JSON.stringify(literal))}`)
  }
  const value = comparable(attribute, literal)
  if (value === undefined) {
    throw refused(path, `${EXPECTED[attribute.type]} must stand here, not ${excerpt(JSON.stringify(literal))}`)
  }
  return value
}

function resolveStringBoolean(literal: string, path: string, compat: Set<string>): boolean {
  const lower = literal.toLowerCase()
  if (lower !== 'true' && lower !== 'false') {
    throw refused(path, `true or false must stand here, not ${excerpt(JSON.stringify(literal))}`)
  }
  compat.add('string-boolean')
  return lower === 'true'
}

const EXPECTED: Readonly<Record<Attribute['type'], string>> = {
  string: 'a string in double quotes',
  boolean: 'true or false',
  decimal: 'a number',
  integer: 'an integer',
  dateTime: 'a dateTime with date, time and zone, such as "2011-05-13T04:42:34Z",',
  binary: 'a base64 string',
  reference: 'a URI in double quotes',
  complex: 'a sub-attribute',
}

const EQUALITY: ReadonlySet<CompareOperator> = new Set(['eq', 'ne'] as const)
const ORDER: ReadonlySet<CompareOperator> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const)
const WHOLE_REFERENCE: ReadonlySet<CompareOperator> = new Set(['eq', 'ne', 'ew', 'gt', 'ge', 'lt', 'le'] as const)
const ALL: ReadonlySet<CompareOperator> = new Set([...ORDER, 'co', 'sw', 'ew'] as const)

function checkOperator(attribute: Attribute, path: string, operator: CompareOperator): void {
  const allowed = operatorsOf(attribute)
  if (!allowed.has(operator)) {
    throw refused(path, `${operator} does not go with type ${attribute.type}; use ${[...allowed].join(', ')} or pr`)
  }
}

/** References to resources are compared without their base URI, so no search at the front of them can be answered. */
function operatorsOf(attribute: Attribute): ReadonlySet<CompareOperator> {
  switch (attribute.type) {
    case 'string':
      return ALL
    case 'reference':
      return isResourceReference(attribute) ? WHOLE_REFERENCE : ALL
    case 'boolean':
    case 'binary':
      return EQUALITY
    case 'decimal':
    case 'integer':
    case 'dateTime':
      return ORDER
    case 'complex':
      return new Set()
  }
}

function refused(path: string, reason: string): ScimError {
  return invalidFilter(`filter on \`${excerpt(path)}\`: ${reason}`)
}
