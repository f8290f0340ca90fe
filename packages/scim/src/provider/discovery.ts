// The discovery endpoints (RFC 7644 section 4). Their documents are made once; nothing in them depends on the request.
import { forbidden, notFound } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import {
  discoverySchemas,
  resourceTypeResource,
  type ServiceProviderConfigOptions,
  schemaResource,
  serviceProviderConfig,
} from '../schema/discovery.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { listResponse } from '../query/list-response.ts'
import { type Exchange, understand } from './context.ts'
import type { ScimResponse } from './message.ts'
import { type Body, jsonResponse } from './respond.ts'
import type { Route } from './route.ts'
import type { Caller } from './store.ts'

export type DiscoveryRoute = Extract<Route, { readonly kind: 'discovery' }>

/** All documents as JSON text; the single ones by name in lower case, because URNs have none (RFC 8141 section 2). */
export type Documents = {
  readonly config: string
  readonly lists: Readonly<Record<'ResourceTypes' | 'Schemas', Body>>
  readonly single: Readonly<Record<'ResourceTypes' | 'Schemas', ReadonlyMap<string, string>>>
}

export type DocumentOptions = ServiceProviderConfigOptions & { readonly resourceTypes: readonly ResourceType[] }

export function discoveryDocuments(options: DocumentOptions): Documents {
  const { baseUrl, resourceTypes } = options
  const types = resourceTypes.map((type) => ({ key: type.name, document: resourceTypeResource(type, baseUrl) }))
  const schemas = discoverySchemas(resourceTypes).map((schema) => ({ key: schema.id, document: schemaResource(schema, baseUrl) }))
  return {
    config: JSON.stringify(serviceProviderConfig(options)),
    lists: { ResourceTypes: listOf(types), Schemas: listOf(schemas) },
    single: { ResourceTypes: byName(types), Schemas: byName(schemas) },
  }
}

type Named = { readonly key: string; readonly document: JsonObject }

function listOf(documents: readonly Named[]): Body {
  const resources = documents.map(({ document }) => [JSON.stringify(document)])
  return listResponse({ total: documents.length, startIndex: 1, nextCursor: undefined, resources })
}

function byName(documents: readonly Named[]): ReadonlyMap<string, string> {
  return new Map(documents.map(({ key, document }) => [key.toLowerCase(), JSON.stringify(document)]))
}

/**
 * Sorting, paging and projection are ignored here, a filter is refused (RFC 7644 section 4).
 * @throws ScimError 403, 404.
 */
export function answerDiscovery<C extends Caller>(
  documents: Documents,
  exchange: Exchange<C>,
  { endpoint, name }: DiscoveryRoute,
): ScimResponse {
  if (understand(exchange).parameters.has('filter')) throw forbidden('Discovery endpoints cannot be filtered; ask for the whole list.')
  if (endpoint === 'ServiceProviderConfig') return jsonResponse(200, exchange.type, documents.config)
  if (name === undefined) return jsonResponse(200, exchange.type, documents.lists[endpoint])
  const document = documents.single[endpoint].get(name.toLowerCase())
  if (document === undefined) throw notFound(`There is nothing of this name; GET /${endpoint} lists all.`)
  return jsonResponse(200, exchange.type, document)
}
