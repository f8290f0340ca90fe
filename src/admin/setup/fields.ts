// What is entered on the screens of an identity provider, under the names that those screens use.
import type { Idp } from '../../auth/scim-tokens.ts'
import { baseUrlOf } from '../tokens/idp.ts'

export type EntryField = {
  /** As it stands on the screen. */
  readonly label: string
  /** `token`: the secret, shown once and elsewhere. */
  readonly value: { readonly kind: 'text' | 'choice'; readonly text: string } | { readonly kind: 'token' }
}

const text = (label: string, value: string): EntryField => ({ label, value: { kind: 'text', text: value } })
const choice = (label: string, value: string): EntryField => ({ label, value: { kind: 'choice', text: value } })
const token = (label: string): EntryField => ({ label, value: { kind: 'token' } })

export function entryFields(idp: Idp, publicUrl: string): readonly EntryField[] {
  const url = baseUrlOf(publicUrl)
  switch (idp) {
    case 'okta':
      return [
        text('SCIM connector base URL', url),
        text('Unique identifier field for users', 'userName'),
        choice(
          'Supported provisioning actions',
          'Import New Users and Profile Updates, Push New Users, Push Profile Updates, Push Groups, Import Groups',
        ),
        choice('Authentication Mode', 'HTTP Header'),
        token('Authorization'),
      ]
    case 'entra':
      return [text('Tenant URL', url), token('Secret token')]
    case 'generic':
      return [text('Base URL', url), choice('Authentication', 'Bearer token, in the header Authorization: Bearer TOKEN'), token('Token')]
  }
}

/** Why an identity provider in the cloud will not reach this address, or refuses it. */
export function addressProblem(idp: Idp, publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl)
  if (/^(localhost|127\.|\[::1\])/.test(hostname)) {
    return `${publicUrl} is an address of this machine alone. Set PLUR_PUBLIC_URL to the https address under which the identity provider reaches this server, and restart it.`
  }
  if (protocol !== 'https:' && idp !== 'generic') {
    return 'The identity provider asks for https. Put TLS in front of this server and set PLUR_PUBLIC_URL to its https address.'
  }
  if (idp === 'okta' && hostname.includes('_')) {
    return `Okta refuses host names with an underscore, such as ${hostname}. Use another name in PLUR_PUBLIC_URL.`
  }
  return undefined
}
