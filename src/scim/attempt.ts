// A request on behalf of a token, up to its answer: how often it may come, its body, and then the protocol. It may begin before it is certain
// that the token is good: it reads then, and waits with whatever changes or records anything (docs/decisions/0029-reads-before-the-verdict.md).
import { errorResponse, invalidVersion, type Limits, ScimError, type ScimRequest, type ScimResponse } from '@plur-enterprise/scim'
import type { KeepAddress } from '../audit/addresses.ts'
import type { PresentedToken } from '../auth/scim-tokens.ts'
import type { HttpRequest } from '../http/message.ts'
import type { RateLimiter } from '../http/rate-limit.ts'
import { refuseDropped, type ScimCaller } from './caller.ts'
import type { Place } from './place.ts'

const USER_AGENT_LENGTH_MAX = 512

export type AttemptOptions = {
  readonly handle: (request: ScimRequest, caller: ScimCaller) => Promise<ScimResponse>
  readonly limiter: RateLimiter
  readonly keepAddress: KeepAddress
  readonly limits: Pick<Limits, 'bodyBytesMax' | 'bulkBytesMax'>
}

export type Outcome =
  | { readonly kind: 'answered'; readonly response: ScimResponse }
  /** With what was thrown: an outage, a bug, or a body that could not be read. */
  | { readonly kind: 'failed'; readonly error: unknown }

export type Attempt = {
  readonly place: Place
  readonly token: PresentedToken
  readonly caller: ScimCaller
  /** Never rejects. */
  readonly outcome: Promise<Outcome>
}

/** What an attempt is made of. */
export type Asking = {
  readonly place: Place
  readonly token: PresentedToken
  /** Whether the token is good, and still what it was. An attempt that is not admitted changes nothing, and its outcome means nothing. */
  readonly admitted: Promise<boolean>
  /** The request has its place in the token's rate limit already. */
  readonly isCounted: boolean
  /** The body, however often it is asked for. */
  readonly body: () => Promise<Buffer | undefined>
}

/** A longer body is not read before the verdict: nobody whose token is dead shall make the server keep it. */
const EARLY_BODY_BYTES_MAX = 64 * 1024

/** Whether a request may begin before the verdict on its token. If so, it has taken its place in the rate limit, for which no database was asked. */
export function mayBeginEarly(
  { limiter }: AttemptOptions,
  request: HttpRequest,
  { place, token }: { place: Place; token: PresentedToken },
): boolean {
  if (place.isBulk || request.header('transfer-encoding') !== undefined) return false
  if (Number(request.header('content-length') ?? 0) > EARLY_BODY_BYTES_MAX) return false
  return token.ratePerSecond === null || limiter.takeHeld(rateKey(token))
}

/** The body of a request, once somebody wants it. */
export function bodyOf({ limits }: AttemptOptions, request: HttpRequest, place: Place): Asking['body'] {
  let reading: Promise<Buffer | undefined> | undefined
  return () => (reading ??= request.body(place.isBulk ? limits.bulkBytesMax : limits.bodyBytesMax))
}

export function begin(options: AttemptOptions, request: HttpRequest, asking: Asking): Attempt {
  const { place, token } = asking
  const caller = callerOf(options, request, asking)
  const outcome = answered(options, request, { asking, caller }).then(
    (response): Outcome => ({ kind: 'answered', response }),
    (error: unknown): Outcome => ({ kind: 'failed', error }),
  )
  return { place, token, caller, outcome }
}

async function answered(
  { limiter, handle }: AttemptOptions,
  request: HttpRequest,
  { asking: { place, token, isCounted, body }, caller }: { asking: Asking; caller: ScimCaller },
): Promise<ScimResponse> {
  const { method, query, header } = request
  const { ratePerSecond } = token
  const verdict = isCounted || ratePerSecond === null ? undefined : await limiter.take(rateKey(token), ratePerSecond)
  if (verdict?.kind === 'limited') {
    return errorResponse(tooManyRequests('Too many requests with this token.', verdict.retryAfterSeconds), header('accept'))
  }
  if (!place.supported) return errorResponse(invalidVersion('This server speaks SCIM 2.0, at /scim/v2.'), header('accept'))
  const bytes = await body()
  refuseDropped(caller)
  return handle({ method, path: place.path, query, header, body: bytes }, caller)
}

const rateKey = ({ id }: PresentedToken) => `scim:${id}`

function callerOf(
  { keepAddress }: AttemptOptions,
  request: HttpRequest,
  { token, admitted }: Pick<Asking, 'token' | 'admitted'>,
): ScimCaller {
  let dropped = false
  const watch = async () => {
    dropped = !(await admitted)
  }
  void watch()
  const { orgId, org, id, name, idp, externalIdImmutable, secretHash } = token
  return {
    profile: idp,
    orgId,
    org,
    token: { id, name, externalIdImmutable, secretHash },
    requestId: request.id,
    ip: keepAddress(request.address),
    userAgent: userAgentOf(request),
    receivedAt: request.receivedAt,
    admitted,
    isDropped: () => dropped,
    trail: { recorded: false, reads: [], late: [] },
  }
}

export const userAgentOf = (request: HttpRequest): string | undefined => request.header('user-agent')?.slice(0, USER_AGENT_LENGTH_MAX)

/** RFC 6585 section 4. */
export function tooManyRequests(reason: string, seconds: number): ScimError {
  return new ScimError(429, `${reason} Try again in ${seconds} seconds.`, { headers: { 'Retry-After': String(seconds) } })
}
