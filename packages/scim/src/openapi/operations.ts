// What can be asked where (RFC 7644 section 3.2), and every status that it may be answered with.
import type { JsonObject } from '../json.ts'
import { answersPatchWithBody } from '../provider/resources.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { reference } from './messages.ts'

const MEDIA_TYPES = ['application/scim+json', 'application/json'] as const

const content = (schema: JsonObject): JsonObject => Object.fromEntries(MEDIA_TYPES.map((type) => [type, { schema }]))

/** Refusals that have the same meaning everywhere. */
export const REFUSALS: Readonly<Record<string, string>> = {
  '400': 'The request is not understood; scimType and detail say why.',
  '401': 'The token is missing, unknown, expired or revoked.',
  '403': 'Discovery documents cannot be filtered.',
  '404': 'There is no such thing.',
  '406': 'Neither media type of this server is accepted.',
  '409': 'It is in conflict with what is there: a value that must be unique, or a person who is protected.',
  '412': 'The resource has another version.',
  '413': 'The body, or what it asks for, is larger than the limits in ServiceProviderConfig.',
  '414': 'The target is too long; send the query as POST to .search.',
  '415': 'The body is not JSON by its Content-Type.',
  '429': 'Too many requests; Retry-After says in how many seconds to come again.',
  '501': 'Not offered.',
  '503': 'The database cannot be reached; Retry-After says in how many seconds to come again.',
}

export function refusalResponses(): JsonObject {
  const refusal = (description: string): JsonObject => ({ description, content: content(reference('Error')) })
  return Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [`Refusal${status}`, refusal(description)]))
}

type Described = {
  readonly id: string
  readonly summary: string
  readonly parameters?: readonly string[]
  readonly body?: string
  readonly answers: JsonObject
  readonly refusals: readonly number[]
}

const ALWAYS = [401, 406, 414, 429, 503] as const
const READING = [400] as const
const WRITING = [400, 409, 413, 415] as const

function operation({ id, summary, parameters = [], body, answers, refusals }: Described): JsonObject {
  const all = [...ALWAYS, ...refusals].toSorted((a, b) => a - b)
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })) }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(reference(body)) } }),
    responses: {
      ...answers,
      ...Object.fromEntries(all.map((status) => [String(status), { $ref: `#/components/responses/Refusal${status}` }])),
    },
  }
}

const TAG = { ETag: { $ref: '#/components/headers/ETag' }, Location: { $ref: '#/components/headers/Location' } }
const bodyOf = (description: string, schema: string): JsonObject => ({ description, content: content(reference(schema)) })
const resourceOf = (description: string, schema: string): JsonObject => ({ ...bodyOf(description, schema), headers: TAG })
const PAGE = ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'] as const
const SHOWN = ['attributes', 'excludedAttributes'] as const

export function paths(resourceTypes: readonly ResourceType[]): JsonObject {
  return {
    ...Object.fromEntries(resourceTypes.flatMap((type) => [collection(type), searched(type.endpoint, `${type.name}List`), resource(type)])),
    ...Object.fromEntries([everything(), searched('', 'ResourceList'), bulk(), ...discovery(), me()]),
  }
}

type PathItem = readonly [path: string, item: JsonObject]

function collection({ name, endpoint }: ResourceType): PathItem {
  const get = {
    id: `list${name}s`,
    summary: `${name}s, a page at a time.`,
    parameters: PAGE,
    answers: { '200': bodyOf('One page.', `${name}List`) },
    refusals: READING,
  }
  const post = {
    id: `create${name}`,
    summary: `Create a ${name}.`,
    parameters: SHOWN,
    body: `${name}Input`,
    answers: { '201': resourceOf('Created.', name) },
    refusals: WRITING,
  }
  return [endpoint, { get: operation(get), post: operation(post) }]
}

function searched(endpoint: string, list: string): PathItem {
  const post = {
    id: `search${endpoint.slice(1)}`,
    summary: 'The same as GET with parameters, in a body.',
    body: 'SearchRequest',
    answers: { '200': bodyOf('One page.', list) },
    refusals: [400, 413, 415],
  }
  return [`${endpoint}/.search`, { post: operation(post) }]
}

function resource(type: ResourceType): PathItem {
  const { name, endpoint } = type
  const shown = { '200': resourceOf('The resource afterwards.', name) }
  const parameters = [...SHOWN, 'ifMatch', 'ifNoneMatch']
  const written = [...WRITING, 404, 412]
  const get = {
    id: `get${name}`,
    summary: `One ${name}.`,
    parameters,
    answers: { '200': resourceOf('The resource.', name), '304': { description: 'It has the version that the client has.', headers: TAG } },
    refusals: [...READING, 404],
  }
  const put = {
    id: `replace${name}`,
    summary: 'Replace it; what is not sent is gone.',
    parameters,
    body: `${name}Input`,
    answers: shown,
    refusals: written,
  }
  const silent = { '204': { description: 'Changed; ask for attributes to see it.', headers: { ETag: TAG.ETag } } }
  const patch = {
    id: `modify${name}`,
    summary: 'Change parts of it, all or nothing.',
    parameters,
    body: 'PatchOp',
    answers: { ...shown, ...(answersPatchWithBody(type) ? {} : silent) },
    refusals: written,
  }
  const remove = {
    id: `delete${name}`,
    summary: 'Delete it.',
    parameters: ['ifMatch', 'ifNoneMatch'],
    answers: { '204': { description: 'Deleted.' } },
    refusals: [400, 404, 409, 412],
  }
  const item = { get: operation(get), put: operation(put), patch: operation(patch), delete: operation(remove) }
  return [`${endpoint}/{id}`, { parameters: [{ $ref: '#/components/parameters/id' }], ...item }]
}

function everything(): PathItem {
  const get = {
    id: 'listAll',
    summary: 'Resources of all types.',
    parameters: PAGE,
    answers: { '200': bodyOf('One page.', 'ResourceList') },
    refusals: READING,
  }
  return ['/', { get: operation(get) }]
}

function bulk(): PathItem {
  const post = {
    id: 'bulk',
    summary: 'Many operations in one request; those that fail are told by their status in the answer.',
    body: 'BulkRequest',
    answers: { '200': bodyOf('What became of each.', 'BulkResponse') },
    refusals: [400, 413, 415],
  }
  return ['/Bulk', { post: operation(post) }]
}

function discovery(): readonly PathItem[] {
  const read = (id: string, summary: string, schema: string) =>
    operation({ id, summary, answers: { '200': bodyOf('The document.', schema) }, refusals: [400, 403, 404] })
  const named = { parameters: [{ $ref: '#/components/parameters/name' }] }
  return [
    [
      '/ServiceProviderConfig',
      { get: read('getServiceProviderConfig', 'What is supported, and the limits.', 'ServiceProviderConfiguration') },
    ],
    ['/ResourceTypes', { get: read('listResourceTypes', 'The types of resources.', 'ResourceTypeList') }],
    ['/ResourceTypes/{name}', { ...named, get: read('getResourceType', 'One type.', 'ResourceType') }],
    ['/Schemas', { get: read('listSchemas', 'The schemas.', 'SchemaList') }],
    ['/Schemas/{name}', { ...named, get: read('getSchema', 'One schema, by its URN.', 'Schema') }],
  ]
}

function me(): PathItem {
  return [
    '/Me',
    { get: operation({ id: 'getMe', summary: 'Not offered: a provisioning token stands for no person.', answers: {}, refusals: [501] }) },
  ]
}
