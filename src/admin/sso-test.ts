// GET /admin/sso/:id/test: sends an admin to the identity provider and back, without signing anybody in. A link, because a form may not lead
// to another host.
import { getProvider } from '../auth/sso-providers.ts'
import { beginSso } from '../auth/sso-sign-in.ts'
import { DomainError } from '../primitives/errors.ts'
import { seeOther } from '../web/answer.ts'
import { type Page, page } from '../web/pages.ts'
import { keepSignInState } from '../web/sign-in-state.ts'
import type { MemberVisit } from '../web/visit.ts'
import type { SsoServices } from './sso-services.ts'

export function testPage(services: SsoServices): Page<MemberVisit> {
  return page('/admin/sso/:id/test', {
    async show(visit: MemberVisit, { id }) {
      const provider = await getProvider(visit.work, visit.context, id)
      try {
        const { url, begun } = await beginSso(visit.work, provider, { ...services, publicUrl: visit.publicUrl })
        const state = { provider: id, ...begun, test: visit.principal.credential.id }
        return seeOther({ ...visit, setCookies: [...visit.setCookies, keepSignInState(visit, services.sealing, state)] }, url)
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'invalid') throw error
        return seeOther(visit, `/admin/sso/${id}`, { kind: 'problem', text: error.message })
      }
    },
  })
}
