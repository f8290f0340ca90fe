// One PATCH operation after all that can be told without the resource: target resolved, value in canonical form, mutability of
// the schema respected (RFC 7644 section 3.5.2). An operation without path becomes one of these for each attribute in its value.
import type { Comparable } from '../filter/ast.ts'
import type { Json, JsonObject } from '../json.ts'
import type { CollectionStep } from '../resource/change.ts'
import type { Attribute } from '../schema/attribute.ts'
import type { Schema } from '../schema/resource-type.ts'
import type { AttributeTarget } from './target.ts'

/** What add and replace bring. */
export type Assignment =
  /** Null, an empty array or an empty string: the target becomes unassigned (RFC 7643 section 2.5). */
  | { readonly kind: 'nothing' }
  /** The value of a single-valued simple attribute. */
  | { readonly kind: 'value'; readonly value: Json }
  /** The elements of a multi-valued attribute, each once. */
  | { readonly kind: 'elements'; readonly elements: readonly Json[] }
  /** Sub-attributes of a complex value or of elements; those in `clear` become unassigned. */
  | { readonly kind: 'subAttributes'; readonly set: JsonObject; readonly clear: readonly Attribute[] }

/** The elements that a remove with a value names, in comparable form: by `value`, or by all that was given where there is none. */
export type NamedElements =
  | { readonly kind: 'values'; readonly values: ReadonlySet<Comparable> }
  | { readonly kind: 'parts'; readonly parts: readonly JsonObject[] }

export type PatchAction =
  | { readonly kind: 'add' | 'replace'; readonly target: AttributeTarget; readonly assignment: Assignment }
  /** `named` narrows a multi-valued attribute to some of its elements. */
  | { readonly kind: 'remove'; readonly target: AttributeTarget; readonly named: NamedElements | undefined }
  | { readonly kind: 'removeExtension'; readonly extension: Schema }
  /** The client states the id, as Okta does with each rename; any other id is refused. */
  | { readonly kind: 'keepId'; readonly id: Json }
  | { readonly kind: 'steps'; readonly steps: readonly CollectionStep[] }

/** `number` is the place of the operation in the request, counted from 1. */
export type PatchOperation = PatchAction & { readonly number: number }
