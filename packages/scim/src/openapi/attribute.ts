// Attribute definitions (RFC 7643 section 7) as JSON Schema: what an answer may hold, and what a request should.
import type { JsonObject } from '../json.ts'
import type { Attribute, AttributeType } from '../schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../schema/common.ts'
import type { ResourceType } from '../schema/resource-type.ts'

/** Discovery documents are answers whose parts may hold themselves, to a depth that is theirs. */
type Direction = 'answer' | 'request' | 'discovery'

const TYPES: Readonly<Record<Exclude<AttributeType, 'complex'>, JsonObject>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  decimal: { type: 'number' },
  integer: { type: 'integer' },
  dateTime: { type: 'string', format: 'date-time' },
  binary: { type: 'string', contentEncoding: 'base64' },
  reference: { type: 'string' },
}

/** A resource of a type with everything that may be in it. */
export function resourceSchema({ name, schema, extensions }: ResourceType, direction: Direction): JsonObject {
  const attributes = [...COMMON_ATTRIBUTES, ...schema.attributes].filter((attribute) => isPart(attribute, direction))
  const extended = extensions.map((extension) => [extension.schema.id, objectOf(extension.schema.attributes, direction)] as const)
  const described = attributes.map((attribute) => [attribute.name, attributeSchema(attribute, direction)] as const)
  return {
    type: 'object',
    description: direction === 'request' ? `A ${name} as it is sent.` : `A ${name} as it is answered; what was not asked for is absent.`,
    // What is asked for decides about the rest.
    required:
      direction === 'request' ? attributes.filter(({ required }) => required).map((attribute) => attribute.name) : ['schemas', 'id'],
    properties: {
      ...Object.fromEntries(described),
      ...(direction === 'request' ? { schemas: namesOf(schema.id, extensions) } : {}),
      ...Object.fromEntries(extended),
    },
    additionalProperties: direction === 'request',
  }
}

/** What `schemas` of a request lists: the type's own, and the extensions that the body uses. */
function namesOf(id: string, extensions: ResourceType['extensions']): JsonObject {
  const urns = [id, ...extensions.map(({ schema }) => schema.id)]
  return { type: 'array', items: { type: 'string', enum: urns }, minItems: 1, examples: [urns] }
}

function isPart({ mutability, returned }: Attribute, direction: Direction): boolean {
  return direction === 'request' ? mutability !== 'readOnly' : returned !== 'never'
}

function objectOf(attributes: readonly Attribute[], direction: Direction): JsonObject {
  const parts = attributes.filter((attribute) => isPart(attribute, direction))
  return {
    type: 'object',
    properties: Object.fromEntries(parts.map((attribute) => [attribute.name, attributeSchema(attribute, direction)])),
    additionalProperties: direction !== 'answer',
  }
}

function attributeSchema(attribute: Attribute, direction: Direction): JsonObject {
  const { type, multiValued, description, canonicalValues, mutability, subAttributes } = attribute
  const single = type === 'complex' ? objectOf(subAttributes, direction) : TYPES[type]
  const examples = canonicalValues.length === 0 ? {} : { examples: [...canonicalValues] }
  const notes = { description, ...(mutability === 'readOnly' ? { readOnly: true } : {}) }
  return multiValued ? { type: 'array', items: { ...single, ...examples }, ...notes } : { ...single, ...examples, ...notes }
}
