// /scim/v2 on the wire: who asks, how often they may, and then the protocol. Discovery needs the token too: what a deployment offers is
// nobody else's business, and IdPs send their token anyway (a deliberate departure from a SHOULD of RFC 7643 section 5).
import { errorResponse, invalidVersion, type Limits, ScimError, type ScimRequest, type ScimResponse } from '@plur-enterprise/scim'
import type { KeepAddress } from '../audit/addresses.ts'
import type { AuditBuffer } from '../audit/buffer.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Credentials, Refusal, ScimAuthenticator } from '../auth/authenticate.ts'
import type { ActivityKind, ScimActivity } from '../auth/scim-activity.ts'
import type { PresentedToken } from '../auth/scim-tokens.ts'
import type { TokenUses } from '../auth/token-uses.ts'
import { type ErrorForm, HttpError, type HttpRequest, type HttpResponse, type Route } from '../http/message.ts'
import { networkOf, type RateLimiter } from '../http/rate-limit.ts'
import type { Clock } from '../primitives/clock.ts'
import { auditContext, type ScimCaller } from './caller.ts'
import { discovered, refusedBefore } from './events-before.ts'
import { locate, type Place } from './place.ts'

/** Failed authentications a second from one address, in the long run; ten seconds' worth may come at once. */
const FAILURES_PER_SECOND = 5
const USER_AGENT_LENGTH_MAX = 512

export type ScimRoutesOptions = {
  readonly handle: (request: ScimRequest, caller: ScimCaller) => Promise<ScimResponse>
  readonly authenticator: ScimAuthenticator
  readonly limiter: RateLimiter
  readonly audit: AuditBuffer
  readonly uses: TokenUses
  readonly activity: ScimActivity
  readonly keepAddress: KeepAddress
  readonly clock: Clock
  readonly limits: Pick<Limits, 'bodyBytesMax' | 'bulkBytesMax'>
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
  const authentication = await options.authenticator.authenticate(credentialsOf(request))
  if (authentication.kind === 'refused') return refuse(options, request, authentication)
  const { token } = authentication
  request.note({ principal: { kind: 'scim_token', id: token.id } })
  const caller = callerOf(options, request, token)
  const note = (status: number) => noteUse(options, request, { place, caller, status })
  try {
    const response = await answerKnown(options, request, { place, caller, ratePerSecond: token.ratePerSecond })
    note(response.status)
    return response
  } catch (error) {
    note(error instanceof HttpError ? error.failure.status : 500)
    throw error
  }
}

async function answerKnown(
  options: ScimRoutesOptions,
  request: HttpRequest,
  { place, caller, ratePerSecond }: { place: Place; caller: ScimCaller; ratePerSecond: number | null },
): Promise<HttpResponse> {
  const verdict = ratePerSecond === null ? undefined : await options.limiter.take(`scim:${caller.token.id}`, ratePerSecond)
  if (verdict?.kind === 'limited') return refuseLater(options, request, { place, caller, seconds: verdict.retryAfterSeconds })
  return handle(options, request, { place, caller })
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

/** The request as the protocol sees it. */
async function handle(
  { handle, limits, audit }: ScimRoutesOptions,
  request: HttpRequest,
  { place, caller }: { place: Place; caller: ScimCaller },
): Promise<HttpResponse> {
  const accept = request.header('accept')
  if (!place.supported) return errorResponse(invalidVersion('This server speaks SCIM 2.0, at /scim/v2.'), accept)
  const { method, query, header } = request
  try {
    const body = await request.body(place.isBulk ? limits.bulkBytesMax : limits.bodyBytesMax)
    const scim = { method, path: place.path, query, header, body }
    const response = await handle(scim, caller)
    if (!caller.trail.recorded) recordAside(audit, caller, { method, place, response })
    return response
  } catch (error) {
    if (error instanceof HttpError) audit.record(auditContext(caller), refusedBefore({ method, place }, error.failure))
    throw error
  }
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

function callerOf({ keepAddress }: ScimRoutesOptions, request: HttpRequest, token: PresentedToken): ScimCaller {
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
    trail: { recorded: false },
  }
}

const userAgentOf = (request: HttpRequest) => request.header('user-agent')?.slice(0, USER_AGENT_LENGTH_MAX)

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

function refuseLater(
  { audit }: ScimRoutesOptions,
  request: HttpRequest,
  { place, caller, seconds }: { place: Place; caller: ScimCaller; seconds: number },
): HttpResponse {
  const error = tooManyRequests('Too many requests with this token.', seconds)
  audit.record(auditContext(caller), refusedBefore({ method: request.method, place }, { status: 429, detail: error.message }))
  return errorResponse(error, request.header('accept'))
}

const TOO_MANY_FAILURES = 'Too many failed authentications from this address.'

/** RFC 6585 section 4. */
function tooManyRequests(reason: string, seconds: number): ScimError {
  return new ScimError(429, `${reason} Try again in ${seconds} seconds.`, { headers: { 'Retry-After': String(seconds) } })
}
