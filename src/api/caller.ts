// Who calls /api/v1, as authentication found out, and what the handlers work with.
import type { AuditBuffer } from '../audit/buffer.ts'
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import type { Writer } from '../permissions/access.ts'
import type { Clock } from '../primitives/clock.ts'

export type ApiServices = {
  readonly work: Work
  readonly audit: AuditBuffer
  readonly clock: Clock
}

/** An enabled account, proven by a credential that was alive when the request came in. */
export type ApiPrincipal = Writer & {
  /** The organisation's slug. */
  readonly org: string
  readonly userName: string
  readonly orgRole: 'member' | 'org_admin'
}

/** One authenticated request. */
export type Call = ApiServices & {
  readonly principal: ApiPrincipal
  readonly context: AuditContext
  /** The variable part of the path, decoded; empty where the path has none. */
  readonly id: string
}
