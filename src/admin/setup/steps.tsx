// The way through the screens of each identity provider, in the order and the words of those screens.
import type { ComponentChildren } from 'preact'
import type { Idp } from '../../auth/scim-tokens.ts'
import { type EntryField, entryFields } from './fields.ts'
import { Copy } from '../../web/components/copy.tsx'

export type StepsProps = {
  readonly idp: Idp
  readonly publicUrl: string
  /** The token, on the one page that shows it. */
  readonly secret?: string | undefined
}

export function Steps({ idp, publicUrl, secret }: StepsProps) {
  const fields = <EntryFields fields={entryFields(idp, publicUrl)} secret={secret} />
  switch (idp) {
    case 'okta':
      return <OktaSteps fields={fields} />
    case 'entra':
      return <EntraSteps fields={fields} publicUrl={publicUrl} />
    case 'generic':
      return <OtherSteps fields={fields} />
  }
}

function OktaSteps({ fields }: { readonly fields: ComponentChildren }) {
  return (
    <ol class="steps">
      <li>
        <p>
          In the Okta Admin Console open <em>Applications › Applications</em> and your app. It is one made with the{' '}
          <em>App Integration Wizard</em> (SAML or SWA), or <em>SCIM 2.0 Test App (Header Auth)</em> from the catalogue.
        </p>
      </li>
      <li>
        <p>
          <em>General › App Settings › Edit</em>: set <em>Provisioning</em> to <em>SCIM</em>, then <em>Save</em>.
        </p>
      </li>
      <li>
        <p>
          <em>Provisioning › Integration › Edit</em>, and enter:
        </p>
        {fields}
      </li>
      <li>
        <p>
          <em>Test Connector Configuration</em>, close the result, then <em>Save</em>.
        </p>
      </li>
      <li>
        <p>
          <em>Provisioning › To App › Edit</em>: tick <em>Create Users</em>, <em>Update User Attributes</em> and <em>Deactivate Users</em>,
          then <em>Save</em>.
        </p>
      </li>
      <li>
        <p>
          <em>Assignments › Assign</em>: people, or groups of them.
        </p>
      </li>
      <li>
        <p>
          <em>Push Groups › Find groups by name</em>: the groups whose members shall share memories. Okta sends only people who are assigned
          to the app.
        </p>
      </li>
    </ol>
  )
}

function EntraSteps({ fields, publicUrl }: { readonly fields: ComponentChildren; readonly publicUrl: string }) {
  return (
    <ol class="steps">
      <li>
        <p>
          In the Microsoft Entra admin center open <em>Enterprise applications › New application › Create your own application</em>, choose{' '}
          <em>Integrate any other application you don't find in the gallery</em>, then <em>Create</em>.
        </p>
      </li>
      <li>
        <p>
          In the new app open <em>Provisioning › New configuration</em> (older screens: <em>Get started</em>, mode <em>Automatic</em>,{' '}
          <em>Admin credentials</em>), and enter:
        </p>
        {fields}
      </li>
      <li>
        <p>
          <em>Test connection</em>. Entra asks for a user that does not exist and expects an empty list. Then <em>Create</em>.
        </p>
      </li>
      <li>
        <p>
          <em>Users and groups › Add user/group</em>: who shall come. Only direct members of assigned groups are sent.
        </p>
      </li>
      <li>
        <p>
          <em>Attribute mapping</em>: the defaults work; keep <code>userName</code> as the matching property.
        </p>
      </li>
      <li>
        <p>
          <em>Provision on demand</em>, to see one person arrive at once.
        </p>
      </li>
      <li>
        <p>
          <em>Overview › Start provisioning</em>. A cycle runs about every 40 minutes.
        </p>
        <details class="aside">
          <summary>Entra's switch for RFC-style requests</summary>
          <p>
            <code>{`${publicUrl}/scim/v2?aadOptscim062020`}</code> works as well. Entra then sends PATCH bodies as the RFC has them, but{' '}
            <em>Provision on demand</em> does not work with it. Both dialects are understood here.
          </p>
        </details>
      </li>
    </ol>
  )
}

function OtherSteps({ fields }: { readonly fields: ComponentChildren }) {
  return (
    <ol class="steps">
      <li>
        <p>In the identity provider's provisioning settings choose SCIM 2.0, and enter:</p>
        {fields}
      </li>
      <li>
        <p>
          Where it asks: users are matched by <code>userName</code>, groups by <code>displayName</code>. PATCH, PUT, filters, bulk, sorting
          and paging are supported.
        </p>
      </li>
      <li>
        <p>Test the connection there, then assign people and push groups.</p>
      </li>
      <li>
        <p>If it fails, this tells why, from a machine that reaches the server as the identity provider does:</p>
        <Copy text="npm run -s plur -- doctor --url BASE-URL --token TOKEN" what="the command" />
      </li>
    </ol>
  )
}

function EntryFields({ fields, secret }: { readonly fields: readonly EntryField[]; readonly secret: string | undefined }) {
  return (
    <dl class="entry">
      {fields.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value.kind === 'token' ? <TokenValue secret={secret} /> : <Value {...value} label={label} />}</dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ kind, text, label }: { readonly kind: 'text' | 'choice'; readonly text: string; readonly label: string }) {
  return kind === 'text' ? <Copy text={text} what={label} /> : <span>{text}</span>
}

function TokenValue({ secret }: { readonly secret: string | undefined }) {
  return secret === undefined ? (
    <span>the token you stored, without the word “Bearer”</span>
  ) : (
    <span>the token above, without the word “Bearer”</span>
  )
}
