// What every write of the SCIM store needs to know.
import type { Operation, ResourceType } from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import type { UserWrites } from '../lifecycle/user-writes.ts'
import type { PointReads, ReadContext } from './stored.ts'
import type { ScimCaller } from './caller.ts'

export type StoreSettings = {
  /** Service root of every location and reference. */
  readonly baseUrl: string
  /** DELETE of a user erases the account too (PLUR_SCIM_HARD_DELETE). */
  readonly hardDelete: boolean
}

export type WriteContext = {
  readonly work: Work
  /** Where `work` is the pool. */
  readonly points: PointReads | undefined
  readonly writes: UserWrites
  readonly operation: Operation<ScimCaller>
  readonly settings: StoreSettings
  /** Ids that creations of the same transaction will have (Bulk with circular references). */
  readonly expected: ReadonlyMap<string, ResourceType>
}

/** For reads on the context's own connection, or inside a transaction that was opened since. */
export const readContext = ({ work, points, operation, settings }: WriteContext, inside: Work = work): ReadContext => ({
  work: inside,
  points: inside === work ? points : undefined,
  orgId: operation.caller.orgId,
  baseUrl: settings.baseUrl,
})
