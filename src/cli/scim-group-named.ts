// The SCIM group that a command line names.
import { fold } from '@plur-enterprise/scim'
import { findListedGroup, type ListedGroup } from '../permissions/selecting.ts'
import { DomainError } from '../primitives/errors.ts'
import type { CommandContext } from './context.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By SCIM id or by display name in any case. Throws a `DomainError` `not_found`. */
export async function getGroup({ work, org }: Pick<CommandContext, 'work' | 'org'>, group: string): Promise<ListedGroup> {
  const found =
    (UUID.test(group) ? await findListedGroup(work, org.id, { id: group }) : undefined) ??
    (await findListedGroup(work, org.id, { nameKey: fold(group) }))
  if (found === undefined) throw new DomainError('not_found', `There is no SCIM group "${group}" in ${org.slug}.`)
  return found
}
