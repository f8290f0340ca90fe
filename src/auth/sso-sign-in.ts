// A sign-in at an identity provider, from the button to the person: what is asked there, and what is taken from the answer.
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import type { Begun, Claims, Client, Oidc } from './oidc.ts'
import type { Subject } from './sso-links.ts'
import { readClientSecret, type SsoProvider } from './sso-providers.ts'

const VALUE_LENGTH_MAX = 255

export type Sso = { readonly oidc: Oidc; readonly sealing: Uint8Array; readonly publicUrl: string }

/** What an admin enters at the identity provider. */
export const redirectUri = (publicUrl: string, { id }: Pick<SsoProvider, 'id'>) => `${publicUrl}/auth/oidc/${id}/callback`

/** Throws a `DomainError` `invalid` when the identity provider cannot be asked. */
export async function beginSso(work: Work, provider: SsoProvider, sso: Sso): Promise<{ url: string; begun: Begun }> {
  return sso.oidc.begin(await clientOf(work, provider, sso), redirectUri(sso.publicUrl, provider))
}

/** Who signed in there. `query` is what the browser brought back. Throws a `DomainError` `invalid`. */
export async function endSso(
  work: Work,
  provider: SsoProvider,
  { sso, query, begun }: { sso: Sso; query: string; begun: Begun },
): Promise<Claims> {
  const returned = new URL(`${redirectUri(sso.publicUrl, provider)}?${query}`)
  return sso.oidc.end(await clientOf(work, provider, sso), returned, begun)
}

async function clientOf(work: Work, provider: SsoProvider, { sealing }: Sso): Promise<Client> {
  const { issuer, clientId } = provider
  if (clientId === null) throw new DomainError('invalid', 'This identity provider has no client id yet.')
  return { issuer, clientId, clientSecret: await readClientSecret(work, provider, sealing) }
}

/** What counts of the claims. Throws a `DomainError` `invalid` for a subject that is none. */
export function subjectOf(provider: SsoProvider, claims: Claims): Subject {
  const subject = textOf(claims.sub)
  if (subject === undefined) throw new DomainError('invalid', 'The subject of the ID token is no text of at most 255 characters.')
  // An address that the identity provider itself does not vouch for is anybody's.
  const vouched = provider.claim !== 'email' || claims['email_verified'] !== false
  return { subject, claimed: vouched ? textOf(claims[provider.claim]) : undefined }
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > VALUE_LENGTH_MAX) return undefined
  return /[\p{Cc}\p{Cs}]/u.test(value) ? undefined : value
}
