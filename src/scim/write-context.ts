// What every write of the SCIM store needs to know.
import type { Operation, ResourceType } from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import type { ReadContext } from './reads.ts'
import type { ScimCaller } from './caller.ts'

export type StoreSettings = {
  /** Service root of every location and reference. */
  readonly baseUrl: string
  /** DELETE of a user erases the account too (PLUR_SCIM_HARD_DELETE). */
  readonly hardDelete: boolean
}

export type WriteContext = {
  readonly work: Work
  readonly operation: Operation<ScimCaller>
  readonly settings: StoreSettings
  /** Ids that creations of the same transaction will have (Bulk with circular references). */
  readonly expected: ReadonlyMap<string, ResourceType>
}

export const readContext = ({ work, operation, settings }: WriteContext): ReadContext => ({
  work,
  orgId: operation.caller.orgId,
  baseUrl: settings.baseUrl,
})
