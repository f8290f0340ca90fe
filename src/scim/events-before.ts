// The audit rows of requests that never become an operation of the store: refused before (too large, too slow, too many, no such path),
// or about the service itself.
import type { AuditEvent } from '../audit/event.ts'
import type { HttpFailure } from '../http/message.ts'
import type { Place } from './place.ts'

type Attempt = { readonly method: string; readonly place: Place }

/** Somebody read a discovery document. */
export function discovered(place: Place): AuditEvent {
  const verb = place.hasId ? 'read' : 'list'
  return { action: `scim.resource.${verb}`, target: { kind: 'scim_discovery', name: place.template }, outcome: 'success', payload: {} }
}

/** What was attempted, as far as method and path tell. */
export function refusedBefore(attempt: Attempt, { status, detail }: HttpFailure): AuditEvent {
  const { place } = attempt
  return {
    action: place.isBulk ? 'scim.bulk' : `scim.${place.kind}.${verb(attempt)}`,
    target: { kind: `scim_${place.kind}` },
    outcome: 'denied',
    payload: { error: { status, detail } },
  }
}

function verb({ method, place }: Attempt): 'create' | 'update' | 'delete' | 'read' | 'list' {
  switch (method) {
    case 'POST':
      return place.isSearch ? 'list' : 'create'
    case 'PUT':
    case 'PATCH':
      return 'update'
    case 'DELETE':
      return 'delete'
    default:
      return place.hasId ? 'read' : 'list'
  }
}
