// The audit rows of SCIM operations (design section 7).
import type { JsonObject, Operation, ResourceType, ScimError } from '@plur-enterprise/scim'
import type { AuditEvent, ScimPayload, ScimReadAction, ScimWriteAction, Target } from '../audit/event.ts'
import type { ScimCaller } from './caller.ts'
import { differences } from './changes.ts'
import { text } from './record.ts'

type ScimOperation = Operation<ScimCaller>
type Kind = 'user' | 'group' | 'resource'

const kindOf = (resourceType: ResourceType | undefined): Kind =>
  resourceType?.name === 'User' ? 'user' : resourceType?.name === 'Group' ? 'group' : 'resource'

export function target(resourceType: ResourceType | undefined, id: string | undefined, resource?: JsonObject): Target {
  const name = text(resource?.['userName']) ?? text(resource?.['displayName'])
  return { kind: `scim_${kindOf(resourceType)}`, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) }
}

function compat(operation: ScimOperation): ScimPayload {
  return operation.compat.size === 0 ? {} : { compat: [...operation.compat] }
}

const success = (action: ScimWriteAction, of: Target, payload: ScimPayload): AuditEvent => ({
  action,
  target: of,
  outcome: 'success',
  payload,
})

/** `account` says which earlier account the user came back to, and why. */
export function created(
  operation: ScimOperation,
  resourceType: ResourceType,
  { resource, account }: { resource: JsonObject; account?: { readonly [how: string]: string } },
): AuditEvent {
  const kind = kindOf(resourceType)
  return success(`scim.${kind}.create`, target(resourceType, text(resource['id']), resource), {
    changes: differences({}, resource),
    ...(account === undefined ? {} : { account }),
    ...compat(operation),
  })
}

/** An inactive user came back in place by its externalId. */
export function restored(operation: ScimOperation, resourceType: ResourceType, resource: JsonObject): AuditEvent {
  return success('scim.user.restore', target(resourceType, text(resource['id']), resource), {
    changes: differences({}, resource),
    ...compat(operation),
  })
}

/** One row for each fact: what was updated, and whether access went off or on. */
export function updated(
  operation: ScimOperation,
  resourceType: ResourceType,
  states: { before: JsonObject; after: JsonObject },
): AuditEvent[] {
  const { before, after } = states
  const of = target(resourceType, text(after['id']), after)
  const changes = differences(before, after)
  const kind = kindOf(resourceType)
  const wasActive = before['active'] === true
  const events: AuditEvent[] = []
  if (kind === 'user' && wasActive !== (after['active'] === true)) {
    const { active, ...others } = changes
    events.push(
      success(wasActive ? 'scim.user.disable' : 'scim.user.enable', of, { changes: { active: active ?? {} }, ...compat(operation) }),
    )
    if (Object.keys(others).length > 0) events.push(success('scim.user.update', of, { changes: others, ...compat(operation) }))
  } else {
    events.push(success(`scim.${kind}.update`, of, { changes, ...compat(operation) }))
  }
  return events
}

/** A write that found everything as asked for: told as such, without a second effect. */
export function unchanged(operation: ScimOperation, resourceType: ResourceType, resource: JsonObject | undefined): AuditEvent {
  return success(`scim.${kindOf(resourceType)}.update`, target(resourceType, operation.id, resource), {
    unchanged: true,
    ...compat(operation),
  })
}

export function deleted(
  operation: ScimOperation,
  resourceType: ResourceType,
  deletion: { resource: JsonObject; hard: boolean },
): AuditEvent {
  return success(`scim.${kindOf(resourceType)}.delete`, target(resourceType, operation.id, deletion.resource), {
    mode: deletion.hard ? 'hard' : 'soft',
    ...compat(operation),
  })
}

export function read(operation: ScimOperation, found: { total?: number; returned?: number }): AuditEvent {
  const kind = kindOf(operation.resourceType)
  const payload: ScimPayload = {
    ...(operation.filter === undefined ? {} : { filter: operation.filter.slice(0, 500) }),
    ...found,
    ...compat(operation),
  }
  return { action: readAction(operation, kind), target: target(operation.resourceType, operation.id), outcome: 'success', payload }
}

const readAction = (operation: ScimOperation, kind: Kind): ScimReadAction => `scim.${kind}.${operation.kind === 'query' ? 'list' : 'read'}`

/** A refused operation (4xx) or a failed one (5xx, or `error` undefined). */
export function refused(operation: ScimOperation, error: ScimError | undefined): AuditEvent {
  const kind = kindOf(operation.resourceType)
  const status = error?.status ?? 500
  const payload: ScimPayload = {
    error: {
      status,
      ...(error?.scimType === undefined ? {} : { scimType: error.scimType }),
      detail: (error?.message ?? 'internal error').slice(0, 1000),
    },
    ...(operation.filter === undefined ? {} : { filter: operation.filter.slice(0, 500) }),
    ...compat(operation),
  }
  const of = target(operation.resourceType, operation.id?.slice(0, 200))
  return { action: attempted(operation, kind), target: of, outcome: status >= 500 ? 'failure' : 'denied', payload }
}

function attempted(operation: ScimOperation, kind: Kind): ScimWriteAction | ScimReadAction {
  switch (operation.kind) {
    case 'create':
      return `scim.${kind}.create`
    case 'replace':
    case 'modify':
      return `scim.${kind}.update`
    case 'delete':
      return `scim.${kind}.delete`
    case 'read':
    case 'query':
      return readAction(operation, kind)
  }
}
