// /scim/v2 on the wire: who asks, how often they may, and then the protocol. Discovery needs the token too: what a deployment offers is
// nobody else's business, and IdPs send their token anyway (a deliberate departure from a SHOULD of RFC 7643 section 5).
import { errorResponse, ScimError, type ScimResponse } from '@plur-enterprise/scim'
import type { AuditBuffer } from '../audit/buffer.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Authentication, Credentials, Refusal, ScimAuthenticator } from '../auth/authenticate.ts'
import type { ActivityKind, ScimActivity } from '../auth/scim-activity.ts'
import type { PresentedToken } from '../auth/scim-tokens.ts'
import type { TokenUses } from '../auth/token-uses.ts'
import { type ErrorForm, HttpError, type HttpRequest, type HttpResponse, type Route } from '../http/message.ts'
import { networkOf } from '../http/rate-limit.ts'
import type { Clock } from '../primitives/clock.ts'
import { type Attempt, type AttemptOptions, begin, bodyOf, mayBeginEarly, tooManyRequests, userAgentOf } from './attempt.ts'
import { auditContext, type ScimCaller } from './caller.ts'
import { discovered, refusedBefore } from './events-before.ts'
import { locate, type Place } from './place.ts'

/** Failed authentications a second from one address, in the long run; ten seconds' worth may come at once. */
const FAILURES_PER_SECOND = 5

export type ScimRoutesOptions = AttemptOptions & {
  readonly authenticator: ScimAuthenticator
  readonly audit: AuditBuffer
  readonly uses: TokenUses
  readonly activity: ScimActivity
  readonly clock: Clock
  /** Where failed authentications are recorded that belong to no organisation. */
  readonly operator: { readonly orgId: string; readonly org: string }
}

/** The errors that the server itself makes, as RFC 7644 section 3.12 wants all of them. */
export const scimErrorForm: ErrorForm = {
  prefix: '/scim',
  render: ({ status, detail, keyword, headers = {} }, accept) =>
    errorResponse(new ScimError(status, detail, { headers, ...(keyword === 'tooMany' ? { scimType: keyword } : {}) }), accept),
}

export function createScimRoute(options: ScimRoutesOptions): Route {
  return { pattern: '/scim/*', handle: (request) => answer(options, request) }
}

async function answer(options: ScimRoutesOptions, request: HttpRequest): Promise<HttpResponse> {
  const place = locate(request.path)
  request.note({ route: place.template })
  const { presumed, verdict } = options.authenticator.authenticate(credentialsOf(request))
  const body = bodyOf(options, request, place)
  const early =
    presumed !== undefined && mayBeginEarly(options, request, { place, token: presumed })
      ? begin(options, request, { place, token: presumed, admitted: isAbout(presumed, verdict), isCounted: true, body })
      : undefined
  const authentication = await verdict
  if (authentication.kind === 'refused') return refuse(options, request, authentication)
  const { token } = authentication
  request.note({ principal: { kind: 'scim_token', id: token.id } })
  if (early?.token === token) return conclude(options, request, early)
  // What was begun for a token that has changed since is of no use.
  const isCounted = early !== undefined
  return conclude(options, request, begin(options, request, { place, token, admitted: Promise.resolve(true), isCounted, body }))
}

const isAbout = (presumed: PresentedToken, verdict: Promise<Authentication>): Promise<boolean> =>
  verdict.then(
    (authentication) => authentication.kind === 'known' && authentication.token === presumed,
    () => false,
  )

/** Records what came of a request whose token is good, and answers it. @throws what it failed with. */
async function conclude(options: ScimRoutesOptions, request: HttpRequest, attempt: Attempt): Promise<HttpResponse> {
  const { audit } = options
  const { place, caller } = attempt
  const outcome = await attempt.outcome
  for (const event of caller.trail.reads) audit.recordRead(auditContext(caller), event)
  for (const event of caller.trail.late) audit.record(auditContext(caller), event)
  if (outcome.kind === 'failed') {
    const { error } = outcome
    if (error instanceof HttpError) audit.record(auditContext(caller), refusedBefore({ method: request.method, place }, error.failure))
    noteUse(options, request, { place, caller, status: error instanceof HttpError ? error.failure.status : 500 })
    throw error
  }
  const { response } = outcome
  if (!caller.trail.recorded) recordAside(audit, caller, { method: request.method, place, response })
  noteUse(options, request, { place, caller, status: response.status })
  return response
}

