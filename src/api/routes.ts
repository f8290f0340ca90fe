// /api/v1 on the wire: who asks, how often they may, which endpoint it is, and errors as the published clients show them.
import type { KeepAddress } from '../audit/addresses.ts'
import type { AuditContext } from '../audit/event.ts'
import type { AccountAuthenticator, AccountPrincipal, AccountRefusal } from '../auth/authenticate-account.ts'
import type { TokenUses } from '../auth/token-uses.ts'
import { type ErrorForm, HttpError, type HttpFailure, type HttpRequest, type HttpResponse, type Route } from '../http/message.ts'
import { networkOf, type RateLimiter } from '../http/rate-limit.ts'
import { CredentialDied } from '../permissions/writing.ts'
import { DomainError, type DomainErrorCode } from '../primitives/errors.ts'
import type { ApiServices } from './caller.ts'
import { type Endpoint, json } from './endpoint.ts'
import { ENDPOINTS } from './endpoints.ts'

/** Requests a second of one account, in the long run; ten seconds' worth may come at once, enough for any client's outbox. */
export const REQUESTS_PER_SECOND = 50
/** Failed authentications a second from one address, counted together with those of SCIM. */
const FAILURES_PER_SECOND = 5
const USER_AGENT_LENGTH_MAX = 512
const ROOT = '/api/v1'

export type ApiRoutesOptions = ApiServices & {
  readonly authenticator: AccountAuthenticator
  readonly limiter: RateLimiter
  readonly uses: TokenUses
  readonly keepAddress: KeepAddress
  /** Where failed authentications are recorded that belong to no organisation. */
  readonly operator: { readonly orgId: string; readonly org: string }
}

/** `{"error": "…"}`: clients decide by the status and show the text. */
export const apiErrorForm: ErrorForm = {
  prefix: '/api',
  render: ({ status, detail, headers = {} }) => {
    const answer = json(status, { error: detail })
    return { ...answer, headers: { ...answer.headers, ...headers } }
  },
}

export function createApiRoute(options: ApiRoutesOptions): Route {
  return { pattern: '/api/*', handle: (request) => answer(options, request) }
}

async function answer(options: ApiRoutesOptions, request: HttpRequest): Promise<HttpResponse> {
  const { authenticator, limiter, work, audit, clock } = options
  const place = locate(request.path)
  request.note({ route: place === undefined ? '/api/*' : ROOT + place.path })
  const authentication = await authenticator.authenticate({ authorization: request.headerValues('authorization') })
  if (authentication.kind === 'refused') throw await refusalOfCredentials(options, request, authentication)
  const { principal } = authentication
  const { orgId, accountId, credential } = principal
  request.note({ principal: { kind: 'account', id: accountId } })
  const context = contextOf(options, request, principal)
  if (credential.kind === 'api_key')
    options.uses.note({ orgId, id: credential.id, at: clock.now(), ip: context.ip ?? '', userAgent: context.userAgent })
  const verdict = await limiter.take(`api:${orgId}:${accountId}`, REQUESTS_PER_SECOND)
  if (verdict.kind === 'limited') throw tooMany('Too many requests of this account.', verdict.retryAfterSeconds)
  const endpoint = endpointOf(place, request.method)
  try {
    return await endpoint.run({ work, audit, clock, principal, context, id: place?.id ?? '' }, request)
  } catch (error) {
    throw refusalOf(error)
  }
}

type Place = { readonly path: string; readonly id: string; readonly endpoints: readonly Endpoint[] }

/** The endpoints of a path, which differ by method only. */
function locate(path: string): Place | undefined {
  if (!path.startsWith(`${ROOT}/`)) return undefined
  const segments = path.slice(ROOT.length + 1).split('/', 4)
  for (const { path: template } of ENDPOINTS) {
    const wanted = template.slice(1).split('/')
    const matches = wanted.length === segments.length && wanted.every((part, i) => part === '{id}' || part === segments[i])
    const id = idOf(wanted.indexOf('{id}'), segments)
    if (matches && id !== undefined) return { path: template, id, endpoints: ENDPOINTS.filter((other) => other.path === template) }
  }
  return undefined
}

