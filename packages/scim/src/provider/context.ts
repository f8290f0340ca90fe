// What every handler needs: the provider's parts, and one request as far as it is understood.
import { payloadTooLarge, ScimError } from '../errors.ts'
import { type Json, parseJson } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { Profile } from '../patch/profile.ts'
import type { CursorCodec } from '../query/cursor.ts'
import { parseQueryString } from '../query/query-string.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { checkContentType, type MediaType } from './media-type.ts'
import type { ScimRequest } from './message.ts'
import type { Caller, Operation, Store } from './store.ts'

/** The parts of a provider. */
export type Context<C extends Caller> = {
  /** Service root without trailing slash, the only source of locations. */
  readonly baseUrl: string
  readonly resourceTypes: readonly ResourceType[]
  readonly store: Store<C>
  readonly cursors: CursorCodec<C>
  readonly limits: Limits
  readonly newId: () => string
  readonly now: () => Date
}

/** One request with its caller and the media type of its answer. */
export type Exchange<C extends Caller> = { readonly request: ScimRequest; readonly caller: C; readonly type: MediaType }

/** The query string of a request and the dialect that it tells. */
export type Understood = { readonly parameters: ReadonlyMap<string, string>; readonly profile: Profile }

/** Entra's flag in a tenant URL; a request that carries it is Entra's (compat-decisions, layer 3). */
const ENTRA_MARK = 'aadoptscim062020'

/** @throws ScimError 400 for a query string that cannot be read. */
export function understand<C extends Caller>({ request, caller }: Exchange<C>): Understood {
  const parameters = parseQueryString(request.query)
  const isMarked = caller.profile === 'generic' && parameters.has(ENTRA_MARK)
  return { parameters, profile: isMarked ? 'entra' : caller.profile }
}

/** The JSON body of a request. @throws ScimError 413, 415, 400 invalidSyntax. */
export function readBody(request: ScimRequest, bytesMax: number, { jsonDepthMax }: Limits): Json {
  const body = request.body ?? new Uint8Array()
  if (body.length > bytesMax) throw payloadTooLarge(`The body has ${body.length} bytes; at most ${bytesMax} are accepted.`)
  checkContentType(request.header('content-type'))
  return parseJson(body, { depthMax: jsonDepthMax })
}

/**
 * Runs one operation and tells the store when it is refused or fails. `attempt.operation` may be replaced while more of the
 * request is understood.
 */
export async function guarded<C extends Caller, T>(
  store: Store<C>,
  attempt: { operation: Operation<C> },
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    await (error instanceof ScimError ? store.refused(attempt.operation, error) : store.refused(attempt.operation, undefined, error))
    throw error
  }
}
