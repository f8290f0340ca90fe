// Queries: GET on a type's endpoint or the service root, and POST to /.search (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).
import { fingerprint, readCursor, writeCursor } from '../query/cursor.ts'
import { listResponse } from '../query/list-response.ts'
import { type SearchRequest, searchFromBody, searchFromParameters } from '../query/search-request.ts'
import { resolveSelections } from '../query/selections.ts'
import { parseProjection } from '../resource/projection.ts'
import { type Context, type Exchange, guarded, readBody, understand } from './context.ts'
import type { ScimResponse } from './message.ts'
import { resourceBody, wantedIn } from './resource-body.ts'
import { jsonResponse } from './respond.ts'
import type { Route } from './route.ts'
import type { Caller, Operation, Page, Query } from './store.ts'

export type QueryRoute = Extract<Route, { readonly kind: 'query' | 'search' }>

export async function answerQuery<C extends Caller>(context: Context<C>, exchange: Exchange<C>, route: QueryRoute): Promise<ScimResponse> {
  const { caller, request } = exchange
  const { resourceType } = route
  const attempt: { operation: Operation<C> } = { operation: { caller, kind: 'query', resourceType, id: undefined, compat: new Set() } }
  return guarded(context.store, attempt, async () => {
    const { parameters, profile } = understand(exchange)
    const search =
      route.kind === 'query'
        ? searchFromParameters(parameters, context.limits)
        : searchFromBody(readBody(request, context.limits.bodyBytesMax, context.limits), context.limits)
    if (search.filter !== undefined) attempt.operation = { ...attempt.operation, filter: search.filter }
    return runQuery(context, { search, profile, exchange, operation: attempt.operation })
  })
}

type Asked<C extends Caller> = {
  readonly search: SearchRequest
  readonly profile: Caller['profile']
  readonly exchange: Exchange<C>
  readonly operation: Operation<C>
}

async function runQuery<C extends Caller>(context: Context<C>, { search, profile, exchange, operation }: Asked<C>): Promise<ScimResponse> {
  const { limits, store, baseUrl } = context
  const resourceTypes = operation.resourceType === undefined ? context.resourceTypes : [operation.resourceType]
  const options = { limits, profile, compat: operation.compat }
  const projection = parseProjection(search, resourceTypes, options)
  const selections = resolveSelections(resourceTypes, search, options)
  const paging = pagingOf(context, exchange.caller, { search, endpoint: operation.resourceType?.endpoint ?? '/' })
  const query: Query = {
    selections,
    sorted: search.sortBy === undefined ? undefined : search.sortOrder,
    page: paging.page,
    count: search.count,
    wanted: exchange.request.method === 'HEAD' ? new Set() : wantedIn(projection, resourceTypes),
  }
  const page = await store.query(operation, query)
  const body = listResponse({
    total: page.total,
    startIndex: search.page.kind === 'index' ? search.page.startIndex : undefined,
    nextCursor: paging.nextCursor(page),
    resources: page.resources.map((stored) => resourceBody(stored, { baseUrl, projection })),
  })
  return jsonResponse(200, exchange.type, body)
}

type Paging = { readonly page: Query['page']; readonly nextCursor: (page: Page) => string | undefined }

/** A cursor is bound to everything that decides what the pages hold; `count` is told apart because it has an error of its own. */
function pagingOf<C extends Caller>(context: Context<C>, caller: C, asked: { search: SearchRequest; endpoint: string }): Paging {
  const { search, endpoint } = asked
  const { page, count } = search
  if (page.kind === 'index') return { page: { kind: 'index', skip: page.startIndex - 1 }, nextCursor: () => undefined }
  const { cursors, limits, now } = context
  const time = now().getTime()
  const { filter, sortBy, sortOrder, attributes, excludedAttributes } = search
  const query = fingerprint(JSON.stringify([endpoint, filter, sortBy, sortOrder, attributes, excludedAttributes]))
  const expected = { query, count, now: time, timeoutSeconds: limits.cursorTimeoutSeconds }
  const after = page.cursor === '' ? undefined : readCursor(cursors.open(caller, page.cursor), expected)
  return {
    page: { kind: 'cursor', after },
    // A page of nothing leads nowhere: its successor would be the same page again.
    nextCursor: ({ next }) =>
      next === undefined || count === 0 ? undefined : cursors.seal(caller, writeCursor({ query, count, issuedAt: time, position: next })),
  }
}
