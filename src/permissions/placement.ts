// Where groups want to stand: at their own name, or under the one selected group that contains them (design section 4). Pure.
import { below, type GroupPath, ownPath, placed, type PathProblem, type PathSettings } from './path.ts'

export type Nestable = {
  readonly id: string
  readonly name: string
  /** The selected groups that contain it by SCIM membership. */
  readonly parents: readonly string[]
}

/** A group's own name, and the group under which it would sit. */
export type Seat = { readonly own: GroupPath; readonly under: string | undefined }

/**
 * The seat of each group: under the one selected group that contains it if its own name has no separator. Groups that contain themselves
 * in a circle sit under none.
 */
export function seats(groups: readonly Nestable[], separator: string): ReadonlyMap<string, Seat> {
  const found = new Map(groups.map((group) => [group.id, seat(group, separator)]))
  for (const id of inCircles(found)) found.set(id, { own: found.get(id)?.own ?? { kind: 'unusable' }, under: undefined })
  return found
}

function seat({ name, parents }: Nestable, separator: string): Seat {
  const own = ownPath(name, separator)
  const [parent, ...others] = parents
  return { own, under: own.kind === 'path' && own.segments.length === 1 && others.length === 0 ? parent : undefined }
}

/** The groups that come back to themselves when one goes up from them; each is looked at once. */
function inCircles(seats: ReadonlyMap<string, Seat>): readonly string[] {
  const circles: string[] = []
  const visited = new Set<string>()
  for (const start of seats.keys()) {
    const chain: string[] = []
    let at: string | undefined = start
    while (at !== undefined && seats.has(at) && !visited.has(at)) {
      visited.add(at)
      chain.push(at)
      at = seats.get(at)?.under
    }
    const back = at === undefined ? -1 : chain.indexOf(at)
    if (back >= 0) circles.push(...chain.slice(back))
  }
  return circles
}

export type Wish = { readonly kind: 'path'; readonly path: string } | { readonly kind: PathProblem }

/**
 * Where a group wants to stand: under its seat's group, as far as that one stands somewhere and there is room below it; otherwise at its own
 * name. `above`: where that group stands.
 */
export function wish({ own }: Seat, above: string | undefined, settings: PathSettings): Wish {
  if (own.kind !== 'path') return own
  const [segment] = own.segments
  const path = (above === undefined || segment === undefined ? undefined : below(above, segment)) ?? placed(own.segments, settings)
  return path === undefined ? { kind: 'too_deep' } : { kind: 'path', path }
}
