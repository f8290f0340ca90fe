// How /admin/sso/:id looks: the three steps of a provider in their order, then the people who sign in by it.
import type { Link } from '../auth/sso-links.ts'
import type { SsoProvider } from '../auth/sso-providers.ts'
import { redirectUri } from '../auth/sso-sign-in.ts'
import { Button, Confirm, LinkButton } from '../web/components/button.tsx'
import { Card } from '../web/components/card.tsx'
import { Copy } from '../web/components/copy.tsx'
import { Field } from '../web/components/field.tsx'
import { Form } from '../web/components/form.tsx'
import { Callout } from '../web/components/notice-bar.tsx'
import { Table } from '../web/components/table.tsx'
import { Time } from '../web/components/time.tsx'
import type { Entered } from '../web/form.ts'
import { Layout } from '../web/layout.tsx'
import type { MemberVisit } from '../web/visit.ts'
import { ProviderState } from './sso.tsx'

export type ProviderViewProps = {
  readonly visit: MemberVisit
  readonly provider: SsoProvider
  readonly links: readonly Link[]
  readonly entered: Entered
}

export function ProviderView({ visit, provider, links, entered }: ProviderViewProps) {
  const path = `/admin/sso/${provider.id}`
  return (
    <Layout
      visit={visit}
      title={provider.name}
      lead={<code>{provider.issuer}</code>}
      trail={[{ href: '/admin/sso', label: 'Single sign-on' }]}
      actions={<ProviderState provider={provider} />}
    >
      <Card title="1. Register PLUR at your identity provider">
        <p>Make an application for the web there (OpenID Connect, authorization code), and give it this redirect URI:</p>
        <Copy text={redirectUri(visit.publicUrl, provider)} what="the redirect URI" />
      </Card>
      <Card title="2. Enter its client here">
        <ClientForm path={path} provider={provider} entered={entered} />
      </Card>
      <Card title="3. Test it, then switch it on">
        <Switch path={path} provider={provider} />
      </Card>
      <Card title="People who sign in with it">
        <People path={path} links={links} />
      </Card>
      <Card title="Remove">
        <p>Nobody can sign in with it any more, and its links to people are forgotten. Who is signed in stays so.</p>
        <div>
          <Confirm label="Remove this provider" icon="trash" action={`${path}/remove`} confirm="Remove">
            <p>{`${provider.name} and the links of its people are removed. This cannot be undone.`}</p>
          </Confirm>
        </div>
      </Card>
    </Layout>
  )
}

type PartProps = { readonly path: string; readonly provider: SsoProvider }

function ClientForm({ path, provider, entered }: PartProps & { readonly entered: Entered }) {
  const { name, clientId, hasSecret, claim, enabled } = provider
  return (
    <Form action={path} class="fields">
      <Field name="name" label="Name" value={name} entered={entered} required />
      <Field name="client_id" label="Client id" value={clientId ?? ''} entered={entered} autocomplete="off" literal required />
      <Field
        name="client_secret"
        label="Client secret"
        type="password"
        hint={
          hasSecret
            ? 'One is stored. Leave this empty to keep it.'
            : 'Kept sealed and never shown. Leave it empty for a public client, which has PKCE alone.'
        }
        autocomplete="off"
        entered={entered}
      />
      <Field
        name="claim"
        label="Claim that names a person"
        value={claim}
        hint={
          <>
            The first time, its value is looked up as externalId, then as user name. Okta: <code>sub</code>. Entra:{' '}
            <code>preferred_username</code>, or <code>oid</code> where externalId is mapped to objectId. From then on the subject decides.
          </>
        }
        entered={entered}
        literal
        required
      />
      {enabled ? <p class="muted">While it is on, only its name and its secret can be changed.</p> : null}
      <div>
        <Button look={clientId === null ? 'primary' : 'plain'}>Save</Button>
      </div>
    </Form>
  )
}

function Switch({ path, provider }: PartProps) {
  const { clientId, testedAt, enabled, name } = provider
  if (clientId === null) return <p class="muted">Enter the client first.</p>
  return (
    <>
      {testedAt === null ? (
        <Callout tone={enabled ? 'warn' : 'info'}>
          <p>
            {enabled
              ? 'It is on, and its secret was changed after its last test. Test it now.'
              : 'It was not tested as it is now. The test signs you in at the identity provider and shows who that would be here; nobody is signed in by it.'}
          </p>
        </Callout>
      ) : (
        <p>
          Tested <Time at={testedAt} />.
        </p>
      )}
      <div class="row">
        <LinkButton href={`${path}/test`} look={testedAt === null ? 'primary' : 'plain'} icon="external">
          Test
        </LinkButton>
        {enabled ? (
          <Confirm label="Switch off" icon="off" action={`${path}/disable`} confirm="Switch off">
            <p>{`The button ${name} disappears from the sign-in page. Who is signed in stays so.`}</p>
          </Confirm>
        ) : testedAt === null ? null : (
          <Form action={`${path}/enable`}>
            <Button look="primary" icon="check">
              Switch on
            </Button>
          </Form>
        )}
      </div>
    </>
  )
}

function People({ path, links }: { readonly path: string; readonly links: readonly Link[] }) {
  if (links.length === 0) return <p class="muted">Nobody has yet. The first sign-in of a person links them.</p>
  return (
    <Table
      caption="People who sign in with it, the latest first"
      rows={links}
      keyOf={({ subject }) => subject}
      columns={[
        { label: 'Person', cell: ({ accountId, userName }) => <a href={`/admin/users/${accountId}`}>{userName}</a> },
        { label: 'Subject', cell: ({ subject }) => <code>{subject}</code> },
        { label: 'Linked', cell: ({ linkedAt }) => <Time at={linkedAt} /> },
        { label: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Time at={lastUsedAt} />) },
        {
          label: 'Actions',
          kind: 'actions',
          cell: ({ accountId, userName }) => (
            <Confirm label="Unlink" icon="unlink" small action={`${path}/unlink`} hidden={{ account: accountId }} confirm="Unlink">
              <p>{`The next sign-in of ${userName} is recognised anew by the claim. Do this when the identity provider gave the person a new subject.`}</p>
            </Confirm>
          ),
        },
      ]}
    />
  )
}
