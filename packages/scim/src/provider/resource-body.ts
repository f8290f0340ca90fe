// From a stored resource to the JSON text of a response (RFC 7643 section 3, RFC 7644 section 3.9). A resource that is shown as it
// is stored is spliced together as text and never parsed; large collections stay streams.
import { isObject, type JsonObject } from '../json.ts'
import { isFull, project, projectElement, showsElementsWhole, wants } from '../resource/project.ts'
import type { Projection } from '../resource/projection.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { entityTag } from './conditional.ts'
import { locationOf } from './location.ts'
import type { Body } from './respond.ts'
import type { Elements, StoredResource } from './store.ts'

/** How a response shows resources. `requested` are the attributes that the request set itself. */
export type View = { readonly baseUrl: string; readonly projection: Projection; readonly requested?: ReadonlySet<string> }

/** Names of the collection and computed attributes that the response will show. */
export function wantedIn(projection: Projection, resourceTypes: readonly ResourceType[]): ReadonlySet<string> {
  const wanted = new Set<string>()
  for (const resourceType of resourceTypes) {
    for (const name of apartOf(resourceType)) if (wants(projection, resourceType, name)) wanted.add(name)
  }
  return wanted
}

/** The resource as the text of a JSON object. */
export function resourceBody(stored: StoredResource, view: View): Body {
  const meta = metaOf(stored, view.baseUrl)
  const isWhole = isShownAsStored(stored.resourceType, view.projection)
  const object = isWhole && stored.overlay === undefined ? undefined : shownObject(stored, meta, view)
  const text = object === undefined ? stored.json : JSON.stringify(object)
  const body: Elements[] = [text.slice(0, -1)]
  for (const name of apartOf(stored.resourceType)) {
    const elements = Object.hasOwn(stored.elements, name) ? stored.elements[name] : undefined
    const shown = elements && shownElements(elements, name, { stored, view })
    if (shown !== undefined && shown !== '') body.push(`,"${name}":[`, shown, ']')
  }
  body.push(object === undefined ? `,"meta":${JSON.stringify(meta)}}` : '}')
  return body
}

/** Answers for the default projection, told once for each type, since declarations never change. */
const DEFAULT_IS_FULL = new WeakMap<ResourceType, boolean>()

function isShownAsStored(resourceType: ResourceType, projection: Projection): boolean {
  if (projection.kind !== 'default') return false
  const known = DEFAULT_IS_FULL.get(resourceType) ?? isFull(projection, resourceType)
  DEFAULT_IS_FULL.set(resourceType, known)
  return known
}

/** The attributes that the store keeps or computes outside the resource's JSON. */
function apartOf({ collections, computed }: ResourceType): readonly string[] {
  return [...collections, ...computed]
}

function metaOf({ resourceType, id, version, createdAt, lastModifiedAt }: StoredResource, baseUrl: string): JsonObject {
  return {
    resourceType: resourceType.name,
    created: createdAt.toISOString(),
    lastModified: lastModifiedAt.toISOString(),
    location: locationOf(baseUrl, resourceType, id),
    version: entityTag(version),
  }
}

function shownObject(stored: StoredResource, meta: JsonObject, { projection, requested }: View): JsonObject {
  const parsed: unknown = JSON.parse(stored.json)
  if (!isJsonObject(parsed)) throw new Error(`The stored resource ${stored.id} is no JSON object`)
  const resource = stored.overlay === undefined ? parsed : merge(parsed, stored.overlay)
  return project({ ...resource, meta }, stored.resourceType, projection, requested)
}

/** Objects are merged member by member; anything else of the overlay takes the place of what was there. */
function merge(base: JsonObject, overlay: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base))
  for (const [name, value] of Object.entries(overlay)) {
    const before = merged.get(name)
    merged.set(name, isObject(before) && isObject(value) ? merge(before, value) : value)
  }
  return Object.fromEntries(merged)
}

type Shown = { readonly stored: StoredResource; readonly view: View }

function shownElements(elements: Elements, name: string, { stored, view: { projection } }: Shown): Elements {
  const attribute = findAttribute(stored.resourceType.schema.attributes, name)
  if (attribute === undefined) throw new Error(`${stored.resourceType.name} has no attribute ${name}`)
  const show = showsElementsWhole(attribute, projection)
    ? (text: string) => text
    : (text: string) => projectText(text, attribute, projection)
  return typeof elements === 'string' ? show(elements) : inChunks(elements, show)
}

/** The inside of a JSON array, each element cut down to what is shown of it, if anything is. */
function projectText(text: string, attribute: Attribute, projection: Projection): string {
  const elements: unknown = JSON.parse(`[${text}]`)
  if (!isObjects(elements)) throw new Error(`The stored elements of ${attribute.name} are no JSON objects`)
  const shown = elements.map((element) => projectElement(element, attribute, projection)).filter((element) => element !== undefined)
  return shown.map((element) => JSON.stringify(element)).join(',')
}

/** The text is our own or the store's, so that nothing but its outermost form can be wrong. */
function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject)
}

async function* inChunks(chunks: AsyncIterable<string>, show: (text: string) => string): AsyncGenerator<string, void, undefined> {
  let isFirst = true
  for await (const chunk of chunks) {
    const shown = chunk === '' ? '' : show(chunk)
    if (shown === '') continue
    yield isFirst ? shown : `,${shown}`
    isFirst = false
  }
}
