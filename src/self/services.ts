// What the pages about oneself work with beside what all pages have.
import type { PasswordHasher } from '../auth/password-hash.ts'
import type { Attempts } from '../http/attempts.ts'

export type SelfServices = {
  readonly hasher: PasswordHasher
  readonly attempts: Attempts
  /** The server's own key for secrets at rest and for what browsers keep. */
  readonly sealing: Uint8Array
}