const ID = /^[\w:./-]{1,128}$/

/** Empty when the path has none; undefined when nothing could have that id. */
function idOf(at: number, segments: readonly string[]): string | undefined {
  if (at === -1) return ''
  try {
    const id = decodeURIComponent(segments[at] ?? '')
    return ID.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

function endpointOf(place: Place | undefined, method: string): Endpoint {
  if (place === undefined)
    throw new HttpError({ status: 404, detail: `There is nothing here; GET ${ROOT}/openapi.yaml lists what there is.` })
  const endpoint = place.endpoints.find((candidate) => candidate.method === method.toLowerCase())
  if (endpoint === undefined) {
    const methods = place.endpoints.map((candidate) => candidate.method.toUpperCase())
    throw new HttpError({
      status: 405,
      detail: `${method} is not possible here, only ${methods.join(' and ')}.`,
      headers: { Allow: methods.join(', ') },
    })
  }
  return endpoint
}

const STATUS: Readonly<Record<DomainErrorCode, number>> = {
  not_found: 404,
  conflict: 409,
  forbidden: 403,
  invalid: 400,
  precondition_failed: 412,
  limit_exceeded: 400,
}

/** The same as for a credential that was dead when the request came in. */
const DIED: HttpFailure = {
  status: 401,
  detail: 'The API key or session is not valid: it is unknown, expired or revoked, or its account is disabled.',
  headers: { 'WWW-Authenticate': 'Bearer realm="plur", error="invalid_token"' },
}

/** What the domain refused, as HTTP; everything else is passed on for the server to judge. */
function refusalOf(error: unknown): unknown {
  if (error instanceof CredentialDied) return new HttpError(DIED, { cause: error })
  if (error instanceof DomainError) return new HttpError({ status: STATUS[error.code], detail: error.message }, { cause: error })
  return error
}

function tooMany(reason: string, seconds: number): HttpError {
  return new HttpError({ status: 429, detail: `${reason} Try again in ${seconds} seconds.`, headers: { 'Retry-After': String(seconds) } })
}

/** Records the failure, and slows down who goes on guessing. */
async function refusalOfCredentials(options: ApiRoutesOptions, request: HttpRequest, refusal: AccountRefusal): Promise<HttpError> {
  const { audit, limiter, keepAddress, operator } = options
  const { reason, tried, status, detail, challenge } = refusal
  const kind = tried?.credential.kind ?? 'api_key'
  const target = { kind, ...(tried === undefined ? {} : { id: tried.credential.id, name: tried.credential.name }) }
  // Whoever has the whole secret of a dead credential is its holder; anybody else is nobody.
  const holder = tried !== undefined && reason !== 'wrong_secret' ? tried : undefined
  const context = contextOf(options, request, tried ?? { ...operator, accountId: '', userName: '' })
  audit.recordFailure(holder === undefined ? { ...context, actor: { kind: 'unknown' } } : context, reason, target)
  // Who holds a dead credential guesses nothing, and its client should read 401 as often as it asks (contract 5.5).
  if (holder === undefined && reason !== 'missing') {
    const verdict = await limiter.take(`auth:${keepAddress(networkOf(request.address))}`, FAILURES_PER_SECOND)
    if (verdict.kind === 'limited') return tooMany('Too many failed authentications from this address.', verdict.retryAfterSeconds)
  }
  return new HttpError({ status, detail, headers: { 'WWW-Authenticate': challenge } })
}

type Asking = Pick<AccountPrincipal, 'orgId' | 'org' | 'accountId' | 'userName'>

function contextOf({ keepAddress }: ApiRoutesOptions, request: HttpRequest, { orgId, org, accountId, userName }: Asking): AuditContext {
  return {
    orgId,
    org,
    actor: { kind: 'account', id: accountId, name: userName },
    channel: 'api',
    ip: keepAddress(request.address),
    userAgent: request.header('user-agent')?.slice(0, USER_AGENT_LENGTH_MAX),
    requestId: request.id,
  }
}
