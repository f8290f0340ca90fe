// Ids of groups as addresses and forms bring them.
import { type IdpGroup, findIdpGroup } from '../../permissions/idp-groups.ts'
import { DomainError } from '../../primitives/errors.ts'
import type { MemberVisit } from '../../web/visit.ts'

export const GROUP_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A group of the visitor's organisation; throws `not_found`. */
export async function getGroup({ work, principal }: MemberVisit, id: string): Promise<IdpGroup> {
  const group = GROUP_ID.test(id) ? await findIdpGroup(work, principal.orgId, id) : undefined
  if (group === undefined) throw new DomainError('not_found', 'There is no such group.')
  return group
}
