// Filtering, sorting and paging for the example store: everything by brute force, in the way that a database must agree with.
import {
  type AttributeRef,
  type Comparable,
  compareText,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  matches,
  type Position,
  type Query,
  type ResourceType,
} from '@plur-enterprise/scim'

export type Candidate = {
  readonly resourceType: ResourceType
  /** The whole resource in comparable form. */
  readonly resource: JsonObject
  /** Place in the order of creation; makes every order total. */
  readonly serial: number
}

export type Found<T> = { readonly total: number; readonly found: readonly T[]; readonly next: Position | undefined }

/** The page that the query asks for. A cursor's position is the sort key and the serial of the last resource of its page. */
export function selectPage<T extends Candidate>(candidates: readonly T[], query: Query): Found<T> {
  const { page, count } = query
  const direction = query.sorted === 'descending' ? -1 : 1
  const inOrder = (a: Place, b: Place) => compareKeys(a.key, b.key) * direction || a.serial - b.serial
  const places = candidates.flatMap((candidate) => placesOf(candidate, query)).toSorted(inOrder)
  const rest = page.kind === 'index' ? places.slice(page.skip) : places.filter((place) => isAfter(place, page.after, inOrder))
  const onPage = rest.slice(0, count)
  const last = onPage.at(-1)
  const isMore = page.kind === 'cursor' && last !== undefined && rest.length > count
  return {
    total: places.length,
    found: onPage.map(({ candidate }) => candidate),
    next: isMore ? [last.key ?? null, last.serial] : undefined,
  }
}

type Place = { readonly key: Comparable | undefined; readonly serial: number }

function placesOf<T extends Candidate>(candidate: T, query: Query): readonly (Place & { readonly candidate: T })[] {
  const { resourceType, resource, serial } = candidate
  const selection = query.selections.find((each) => each.resourceType === resourceType)
  if (selection === undefined || (selection.filter !== undefined && !matches(selection.filter, resource))) return []
  return [{ candidate, serial, key: selection.sortBy && sortKey(resource, selection.sortBy) }]
}

function isAfter(place: Place, after: Position | undefined, inOrder: (a: Place, b: Place) => number): boolean {
  return after === undefined || inOrder(place, { key: after[0] ?? undefined, serial: Number(after[1]) }) > 0
}

/** Of a multi-valued attribute the primary element counts, else the first (RFC 7644 section 3.4.2.3). */
function sortKey(resource: JsonObject, { extension, attribute, sub }: AttributeRef): Comparable | undefined {
  const value = memberOf(extension === undefined ? resource : resource[extension], attribute.name)
  const elements: readonly (Json | undefined)[] = isArray(value) ? value : [value]
  const element = elements.find((candidate) => memberOf(candidate, 'primary') === true) ?? elements[0]
  const key = sub === undefined ? element : memberOf(element, sub.name)
  return key === null || typeof key === 'object' ? undefined : key
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined
}

/** Without a value last when ascending, hence first when descending. */
function compareKeys(a: Comparable | undefined, b: Comparable | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : Number(a) - Number(b)
}
