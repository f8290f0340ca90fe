// /admin/users/new: a local account, which no identity provider manages.
import { createLocal } from '../../lifecycle/local-accounts.ts'
import { DomainError } from '../../primitives/errors.ts'
import { seeOther } from '../../web/answer.ts'
import { Card } from '../../web/components/card.tsx'
import { Callout } from '../../web/components/notice-bar.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { personHref, USERS_PATH } from './address.ts'
import { ProfileForm, profileSchema } from './profile.tsx'

const TITLE = 'New local account'

export const newUserPage = page('/admin/users/new', {
  async show(visit: MemberVisit) {
    return render(visit, { title: TITLE }, <NewUserView visit={visit} entered={NOTHING_ENTERED} />)
  },
  async act(visit, _, form) {
    const read = checkForm(profileSchema, form)
    const wrong = (entered: Entered) => render(visit, { title: TITLE, status: 422 }, <NewUserView visit={visit} entered={entered} />)
    if (read.kind === 'wrong') return wrong(read)
    const { admin, ...profile } = read.value
    try {
      const account = await createLocal(visit.work, visit.context, { ...profile, orgRole: admin === 'on' ? 'org_admin' : 'member' })
      return seeOther(visit, personHref(account.id), { kind: 'done', text: `${account.userName} can be given keys and groups now.` })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return wrong({ values: Object.fromEntries(form), problems: { userName: error.message } })
    }
  },
})

function NewUserView({ visit, entered }: { readonly visit: MemberVisit; readonly entered: Entered }) {
  return (
    <Layout
      visit={visit}
      title={TITLE}
      lead="For people and services that your identity provider does not manage."
      trail={[{ href: USERS_PATH, label: 'People' }]}
    >
      <Callout tone="info">
        <p>
          Whoever is in your identity provider should come from there: then leaving there ends the access here. A local account ends only
          when you disable it.
        </p>
      </Callout>
      <Card>
        <ProfileForm action={`${USERS_PATH}/new`} entered={entered} confirm="Make the account" withAdmin />
      </Card>
    </Layout>
  )
}
