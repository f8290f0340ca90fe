// Who calls /api/v1, as authentication found out, and what the handlers work with.
import type { AuditBuffer } from '../audit/buffer.ts'
import type { AuditContext } from '../audit/event.ts'
import type { AccountPrincipal } from '../auth/authenticate-account.ts'
import type { Work } from '../db/work.ts'
import type { Clock } from '../primitives/clock.ts'

export type ApiServices = {
  readonly work: Work
  readonly audit: AuditBuffer
  readonly clock: Clock
}

/** One authenticated request. */
export type Call = ApiServices & {
  readonly principal: AccountPrincipal
  readonly context: AuditContext
  /** The variable part of the path, decoded; empty where the path has none. */
  readonly id: string
}
