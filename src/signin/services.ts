// What the sign-in pages work with beside what all pages have.
import type { KeepAddress } from '../audit/addresses.ts'
import type { AuditContext, SignInFailure, Target } from '../audit/event.ts'
import type { AccountAuthenticator } from '../auth/authenticate-account.ts'
import type { Oidc } from '../auth/oidc.ts'
import type { PasswordHasher } from '../auth/password-hash.ts'
import type { Org } from '../directory/orgs.ts'
import type { Attempts } from '../http/attempts.ts'
import type { RateLimiter } from '../http/rate-limit.ts'
import type { Visit } from '../web/visit.ts'

export type SignInServices = {
  readonly authenticator: AccountAuthenticator
  readonly hasher: PasswordHasher
  readonly attempts: Attempts
  readonly limiter: RateLimiter
  readonly keepAddress: KeepAddress
  readonly oidc: Oidc
  /** The server's own key for secrets at rest and for what browsers keep. */
  readonly sealing: Uint8Array
}

export type Person = { readonly accountId: string; readonly userName: string }

/** The audit context of somebody who signs in; of nobody, while it is not proven who it is. */
export function contextOf({ trace }: Visit, { id, slug }: Pick<Org, 'id' | 'slug'>, person?: Person): AuditContext {
  const actor =
    person === undefined ? ({ kind: 'unknown' } as const) : ({ kind: 'account', id: person.accountId, name: person.userName } as const)
  return { orgId: id, org: slug, actor, channel: 'auth', ...trace }
}

/** Equal failures from one address become one row with a count. */
export function recordFailure(
  visit: Visit,
  context: AuditContext,
  { reason, target }: { reason: SignInFailure | 'disabled'; target: Target },
): void {
  visit.audit.recordFailure(context, reason, target)
}

export const accountTarget = (person: Person | undefined): Target =>
  person === undefined ? { kind: 'account' } : { kind: 'account', id: person.accountId, name: person.userName }
