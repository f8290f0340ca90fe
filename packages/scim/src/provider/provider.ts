// The SCIM service provider: requests in, responses out, everything kept behind a Store. Knows no HTTP library and no database.
import { ScimError } from '../errors.ts'
import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import type { CursorCodec } from '../query/cursor.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { answerBulk } from './bulk.ts'
import type { Context, Exchange } from './context.ts'
import { answerDiscovery, type Documents, discoveryDocuments } from './discovery.ts'
import { negotiate } from './media-type.ts'
import type { ScimRequest, ScimResponse } from './message.ts'
import { answerResource } from './resources.ts'
import { errorResponse, withoutBody } from './respond.ts'
import { createRouter, type Router } from './route.ts'
import { answerQuery } from './search.ts'
import type { Caller, Store } from './store.ts'

export type ProviderOptions<C extends Caller> = {
  /** Absolute URL of the service root, such as `https://example.com/scim/v2`; the only source of locations. */
  readonly baseUrl: string
  readonly resourceTypes: readonly ResourceType[]
  readonly store: Store<C>
  readonly cursors: CursorCodec<C>
  /** What differs from DEFAULT_LIMITS. */
  readonly limits?: Partial<Limits>
  /** Ids of new resources; random UUIDs unless given. */
  readonly newId?: () => string
  readonly now?: () => Date
  /** Where people read how to connect; published in the ServiceProviderConfig. */
  readonly documentationUri?: string
}

export type Provider<C extends Caller> = {
  /**
   * Answers one request of an authenticated caller. Refusals are responses; what is thrown is a bug or an outage, of which the
   * store was told before.
   */
  readonly handle: (request: ScimRequest, caller: C) => Promise<ScimResponse>
}

/** @throws Error when the options contradict themselves. */
export function createProvider<C extends Caller>(options: ProviderOptions<C>): Provider<C> {
  const context: Context<C> = {
    baseUrl: checkedBaseUrl(options.baseUrl),
    resourceTypes: options.resourceTypes,
    store: options.store,
    cursors: options.cursors,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    newId: options.newId ?? (() => crypto.randomUUID()),
    now: options.now ?? (() => new Date()),
  }
  const parts: Parts<C> = {
    context,
    router: createRouter(options.resourceTypes),
    documents: discoveryDocuments({ ...context, documentationUri: options.documentationUri }),
  }
  return { handle: (request, caller) => handle(parts, request, caller) }
}

type Parts<C extends Caller> = { readonly context: Context<C>; readonly router: Router; readonly documents: Documents }

async function handle<C extends Caller>(parts: Parts<C>, request: ScimRequest, caller: C): Promise<ScimResponse> {
  const response = await answerOrRefuse(parts, request, caller)
  return request.method === 'HEAD' ? withoutBody(response) : response
}

async function answerOrRefuse<C extends Caller>(parts: Parts<C>, request: ScimRequest, caller: C): Promise<ScimResponse> {
  const accept = request.header('accept')
  try {
    return await answer(parts, { request, caller, type: negotiate(accept) })
  } catch (error) {
    if (error instanceof ScimError) return errorResponse(error, accept)
    throw error
  }
}

async function answer<C extends Caller>({ context, router, documents }: Parts<C>, exchange: Exchange<C>): Promise<ScimResponse> {
  const { method, path } = exchange.request
  const route = router.route(method, path)
  switch (route.kind) {
    case 'query':
    case 'search':
      return answerQuery(context, exchange, route)
    case 'discovery':
      return answerDiscovery(documents, exchange, route)
    case 'bulk':
      return answerBulk(context, exchange, router)
    case 'retrieve':
    case 'create':
    case 'replace':
    case 'modify':
    case 'delete':
      return answerResource(context, exchange, route)
  }
}

function checkedBaseUrl(text: string): string {
  const url = new URL(text)
  if (url.search !== '' || url.hash !== '') throw new Error(`The service root ${text} must have neither query nor fragment`)
  return text.endsWith('/') ? text.slice(0, -1) : text
}
