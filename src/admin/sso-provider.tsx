// /admin/sso/:id: one identity provider, from its client to being switched on, and who signs in by it.
import { z } from 'zod'
import { type Link, listLinks, unlinkSubject } from '../auth/sso-links.ts'
import { changeProvider, getProvider, removeProvider, type SsoProvider, switchProvider } from '../auth/sso-providers.ts'
import type { HttpResponse } from '../http/message.ts'
import { DomainError } from '../primitives/errors.ts'
import { seeOther } from '../web/answer.ts'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { type Page, page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { ProviderView } from './sso-provider-view.tsx'
import type { SsoServices } from './sso-services.ts'
import { providerName } from './sso.tsx'

const PATH = '/admin/sso/:id'
const pathOf = (id: string) => `/admin/sso/${id}`

const SCHEMA = z.object({
  name: providerName,
  client_id: z.string().trim().min(1, 'Enter the client id.').max(500, 'This is longer than any client id.'),
  client_secret: z.string().trim().max(1000, 'This is longer than any client secret.'),
  claim: z
    .string()
    .trim()
    .regex(/^[\w:./-]{1,200}$/, 'Enter the name of one claim, such as sub.'),
})

export function providerPage({ sealing }: SsoServices): Page<MemberVisit> {
  return page(PATH, {
    async show(visit: MemberVisit, { id }) {
      return answer(visit, await getProvider(visit.work, visit.context, id), NOTHING_ENTERED)
    },
    async act(visit: MemberVisit, { id }, form) {
      const provider = await getProvider(visit.work, visit.context, id)
      const reading = checkForm(SCHEMA, form)
      if (reading.kind === 'wrong') return answer(visit, provider, reading)
      const { name, client_id: clientId, client_secret: secret, claim } = reading.value
      const change = { name, clientId, clientSecret: secret === '' ? undefined : secret, claim }
      try {
        await changeProvider(visit.work, visit.context, { id, change, sealing })
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'conflict') throw error
        return answer(visit, provider, { values: reading.value, problems: { client_id: error.message } })
      }
      return seeOther(visit, pathOf(id), { kind: 'done', text: 'Saved.' })
    },
  })
}

export const providerActions: readonly Page<MemberVisit>[] = [
  page(`${PATH}/enable`, {
    async act(visit: MemberVisit, { id }) {
      await switchProvider(visit.work, visit.context, { id, enabled: true })
      return seeOther(visit, pathOf(id), { kind: 'done', text: 'People can sign in with it now.' })
    },
  }),
  page(`${PATH}/disable`, {
    async act(visit: MemberVisit, { id }) {
      await switchProvider(visit.work, visit.context, { id, enabled: false })
      return seeOther(visit, pathOf(id), { kind: 'done', text: 'Nobody can sign in with it any more. Who is signed in stays so.' })
    },
  }),
  page(`${PATH}/remove`, {
    async act(visit: MemberVisit, { id }) {
      const { name } = await getProvider(visit.work, visit.context, id)
      await removeProvider(visit.work, visit.context, id)
      return seeOther(visit, '/admin/sso', { kind: 'done', text: `${name} is removed.` })
    },
  }),
  page(`${PATH}/unlink`, {
    async act(visit: MemberVisit, { id }, form) {
      const unlinked = await unlinkSubject(visit.work, visit.context, { providerId: id, accountId: form.get('account') ?? '' })
      const text = unlinked ? 'Unlinked. The next sign-in of that person is recognised anew.' : 'That link was gone already.'
      return seeOther(visit, pathOf(id), { kind: unlinked ? 'done' : 'problem', text })
    },
  }),
]

async function answer(visit: MemberVisit, provider: SsoProvider, entered: Entered): Promise<HttpResponse> {
  const links: readonly Link[] = await listLinks(visit.work, provider.orgId, { providerId: provider.id })
  const isWrong = Object.keys(entered.problems).length > 0
  return render(
    visit,
    { title: provider.name, ...(isWrong ? { status: 400 } : {}) },
    <ProviderView visit={visit} provider={provider} links={links} entered={entered} />,
  )
}
