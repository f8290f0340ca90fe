// What a person pastes into a PLUR client: one store for each shared scope, all on this server with one key (contract sections 3.4 and 5).
import type { ScopeAccess } from '../permissions/access.ts'

/** Scopes that a configuration names; the client finds the others by asking who its key belongs to. */
const SCOPES_MAX = 20

/** Scopes that several people share; a client keeps personal ones by itself. */
const SHARED = new Set<ScopeAccess['kind']>(['group', 'project', 'space', 'org'])

export const CONFIG_FILE = '~/.plur/config.yaml'

/**
 * The `stores` of a client's config.yaml. `dial: always` has the client ask this server whatever the scope of the session is: by itself it
 * only asks servers of the session's own organisation, which it takes for the first part of a scope's name.
 */
export function clientConfig(options: { publicUrl: string; key: string; scopes: readonly ScopeAccess[] }): string {
  const { publicUrl, key, scopes } = options
  const shared = scopes.filter(({ kind, retained }) => SHARED.has(kind) && !retained).slice(0, SCOPES_MAX)
  const entries = shared.map(({ name, writable }) =>
    [
      `  - url: ${publicUrl}/sse`,
      `    token: ${key}`,
      `    scope: ${name}`,
      '    shared: true',
      ...(writable ? [] : ['    readonly: true']),
      '    dial: always',
    ].join('\n'),
  )
  return ['stores:', ...entries].join('\n')
}
