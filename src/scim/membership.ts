// The steps of a group's members: from the protocol's words to the directory's, and the rule for ids that nobody knows (design section 8):
// the known ones are applied, the unknown skipped and named; when none of those named is known, nothing happens and the client is told.
import {
  type CollectionElement,
  type CollectionStep,
  fold,
  invalidValue,
  type JsonObject,
  type StoredResource,
} from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import {
  addMembers,
  type MembershipOutcome,
  type MembershipWrite,
  type NamedMembers,
  removeMembers,
  removeMembersWhere,
  setMembers,
} from '../directory/members.ts'
import { auditContext } from './caller.ts'
import { elementSql, isId } from './filter-sql.ts'
import { memberColumn } from './member-sql.ts'
import type { WriteContext } from './write-context.ts'

const NAMED_IN_DETAIL_MAX = 20

export type StepsOutcome = { readonly changed: boolean; readonly last: MembershipOutcome | undefined }

/**
 * Runs the steps on `work`, which must be a transaction when there are several. `last` is undefined when there is no such group, or when
 * a step would change which groups it contains and `nesting` is refused; then the transaction must not be kept.
 */
export async function applySteps(
  { operation, expected }: WriteContext,
  work: Work,
  change: { groupId: string; steps: readonly CollectionStep[]; creating?: boolean; nesting?: MembershipWrite['nesting'] },
): Promise<StepsOutcome> {
  const { caller } = operation
  const { groupId, steps, creating = false, nesting = 'allowed' } = change
  const write: MembershipWrite = {
    orgId: caller.orgId,
    groupId,
    nesting,
    context: auditContext(caller),
    tokenId: caller.token.id,
    compat: [...operation.compat],
    creating,
    expected: new Map([...expected].flatMap(([id, { name }]) => (name === 'User' || name === 'Group' ? [[id, name] as const] : []))),
  }
  let last: MembershipOutcome | undefined
  let changed = false
  const named = { known: 0, unknown: new Set<string>() }
  for (const step of steps) {
    last = await applyStep(work, write, step)
    if (last === undefined) return { changed: false, last }
    if (step.kind === 'set' && last.known === 0 && last.unknown.length > 0) throw nobodyKnown(last.unknown)
    changed ||= last.added + last.removed > 0
    named.known += last.known
    for (const value of last.unknown) named.unknown.add(value)
  }
  if (named.known === 0 && named.unknown.size > 0) throw nobodyKnown([...named.unknown])
  return { changed, last }
}

function applyStep(work: Work, write: MembershipWrite, step: CollectionStep): Promise<MembershipOutcome | undefined> {
  switch (step.kind) {
    case 'add':
      return addMembers(work, write, namedMembers(step.elements))
    case 'set':
      return setMembers(work, write, namedMembers(step.elements))
    case 'remove':
      return removeMembers(work, write, step.values.filter(isId))
    case 'removeWhere':
      return removeMembersWhere(work, write, elementSql(step.filter, memberColumn))
  }
}

function namedMembers(elements: readonly CollectionElement[]): NamedMembers {
  const refs = elements.filter(({ value }) => isId(value)).map((element) => ({ id: element.value, ...display(element) }))
  return { refs, malformed: elements.map(({ value }) => value).filter((value) => !isId(value)) }
}

function display({ display }: JsonObject): { display: string | undefined; displayKey: string | undefined } {
  return typeof display === 'string' && display !== ''
    ? { display, displayKey: fold(display) }
    : { display: undefined, displayKey: undefined }
}

function nobodyKnown(values: readonly string[]) {
  const shown = values
    .slice(0, NAMED_IN_DETAIL_MAX)
    .map((value) => value.slice(0, 80))
    .join(', ')
  const rest = values.length > NAMED_IN_DETAIL_MAX ? ` and ${values.length - NAMED_IN_DETAIL_MAX} more` : ''
  return invalidValue(`members: no user or group has any of these ids: ${shown}${rest}. Nothing was changed; provision the members first.`)
}

/** The group as the last step left it, without its members. */
export function groupOf(write: WriteContext, outcome: MembershipOutcome, id: string): StoredResource | undefined {
  const { resourceType } = write.operation
  if (resourceType === undefined) return undefined
  const { version, createdAt, lastModifiedAt, json } = outcome
  return { resourceType, id, version, createdAt, lastModifiedAt, json, elements: {} }
}
