// Filters in their two states: as written (`Filter`, RFC 7644 figure 1) and checked against a schema (`ResolvedFilter`).
import type { AttributeRef } from '../schema/resource-type.ts'
import type { Attribute } from '../schema/attribute.ts'

export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

/** A JSON literal, or a bare word where the caller's profile allows one. Numbers are finite, strings well-formed without U+0000. */
export type Literal = string | number | boolean | null

/**
 * A filter as written. `path` is the attribute path's own text, URN and sub-attribute included: where the URN ends can only be
 * told with the schemas at hand. `and` and `or` hold two or more filters.
 */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'present'; readonly path: string }
  | { readonly kind: 'compare'; readonly path: string; readonly operator: CompareOperator; readonly literal: Literal }
  | { readonly kind: 'element'; readonly path: string; readonly filter: Filter }

/** The target of a PATCH operation as written: `path`, `path[filter]` or `path[filter].sub` (RFC 7644 figure 7). */
export type PatchPath = { readonly path: string; readonly filter?: Filter; readonly sub?: string }

/** A value ready for comparison: strings folded as the attribute's caseExact asks, dateTimes as UTC text of fixed width. */
export type Comparable = string | number | boolean

/**
 * A filter whose every name is an attribute and every literal fits its type. Two-valued: a missing value makes `compare` false,
 * except that `ne` is then true.
 * - `never`: the attribute does not exist on this resource type (root queries, RFC 7644 section 3.4.2.1).
 * - `compare` and `present` on a multi-valued attribute hold when any element does (`ne`: when any differs or there is none; an
 *   element that lacks the sub-attribute differs).
 * - `present` is false for an empty string, and true for a complex attribute that has any sub-attribute.
 * - `element` holds when one and the same element of the multi-valued complex attribute fulfils the inner filter.
 * - `eq null` is resolved to `not present`, `ne null` to `present`.
 */
export type ResolvedFilter =
  | { readonly kind: 'never' }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly ResolvedFilter[] }
  | { readonly kind: 'not'; readonly filter: ResolvedFilter }
  | { readonly kind: 'present'; readonly target: AttributeRef }
  | { readonly kind: 'compare'; readonly target: AttributeRef; readonly operator: CompareOperator; readonly value: Comparable }
  | { readonly kind: 'element'; readonly target: AttributeRef; readonly filter: ElementFilter }

/** The filter inside brackets: its names are sub-attributes of the attribute before the bracket. */
export type ElementFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly ElementFilter[] }
  | { readonly kind: 'not'; readonly filter: ElementFilter }
  | { readonly kind: 'present'; readonly sub: Attribute }
  | { readonly kind: 'compare'; readonly sub: Attribute; readonly operator: CompareOperator; readonly value: Comparable }
