// The whole description of a provider as one OpenAPI 3.1 document.
import type { JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { components } from './messages.ts'
import { paths, refusalResponses } from './operations.ts'

export type OpenApiOptions = {
  readonly title: string
  readonly version: string
  /** Of the service root: absolute, or a path on the host that serves the document. */
  readonly serverUrl: string
  readonly resourceTypes: readonly ResourceType[]
  readonly limits: Limits
}

export function openApiDocument({ title, version, serverUrl, resourceTypes, limits }: OpenApiOptions): JsonObject {
  return {
    openapi: '3.1.0',
    info: { title, version, description: 'SCIM 2.0 (RFC 7643, RFC 7644) with the cursors of RFC 9865. HEAD answers wherever GET does.' },
    servers: [{ url: serverUrl }],
    security: [{ token: [] }],
    paths: paths(resourceTypes),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A SCIM token of this organisation.' } },
      parameters: parameters(limits),
      headers: {
        ETag: { description: 'The version, weak.', schema: { type: 'string' } },
        Location: { description: 'Absolute URI of the resource.', schema: { type: 'string' } },
      },
      schemas: components(resourceTypes, limits),
      responses: refusalResponses(),
    },
  }
}

function parameters({ filterLengthMax, pageSizeMax, pageSizeDefault }: Limits): JsonObject {
  const query = (name: string, schema: JsonObject, description: string): JsonObject => ({
    name,
    in: 'query',
    required: false,
    description,
    schema,
  })
  const path = (name: string, description: string): JsonObject => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  })
  const header = (name: string, description: string): JsonObject => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  })
  return {
    id: path('id', 'As the server gave it.'),
    name: path('name', 'Name of a type, or URN of a schema.'),
    filter: query('filter', { type: 'string', maxLength: filterLengthMax, examples: ['displayName sw "A"'] }, 'RFC 7644 section 3.4.2.2.'),
    sortBy: query('sortBy', { type: 'string', examples: ['displayName'] }, 'The attribute to sort by.'),
    sortOrder: query('sortOrder', { type: 'string', enum: ['ascending', 'descending'] }, 'Ascending unless said otherwise.'),
    startIndex: query('startIndex', { type: 'integer', minimum: 1 }, 'The first of the page, from 1.'),
    count: query(
      'count',
      { type: 'integer', minimum: 0 },
      `Resources on the page: ${pageSizeDefault} unless said, ${pageSizeMax} at most.`,
    ),
    cursor: query('cursor', { type: 'string', examples: [''] }, 'Empty for the first page, then nextCursor of the page before (RFC 9865).'),
    attributes: query('attributes', { type: 'string', examples: ['displayName'] }, 'Names, separated by commas, that the answer holds.'),
    excludedAttributes: query(
      'excludedAttributes',
      { type: 'string', examples: ['meta'] },
      'Names, separated by commas, that it leaves out.',
    ),
    ifMatch: header('If-Match', 'Versions of which the resource must have one.'),
    ifNoneMatch: header('If-None-Match', 'Versions that it must not have.'),
  }
}
