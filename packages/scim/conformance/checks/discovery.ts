// Discovery: ServiceProviderConfig and ResourceTypes (RFC 7643 sections 5 and 6, RFC 7644 section 4, RFC 9865 section 4).
import {
  at,
  listAt,
  numberAt,
  textAt,
  LIST_RESPONSE_URN,
  RESOURCE_TYPE_URN,
  SERVICE_PROVIDER_CONFIG_URN,
  USER_URN,
} from '../../src/client/client.ts'
import type { Feature } from '../check.ts'
import { CheckSkipped } from '../verdict.ts'
import { ensure, object, refused, status } from '../expect.ts'
import type { Session } from '../session.ts'

const CONFIG = '/ServiceProviderConfig'
const DISCOVERY = [CONFIG, '/ResourceTypes', '/Schemas'] as const
const FEATURES = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'] as const

const config = async (scim: Session) => object(status(await scim.get(CONFIG), 200))
const resourceTypes = async (scim: Session) => (await scim.list('/ResourceTypes')).resources

export const discovery: Feature = {
  name: 'discovery',
  checks: [
    {
      id: 'DSC-01',
      level: 'MUST',
      title: 'ServiceProviderConfig is one object, not a list',
      sentence:
        'RFC 7644 §4: This endpoint SHALL return responses with a JSON object using a "schemas" attribute of "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig".',
      run: async (scim) => {
        const schemas = listAt(await config(scim), 'schemas')
        ensure(schemas.includes(SERVICE_PROVIDER_CONFIG_URN), 'schemas names ServiceProviderConfig')
        ensure(!schemas.includes(LIST_RESPONSE_URN), 'it is not a ListResponse')
      },
    },
    {
      id: 'DSC-02',
      level: 'MUST',
      title: 'ServiceProviderConfig has all seven required members',
      sentence: 'RFC 7643 §5: A complex type that specifies PATCH configuration options. REQUIRED.',
      run: async (scim) => {
        const body = await config(scim)
        for (const name of [...FEATURES, 'authenticationSchemes']) ensure(at(body, name) !== undefined, `${name} is present`)
      },
    },
    {
      id: 'DSC-03',
      level: 'MUST',
      title: 'each feature has a boolean `supported`',
      sentence: 'RFC 7643 §5: A Boolean value specifying whether or not the operation is supported. REQUIRED.',
      run: async (scim) => {
        const body = await config(scim)
        for (const name of FEATURES) ensure(typeof at(body, name, 'supported') === 'boolean', `${name}.supported is a boolean`)
      },
    },
    {
      id: 'DSC-04',
      level: 'MUST',
      title: 'the limits of bulk and filter are integers',
      sentence: 'RFC 7643 §5: An integer value specifying the maximum number of operations. REQUIRED.',
      run: async (scim) => {
        const body = await config(scim)
        const limits = [
          ['bulk', 'maxOperations'],
          ['bulk', 'maxPayloadSize'],
          ['filter', 'maxResults'],
        ] as const
        for (const [feature, limit] of limits) ensure(Number.isInteger(at(body, feature, limit)), `${feature}.${limit} is an integer`)
      },
    },
    {
      id: 'DSC-05',
      level: 'MUST',
      title: 'each authentication scheme has type, name and description',
      sentence: 'RFC 7643 §5: A multi-valued complex type that specifies supported authentication scheme properties.',
      run: async (scim) => {
        const schemes = listAt(await config(scim), 'authenticationSchemes')
        ensure(schemes.length > 0, 'at least one authentication scheme')
        for (const scheme of schemes)
          for (const name of ['type', 'name', 'description']) ensure((textAt(scheme, name) ?? '') !== '', `a scheme lacks its ${name}`)
      },
    },
    {
      id: 'DSC-06',
      level: 'SHOULD',
      title: 'without credentials the schemes can be learned, from the document or from the challenge',
      sentence:
        'RFC 7643 §5: the service provider SHOULD, with the appropriate security considerations, make the authenticationSchemes attribute publicly accessible without prior authentication.',
      run: async (scim) => {
        const answer = status(await scim.send({ method: 'GET', path: CONFIG, token: null }), 200, 401)
        if (answer.status === 200) ensure(listAt(answer.json, 'authenticationSchemes').length > 0, 'the document lists the schemes')
        else ensure(answer.headers.has('www-authenticate'), 'the 401 has a WWW-Authenticate header')
      },
    },
    {
      id: 'DSC-08',
      level: 'MUST',
      title: 'discovery documents cannot be written',
      sentence: 'RFC 7643 §5: All attributes have a mutability of "readOnly".',
      run: async (scim) => {
        for (const path of DISCOVERY)
          for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
            const body = method === 'DELETE' ? undefined : { schemas: [USER_URN] }
            refused(await scim.send({ method, path, body }), [403, 404, 405, 501])
          }
      },
    },
    {
      id: 'DSC-07',
      level: 'MUST',
      title: 'a feature that is not supported answers 501 or 400, never with silence',
      sentence: 'RFC 7644 §3.12: Service provider does not support the request operation, e.g., PATCH.',
      run: async (scim) => {
        if (at(scim.capabilities.provider, 'bulk', 'supported') === true)
          throw new CheckSkipped('every feature this check knows is supported')
        refused(await scim.bulk([]), [400, 404, 405, 501])
      },
    },
    {
      id: 'DSC-09',
      level: 'MUST',
      title: 'each resource type has name, endpoint and schema',
      sentence: 'RFC 7643 §6: Unlike other core resources, all attributes are REQUIRED unless otherwise specified.',
      run: async (scim) => {
        const types = await resourceTypes(scim)
        ensure(types.length > 0, 'at least one resource type')
        for (const type of types)
          for (const name of ['name', 'endpoint', 'schema']) ensure((textAt(type, name) ?? '') !== '', `a resource type lacks its ${name}`)
      },
    },
    {
      id: 'DSC-09.2',
      level: 'MUST',
      title: 'the endpoint of each resource type answers',
      sentence:
        'RFC 7643 §6: The resource type\'s HTTP-addressable endpoint relative to the Base URL of the service provider, e.g., "Users". REQUIRED.',
      run: async (scim) => {
        for (const type of await resourceTypes(scim)) {
          const endpoint = textAt(type, 'endpoint') ?? ''
          status(await scim.get(`${endpoint.startsWith('/') ? '' : '/'}${endpoint}?count=1`), 200)
        }
      },
    },
    {
      id: 'DSC-10',
      level: 'MUST',
      title: 'each resource type says what it is',
      sentence: 'RFC 7643 §6: When applicable, service providers MUST specify the description.',
      run: async (scim) => {
        for (const type of await resourceTypes(scim))
          ensure((textAt(type, 'description') ?? '') !== '', `${textAt(type, 'name')} has no description`)
      },
    },
    {
      id: 'DSC-11',
      level: 'MUST',
      title: 'the schemas of a resource type can be fetched by their URI',
      sentence: 'RFC 7643 §6: This MUST be equal to the "id" attribute of the associated "Schema" resource.',
      run: async (scim) => {
        for (const type of await resourceTypes(scim)) {
          const extensions = listAt(type, 'schemaExtensions').map((extension) => textAt(extension, 'schema'))
          for (const urn of [textAt(type, 'schema'), ...extensions]) status(await scim.get(`/Schemas/${urn}`), 200)
        }
      },
    },
    {
      id: 'DSC-12',
      level: 'MUST',
      title: 'an extension that is called required is required',
      sentence:
        'RFC 7643 §6: If true, a resource of this type MUST include this schema extension and also include any attributes declared as required in this schema extension.',
      run: async (scim) => {
        const user = (await resourceTypes(scim)).find((type) => textAt(type, 'endpoint') === '/Users')
        const required = listAt(user, 'schemaExtensions').filter((extension) => at(extension, 'required') === true)
        if (required.length === 0) return
        refused(await scim.post('/Users', scim.userBody()), 400)
      },
    },
    {
      id: 'DSC-14',
      level: 'MUST',
      title: 'ResourceTypes and Schemas are lists, their members plain objects with a location',
      sentence:
        'RFC 7644 §4: When returning multiple ResourceTypes or Schemas, the message form described by the "urn:ietf:params:scim:api:messages:2.0:ListResponse" (ListResponse) form SHALL be used',
      run: async (scim) => {
        for (const path of ['/ResourceTypes', '/Schemas'] as const) {
          const [first] = (await scim.list(path)).resources
          const id = textAt(first, 'id') ?? textAt(first, 'name')
          const single = status(await scim.get(`${path}/${id}`), 200)
          ensure(!listAt(single.json, 'schemas').includes(LIST_RESPONSE_URN), `${path}/${id} is a plain object`)
          ensure((textAt(single.json, 'meta', 'location') ?? '').startsWith('http'), `${path}/${id} has meta.location`)
        }
      },
    },
    {
      id: 'DSC-14.2',
      level: 'MUST',
      title: 'each resource type carries its own schema URN',
      sentence:
        'RFC 7643 §6: The "ResourceType" schema specifies the metadata about a resource type. Resource type resources are READ-ONLY and identified using the following schema URI: "urn:ietf:params:scim:schemas:core:2.0:ResourceType".',
      run: async (scim) => {
        for (const type of await resourceTypes(scim))
          ensure(listAt(type, 'schemas').includes(RESOURCE_TYPE_URN), 'schemas names ResourceType')
      },
    },
    {
      id: 'DSC-15',
      level: 'MUST',
      title: 'paging and sorting are ignored on discovery endpoints',
      sentence: 'RFC 7644 §4: Query parameters described in Section 3.4.2, such as filtering, sorting, and pagination, SHALL be ignored.',
      run: async (scim) => {
        for (const path of ['/Schemas', '/ResourceTypes']) {
          const all = await scim.list(path)
          const asked = await scim.list(path, { startIndex: 2, count: 1, sortBy: 'name' })
          ensure(
            asked.resources.length === all.resources.length,
            `${path}: ${asked.resources.length} of ${all.resources.length}`,
            asked.exchange,
          )
        }
      },
    },
    {
      id: 'DSC-16',
      level: 'SHOULD',
      title: 'a filter on a discovery endpoint is refused with 403',
      sentence:
        'RFC 7644 §4: If a "filter" is provided, the service provider SHOULD respond with HTTP status code 403 (Forbidden) to ensure that clients cannot incorrectly assume that any matching conditions specified in a filter are true.',
      run: async (scim) => {
        for (const path of DISCOVERY) refused(await scim.get(`${path}?filter=name%20eq%20%22User%22`), 403)
      },
    },
    {
      id: 'DSC-17',
      level: 'MUST',
      title: 'an unknown schema or resource type is 404',
      sentence: 'RFC 7644 §3.12: Specified resource (e.g., User) or endpoint does not exist.',
      run: async (scim) => {
        refused(await scim.get('/Schemas/urn:example:nothing:2.0:Nothing'), 404)
        refused(await scim.get('/ResourceTypes/Nothing'), 404)
      },
    },
    {
      id: 'DSC-23',
      level: 'SHOULD',
      title: 'endpoints are the resource names with an s',
      sentence:
        "RFC 7644 §3.2: Service providers that support extended resources SHOULD define resource endpoints using the convention of pluralizing the resource name defined in the extended schema, by appending an 's'.",
      run: async (scim) => {
        for (const type of await resourceTypes(scim)) {
          const [name, endpoint] = [textAt(type, 'name'), textAt(type, 'endpoint') ?? '']
          ensure([`/${name}s`, `${name}s`].includes(endpoint), `${name} is served at ${endpoint}`)
        }
      },
    },
    {
      id: 'CUR-14',
      level: 'SHOULD',
      title: 'pagination says which methods there are, in the right types',
      sentence:
        'RFC 9865 §4: A SCIM service provider implementing cursor-based pagination SHOULD include the following additional attribute in a JSON document returned by the /ServiceProviderConfig endpoint',
      run: async (scim) => {
        const pagination = at(await config(scim), 'pagination')
        if (pagination === undefined) throw new CheckSkipped('ServiceProviderConfig has no pagination')
        for (const name of ['cursor', 'index']) ensure(typeof at(pagination, name) === 'boolean', `pagination.${name} is a boolean`)
        const method = at(pagination, 'defaultPaginationMethod')
        ensure(method === undefined || method === 'cursor' || method === 'index', 'defaultPaginationMethod is cursor or index')
        for (const name of ['defaultPageSize', 'maxPageSize', 'cursorTimeout']) {
          const value = at(pagination, name)
          ensure(value === undefined || (Number.isInteger(value) && Number(value) > 0), `pagination.${name} is a positive integer`)
        }
      },
    },
    {
      id: 'BLK-20',
      level: 'MUST',
      title: 'bulk limits are published',
      sentence:
        'RFC 7644 §3.7.4: The service provider MUST define the maximum number of operations and maximum payload size a client may send in a single request.',
      needs: ['bulk'],
      run: async (scim) => {
        const body = await config(scim)
        ensure((numberAt(body, 'bulk', 'maxOperations') ?? 0) > 0, 'bulk.maxOperations is above 0')
        ensure((numberAt(body, 'bulk', 'maxPayloadSize') ?? 0) > 0, 'bulk.maxPayloadSize is above 0')
      },
    },
    {
      id: 'AUT-08',
      level: 'SHOULD',
      title: 'Basic is not the only way in',
      sentence: 'RFC 7644 §2: Implementers SHOULD combine the use of basic authentication with other factors.',
      run: async (scim) => {
        const types = listAt(await config(scim), 'authenticationSchemes').map((scheme) => textAt(scheme, 'type'))
        ensure(
          types.some((type) => type !== 'httpbasic'),
          'only httpbasic is offered',
        )
      },
    },
  ],
}
