// What the pages of single sign-on work with beside what all pages have.
import type { Oidc } from '../auth/oidc.ts'

export type SsoServices = {
  readonly oidc: Oidc
  /** The server's own key for secrets at rest and for what browsers keep. */
  readonly sealing: Uint8Array
}
