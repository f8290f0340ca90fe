// From method and path to what is asked (RFC 7644 section 3.2, tables 1 and 2). Endpoints are matched exactly; repeated and
// trailing slashes say nothing, because a tenant URL may end in one (idp-wire EN-10).
import { excerpt, invalidValue, methodNotAllowed, notFound, notImplemented } from '../errors.ts'
import type { ResourceType } from '../schema/resource-type.ts'

/** The discovery endpoints of RFC 7644 section 4. */
export type DiscoveryEndpoint = 'ServiceProviderConfig' | 'ResourceTypes' | 'Schemas'

/** An addressed resource, or the collection of all of a type. */
export type Target =
  | { readonly kind: 'collection'; readonly resourceType: ResourceType }
  | { readonly kind: 'resource'; readonly resourceType: ResourceType; readonly id: string }

/** What a request asks for. `resourceType` of a query is undefined at the service root. */
export type Route =
  | { readonly kind: 'retrieve' | 'replace' | 'modify' | 'delete'; readonly resourceType: ResourceType; readonly id: string }
  | { readonly kind: 'create'; readonly resourceType: ResourceType }
  | { readonly kind: 'query' | 'search'; readonly resourceType: ResourceType | undefined }
  | { readonly kind: 'discovery'; readonly endpoint: DiscoveryEndpoint; readonly name: string | undefined }
  | { readonly kind: 'bulk' }

export type Router = {
  /** @throws ScimError 400 for broken percent-encoding, 404, 405 with Allow, 501 for /Me. */
  readonly route: (method: string, path: string) => Route
  /** What a path of a Bulk operation addresses. @throws ScimError 400, 404. */
  readonly target: (path: string) => Target
}

const READ = ['GET', 'HEAD'] as const
const SEARCH = '.search'

/** @throws Error when two types share an endpoint or one is not a single segment such as `/Users`. */
export function createRouter(resourceTypes: readonly ResourceType[]): Router {
  const types = new Map<string, ResourceType>()
  for (const type of resourceTypes) {
    const [segment, ...more] = segmentsOf(type.endpoint)
    if (segment === undefined || more.length > 0) throw new Error(`The endpoint of ${type.name} must be one segment, such as /Users`)
    if (types.has(segment) || RESERVED.has(segment)) throw new Error(`The endpoint /${segment} is taken`)
    types.set(segment, type)
  }
  return {
    route: (method, path) => routeOf(types, method, segmentsOf(path)),
    target: (path) => targetOf(types, segmentsOf(path)),
  }
}

const DISCOVERY: ReadonlyMap<string, DiscoveryEndpoint> = new Map([
  ['ServiceProviderConfig', 'ServiceProviderConfig'],
  ['ResourceTypes', 'ResourceTypes'],
  ['Schemas', 'Schemas'],
])
const RESERVED: ReadonlySet<string> = new Set([...DISCOVERY.keys(), 'Bulk', 'Me', SEARCH])

/** Segments of a path, each percent-decoded after the split, so that `%2F` stays inside one. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment !== '')
  if (!path.includes('%')) return segments
  try {
    return segments.map(decodeURIComponent)
  } catch {
    throw invalidValue(`The path \`${excerpt(path)}\` is not percent-encoded UTF-8.`)
  }
}

function routeOf(types: ReadonlyMap<string, ResourceType>, method: string, segments: readonly string[]): Route {
  const [first, second] = segments
  if (first === undefined) return onlyFor(READ, method, { kind: 'query', resourceType: undefined })
  const discovery = DISCOVERY.get(first)
  if (discovery !== undefined) return discoveryRoute(discovery, method, segments)
  if (segments.length === 1) {
    if (first === SEARCH) return onlyFor(['POST'], method, { kind: 'search', resourceType: undefined })
    if (first === 'Bulk') return onlyFor(['POST'], method, { kind: 'bulk' })
    if (first === 'Me') throw notImplemented('/Me is not offered: a provisioning token stands for no user.')
  }
  const target = targetOf(types, segments)
  if (target.kind === 'collection') return collectionRoute(target.resourceType, method)
  if (second === SEARCH) return onlyFor(['POST'], method, { kind: 'search', resourceType: target.resourceType })
  return resourceRoute(target.resourceType, target.id, method)
}

function targetOf(types: ReadonlyMap<string, ResourceType>, segments: readonly string[]): Target {
  const [endpoint = '', id, ...more] = segments
  const resourceType = types.get(endpoint)
  if (resourceType === undefined || more.length > 0) {
    throw notFound(
      `There is nothing at \`/${excerpt(segments.join('/'))}\`; the endpoints are ${[...types.keys()].map((name) => `/${name}`).join(', ')}.`,
    )
  }
  return id === undefined ? { kind: 'collection', resourceType } : { kind: 'resource', resourceType, id }
}

function collectionRoute(resourceType: ResourceType, method: string): Route {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { kind: 'query', resourceType }
    case 'POST':
      return { kind: 'create', resourceType }
    default:
      throw refused(method, [...READ, 'POST'])
  }
}

function resourceRoute(resourceType: ResourceType, id: string, method: string): Route {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { kind: 'retrieve', resourceType, id }
    case 'PUT':
      return { kind: 'replace', resourceType, id }
    case 'PATCH':
      return { kind: 'modify', resourceType, id }
    case 'DELETE':
      return { kind: 'delete', resourceType, id }
    default:
      throw refused(method, [...READ, 'PUT', 'PATCH', 'DELETE'])
  }
}

function discoveryRoute(endpoint: DiscoveryEndpoint, method: string, segments: readonly string[]): Route {
  const named = endpoint === 'ServiceProviderConfig' ? 1 : 2
  if (segments.length > named) throw notFound(`There is nothing at \`/${excerpt(segments.join('/'))}\`.`)
  return onlyFor(READ, method, { kind: 'discovery', endpoint, name: segments[1] })
}

function onlyFor(methods: readonly string[], method: string, route: Route): Route {
  if (!methods.includes(method)) throw refused(method, methods)
  return route
}

function refused(method: string, allow: readonly string[]): Error {
  return methodNotAllowed(`${excerpt(method, 20)} is not possible here; use ${allow.join(', ')}.`, allow)
}
