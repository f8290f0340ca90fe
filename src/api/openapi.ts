// The description of /api/v1 (OpenAPI 3.1), made from the same table and schemas that the server answers by.
import { z } from 'zod'
import type { Answer, Endpoint } from './endpoint.ts'
import { engramRowSchema, episodeAnswerSchema, errorSchema } from './schemas.ts'

export const YAML_MEDIA_TYPE = 'application/yaml'

/** Refusals by their status: which endpoints can give them, and what they mean. */
const REFUSALS: readonly {
  readonly status: number
  readonly name: string
  readonly description: string
  readonly when: (endpoint: Endpoint) => boolean
}[] = [
  {
    status: 400,
    name: 'Malformed',
    description: 'The request is not as described here.',
    when: ({ body, query }) => (body ?? query) !== undefined,
  },
  {
    status: 401,
    name: 'Unauthenticated',
    description: 'The key is missing, unknown, expired or revoked, or its account is disabled.',
    when: () => true,
  },
  { status: 403, name: 'Forbidden', description: 'The scope may not be written.', when: isWrite },
  {
    status: 404,
    name: 'Absent',
    description: 'There is no such thing among what may be read.',
    when: ({ path, query }) => path.includes('{id}') || query?.shape['scope'] !== undefined,
  },
  { status: 413, name: 'TooLarge', description: 'The body is larger than 64 KiB.', when: ({ body }) => body !== undefined },
  { status: 429, name: 'TooMany', description: 'Too many requests; Retry-After says in how many seconds to come again.', when: () => true },
  {
    status: 503,
    name: 'Unavailable',
    description: 'The database cannot be reached; Retry-After says in how many seconds to come again.',
    when: () => true,
  },
]

function isWrite({ method, path }: Endpoint): boolean {
  return method !== 'get' && path.startsWith('/engrams')
}

/** The whole document as a JSON value. */
export function describe(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const endpoint of endpoints) (paths[endpoint.path] ??= {})[endpoint.method] = operation(endpoint)
  return {
    openapi: '3.1.0',
    info: { title: 'PLUR Enterprise', version, description: 'Shared memory of agents: engrams in scopes, and episodes.' },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key (plur_sk_…) of an enabled account.' } },
      schemas: components([errorSchema, engramRowSchema, episodeAnswerSchema]),
      responses: Object.fromEntries(REFUSALS.map(({ name, description }) => [name, { description, content: ERROR }])),
    },
  }
}

function operation(endpoint: Endpoint): object {
  const { method, path, summary, body, query, answers } = endpoint
  const name = path.replaceAll(/[{}]/g, '').split('/').filter(Boolean).join('-')
  return {
    operationId: `${method}-${name.replaceAll('.', '-')}`,
    summary,
    ...parametersOf(path, query),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: { ...Object.fromEntries(answers.map((answer) => [String(answer.status), responseOf(answer)])), ...refusals(endpoint) },
  }
}

function parametersOf(path: string, query: z.ZodObject | undefined): object {
  const inPath = path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 128 } }] : []
  const shape: Readonly<Record<string, z.core.$ZodType>> = query?.shape ?? {}
  const inQuery = Object.entries(shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema, 'output'),
  }))
  const parameters = [...inPath, ...inQuery]
  return parameters.length === 0 ? {} : { parameters }
}

function responseOf({ description, schema, mediaType = 'application/json' }: Answer): object {
  if (schema === undefined) return { description, content: { [mediaType]: { schema: { type: 'string' } } } }
  return { description, content: { [mediaType]: { schema: schemaOf(schema, 'output') } } }
}

function refusals(endpoint: Endpoint): object {
  const possible = REFUSALS.filter(({ when }) => when(endpoint))
  return Object.fromEntries(possible.map(({ status, name }) => [String(status), { $ref: `#/components/responses/${name}` }]))
}

const ERROR = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }

/** A schema where it is used: in full, or as a reference to what the components hold. */
function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): object {
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', reused: 'inline' })
  return withReferences(rest)
}

/** The schemas that carry a name, and those that they name. */
function components(schemas: readonly z.core.$ZodType[]): object {
  const named = schemas.flatMap((schema) =>
    Object.entries(z.toJSONSchema(schema, { target: 'draft-2020-12', reused: 'inline' }).$defs ?? {}),
  )
  return withReferences(Object.fromEntries(named))
}

function withReferences(schema: object): object {
  return z.looseObject({}).parse(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')))
}
