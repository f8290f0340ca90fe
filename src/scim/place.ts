// Which SCIM path a URL path means: the version segment (RFC 7644 section 3.13), and the template it is logged and measured under.

export type Place = {
  /** Below the service root, still percent-encoded, such as `/Users/2819c223`. */
  readonly path: string
  /** Whether the version asked for is the one spoken here; none asked for is fine. */
  readonly supported: boolean
  readonly isBulk: boolean
  /** The resource type of the path, as far as the audit trail tells them apart. */
  readonly kind: 'user' | 'group' | 'resource'
  readonly isSearch: boolean
  readonly hasId: boolean
  /** One of few texts, whatever was asked. */
  readonly template: string
}

const COLLECTIONS: ReadonlySet<string> = new Set(['Users', 'Groups', 'ResourceTypes', 'Schemas'])
const SINGLES: ReadonlySet<string> = new Set(['Bulk', 'Me', 'ServiceProviderConfig', '.search'])

/** Reads a path that begins with `/scim`. */
export function locate(urlPath: string): Place {
  const below = urlPath.slice('/scim'.length)
  const version = /^\/+(v\d+)(?=\/|$)/i.exec(below)
  const path = version === null ? below : below.slice(version[0].length)
  const [first, second, ...more] = path.split('/').filter((segment) => segment !== '')
  const isSearch = second === '.search' || first === '.search'
  return {
    path,
    supported: version === null || version[1] === 'v2',
    isBulk: first === 'Bulk',
    kind: first === 'Users' ? 'user' : first === 'Groups' ? 'group' : 'resource',
    isSearch,
    hasId: second !== undefined && !isSearch,
    template: `/scim/v2${template(first, second, more.length)}`,
  }
}

function template(first: string | undefined, second: string | undefined, more: number): string {
  if (first === undefined) return ''
  if (more > 0) return '/*'
  if (second === undefined) return COLLECTIONS.has(first) || SINGLES.has(first) ? `/${first}` : '/*'
  if (!COLLECTIONS.has(first)) return '/*'
  return second === '.search' ? `/${first}/.search` : `/${first}/:id`
}
