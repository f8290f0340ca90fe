// What every step of understanding a PATCH request needs to know.
import type { Limits } from '../limits.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import type { Profile } from './profile.ts'

export type Context = {
  readonly resourceType: ResourceType
  /** The profile in effect for this request, after its marks were seen. */
  readonly profile: Profile
  readonly limits: Limits
  /** Gets the names of the tolerances used. */
  readonly compat: Set<string>
}
