// Who may see a page. One place lets people in: an enabled account with a live session, and for `/admin` an organisation's admin. Keys and
// SCIM tokens open no page.
import type { AuditContext } from '../audit/event.ts'
import type { KeepAddress } from '../audit/addresses.ts'
import type { AccountAuthenticator, AccountPrincipal, AccountRefusal } from '../auth/authenticate-account.ts'
import type { TokenUses } from '../auth/token-uses.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { CSRF_FIELD, type Csrf } from './csrf.ts'
import { readNotice } from './notice.ts'
import type { Entrance } from './pages.ts'
import { accessEnded, adminsOnly, keysOpenNoPage, signInAgain } from './refusals.tsx'
import type { MemberVisit, Visit, WebServices } from './visit.ts'

const USER_AGENT_LENGTH_MAX = 512

export type GateOptions = WebServices & {
  readonly csrf: Csrf
  readonly authenticator: AccountAuthenticator
  readonly sessionUses: TokenUses
  readonly keepAddress: KeepAddress
}

export type Gate = {
  /** Pages that need nobody to be signed in. */
  readonly anyone: Entrance<Visit>
  /** Pages of a person's own. */
  readonly members: Entrance<MemberVisit>
  /** Pages of an organisation's admins. */
  readonly admins: Entrance<MemberVisit>
  /** Throws an `HttpError` 403 for a form that was not made for this visit. */
  readonly checkForm: (visit: Visit & { readonly principal?: AccountPrincipal }, form: URLSearchParams) => void
}

export function createGate(options: GateOptions): Gate {
  const members: Entrance<MemberVisit> = async (request) => {
    const found = await findPrincipal(options, request)
    return found.kind === 'answer' ? found : { kind: 'in', visit: memberVisit(options, request, found.principal) }
  }
  return {
    anyone: async (request) => ({ kind: 'in', visit: visitOf(options, request, '') }),
    members,
    async admins(request) {
      const entered = await members(request)
      if (entered.kind === 'answer' || entered.visit.principal.orgRole === 'org_admin') return entered
      recordDenied(entered.visit)
      return { kind: 'answer', response: adminsOnly(options.assets) }
    },
    checkForm: ({ request, principal }, form) => options.csrf.check(request, holderOf(principal), form.get(CSRF_FIELD)),
  }
}

const holderOf = (principal: AccountPrincipal | undefined) => principal?.credential.id ?? ''

type FoundPrincipal =
  | { readonly kind: 'known'; readonly principal: AccountPrincipal }
  | { readonly kind: 'answer'; readonly response: HttpResponse }

async function findPrincipal(options: GateOptions, request: HttpRequest): Promise<FoundPrincipal> {
  const { assets, cookies, authenticator, clock } = options
  const answer = (response: HttpResponse) => ({ kind: 'answer', response }) as const
  if (request.headerValues('authorization').length > 0) return answer(keysOpenNoPage(assets))
  const sessionCookie = cookies.read(request, 'session')
  if (sessionCookie === undefined) return answer(signInAgain(options, request, undefined))
  const authentication = await authenticator.authenticate({ authorization: [], sessionCookie })
  if (authentication.kind === 'refused') {
    recordRefused(options, request, authentication)
    const { reason, tried } = authentication
    return answer(reason === 'disabled' ? accessEnded(options) : signInAgain(options, request, { org: tried?.org }))
  }
  const { principal } = authentication
  // A key of the person's own, in the place of a session.
  if (principal.credential.kind !== 'session') return answer(signInAgain(options, request, { org: principal.org }))
  request.note({ principal: { kind: 'account', id: principal.accountId } })
  options.sessionUses.note({ orgId: principal.orgId, id: principal.credential.id, at: clock.now(), ip: '', userAgent: undefined })
  return { kind: 'known', principal }
}

function visitOf(options: GateOptions, request: HttpRequest, holder: string): Visit {
  const { work, audit, clock, cookies, publicUrl, scimTokenDays, assets, homeOrg, csrf } = options
  const { token, setCookie } = csrf.issue(request, holder)
  return {
    work,
    audit,
    clock,
    cookies,
    publicUrl,
    scimTokenDays,
    assets,
    homeOrg,
    request,
    query: readQuery(request.query),
    trace: traceOf(options, request),
    csrfToken: token,
    notice: readNotice(cookies, request),
    setCookies: setCookie === undefined ? [] : [setCookie],
  }
}

/** NUL, which no text of the database can hold, becomes U+FFFD, as in forms. */
function readQuery(query: string): URLSearchParams {
  const clean = (text: string) => text.replaceAll('\0', '\uFFFD')
  return new URLSearchParams([...new URLSearchParams(query)].map(([name, value]) => [clean(name), clean(value)]))
}

function memberVisit(options: GateOptions, request: HttpRequest, principal: AccountPrincipal): MemberVisit {
  return { ...visitOf(options, request, holderOf(principal)), principal, context: contextOf(options, request, principal) }
}

function contextOf(
  options: GateOptions,
  request: HttpRequest,
  { orgId, org, accountId, userName }: Pick<AccountPrincipal, 'orgId' | 'org' | 'accountId' | 'userName'>,
): AuditContext {
  return { orgId, org, actor: { kind: 'account', id: accountId, name: userName }, channel: 'admin', ...traceOf(options, request) }
}

function traceOf({ keepAddress }: GateOptions, request: HttpRequest): Visit['trace'] {
  return {
    ip: keepAddress(request.address),
    userAgent: request.header('user-agent')?.slice(0, USER_AGENT_LENGTH_MAX),
    requestId: request.id,
  }
}

/** Whoever has the whole secret of a dead or unfinished session is its holder; anybody else is nobody. */
function recordRefused(options: GateOptions, request: HttpRequest, { reason, tried }: AccountRefusal): void {
  const { audit, homeOrg } = options
  const target = { kind: 'session', ...(tried === undefined ? {} : { id: tried.credential.id }) }
  const context = contextOf(options, request, tried ?? { orgId: homeOrg.id, org: homeOrg.slug, accountId: '', userName: '' })
  const isHolder = tried !== undefined && reason !== 'wrong_secret'
  audit.recordFailure(isHolder ? context : { ...context, actor: { kind: 'unknown' } }, reason, target)
}

function recordDenied({ audit, context, request }: MemberVisit): void {
  audit.record(context, {
    action: 'auth.denied',
    target: { kind: 'page', name: request.path.slice(0, 200) },
    outcome: 'denied',
    payload: { method: request.method },
  })
}
