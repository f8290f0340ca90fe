// The messages of RFC 7644 and RFC 9865 as JSON Schema, and the discovery resources.
import { SCIM_TYPES } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import { RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA, SERVICE_PROVIDER_CONFIG_SCHEMA } from '../schema/discovery-schemas.ts'
import type { ResourceType, Schema } from '../schema/resource-type.ts'
import { BULK_REQUEST_URN, BULK_RESPONSE_URN, ERROR_URN, LIST_RESPONSE_URN, PATCH_OP_URN, SEARCH_REQUEST_URN } from '../urns.ts'
import { resourceSchema } from './attribute.ts'

const text: JsonObject = { type: 'string' }
const count: JsonObject = { type: 'integer', minimum: 0 }
const only = (urn: string): JsonObject => ({ type: 'array', items: { const: urn }, minItems: 1, maxItems: 1 })

export const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

/** All schemas of the document by name. `User` is an answer, `UserInput` a request. */
export function components(resourceTypes: readonly ResourceType[], limits: Limits): JsonObject {
  const resources = resourceTypes.flatMap((type): [string, JsonObject][] => [
    [type.name, resourceSchema(type, 'answer')],
    [`${type.name}Input`, resourceSchema(type, 'request')],
    [`${type.name}List`, listOf([reference(type.name)])],
  ])
  const discovery: readonly Schema[] = [SERVICE_PROVIDER_CONFIG_SCHEMA, RESOURCE_TYPE_SCHEMA, SCHEMA_SCHEMA]
  return {
    ...Object.fromEntries(resources),
    ResourceList: listOf(resourceTypes.map(({ name }) => reference(name))),
    ...Object.fromEntries(discovery.map((schema) => [schema.name.replaceAll(' ', ''), discoveryResource(schema)])),
    ResourceTypeList: listOf([reference('ResourceType')]),
    SchemaList: listOf([reference('Schema')]),
    SearchRequest: searchRequest(limits),
    PatchOp: patchOp(limits),
    BulkRequest: bulkRequest(limits),
    BulkResponse: bulkResponse(),
    Error: errorSchema(),
  }
}

/** Discovery documents describe themselves by schemas, all parts of which may be absent but the first. */
function discoveryResource(schema: Schema): JsonObject {
  const type = { name: schema.name, endpoint: '', description: '', schema, extensions: [], collections: [], computed: [] }
  return { ...resourceSchema(type, 'discovery'), required: ['schemas', 'meta'] }
}

function listOf(items: readonly JsonObject[]): JsonObject {
  return {
    type: 'object',
    required: ['schemas', 'totalResults', 'itemsPerPage', 'Resources'],
    properties: {
      schemas: only(LIST_RESPONSE_URN),
      totalResults: count,
      startIndex: { type: 'integer', minimum: 1, description: 'In index paging.' },
      itemsPerPage: count,
      nextCursor: { type: 'string', description: 'In cursor paging, while there is another page (RFC 9865).' },
      Resources: { type: 'array', items: items.length === 1 ? (items[0] ?? {}) : { anyOf: [...items] } },
    },
    additionalProperties: false,
  }
}

function searchRequest({ filterLengthMax, pageSizeMax, projectionNamesMax }: Limits): JsonObject {
  const names: JsonObject = { type: 'array', items: text, maxItems: projectionNamesMax, examples: [['userName', 'emails']] }
  return {
    type: 'object',
    required: ['schemas'],
    properties: {
      schemas: only(SEARCH_REQUEST_URN),
      filter: { type: 'string', maxLength: filterLengthMax, examples: ['displayName sw "A"'] },
      sortBy: { type: 'string', examples: ['displayName'] },
      sortOrder: { type: 'string', enum: ['ascending', 'descending'] },
      startIndex: { type: 'integer', minimum: 1 },
      count: { type: 'integer', minimum: 0, description: `More than ${pageSizeMax} are never given.` },
      cursor: { type: 'string', examples: [''], description: 'Empty asks for the first page.' },
      attributes: names,
      excludedAttributes: { ...names, examples: [['emails']] },
    },
  }
}

function patchOp({ patchOperationsMax }: Limits): JsonObject {
  return {
    type: 'object',
    required: ['schemas', 'Operations'],
    properties: {
      schemas: only(PATCH_OP_URN),
      Operations: {
        type: 'array',
        minItems: 1,
        maxItems: patchOperationsMax,
        examples: [
          [{ op: 'replace', path: 'externalId', value: '00u1' }],
          [
            { op: 'add', value: { externalId: '00u2' } },
            { op: 'remove', path: 'externalId' },
          ],
        ],
        items: {
          type: 'object',
          required: ['op'],
          properties: {
            op: { type: 'string', enum: ['add', 'remove', 'replace'] },
            path: { type: 'string', examples: ['displayName', 'externalId'], description: 'RFC 7644 section 3.5.2, figure 7.' },
            value: { examples: ['Babs'], description: 'Absent with remove.' },
          },
        },
      },
    },
  }
}

const METHODS: JsonObject = { type: 'string', enum: ['POST', 'PUT', 'PATCH', 'DELETE'] }

function bulkRequest({ bulkOperationsMax }: Limits): JsonObject {
  return {
    type: 'object',
    required: ['schemas', 'Operations'],
    properties: {
      schemas: only(BULK_REQUEST_URN),
      failOnErrors: { type: 'integer', minimum: 1 },
      Operations: {
        type: 'array',
        maxItems: bulkOperationsMax,
        items: {
          type: 'object',
          required: ['method', 'path'],
          properties: {
            method: METHODS,
            path: { type: 'string', examples: ['/Users'] },
            bulkId: { type: 'string', description: 'Of a POST; other operations refer to it as bulkId:… before the resource has an id.' },
            version: { type: 'string', examples: ['W/"1"'] },
            data: { type: 'object', description: 'The body that the operation would have alone.' },
          },
        },
      },
    },
  }
}

function bulkResponse(): JsonObject {
  return {
    type: 'object',
    required: ['schemas', 'Operations'],
    properties: {
      schemas: only(BULK_RESPONSE_URN),
      Operations: {
        type: 'array',
        items: {
          type: 'object',
          required: ['status'],
          properties: {
            method: text,
            bulkId: text,
            location: text,
            version: text,
            status: { type: 'string', pattern: '^[2-5][0-9]{2}$' },
            response: reference('Error'),
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  }
}

function errorSchema(): JsonObject {
  return {
    type: 'object',
    description: 'RFC 7644 section 3.12. The detail says what was wrong, where, and what would be right.',
    required: ['schemas', 'status', 'detail'],
    properties: {
      schemas: only(ERROR_URN),
      status: { type: 'string', pattern: '^[45][0-9]{2}$' },
      scimType: {
        type: 'string',
        enum: [...SCIM_TYPES],
      },
      detail: { type: 'string', minLength: 1 },
    },
    additionalProperties: false,
  }
}
