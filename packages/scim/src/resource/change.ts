// What an updater may decide about a stored resource: a new whole, and steps on the collections that the store keeps apart.
import type { ElementFilter } from '../filter/ast.ts'
import type { JsonObject } from '../json.ts'

/** What a client sent for one element of a collection: canonical names, types checked, readOnly parts dropped. */
export type CollectionElement = JsonObject & { readonly value: string }

/** One change of a collection. Steps run in order, each on the outcome of the one before. */
export type CollectionStep =
  | { readonly kind: 'add'; readonly attribute: string; readonly elements: readonly CollectionElement[] }
  | { readonly kind: 'remove'; readonly attribute: string; readonly values: readonly string[] }
  | { readonly kind: 'removeWhere'; readonly attribute: string; readonly filter: ElementFilter }
  /** All elements go, then these come; equal ones stay untouched. An empty list empties the collection. */
  | { readonly kind: 'set'; readonly attribute: string; readonly elements: readonly CollectionElement[] }

/** What an updater decided. `resource` is the whole new resource, or undefined when nothing outside the collections changes. */
export type Change = { readonly resource?: JsonObject; readonly steps: readonly CollectionStep[] }
