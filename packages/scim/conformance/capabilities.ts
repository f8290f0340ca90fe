// What a server says about itself: the optional features it offers (RFC 7643 sections 5 to 7, RFC 9865 section 4).
import { at, listAt, numberAt, textAt, ENTERPRISE_USER_URN, GROUP_URN, USER_URN, type ScimClient } from '../src/client/client.ts'
import type { Need } from './need.ts'

export type Capabilities = {
  readonly provider: unknown
  readonly resourceTypes: readonly unknown[]
  readonly schemas: readonly unknown[]
  readonly maxResults: number | undefined
}

/** Asks the three discovery endpoints. @throws TransportError when nobody answers. */
export async function discover(client: ScimClient): Promise<Capabilities> {
  const document = async (path: string) => (await client.send({ method: 'GET', path })).json
  const provider = await document('/ServiceProviderConfig')
  return {
    provider,
    resourceTypes: listAt(await document('/ResourceTypes'), 'Resources'),
    schemas: listAt(await document('/Schemas'), 'Resources'),
    maxResults: numberAt(provider, 'filter', 'maxResults'),
  }
}

/** The definition of an attribute as /Schemas shows it, by path below the schema, such as `('User', 'name', 'givenName')`. */
export function attributeOf(capabilities: Capabilities, schema: 'User' | 'Group' | 'Enterprise', ...path: readonly string[]): unknown {
  const urn = { User: USER_URN, Group: GROUP_URN, Enterprise: ENTERPRISE_USER_URN }[schema]
  let current: unknown = capabilities.schemas.find((candidate) => textAt(candidate, 'id') === urn)
  path.forEach((name, depth) => {
    const attributes = listAt(current, depth === 0 ? 'attributes' : 'subAttributes')
    current = attributes.find((candidate) => textAt(candidate, 'name')?.toLowerCase() === name.toLowerCase())
  })
  return current
}

/** Why a check with this need cannot run here, or undefined when it can. Without readable /Schemas every attribute is assumed. */
export function missing(capabilities: Capabilities, need: Need): string | undefined {
  const { provider, resourceTypes, schemas } = capabilities
  switch (need) {
    case 'patch':
    case 'bulk':
    case 'filter':
    case 'sort':
    case 'etag':
      return at(provider, need, 'supported') === true ? undefined : `${need}.supported is not true in ServiceProviderConfig`
    case 'cursor':
      return at(provider, 'pagination', 'cursor') === true ? undefined : 'pagination.cursor is not true in ServiceProviderConfig'
    case 'index':
      return at(provider, 'pagination', 'index') === false ? 'pagination.index is false in ServiceProviderConfig' : undefined
    case 'Group':
      return resourceTypes.length === 0 || resourceTypes.some((type) => textAt(type, 'endpoint') === '/Groups')
        ? undefined
        : 'ResourceTypes lists no Group'
    case 'Enterprise':
      return schemas.length === 0 || attributeOf(capabilities, 'Enterprise') !== undefined
        ? undefined
        : 'Schemas does not list the Enterprise User extension'
    default:
      return schemas.length === 0 || declares(capabilities, need) ? undefined : `Schemas does not list ${need}`
  }
}

function declares(capabilities: Capabilities, need: string): boolean {
  const [schema = '', ...path] = need.split('.')
  if (schema !== 'User' && schema !== 'Group' && schema !== 'Enterprise') return false
  return attributeOf(capabilities, schema, ...path) !== undefined
}
