// Who calls /scim/v2, as authentication found out: what the protocol package, the store and the audit trail need to know of a request.
import type { Caller } from '@plur-enterprise/scim'
import type { AuditContext, AuditEvent } from '../audit/event.ts'

export type ScimCaller = Caller & {
  readonly orgId: string
  /** The organisation's slug. */
  readonly org: string
  readonly token: {
    readonly id: string
    readonly name: string
    /** The IdP never gives an externalId to another person: a returner may get the old memories back by it. */
    readonly externalIdImmutable: boolean
    /** SHA-256 of the token's secret; keys derived from it die with the token. */
    readonly secretHash: Uint8Array
  }
  readonly requestId: string
  /** As it may be kept: already hashed when the settings ask for it. */
  readonly ip: string
  readonly userAgent: string | undefined
  /** `performance.now()` when the request arrived, in milliseconds. */
  readonly receivedAt: number
  /** Whether the token is good, as soon as that is certain. Nothing may be changed or recorded before. */
  readonly admitted: Promise<boolean>
  /** It has turned out not to be: what was begun may end. */
  readonly isDropped: () => boolean
  readonly trail: Trail
}

/** What a request leaves in the audit log. */
export type Trail = {
  /** Whether the store has written, or will write, what this request did: what never reaches the store is recorded at the rim. */
  recorded: boolean
  /** Reads and refused reads, which are recorded once it is certain who asked. */
  readonly reads: AuditEvent[]
  /** Refusals whose rows could not be written when they happened. */
  readonly late: AuditEvent[]
}

/** The token is not what it seemed. Nobody needs to be told: its request has its answer already. */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted'
}

/** Waits until it is certain that the caller's token is good. @throws NotAdmitted when it is not. */
export async function certain({ admitted }: Pick<ScimCaller, 'admitted'>): Promise<void> {
  if (!(await admitted)) throw new NotAdmitted()
}

/** Before something costly. @throws NotAdmitted when it is known by now that the caller's token is not good. */
export function refuseDropped({ isDropped }: Pick<ScimCaller, 'isDropped'>): void {
  if (isDropped()) throw new NotAdmitted()
}

/** The audit context of whatever this caller does. */
export function auditContext(caller: ScimCaller): AuditContext {
  const { orgId, org, token, ip, userAgent, requestId } = caller
  return { orgId, org, actor: { kind: 'scim_token', id: token.id, name: token.name }, channel: 'scim', ip, userAgent, requestId }
}

/** How long ago the request arrived, in milliseconds, whenever it is asked. */
export const sinceArrival =
  ({ receivedAt }: Pick<ScimCaller, 'receivedAt'>) =>
  (): number =>
    performance.now() - receivedAt
