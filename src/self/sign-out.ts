// POST /me/sign-out: ends the session of this browser.
import { endSession } from '../auth/sessions.ts'
import { seeOther } from '../web/answer.ts'
import { page } from '../web/pages.ts'
import { signInPath } from '../web/refusals.tsx'
import type { MemberVisit } from '../web/visit.ts'

export const signOutAction = page('/me/sign-out', {
  async act(visit: MemberVisit) {
    const { work, context, principal, cookies } = visit
    await endSession(work, context, { id: principal.credential.id, because: 'signed_out' })
    return seeOther({ ...visit, setCookies: [cookies.clear('session')] }, signInPath(visit, principal), {
      kind: 'done',
      text: 'You are signed out.',
    })
  },
})
