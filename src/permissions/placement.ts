// Where groups want to stand: at their own name, or under the one selected group that contains them (design section 4). Pure.
import { below, type GroupPath, ownPath, placed, type PathProblem, type PathSettings } from './path.ts'

export type Nestable = {
  readonly id: string
  readonly name: string
  /** The selected groups that contain it by SCIM membership. */
  readonly parents: readonly string[]
}

export type Wish = { readonly kind: 'path'; readonly path: string; readonly under: string | undefined } | { readonly kind: PathProblem }

export type Surroundings = {
  readonly settings: PathSettings
  /** Where a selected group stands that is not among those asked about; undefined when it is held. */
  readonly standsAt: (id: string) => string | undefined
  /** Groups that want a path but do not get it: nothing can sit under them. */
  readonly held: ReadonlySet<string>
}

/**
 * The wish of each group. A group without a separator in its name sits under the one selected group that contains it, as far as that one
 * stands and there is room below it; otherwise at its own name. Groups that contain themselves in a circle sit at their own names.
 */
export function wishes(groups: readonly Nestable[], surroundings: Surroundings): ReadonlyMap<string, Wish> {
  const places = new Map(groups.map((group) => [group.id, placeOf(group, surroundings)]))
  const found = new Map<string, Wish>()
  for (const { id } of groups) {
    // Up to a group whose wish is known or that sits under none of these, then down again: no recursion.
    const chain: string[] = []
    const seen = new Set<string>()
    for (let next: string | undefined = id; next !== undefined && !found.has(next) && places.has(next); next = places.get(next)?.under) {
      if (seen.has(next)) {
        for (const member of chain.slice(chain.indexOf(next))) found.set(member, ownWish(places.get(member), surroundings))
        break
      }
      seen.add(next)
      chain.push(next)
    }
    for (const member of chain.toReversed()) if (!found.has(member)) found.set(member, wish(places.get(member), found, surroundings))
  }
  return found
}

/** A group's own name, and the group under which it would sit. */
type Place = { readonly own: GroupPath; readonly under: string | undefined }

function placeOf({ name, parents }: Nestable, { settings, held }: Surroundings): Place {
  const own = ownPath(name, settings.separator)
  const [parent, ...others] = parents
  const nests = own.kind === 'path' && own.segments.length === 1 && others.length === 0
  return { own, under: nests && parent !== undefined && !held.has(parent) ? parent : undefined }
}

function wish(place: Place | undefined, found: ReadonlyMap<string, Wish>, surroundings: Surroundings): Wish {
  const { own, under } = place ?? NOWHERE
  if (own.kind !== 'path') return own
  const [segment] = own.segments
  const above = under === undefined ? undefined : pathOf(under, found, surroundings)
  const path = above === undefined || segment === undefined ? undefined : below(above, segment)
  return path === undefined ? ownWish(place, surroundings) : { kind: 'path', path, under }
}

function pathOf(parent: string, found: ReadonlyMap<string, Wish>, { standsAt }: Surroundings): string | undefined {
  const wish = found.get(parent)
  if (wish === undefined) return standsAt(parent)
  return wish.kind === 'path' ? wish.path : undefined
}

function ownWish(place: Place | undefined, { settings }: Surroundings): Wish {
  const { own } = place ?? NOWHERE
  if (own.kind !== 'path') return own
  const path = placed(own.segments, settings)
  return path === undefined ? { kind: 'too_deep' } : { kind: 'path', path, under: undefined }
}

const NOWHERE: Place = { own: { kind: 'unusable' }, under: undefined }
