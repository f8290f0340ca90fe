// The identity providers as people call them.
import type { Idp } from '../../auth/scim-tokens.ts'

export const IDPS: readonly Idp[] = ['okta', 'entra', 'generic']

export const IDP_NAMES: Readonly<Record<Idp, string>> = { okta: 'Okta', entra: 'Microsoft Entra ID', generic: 'Another identity provider' }

/** What identity providers are told to use. */
export const baseUrlOf = (publicUrl: string): string => `${publicUrl}/scim/v2`

/** What a text of an address or a form names; undefined for anything else. */
export const findIdp = (text: string | null): Idp | undefined => IDPS.find((idp) => idp === text)
