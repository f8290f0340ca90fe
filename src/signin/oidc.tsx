// /auth/oidc/:id and its callback: to the identity provider and back. Nobody gets an account by it: whoever comes back is a person that SCIM
// has provisioned and not disabled, or is told so.
import { type Claims } from '../auth/oidc.ts'
import { holdingLink, linkSubject, type Match, matchSubject, type Matched } from '../auth/sso-links.ts'
import { findProvider, type SsoProvider } from '../auth/sso-providers.ts'
import { beginSso, endSso, subjectOf } from '../auth/sso-sign-in.ts'
import { issueSession } from '../auth/sessions.ts'
import type { Org } from '../directory/orgs.ts'
import { findOrgById } from '../directory/orgs.ts'
import { HttpError, type HttpResponse } from '../http/message.ts'
import { networkOf } from '../http/rate-limit.ts'
import { DomainError } from '../primitives/errors.ts'
import { PAGE_HEADERS, seeOther } from '../web/answer.ts'
import { type Page, page } from '../web/pages.ts'
import { accessEnded } from '../web/refusals.tsx'
import { keepSignInState, readSignInState } from '../web/sign-in-state.ts'
import type { Visit } from '../web/visit.ts'
import { arrive, wantedPage } from './arrival.ts'
import { showTest } from './oidc-test.tsx'
import { refusal } from './oidc-refusals.tsx'
import { accountTarget, contextOf, recordFailure, type SignInServices } from './services.ts'

/** From one network, in the long run: each may have this server ask the identity provider. */
const REQUESTS_PER_SECOND = 20

async function slowDown({ limiter, keepAddress }: SignInServices, { request }: Visit): Promise<void> {
  const verdict = await limiter.take(`oidc:${keepAddress(networkOf(request.address))}`, REQUESTS_PER_SECOND)
  if (verdict.kind === 'allowed') return
  const { retryAfterSeconds } = verdict
  const detail = `Too many sign-ins from your network at once. Try again in ${retryAfterSeconds} seconds.`
  throw new HttpError({ status: 429, detail, headers: { 'Retry-After': String(retryAfterSeconds) } })
}

export function oidcStartPage(services: SignInServices): Page<Visit> {
  return page('/auth/oidc/:id', {
    async show(visit: Visit, { id }) {
      await slowDown(services, visit)
      const provider = await findProvider(visit.work, id)
      const org = provider?.enabled === true ? await findOrgById(visit.work, provider.orgId) : undefined
      if (provider === undefined || org === undefined) throw gone()
      try {
        const { url, begun } = await beginSso(visit.work, provider, { ...services, publicUrl: visit.publicUrl })
        const next = wantedPage(visit.query.get('next'))
        const state = { provider: id, ...begun, ...(next === undefined ? {} : { next }) }
        const cookie = keepSignInState(visit, services.sealing, state)
        return seeOther({ ...visit, setCookies: [...visit.setCookies, cookie] }, url)
      } catch (error) {
        return failed(visit, { provider, org, error })
      }
    },
  })
}

const gone = () => new HttpError({ status: 404, detail: 'This way to sign in is not there, or not any more. Go to the sign-in page.' })

export function oidcCallbackPage(services: SignInServices): Page<Visit> {
  return page('/auth/oidc/:id/callback', {
    async show(arrived: Visit, { id }) {
      await slowDown(services, arrived)
      // What was begun is good for one return, whatever comes of it.
      const visit = { ...arrived, setCookies: [...arrived.setCookies, arrived.cookies.clear('sign_in')] }
      const state = readSignInState(visit, services.sealing)
      const provider = await findProvider(visit.work, id)
      const org = provider === undefined ? undefined : await findOrgById(visit.work, provider.orgId)
      if (provider === undefined || org === undefined) throw gone()
      if (state === undefined || state.provider !== id) return refusal(visit, org, { kind: 'not_begun' })
      if (state.test === undefined && !provider.enabled) throw gone()
      try {
        const { query } = visit.request
        const claims = await endSso(visit.work, provider, { sso: { ...services, publicUrl: visit.publicUrl }, query, begun: state })
        if (state.test !== undefined) return await showTest(services, visit, { provider, claims, sessionId: state.test })
        return await signIn(visit, { provider, org, claims, next: state.next })
      } catch (error) {
        return failed(visit, { provider, org, error })
      }
    },
  })
}

/** The identity provider could not be asked, said no, or what it said did not hold. */
function failed(visit: Visit, { provider, org, error }: { provider: SsoProvider; org: Org; error: unknown }): HttpResponse {
  if (!(error instanceof DomainError) || error.code !== 'invalid') throw error
  recordFailure(visit, contextOf(visit, org), { reason: 'sso_refused', target: targetOf(provider) })
  return refusal(visit, org, { kind: 'failed', provider, detail: error.message })
}

const targetOf = ({ id, name }: SsoProvider) => ({ kind: 'sso_provider', id, name })

type Confirmed = { readonly provider: SsoProvider; readonly org: Org; readonly claims: Claims; readonly next: string | undefined }

async function signIn(visit: Visit, { provider, org, claims, next }: Confirmed): Promise<HttpResponse> {
  const subject = subjectOf(provider, claims)
  const outcome = await visit.work.atomically(async (tx) => {
    const match = await matchSubject(tx, provider, subject)
    if (match.kind !== 'person') return match
    const context = contextOf(visit, org, match.person)
    await linkSubject(tx, context, { provider, subject: subject.subject, match })
    const holding = holdingLink(provider, subject.subject)
    return {
      kind: 'in',
      match,
      ...(await issueSession(tx, context, { accountId: match.person.accountId, method: 'oidc', holding })),
    } as const
  })
  if (outcome.kind === 'in') {
    const { token, match } = outcome
    return arrive(visit, { token, stage: 'full', orgRole: match.person.orgRole, next })
  }
  record(visit, { provider, org, subject: subject.subject, match: outcome })
  if (outcome.kind !== 'ended') return refusal(visit, org, { kind: outcome.kind, provider })
  return { ...accessEnded(visit), headers: { ...PAGE_HEADERS, 'Set-Cookie': [...visit.setCookies, visit.cookies.clear('session')] } }
}

type Refused = {
  readonly provider: SsoProvider
  readonly org: Org
  readonly subject: string
  readonly match: Exclude<Match, { kind: 'person' }>
}

/** A row of its own, with the subject: an admin has to find out who was refused, and only the identity provider's people come this far. */
function record(visit: Visit, { provider, org, subject, match }: Refused): void {
  const person: Matched | undefined = 'person' in match ? match.person : undefined
  const reason = match.kind === 'ended' ? 'disabled' : match.kind === 'nobody' ? 'sso_nobody' : 'sso_conflict'
  visit.audit.record(contextOf(visit, org, match.kind === 'ended' ? match.person : undefined), {
    action: 'auth.failed',
    target: person === undefined ? targetOf(provider) : accountTarget(person),
    outcome: 'denied',
    payload: { reason, times: 1, provider: provider.id, subject },
  })
}
