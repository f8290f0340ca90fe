// The end of an admin's test of an identity provider: what came back, and who would have been signed in. Nobody is.
import { type Claims } from '../auth/oidc.ts'
import { type Match, matchSubject, type Subject } from '../auth/sso-links.ts'
import { noteTest, type SsoProvider } from '../auth/sso-providers.ts'
import { subjectOf } from '../auth/sso-sign-in.ts'
import { HttpError, type HttpResponse } from '../http/message.ts'
import { LinkButton } from '../web/components/button.tsx'
import { Facts } from '../web/components/card.tsx'
import { Callout } from '../web/components/notice-bar.tsx'
import { Message } from '../web/refusals.tsx'
import { render } from '../web/render.tsx'
import type { Visit } from '../web/visit.ts'
import { contextOf, type SignInServices } from './services.ts'

export type Test = {
  readonly provider: SsoProvider
  readonly claims: Claims
  /** Of the admin who began it. */
  readonly sessionId: string
}

/** Throws an `HttpError` 403 unless the admin is still one, and here. */
export async function showTest(
  { authenticator }: SignInServices,
  visit: Visit,
  { provider, claims, sessionId }: Test,
): Promise<HttpResponse> {
  const sessionCookie = visit.cookies.read(visit.request, 'session')
  const known = await authenticator.authenticate({ authorization: [], sessionCookie })
  const admin = known.kind === 'known' && known.principal.credential.id === sessionId ? known.principal : undefined
  if (admin === undefined || admin.orgRole !== 'org_admin' || admin.orgId !== provider.orgId) {
    throw new HttpError({ status: 403, detail: 'The test was begun by an administrator who is not signed in any more. Begin it again.' })
  }
  const subject = subjectOf(provider, claims)
  const match = await matchSubject(visit.work, provider, subject)
  if (subject.claimed !== undefined) {
    const context = { ...contextOf(visit, { id: admin.orgId, slug: admin.org }, admin), channel: 'admin' } as const
    await noteTest(visit.work, context, { tested: provider, payload: { match: match.kind } })
  }
  return render(
    visit,
    { title: 'Test of single sign-on' },
    <Message title={subject.claimed === undefined ? `${provider.name} needs another claim` : `${provider.name} works`}>
      <Outcome provider={provider} subject={subject} match={match} claims={claims} />
      <LinkButton href={`/admin/sso/${provider.id}`} look="primary">
        Go on
      </LinkButton>
    </Message>,
  )
}

type OutcomeProps = { readonly provider: SsoProvider; readonly subject: Subject; readonly match: Match; readonly claims: Claims }

function Outcome({ provider, subject, match, claims }: OutcomeProps) {
  const names = Object.keys(claims).sort().join(', ')
  return (
    <>
      <Facts
        facts={[
          { term: 'Issuer', value: provider.issuer },
          { term: 'Subject', value: <code>{subject.subject}</code> },
          { term: `Claim ${provider.claim}`, value: subject.claimed === undefined ? 'missing' : <code>{subject.claimed}</code> },
          { term: 'Would sign in', value: 'person' in match ? match.person.userName : 'nobody' },
        ]}
      />
      {subject.claimed === undefined ? (
        <Callout tone="bad" title={`The claim ${provider.claim} is missing`}>
          <p>{`Nobody could be recognised by it, so this test does not count. The ID token has: ${names}.`}</p>
        </Callout>
      ) : (
        <Callout tone={match.kind === 'person' ? 'good' : 'warn'}>
          <p>{VERDICTS[match.kind]}</p>
        </Callout>
      )}
    </>
  )
}

const VERDICTS: Readonly<Record<Match['kind'], string>> = {
  person: 'A provisioned person was found. You can switch this provider on.',
  ended: 'The person who was found is disabled or was deleted, and would be told that their access has ended.',
  nobody:
    'The connection works, but no provisioned person has this value as externalId or user name. If it should be somebody, choose another claim.',
  several: 'Several provisioned people have this value: nobody of them could sign in.',
  other_subject: 'The person who was found signs in as another subject already.',
}
