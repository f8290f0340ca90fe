// A request on behalf of a token, up to its answer: how often it may come, its body, and then the protocol. It may begin before it is certain
// that the token is good: it reads then, and waits with whatever changes or records anything (docs/decisions/0029-reads-before-the-verdict.md).
import { errorResponse, invalidVersion, type Limits, ScimError, type ScimRequest, type ScimResponse } from '@plur-enterprise/scim'
import type { KeepAddress } from '../audit/addresses.ts'
import type { PresentedToken } from '../auth/scim-tokens.ts'
import type { HttpRequest } from '../http/message.ts'
import type { RateLimiter } from '../http/rate-limit.ts'
import type { ScimCaller } from './caller.ts'
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
  /** The body within a limit of bytes, however often it is asked for. */
  readonly body: (bytesMax: number) => Promise<Buffer | undefined>
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
  { limiter, limits, handle }: AttemptOptions,
  request: HttpRequest,
  { asking: { place, token, body }, caller }: { asking: Asking; caller: ScimCaller },
): Promise<ScimResponse> {
  const { method, query, header } = request
  const { ratePerSecond } = token
  const verdict = ratePerSecond === null ? undefined : await limiter.take(`scim:${token.id}`, ratePerSecond)
  if (verdict?.kind === 'limited') {
    return errorResponse(tooManyRequests('Too many requests with this token.', verdict.retryAfterSeconds), header('accept'))
  }
  if (!place.supported) return errorResponse(invalidVersion('This server speaks SCIM 2.0, at /scim/v2.'), header('accept'))
  const bytes = await body(place.isBulk ? limits.bulkBytesMax : limits.bodyBytesMax)
  return handle({ method, path: place.path, query, header, body: bytes }, caller)
}

function callerOf(
  { keepAddress }: AttemptOptions,
  request: HttpRequest,
  { token, admitted }: Pick<Asking, 'token' | 'admitted'>,
): ScimCaller {
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
    trail: { recorded: false, reads: [] },
  }
}

export const userAgentOf = (request: HttpRequest): string | undefined => request.header('user-agent')?.slice(0, USER_AGENT_LENGTH_MAX)

/** RFC 6585 section 4. */
export function tooManyRequests(reason: string, seconds: number): ScimError {
  return new ScimError(429, `${reason} Try again in ${seconds} seconds.`, { headers: { 'Retry-After': String(seconds) } })
}
