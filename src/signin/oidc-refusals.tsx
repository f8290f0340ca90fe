// What somebody reads whom the identity provider knows and this server does not let in, or whose way there and back did not work.
import type { ComponentChildren } from 'preact'
import type { SsoProvider } from '../auth/sso-providers.ts'
import type { Org } from '../directory/orgs.ts'
import type { HttpResponse } from '../http/message.ts'
import { LinkButton } from '../web/components/button.tsx'
import { Message, signInPath } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'

export type OidcRefusal =
  | { readonly kind: 'not_begun' }
  | { readonly kind: 'failed'; readonly provider: SsoProvider; readonly detail: string }
  | { readonly kind: 'nobody' | 'several' | 'other_subject'; readonly provider: SsoProvider }

type Text = { readonly title: string; readonly body: ComponentChildren }

function textOf(refusal: OidcRefusal): Text {
  switch (refusal.kind) {
    case 'not_begun':
      return {
        title: 'This sign-in was not begun here',
        body: <p>It took longer than ten minutes, was begun in another browser, or went on in another tab. Begin again.</p>,
      }
    case 'failed':
      return {
        title: `Signing in with ${refusal.provider.name} did not work`,
        body: <p>{refusal.detail}</p>,
      }
    case 'nobody':
      return {
        title: 'You have no access here yet',
        body: (
          <>
            <p>{`${refusal.provider.name} knows you, but has not given you an account in PLUR. Nothing was created.`}</p>
            <p class="muted">Ask your administrator to assign PLUR to you in the identity provider; then sign in again.</p>
          </>
        ),
      }
    case 'several':
    case 'other_subject':
      return {
        title: 'It is not clear who you are',
        body: (
          <>
            <p>
              {refusal.kind === 'several'
                ? 'Several people here have the same id from your identity provider.'
                : 'The account that fits you is already signed in to by another person of the identity provider.'}
            </p>
            <p class="muted">
              An administrator can look at this sign-in in the audit log, and at who is linked on the page of single sign-on.
            </p>
          </>
        ),
      }
  }
}

export function refusal(visit: Visit, org: Org, reason: OidcRefusal): HttpResponse {
  const { title, body } = textOf(reason)
  return render(
    visit,
    { status: reason.kind === 'not_begun' ? 400 : 403, title },
    <Message title={title}>
      {body}
      <LinkButton href={signInPath(visit, { org: org.slug })}>To the sign-in page</LinkButton>
    </Message>,
  )
}
