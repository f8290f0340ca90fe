// In which order the operations of a Bulk request run (RFC 7644 sections 3.7 and 3.7.1): as sent, except that one which refers
// to a later creation waits for it, and that creations which refer to each other in a circle run as one.

/** What the order depends on. `defines` is set for creations; `target` names the resource that others address. */
export type Orderable = {
  readonly defines: string | undefined
  readonly references: ReadonlySet<string>
  readonly target: string | undefined
}

/** Operations, by index, that run together: one, or all creations of a circle. */
export type Unit = { readonly members: readonly number[]; readonly isCircular: boolean }

/** All operations in units, each after those it depends on. Linear in operations and references. */
export function orderOperations(operations: readonly Orderable[]): readonly Unit[] {
  const dependencies = dependenciesOf(operations)
  const units = strongComponents(dependencies).map((members): Unit => {
    const [first = 0] = members
    return { members, isCircular: members.length > 1 || dependencies[first]?.has(first) === true }
  })
  return inOrder(units, dependencies)
}

/** The operations each one must come after: creations it refers to, and the one before it on the same resource. */
function dependenciesOf(operations: readonly Orderable[]): readonly ReadonlySet<number>[] {
  const creations = new Map<string, number>()
  for (const [index, { defines }] of operations.entries()) {
    if (defines !== undefined) creations.set(defines, index)
  }
  const latest = new Map<string, number>()
  return operations.map(({ references, target }, index) => {
    const dependencies = new Set<number>()
    for (const reference of references) {
      const creation = creations.get(reference)
      if (creation !== undefined) dependencies.add(creation)
    }
    if (target !== undefined) {
      const before = latest.get(target)
      if (before !== undefined) dependencies.add(before)
      latest.set(target, index)
    }
    return dependencies
  })
}

/**
 * Strongly connected components by Tarjan's algorithm, each with its members in ascending order. Without recursion, since a chain
 * may be as long as the request.
 */
function strongComponents(dependencies: readonly ReadonlySet<number>[]): readonly (readonly number[])[] {
  const components: number[][] = []
  const order = new Map<number, number>()
  const lowest: number[] = []
  const open: number[] = []
  const isOpen = new Set<number>()
  const path: { readonly node: number; readonly rest: Iterator<number> }[] = []

  const enter = (node: number) => {
    lowest[node] = order.size
    order.set(node, order.size)
    open.push(node)
    isOpen.add(node)
    path.push({ node, rest: (dependencies[node] ?? new Set()).values() })
  }
  const lower = (node: number, to: number) => {
    lowest[node] = Math.min(lowest[node] ?? to, to)
  }
  const leave = (node: number) => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) lower(parent.node, lowest[node] ?? 0)
    if (lowest[node] !== order.get(node)) return
    const members = open.splice(open.lastIndexOf(node))
    for (const member of members) isOpen.delete(member)
    components.push(members.sort((a, b) => a - b))
  }

  for (const start of dependencies.keys()) {
    if (!order.has(start)) enter(start)
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.rest.next()
      if (next.done === true) leave(step.node)
      else if (!order.has(next.value)) enter(next.value)
      else if (isOpen.has(next.value)) lower(step.node, order.get(next.value) ?? 0)
    }
  }
  return components
}

/** Units by the place of their last member; one that must wait comes right after what it waited for. */
function inOrder(units: readonly Unit[], dependencies: readonly ReadonlySet<number>[]): readonly Unit[] {
  const unitOf = new Map(units.flatMap((unit) => unit.members.map((member): [number, Unit] => [member, unit])))
  const waitsFor = new Map(units.map((unit) => [unit, unitsBefore(unit, unitOf, dependencies)]))
  const followers = new Map(units.map((unit): [Unit, Unit[]] => [unit, []]))
  for (const [unit, before] of waitsFor) for (const other of before) followers.get(other)?.push(unit)

  const ordered: Unit[] = []
  const pending = new Set<Unit>()
  for (const place of units.toSorted((a, b) => lastOf(a) - lastOf(b))) {
    pending.add(place)
    const ready = [place]
    for (const unit of ready) {
      if (!pending.has(unit) || (waitsFor.get(unit)?.size ?? 0) > 0) continue
      pending.delete(unit)
      ordered.push(unit)
      for (const follower of followers.get(unit) ?? []) {
        waitsFor.get(follower)?.delete(unit)
        ready.push(follower)
      }
    }
  }
  return ordered
}

function unitsBefore(unit: Unit, unitOf: ReadonlyMap<number, Unit>, dependencies: readonly ReadonlySet<number>[]): Set<Unit> {
  const before = new Set<Unit>()
  for (const member of unit.members) {
    for (const dependency of dependencies[member] ?? []) {
      const other = unitOf.get(dependency)
      if (other !== undefined && other !== unit) before.add(other)
    }
  }
  return before
}

function lastOf(unit: Unit): number {
  return unit.members.at(-1) ?? 0
}
