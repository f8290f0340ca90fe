// Where somebody goes who has come one step further: to the next step, or in.
import { SESSION_LIFETIME_SECONDS, type Stage } from '../auth/sessions.ts'
import type { HttpResponse } from '../http/message.ts'
import { localPath, seeOther } from '../web/answer.ts'
import type { Notice } from '../web/notice.ts'
import { SIGN_IN_PATH } from '../web/refusals.tsx'
import type { Visit } from '../web/visit.ts'

const STEPS: Readonly<Record<Exclude<Stage, 'full'>, string>> = {
  totp: `${SIGN_IN_PATH}/code`,
  password_change: `${SIGN_IN_PATH}/new-password`,
}

/** The page of a step, which remembers where the person wanted to go. */
export function stepPath(stage: Exclude<Stage, 'full'>, next: string | undefined): string {
  return next === undefined ? STEPS[stage] : `${STEPS[stage]}?${new URLSearchParams({ next })}`
}

/** A page of ours that somebody wanted to see, other than one on which people come and go. */
export function wantedPage(text: string | null | undefined): string | undefined {
  const path = localPath(text, '')
  return path === '' || path === SIGN_IN_PATH || /^\/auth[/?#]/.test(path) ? undefined : path
}

export type Arrival = {
  readonly token: string
  readonly stage: Stage
  readonly orgRole: 'member' | 'org_admin'
  readonly next: string | undefined
  readonly notice?: Notice | undefined
}

export const homeOf = (orgRole: Arrival['orgRole']) => (orgRole === 'org_admin' ? '/admin' : '/me')

/** Puts the new session into the browser in the place of any other, and leads on. */
export function arrive(visit: Visit, { token, stage, orgRole, next, notice }: Arrival): HttpResponse {
  const isIn = stage === 'full'
  const cookie = visit.cookies.set('session', token, isIn ? { maxAgeSeconds: SESSION_LIFETIME_SECONDS } : {})
  const location = isIn ? (next ?? homeOf(orgRole)) : stepPath(stage, next)
  return seeOther({ ...visit, setCookies: [...visit.setCookies, cookie] }, location, notice)
}
