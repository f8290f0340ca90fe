// A model of who can read and write what, as simple as it can be said: everything in memory, everything computed anew after each step.
import { isPath, ownPath, placed } from '../../src/permissions/path.ts'

type Role = 'viewer' | 'editor' | 'admin'

export type ModelGroup = {
  readonly key: string
  name: string
  readonly local: boolean
  switched: 'on' | 'off' | null
  role: Role | null
  /** Where it stands; undefined when it takes no part. */
  path: string | undefined
  /** The path its scope is named after. */
  scope: string | undefined
  scopeId?: string | undefined
  readonly people: Map<string, Role | null>
  readonly groups: Set<string>
}

/** Where a group stands, and its scope. */
export type Standing = { readonly path: string | undefined; readonly scope: string | undefined; readonly scopeId: string | undefined }

const NOWHERE: Standing = { path: undefined, scope: undefined, scopeId: undefined }

export class Model {
  /** In the order of their making. */
  readonly groups = new Map<string, ModelGroup>()
  readonly people = new Map<string, { id: string; active: boolean }>()
  /** Scopes whose group is gone, by path. */
  readonly retained = new Set<string>()
  rules: { pattern: string; select: boolean }[] = []
  prefix = ''
  nestByName = true

  selected(group: ModelGroup): boolean {
    if (group.local || group.switched !== null) return group.local || group.switched === 'on'
    const parts = group.name.split('/').map((part) => part.trim().toLowerCase())
    const matches = ({ pattern }: { pattern: string }) => {
      if (pattern === '**') return true
      const [first, second] = pattern.toLowerCase().split('/')
      return second === '**' ? parts[0] === first : parts.join('/') === pattern.toLowerCase()
    }
    return this.rules.find(matches)?.select ?? false
  }

  /**
   * Takes over where the groups stand, and tells what is wrong with it. Who gets a name that several want depends on what stood where before,
   * so it is not foretold but judged: everybody who can have the place they want has it, nobody stands elsewhere, and scopes stay whose they are.
   */
  adopt(real: ReadonlyMap<string, Standing>): readonly string[] {
    const problems: string[] = []
    for (const group of this.groups.values()) {
      const { path, scope, scopeId } = real.get(group.key) ?? NOWHERE
      if (group.scopeId !== undefined && group.scopeId !== scopeId) problems.push(`${group.name} has another scope than before`)
      if (path !== undefined && path !== scope) problems.push(`${group.name} stands at ${path} with the scope ${scope}`)
      group.path = path
      group.scope = scope
      group.scopeId = scopeId
    }
    for (const group of this.groups.values()) problems.push(...this.#misplaced(group))
    const paths = [...this.groups.values()].flatMap(({ path }) => path ?? [])
    if (new Set(paths).size !== paths.length) problems.push(`two groups stand at one path: ${paths.join(', ')}`)
    return problems
  }

  #misplaced(group: ModelGroup): string[] {
    if (group.local) return group.path === group.name ? [] : [`the local group ${group.name} stands at ${group.path}`]
    const wanted = this.selected(group) ? this.wanted(group) : undefined
    if (group.path === wanted) return []
    if (group.path !== undefined) return [`${group.name} stands at ${group.path} and belongs to ${wanted}`]
    if (wanted === undefined || !this.#owner(wanted, group)) return [`${group.name} waits for ${wanted}, which is free`]
    return this.#waitsInCircle(group) ? [`${group.name} waits in a circle of groups that could change their names at once`] : []
  }

  #waitsInCircle(start: ModelGroup): boolean {
    const seen = new Set<ModelGroup>()
    let at = this.#nextInLine(start)
    while (at !== undefined && at !== start && !seen.has(at)) {
      seen.add(at)
      at = this.#nextInLine(at)
    }
    return at === start
  }

  /** The group whose scope has the name that this one wants, if that one wants another name itself. */
  #nextInLine(group: ModelGroup): ModelGroup | undefined {
    const wantsAnother = (other: ModelGroup) => {
      const wanted = other.local || !this.selected(other) ? undefined : this.wanted(other)
      return wanted !== undefined && wanted !== other.scope ? wanted : undefined
    }
    const wanted = wantsAnother(group)
    return [...this.groups.values()].find((other) => wanted !== undefined && other.scope === wanted && wantsAnother(other) !== undefined)
  }

  /** Whether a scope other than the group's own has the name. */
  #owner(path: string, group: ModelGroup): boolean {
    return this.retained.has(path) || [...this.groups.values()].some((other) => other !== group && other.scope === path)
  }

  wanted(group: ModelGroup): string | undefined {
    const own = ownPath(group.name, '/')
    if (own.kind !== 'path') return undefined
    const parent = this.#parent(group)
    if (parent !== undefined && !this.#inCircle(group) && parent.path !== undefined && parent.path.split('/').length < 8) {
      return `${parent.path}/${own.segments[0]}`
    }
    return placed(own.segments, { prefix: this.prefix })
  }

  #parent(group: ModelGroup): ModelGroup | undefined {
    const own = ownPath(group.name, '/')
    if (own.kind !== 'path' || own.segments.length !== 1) return undefined
    const parents = [...this.groups.values()].filter((other) => other !== group && other.groups.has(group.key) && this.selected(other))
    return parents.length === 1 ? parents[0] : undefined
  }

  #inCircle(group: ModelGroup): boolean {
    const seen = new Set<ModelGroup>()
    for (let at = this.#parent(group); at !== undefined && !seen.has(at); at = this.#parent(at)) {
      if (at === group) return true
      seen.add(at)
    }
    return false
  }

  /** Deletes a group; its scope stays. */
  delete(key: string): void {
    const group = this.groups.get(key)
    if (group?.scope !== undefined) this.retained.add(group.scope)
    this.groups.delete(key)
    for (const other of this.groups.values()) other.groups.delete(key)
  }

  /** Scope path → whether the person may write, for all that the person may read. */
  access(personId: string): ReadonlyMap<string, boolean> {
    const found = new Map<string, boolean>()
    const grant = (group: ModelGroup, role: Role) => {
      if (group.path !== undefined) found.set(group.path, (found.get(group.path) ?? false) || role !== 'viewer')
    }
    for (const group of this.groups.values()) {
      if (!group.people.has(personId)) continue
      grant(group, group.people.get(personId) ?? group.role ?? 'editor')
      for (const above of this.above(group)) grant(above, above.role ?? 'viewer')
    }
    return found
  }

  /** The groups that a group is in, at any depth, itself left out. */
  above(group: ModelGroup): ReadonlySet<ModelGroup> {
    const found = new Set<ModelGroup>()
    const enter = (inner: ModelGroup) => {
      for (const outer of this.groups.values()) {
        if (found.has(outer) || !this.#isIn(inner, outer)) continue
        found.add(outer)
        enter(outer)
      }
    }
    enter(group)
    found.delete(group)
    return found
  }

  #isIn(inner: ModelGroup, outer: ModelGroup): boolean {
    if (inner.path === undefined || outer.path === undefined) return false
    return outer.groups.has(inner.key) || (this.nestByName && inner.local === outer.local && inner.path.startsWith(`${outer.path}/`))
  }

  /** Whether a local group can be made at a path. */
  isFree(path: string): boolean {
    return isPath(path) && !this.retained.has(path) && ![...this.groups.values()].some((other) => other.scope === path)
  }

  /** Every scope path there is. */
  scopes(): ReadonlySet<string> {
    return new Set([...this.retained, ...[...this.groups.values()].flatMap(({ scope }) => (scope === undefined ? [] : [scope]))])
  }
}
