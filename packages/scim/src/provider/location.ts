// Where resources are. Locations derive from the configured service root alone, never from the request.
import type { ResourceType } from '../schema/resource-type.ts'

/** Absolute URI of a resource. */
export function locationOf(baseUrl: string, resourceType: ResourceType, id: string): string {
  return `${baseUrl}${resourceType.endpoint}/${encodeURIComponent(id)}`
}
