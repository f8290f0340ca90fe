// Requests on one resource, and creations (RFC 7644 sections 3.3 to 3.6), from the request to the response.
import { notFound } from '../errors.ts'
import { projectionFromParameters } from '../query/search-request.ts'
import { parseProjection, type Projection } from '../resource/projection.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { entityTag, isNotModified, parseConditions, writePrecondition } from './conditional.ts'
import { type Context, type Exchange, guarded, readBody, understand } from './context.ts'
import { locationOf } from './location.ts'
import type { ScimResponse } from './message.ts'
import { resourceBody, wantedIn } from './resource-body.ts'
import { emptyResponse, jsonResponse } from './respond.ts'
import type { Route } from './route.ts'
import type { Caller, Operation, StoredResource } from './store.ts'
import {
  createResource,
  deleteResource,
  modifyResource,
  replaceResource,
  type WriteResult,
  type WriteTarget,
  type Writing,
} from './write.ts'

export type ResourceRoute = Extract<Route, { readonly kind: 'retrieve' | 'create' | 'replace' | 'modify' | 'delete' }>

export async function answerResource<C extends Caller>(
  context: Context<C>,
  exchange: Exchange<C>,
  route: ResourceRoute,
): Promise<ScimResponse> {
  const operation = operationOf(exchange.caller, route)
  return guarded(context.store, { operation }, () => {
    const asked: Asked<C> = { context, exchange, operation, ...understood({ context, exchange, operation }, route.resourceType) }
    switch (route.kind) {
      case 'retrieve':
        return retrieve(asked, route)
      case 'create':
        return create(asked, route)
      case 'replace':
        return replace(asked, route)
      case 'modify':
        return modify(asked, route)
      case 'delete':
        return remove(asked, route)
    }
  })
}

function operationOf<C extends Caller>(caller: C, route: ResourceRoute): Operation<C> {
  const { kind, resourceType } = route
  const id = kind === 'create' ? undefined : route.id
  return { caller, kind: kind === 'retrieve' ? 'read' : kind, resourceType, id, compat: new Set() }
}

/** What is understood of a request before its body is looked at. */
type Asked<C extends Caller> = {
  readonly context: Context<C>
  readonly exchange: Exchange<C>
  readonly operation: Operation<C>
  readonly profile: Caller['profile']
  readonly projection: Projection
}

type Addressed = { readonly resourceType: ResourceType; readonly id: string }

function understood<C extends Caller>(
  { context, exchange, operation }: Pick<Asked<C>, 'context' | 'exchange' | 'operation'>,
  resourceType: ResourceType,
): Pick<Asked<C>, 'profile' | 'projection'> {
  const { parameters, profile } = understand(exchange)
  const options = { limits: context.limits, profile, compat: operation.compat }
  return { profile, projection: parseProjection(projectionFromParameters(parameters), [resourceType], options) }
}

async function retrieve<C extends Caller>(
  { context, exchange, operation, projection }: Asked<C>,
  { resourceType, id }: Addressed,
): Promise<ScimResponse> {
  const { request, type } = exchange
  const conditions = parseConditions(request.header)
  const wanted = request.method === 'HEAD' ? new Set<string>() : wantedIn(projection, [resourceType])
  const stored = await context.store.find(operation, resourceType, id, wanted)
  if (stored === undefined) throw notFound(`There is no ${resourceType.name} with this id.`)
  const headers = headersOf(context, stored)
  if (isNotModified(conditions, stored.version)) return emptyResponse(304, headers)
  return jsonResponse(200, type, resourceBody(stored, { baseUrl: context.baseUrl, projection }), headers)
}

async function create<C extends Caller>(asked: Asked<C>, { resourceType }: { readonly resourceType: ResourceType }): Promise<ScimResponse> {
  const { context, exchange } = asked
  const target = { resourceType, id: context.newId(), precondition: undefined }
  const result = await createResource(writingOf(asked, wantedIn(asked.projection, [resourceType])), target, bodyOf(context, exchange))
  return writtenResponse(asked, 201, result)
}

async function replace<C extends Caller>(asked: Asked<C>, addressed: Addressed): Promise<ScimResponse> {
  const { context, exchange, projection } = asked
  const writing = writingOf(asked, wantedIn(projection, [addressed.resourceType]))
  return writtenResponse(asked, 200, await replaceResource(writing, targetOf(exchange, addressed), bodyOf(context, exchange)))
}

/**
 * Types with collections answer without a body, because a group may have a million members, unless the request asks for attributes
 * (RFC 7644 section 3.5.2; idp-wire RC-6, RC-7).
 */
async function modify<C extends Caller>(asked: Asked<C>, addressed: Addressed): Promise<ScimResponse> {
  const { context, exchange, projection } = asked
  const isShown = projection.kind !== 'default' || answersPatchWithBody(addressed.resourceType)
  const writing = writingOf(asked, isShown ? wantedIn(projection, [addressed.resourceType]) : new Set())
  const result = await modifyResource(writing, targetOf(exchange, addressed), bodyOf(context, exchange))
  return isShown ? writtenResponse(asked, 200, result) : emptyResponse(204, { ETag: entityTag(result.stored.version) })
}

/** Whether a PATCH without parameters is answered 200 with the resource instead of 204. */
export function answersPatchWithBody({ collections }: ResourceType): boolean {
  return collections.length === 0
}

async function remove<C extends Caller>(asked: Asked<C>, addressed: Addressed): Promise<ScimResponse> {
  await deleteResource(writingOf(asked, new Set()), targetOf(asked.exchange, addressed))
  return emptyResponse(204)
}

function writingOf<C extends Caller>({ context, operation, profile }: Asked<C>, wanted: ReadonlySet<string>): Writing<C> {
  return { store: context.store, operation, profile, limits: context.limits, wanted }
}

function targetOf<C extends Caller>({ request }: Exchange<C>, { resourceType, id }: Addressed): WriteTarget {
  return { resourceType, id, precondition: writePrecondition(parseConditions(request.header)) }
}

function bodyOf<C extends Caller>({ limits }: Context<C>, { request }: Exchange<C>) {
  return readBody(request, limits.bodyBytesMax, limits)
}

function writtenResponse<C extends Caller>({ context, exchange, projection }: Asked<C>, status: number, result: WriteResult): ScimResponse {
  const { stored, requested } = result
  return jsonResponse(
    status,
    exchange.type,
    resourceBody(stored, { baseUrl: context.baseUrl, projection, requested }),
    headersOf(context, stored),
  )
}

function headersOf<C extends Caller>(
  { baseUrl }: Context<C>,
  { resourceType, id, version }: StoredResource,
): Readonly<Record<string, string>> {
  const location = locationOf(baseUrl, resourceType, id)
  return { ETag: entityTag(version), Location: location, 'Content-Location': location }
}
