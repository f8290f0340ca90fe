// /admin/scim/tokens/new: makes a token and shows it, once.
import { Button, LinkButton } from '../../web/components/button.tsx'
import { Card } from '../../web/components/card.tsx'
import { Form } from '../../web/components/form.tsx'
import { type Entered, NOTHING_ENTERED } from '../../web/form.ts'
import { Layout } from '../../web/layout.tsx'
import { page } from '../../web/pages.ts'
import { render } from '../../web/render.tsx'
import type { MemberVisit } from '../../web/visit.ts'
import { findIdp } from './idp.ts'
import { NewSecret } from './new-secret.tsx'
import { ExpiryFields, IdpField, ImmutableField, makeToken, NameField } from './token-form.tsx'

const TRAIL = [{ href: '/admin/scim/tokens', label: 'SCIM tokens' }]

export const newTokenPage = page('/admin/scim/tokens/new', {
  async show(visit: MemberVisit) {
    return render(visit, { title: 'New SCIM token' }, <NewTokenView visit={visit} entered={NOTHING_ENTERED} />)
  },
  async act(visit, _, form) {
    const making = await makeToken(visit, form)
    if (making.kind === 'wrong') {
      return render(visit, { title: 'New SCIM token', status: 400 }, <NewTokenView visit={visit} entered={making} />)
    }
    return render(visit, { title: 'Your new SCIM token' }, <NewSecret visit={visit} issued={making.issued} trail={TRAIL} />)
  },
})

function NewTokenView({ visit, entered }: { readonly visit: MemberVisit; readonly entered: Entered }) {
  return (
    <Layout
      visit={visit}
      title="New SCIM token"
      trail={TRAIL}
      lead="For one connection of an identity provider. You see it once, right after this."
    >
      <Card>
        <Form action="/admin/scim/tokens/new" class="fields">
          <NameField entered={entered} />
          <IdpField entered={entered} value={findIdp(visit.query.get('idp')) ?? 'okta'} />
          <ExpiryFields entered={entered} days={visit.scimTokenDays} />
          <ImmutableField entered={entered} />
          <div class="actions">
            <Button look="primary">Make the token</Button>
            <LinkButton href="/admin/scim/tokens" look="quiet">
              Cancel
            </LinkButton>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
