// /admin/sso: the identity providers at which people sign in.
import { z } from 'zod'
import { discoverIssuer } from '../auth/oidc.ts'
import { createProvider, listProviders, type ProviderUse, readProviderUse, type SsoProvider } from '../auth/sso-providers.ts'
import type { HttpResponse } from '../http/message.ts'
import { DomainError } from '../primitives/errors.ts'
import { seeOther } from '../web/answer.ts'
import { Badge } from '../web/components/badge.tsx'
import { Button } from '../web/components/button.tsx'
import { Card, Empty } from '../web/components/card.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { Table } from '../web/components/table.tsx'
import { Time } from '../web/components/time.tsx'
import { checkForm, type Entered, NOTHING_ENTERED } from '../web/form.ts'
import { Layout } from '../web/layout.tsx'
import { page } from '../web/pages.ts'
import { render } from '../web/render.tsx'
import type { MemberVisit } from '../web/visit.ts'

const PATH = '/admin/sso'
const NAME_LENGTH_MAX = 80

/** What people know a provider by. */
export const providerName = z
  .string()
  .trim()
  .min(1, 'Give it the name that people know it by.')
  .max(NAME_LENGTH_MAX, `Use at most ${NAME_LENGTH_MAX} characters.`)

const SCHEMA = z.object({
  name: providerName,
  issuer: z.string().trim().min(1, 'Enter the issuer.').max(500, 'This is longer than any issuer.'),
})

export const ssoPage = page(PATH, {
  show: (visit: MemberVisit) => answer(visit, NOTHING_ENTERED),
  async act(visit: MemberVisit, _, form) {
    const reading = checkForm(SCHEMA, form)
    if (reading.kind === 'wrong') return answer(visit, reading)
    const { name, issuer } = reading.value
    try {
      const provider = await createProvider(visit.work, visit.context, { name, issuer: await discoverIssuer(issuer) })
      return seeOther(visit, `${PATH}/${provider.id}`, { kind: 'done', text: `${name} was found. Two steps are left.` })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return answer(visit, { values: { name, issuer }, problems: { issuer: error.message } })
    }
  },
})

async function answer(visit: MemberVisit, entered: Entered): Promise<HttpResponse> {
  const { work, principal } = visit
  const [providers, use] = await Promise.all([listProviders(work, principal.orgId), readProviderUse(work, principal.orgId)])
  const isWrong = Object.keys(entered.problems).length > 0
  return render(
    visit,
    { title: 'Single sign-on', ...(isWrong ? { status: 400 } : {}) },
    <SsoView visit={visit} providers={providers} use={use} entered={entered} />,
  )
}

/** How far it is, in a word. */
export function ProviderState({ provider: { enabled, clientId, testedAt } }: { readonly provider: SsoProvider }) {
  if (enabled) return testedAt === null ? <Badge tone="warn">on, changed since its test</Badge> : <Badge tone="good">on</Badge>
  if (clientId === null) return <Badge tone="info">needs a client</Badge>
  return testedAt === null ? <Badge tone="info">needs a test</Badge> : <Badge>off</Badge>
}

type SsoProps = {
  readonly visit: MemberVisit
  readonly providers: readonly SsoProvider[]
  readonly use: ReadonlyMap<string, ProviderUse>
  readonly entered: Entered
}

function SsoView({ visit, providers, use, entered }: SsoProps) {
  return (
    <Layout
      visit={visit}
      title="Single sign-on"
      lead="Provisioned people sign in at your identity provider (OpenID Connect). Whoever SCIM did not provision, or has disabled, stays out."
    >
      <Card title="Identity providers">
        {providers.length === 0 ? (
          <Empty icon="lock" title="No identity provider yet">
            <p>Until there is one, only people with a password can sign in; provisioned people have none.</p>
          </Empty>
        ) : (
          <Table
            caption="Identity providers"
            rows={providers}
            keyOf={({ id }) => id}
            columns={[
              { label: 'Name', cell: ({ id, name }) => <a href={`${PATH}/${id}`}>{name}</a> },
              { label: 'Issuer', cell: ({ issuer }) => <code>{issuer}</code> },
              { label: 'State', cell: (provider) => <ProviderState provider={provider} /> },
              { label: 'Last used', cell: ({ id }) => <LastUsed at={use.get(id)?.lastUsedAt ?? null} /> },
              { label: 'People', kind: 'number', cell: ({ id }) => (use.get(id)?.people ?? 0).toLocaleString('en') },
            ]}
          />
        )}
      </Card>
      <Card title="Add an identity provider">
        <Form action={PATH} class="fields">
          <Field name="name" label="Name" hint="On the button of the sign-in page." entered={entered} placeholder="Okta" required />
          <Field
            name="issuer"
            label="Issuer"
            hint={
              <>
                Okta: <code>https://example.okta.com</code>. Entra: <code>https://login.microsoftonline.com/TENANT-ID/v2.0</code>. It is
                asked for its discovery document at once.
              </>
            }
            entered={entered}
            type="url"
            placeholder="https://"
            literal
            required
          />
          <div>
            <Button look="primary" icon="add">
              Add
            </Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}

function LastUsed({ at }: { readonly at: Date | null }) {
  return at === null ? <span class="muted">never</span> : <Time at={at} />
}
