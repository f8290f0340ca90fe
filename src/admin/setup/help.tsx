// What goes wrong most often when an identity provider is connected, and what helps.
import type { ComponentChildren } from 'preact'
import type { Idp } from '../../auth/scim-tokens.ts'
import { Card } from '../../web/components/card.tsx'

export function Help({ idp }: { readonly idp: Idp }) {
  return (
    <Card title="When something does not work" id="help">
      <Question id="help-401" title="401, or “invalid credentials”">
        <p>
          The answer never says whether a token is unknown, expired or revoked; the part above and the{' '}
          <a href="/admin/audit?channel=scim">audit log</a> do. Most often the token was not copied whole, or the word “Bearer” was entered
          where it is added already.
          {HEADER_HINTS[idp]}
        </p>
      </Question>
      <Question id="help-409" title="409, or “already exists”">
        <p>
          Somebody here has the same user name or address, but was not made by the identity provider. Nobody is taken over silently: see{' '}
          <a href="/admin/users?filter=collisions">collisions</a>, link the two with one click, and let the identity provider try again.
        </p>
      </Question>
      <Question id="help-members" title="Memberships are not syncing">
        <Memberships idp={idp} />
        <p>
          Then, here: a group opens memories only when it is on, see <a href="/admin/scim/groups">IdP groups</a>. Members whom nobody knows
          are listed there as well, see <a href="/admin/scim/groups?state=unknown">unknown members</a>.
        </p>
      </Question>
      <Question id="help-slow" title="Changes arrive late">
        <Delays idp={idp} />
        <p>
          What arrives is effective with its answer. The <a href="/admin/audit?channel=scim">audit log</a> shows when that was.
        </p>
      </Question>
    </Card>
  )
}

const HEADER_HINTS: Readonly<Record<Idp, string>> = {
  okta: ' In “SCIM 2.0 Test App (Header Auth)” the header is free text: enter “Bearer”, a space and the token there.',
  entra: '',
  generic: ' Where the header is free text, the value is “Bearer TOKEN”.',
}

function Question({ id, title, children }: { readonly id: string; readonly title: string; readonly children: ComponentChildren }) {
  return (
    <details class="question" id={id}>
      <summary>{title}</summary>
      <div class="stack">{children}</div>
    </details>
  )
}

function Memberships({ idp }: { readonly idp: Idp }) {
  switch (idp) {
    case 'okta':
      return (
        <p>
          Okta sends only people who are assigned to the app, and does not send a lost membership again: use <em>Push Groups › Push Now</em>{' '}
          on the group.
        </p>
      )
    case 'entra':
      return (
        <p>
          Entra sends only direct members of assigned groups, users first and memberships last. For groups inside groups, assign each of
          them. To have everything sent again, use <em>Restart provisioning</em>.
        </p>
      )
    case 'generic':
      return (
        <p>
          Most identity providers send only people who are assigned themselves, and changes only. Push the group again after assigning them.
        </p>
      )
  }
}

function Delays({ idp }: { readonly idp: Idp }) {
  switch (idp) {
    case 'okta':
      return (
        <p>
          Okta sends changes within seconds. Look at <em>Dashboard › Tasks</em> for those that wait for you, and note that{' '}
          <em>suspending</em> somebody sends nothing at all: deactivate or unassign them.
        </p>
      )
    case 'entra':
      return (
        <p>
          Entra runs a cycle about every 40 minutes. <em>Provision on demand</em> sends one person at once. A job in quarantine tries again
          after 6, 12 and 24 hours, then daily: see <em>Provisioning › Overview</em>, mostly an expired token.
        </p>
      )
    case 'generic':
      return <p>When changes are sent is up to the identity provider; look for its schedule, its queue and its errors.</p>
  }
}
