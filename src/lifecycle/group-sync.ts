// The mover of groups: a SCIM group that is made, renamed, nested, emptied of groups or deleted takes the permission graph along in the
// same transaction. Changes of people in a group need nothing of this: access reads the member rows themselves.
import type { AuditContext } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { readNested } from '../permissions/nodes.ts'
import { project } from '../permissions/projection.ts'
import { holdSettings } from '../permissions/settings.ts'

/**
 * Runs a change of one SCIM group in a transaction and projects what came of it. Costs one statement more where nothing is selected.
 * Begin with it: it locks before anything else does.
 */
export function changeGroup<T>(
  work: Work,
  { context, groupId }: { context: AuditContext; groupId: string },
  run: (tx: Work) => Promise<T>,
): Promise<T> {
  return work.atomically(async (tx) => {
    const settings = await holdSettings(tx, context.orgId, 'groups')
    if (!settings.inUse) return run(tx)
    // Groups that it contains no longer are not found from it afterwards.
    const before = await readNested(tx, context.orgId, [groupId])
    const result = await run(tx)
    await project(tx, context, { settings, ids: [groupId, ...before] })
    return result
  })
}
