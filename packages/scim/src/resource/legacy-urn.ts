// URNs of SCIM 1 and of drafts of SCIM 2, which OneLogin's and Oracle's templates still send (idp-wire ON-3, OR-3).
import type { ResourceType, Schema } from '../schema/resource-type.ts'
import { ENTERPRISE_USER_URN } from '../urns.ts'

const CORE: ReadonlySet<string> = new Set(['urn:scim:schemas:core:1.0', 'urn:scim:schemas:core:2.0'])
const ENTERPRISE: ReadonlySet<string> = new Set(['urn:scim:schemas:extension:enterprise:1.0', 'urn:scim:schemas:extension:enterprise:2.0'])

/** Whether the URN is an old name of the type's core schema. */
export function isLegacyCore(urn: string, resourceType: ResourceType): boolean {
  return CORE.has(withoutName(urn, resourceType.name))
}

/** The extension of the type that the URN is an old name of. */
export function legacyExtension(urn: string, resourceType: ResourceType): Schema | undefined {
  if (!ENTERPRISE.has(withoutName(urn, 'User'))) return undefined
  return resourceType.extensions.find(({ schema }) => schema.id === ENTERPRISE_USER_URN)?.schema
}

/** The URN in lower case, without the name that may stand at its end. */
function withoutName(urn: string, name: string): string {
  const lower = urn.toLowerCase()
  const end = `:${name.toLowerCase()}`
  return lower.endsWith(end) ? lower.slice(0, -end.length) : lower
}
