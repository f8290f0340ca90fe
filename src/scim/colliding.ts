// A local account that a SCIM create ran into is shown to the IdP, which looks for it after our 409 (idp-wire RC-26, EN-20), and every write to
// it is answered with what an admin has to do.
import { type Query, type ResourceType, ScimError, type StoredResource, USER_URN } from '@plur-enterprise/scim'
import type { Work } from '../db/work.ts'
import { type Collision, findCollision, findCollisions } from '../directory/collisions.ts'
import type { LocalAccountCollision } from '../lifecycle/joiner.ts'
import { Coalescer } from '../primitives/coalesce.ts'
import { isId } from './filter-sql.ts'

export type Colliding = {
  readonly byId: (orgId: string, resourceType: ResourceType, id: string) => Promise<Collision | undefined>
  /** For a query that asks for one userName. */
  readonly askedFor: (orgId: string, query: Query) => Promise<StoredResource | undefined>
}

/** Names that are looked for at the same time are looked for together: every joiner is a name that nobody has. */
export function createColliding(work: Work): Colliding {
  const names = new Coalescer<string, Collision>({
    lookup: async (keys) => {
      const found = await findCollisions(
        work,
        keys.map((key) => ({ orgId: key.slice(0, ORG_ID_LENGTH), userNameKey: key.slice(ORG_ID_LENGTH) })),
      )
      return new Map(keys.flatMap((key, i) => (found[i] === undefined ? [] : [[key, found[i]]])))
    },
  })
  return {
    async byId(orgId, { name }, id) {
      return name === 'User' && isId(id) ? findCollision(work, orgId, id) : undefined
    },
    async askedFor(orgId, { selections: [selection, ...others] }) {
      const filter = selection?.filter
      if (selection?.resourceType.name !== 'User' || others.length > 0) return undefined
      if (filter?.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return undefined
      if (filter.target.attribute.name !== 'userName') return undefined
      const collision = await names.get(orgId + filter.value)
      return collision === undefined ? undefined : asResource(collision, selection.resourceType)
    },
  }
}

const ORG_ID_LENGTH = 36

export function asResource({ account, userName }: Collision, resourceType: ResourceType): StoredResource {
  const { id, displayName, status, createdAt } = account
  const json = JSON.stringify({
    schemas: [USER_URN],
    id,
    userName,
    ...(displayName === null ? {} : { displayName }),
    active: status === 'active',
  })
  return { resourceType, id, version: 1, createdAt, lastModifiedAt: createdAt, json, elements: {} }
}

export function advice(userName: string, cause?: LocalAccountCollision): ScimError {
  const detail =
    `a local account "${userName}" has this user name or e-mail address. An admin of this server can hand it over to your identity provider with ` +
    `\`plur user link ${userName}\` (the next create then succeeds and keeps its memories), or rename the local account.`
  return new ScimError(409, detail, { scimType: 'uniqueness', ...(cause === undefined ? {} : { cause }) })
}
