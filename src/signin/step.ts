// The way into the page of one step: only for whoever is at that step of a sign-in, and nobody else.
import type { Unfinished } from '../auth/authenticate-account.ts'
import { findHolder, type Holder } from '../auth/passwords.ts'
import type { AuditContext } from '../audit/event.ts'
import type { HttpResponse } from '../http/message.ts'
import { seeOther } from '../web/answer.ts'
import { accessEnded, signInPath } from '../web/refusals.tsx'
import type { Visit } from '../web/visit.ts'
import { stepPath, wantedPage } from './arrival.ts'
import { accountTarget, contextOf, recordFailure, type SignInServices } from './services.ts'

export type AtStep = {
  readonly kind: 'in'
  /** The session of this step, which the next one continues. */
  readonly sessionId: string
  readonly method: string
  readonly holder: Holder
  readonly context: AuditContext
  readonly next: string | undefined
}

export type StepOptions = { readonly stage: Unfinished['stage']; readonly next: string | null }

/** Answers in the page's place for everybody who is not at this step. */
export async function enterStep(
  { authenticator }: SignInServices,
  visit: Visit,
  { stage, next }: StepOptions,
): Promise<AtStep | { readonly kind: 'answer'; readonly response: HttpResponse }> {
  const wanted = wantedPage(next)
  const answer = (response: HttpResponse) => ({ kind: 'answer', response }) as const
  const found = await authenticator.findUnfinished(visit.cookies.read(visit.request, 'session'))
  if (found.kind === 'refused') {
    const { reason, tried } = found
    if (reason !== 'disabled' || tried === undefined)
      return answer(seeOther(visit, signInPath(visit, { org: tried?.org, next: wanted, again: true })))
    recordFailure(visit, contextOf(visit, { id: tried.orgId, slug: tried.org }, tried), { reason, target: accountTarget(tried) })
    return answer(accessEnded(visit))
  }
  const { principal } = found
  const holder = await findHolder(visit.work, principal.orgId, { accountId: principal.accountId })
  if (holder === undefined) return answer(accessEnded(visit))
  if (found.stage !== stage) return answer(seeOther(visit, stepPath(found.stage, wanted)))
  const { id, name } = principal.credential
  const context = contextOf(visit, { id: principal.orgId, slug: principal.org }, principal)
  return { kind: 'in', sessionId: id, method: name, holder, context, next: wanted }
}
