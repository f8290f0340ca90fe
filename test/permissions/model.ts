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
  readonly people: Map<string, Role | null>
  readonly groups: Set<string>
}

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

  /** Lets everything come to rest: who wants to stand somewhere else goes there as soon as the name is free, older groups first. */
  settle(): void {
    for (const group of this.groups.values()) if (!this.selected(group)) group.path = undefined
    for (let changed = true; changed; ) {
      changed = false
      for (const group of this.groups.values()) {
        if (group.local || !this.selected(group)) continue
        const wanted = this.wanted(group)
        if (wanted === group.path) continue
        changed = this.#go(group, wanted) || changed
      }
    }
  }

  #go(group: ModelGroup, wanted: string | undefined): boolean {
    const before = group.path
    if (wanted === undefined || this.#owner(wanted, group)) group.path = undefined
    else group.path = group.scope = wanted
    return group.path !== before
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
