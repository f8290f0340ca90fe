// Schemas and resource types as declared by the host (RFC 7643 sections 6 and 7), and the references into them.
import type { Attribute } from './attribute.ts'

export type Schema = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

export type SchemaExtension = { readonly schema: Schema; readonly required: boolean }

export type ResourceType = {
  readonly name: string
  /** Path below the service root, such as `/Users`. */
  readonly endpoint: string
  readonly description: string
  readonly schema: Schema
  readonly extensions: readonly SchemaExtension[]
  /**
   * Multi-valued attributes of the core schema that the store keeps element by element, such as `members` of a group. They are
   * changed by deltas and read as streams, never loaded to be changed. Their sub-attributes are all immutable or readOnly, and
   * elements are identified by their `value`.
   */
  readonly collections: readonly string[]
  /** readOnly multi-valued attributes of the core schema that the store computes when it reads, such as `groups` of a user. */
  readonly computed: readonly string[]
}

/**
 * An attribute of a resource type, found by name. `sub` is set when a sub-attribute is meant. Common attributes
 * (`schemas`, `id`, `externalId`, `meta`) belong to the resource type's core schema.
 */
export type AttributeRef = {
  /** URN of the extension that holds the attribute; undefined for core and common attributes. */
  readonly extension: string | undefined
  readonly attribute: Attribute
  readonly sub: Attribute | undefined
}
