// A place for memories: its kinds, its names and the ids that need no row.
import { type RawBuilder, sql } from 'kysely'

export type ScopeKind = 'global' | 'org' | 'user' | 'group' | 'project' | 'space'

export type Role = 'viewer' | 'editor' | 'admin'

/** The same in every organisation; `global` reaches as far as one organisation, because nothing reaches further. */
export const GLOBAL_SCOPE_ID = '00000000-0000-4000-8000-000000000001'
export const ORG_SCOPE_ID = '00000000-0000-4000-8000-000000000002'

const KINDS: readonly ScopeKind[] = ['group', 'project', 'space', 'user', 'org', 'global']

/** The kind that the name of a scope tells. */
export function kindOf(name: string): ScopeKind {
  const kind = KINDS.find((kind) => name.startsWith(kind))
  if (kind === undefined) throw new Error('a scope has a name of no kind')
  return kind
}

export const groupScopeName = (path: string): string => `group:${path}`

/** The name of an account's own scope; its id is the account's. */
export const userScopeName = (org: string, slug: string): string => `user:${org}:${slug}`

export const orgScopeName = (org: string): string => `org:${org}`

/** What somebody types as a scope: lower case where the whole is a name of ours; undefined when nothing could have that name. */
export function parseScopeName(text: string): string | undefined {
  const name = text.trim().toLowerCase()
  return name.length <= 700 && /^(global|(org|user|group|project|space):[a-z0-9:._/-]+)$/.test(name) ? name : undefined
}

/** Whether a role may write, as SQL over a role column. */
export const writes = (role: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`(${role} in ('editor', 'admin'))`