/** For admins: when the token was used, from where and with which outcome, and how much it does. */
function noteUse(
  { uses, activity, clock }: ScimRoutesOptions,
  { method }: HttpRequest,
  { place, caller, status }: { place: Place; caller: ScimCaller; status: number },
): void {
  const { orgId, token, ip, userAgent } = caller
  const at = clock.now()
  uses.note({ orgId, id: token.id, at, ip, userAgent, status })
  activity.count({ orgId, tokenId: token.id, at, kind: activityKind(status, isRead(method, place)) })
}

const isRead = (method: string, { isSearch }: Place) => isSearch || method === 'GET' || method === 'HEAD'

function activityKind(status: number, read: boolean): ActivityKind {
  if (status >= 500) return 'failed'
  if (status >= 400) return 'refused'
  return read ? 'read' : 'change'
}

/** Discovery, and what was refused before it became an operation: unknown paths, wrong methods, a Bulk as a whole. */
function recordAside(
  audit: AuditBuffer,
  caller: ScimCaller,
  { method, place, response }: { method: string; place: Place; response: ScimResponse },
): void {
  const { status, body } = response
  if (status >= 400) audit.record(auditContext(caller), refusedBefore({ method, place }, { status, detail: detailOf(body) }))
  else audit.recordRead(auditContext(caller), discovered(place))
}

function detailOf(body: ScimResponse['body']): string {
  const error: unknown = typeof body === 'string' ? JSON.parse(body) : undefined
  return typeof error === 'object' && error !== null && 'detail' in error ? String(error.detail) : ''
}

function credentialsOf(request: HttpRequest): Credentials {
  return {
    authorization: request.headerValues('authorization'),
    hasCookie: request.header('cookie') !== undefined,
    hasQueryToken: `&${request.query}`.includes('&access_token='),
  }
}

async function refuse(options: ScimRoutesOptions, request: HttpRequest, refusal: Refusal): Promise<HttpResponse> {
  const { audit, limiter, keepAddress, activity, clock } = options
  const { reason, tried, status, detail, challenge } = refusal
  if (tried !== undefined && isHolder(refusal)) activity.count({ orgId: tried.orgId, tokenId: tried.id, at: clock.now(), kind: 'refused' })
  const target = { kind: 'scim_token', ...(tried === undefined ? {} : { id: tried.id, name: tried.name }) }
  audit.recordFailure(failureContext(options, request, refusal), reason, target)
  const accept = request.header('accept')
  if (isGuess(refusal)) {
    const verdict = await limiter.take(`auth:${keepAddress(networkOf(request.address))}`, FAILURES_PER_SECOND)
    if (verdict.kind === 'limited') return errorResponse(tooManyRequests(TOO_MANY_FAILURES, verdict.retryAfterSeconds), accept)
  }
  return errorResponse(new ScimError(status, detail, { headers: { 'WWW-Authenticate': challenge } }), accept)
}

/** Something was tried; leaving the credentials out is no attack. */
function isGuess({ reason }: Refusal): boolean {
  return reason !== 'missing' && reason !== 'cookie'
}

/** The secret was right, but its time is over. */
function isHolder({ reason }: Refusal): boolean {
  return reason === 'revoked' || reason === 'expired'
}

function failureContext(options: ScimRoutesOptions, request: HttpRequest, refusal: Refusal): AuditContext {
  const { tried } = refusal
  const { orgId, org } = tried ?? options.operator
  return {
    orgId,
    org,
    actor: tried !== undefined && isHolder(refusal) ? { kind: 'scim_token', id: tried.id, name: tried.name } : { kind: 'unknown' },
    channel: 'scim',
    ip: options.keepAddress(request.address),
    userAgent: userAgentOf(request),
    requestId: request.id,
  }
}

const TOO_MANY_FAILURES = 'Too many failed authentications from this address.'
