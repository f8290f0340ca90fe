// Attribute definitions with every characteristic of RFC 7643 section 7.

export type AttributeType = 'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'binary' | 'reference' | 'complex'
export type Mutability = 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly'
export type Returned = 'always' | 'never' | 'default' | 'request'
export type Uniqueness = 'none' | 'server' | 'global'

export type Attribute = {
  readonly name: string
  readonly type: AttributeType
  readonly multiValued: boolean
  readonly description: string
  readonly required: boolean
  readonly canonicalValues: readonly string[]
  readonly caseExact: boolean
  readonly mutability: Mutability
  readonly returned: Returned
  readonly uniqueness: Uniqueness
  /** Only on type reference: resource type names, `external` or `uri`. */
  readonly referenceTypes: readonly string[]
  /** Only on type complex. Sub-attributes are never complex (RFC 7643 section 2.3.8). */
  readonly subAttributes: readonly Attribute[]
  /** Assigned on create when the client gives nothing; `null` from the client overrides it (RFC 7644 section 3.3). */
  readonly defaultValue: boolean | string | number | undefined
  /** A PUT that omits the attribute keeps its value instead of clearing it (RFC 7644 section 3.5.1 leaves the choice). */
  readonly keptOnReplace: boolean
  /** A rule beyond the type, such as a country code: what is wrong with the value, or undefined when it is fine. */
  readonly check: ((value: string) => string | undefined) | undefined
}

/** Declares an attribute; what is left out takes the defaults of RFC 7643 section 2.2. */
export function attribute(declared: Pick<Attribute, 'name' | 'description'> & Partial<Attribute>): Attribute {
  return {
    type: 'string',
    multiValued: false,
    required: false,
    canonicalValues: [],
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    referenceTypes: [],
    subAttributes: [],
    defaultValue: undefined,
    keptOnReplace: false,
    check: undefined,
    ...declared,
  }
}

/** Finds an attribute by name, without regard to case (RFC 7643 section 2.1); of two with one name the first. */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return byLowerName(attributes).get(name.toLowerCase())
}

/** Lists of attributes are declared once and never change, and every name in a request is looked up in one. */
const INDEXES = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>()

function byLowerName(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  const known = INDEXES.get(attributes)
  if (known !== undefined) return known
  const index = new Map(attributes.toReversed().map((attribute) => [attribute.name.toLowerCase(), attribute]))
  INDEXES.set(attributes, index)
  return index
}
