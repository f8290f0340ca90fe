// A whole Store in maps, as an example of the port and for the tests of the provider. Rows are never changed, only replaced, so
// that a transaction is undone by putting the old map back. One transaction runs at a time.
import {
  type AttributeRef,
  type Caller,
  type CollectionElement,
  type CollectionStep,
  type Comparable,
  comparableResource,
  compareText,
  type Draft,
  type Elements,
  invalidValue,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  matches,
  matchesElement,
  notFound,
  type Operation,
  type Page,
  type Position,
  type Precondition,
  type Query,
  type ResourceType,
  type ScimError,
  type Selection,
  type Store,
  type StoredResource,
  uniqueness,
  type UpdateRequest,
  type Wanted,
} from '@plur-enterprise/scim'

export type MemoryStoreOptions = { readonly baseUrl: string; readonly now: () => Date }

/** What happened, for an audit trail; entries of undone transactions vanish with them. */
export type LogEntry<C extends Caller> = { readonly operation: Operation<C>; readonly outcome: 'done' | 'unchanged' | 'failed' | ScimError }

type Collection = ReadonlyMap<string, CollectionElement>
type Row = Omit<StoredResource, 'elements' | 'overlay'> & {
  /** Place in the order of creation. */
  readonly serial: number
  readonly resource: JsonObject
  readonly collections: ReadonlyMap<string, Collection>
}

/** Elements in one chunk of a stream; what fits into one is given as text. */
const CHUNK_ELEMENTS = 1000

export type MemoryStore<C extends Caller> = Store<C> & { readonly log: () => readonly LogEntry<C>[] }

export function createMemoryStore<C extends Caller>(options: MemoryStoreOptions): MemoryStore<C> {
  const tables = new Tables<C>(options)
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = turn.then(() => tables.undoable(run))
    turn = result.catch(() => undefined)
    return result
  }
  return {
    find: (...args) => inTurn(() => tables.find(...args)),
    query: (...args) => inTurn(() => tables.query(...args)),
    create: (...args) => inTurn(() => tables.create(...args)),
    update: (...args) => inTurn(() => tables.update(...args)),
    delete: (...args) => inTurn(() => tables.delete(...args)),
    atomically: (...args) => inTurn(() => tables.atomically(...args)),
    refused: (...args) => inTurn(async () => tables.refused(...args)),
    log: () => tables.log,
  }
}

class Tables<C extends Caller> implements Store<C> {
  readonly #options: MemoryStoreOptions
  #rows: ReadonlyMap<string, Row> = new Map()
  #expected: ReadonlyMap<string, ResourceType> = new Map()
  #serial = 0
  log: readonly LogEntry<C>[] = []

  constructor(options: MemoryStoreOptions) {
    this.#options = options
  }

  async undoable<T>(run: () => Promise<T>): Promise<T> {
    const before = { rows: this.#rows, expected: this.#expected, log: this.log }
    try {
      return await run()
    } catch (error) {
      this.#rows = before.rows
      this.log = before.log
      throw error
    } finally {
      this.#expected = before.expected
    }
  }

  atomically<T>(_caller: C, expected: ReadonlyMap<string, ResourceType>, run: (store: Store<C>) => Promise<T>): Promise<T> {
    return this.undoable(() => {
      this.#expected = new Map([...this.#expected, ...expected])
      return run(this)
    })
  }

  async find(operation: Operation<C>, resourceType: ResourceType, id: string, wanted: Wanted): Promise<StoredResource | undefined> {
    const row = this.#rows.get(id)
    this.#note(operation, 'done')
    return row?.resourceType === resourceType ? this.#stored(row, wanted) : undefined
  }

  async create(operation: Operation<C>, resourceType: ResourceType, draft: Draft, wanted: Wanted): Promise<StoredResource> {
    const now = this.#options.now()
    this.#serial += 1
    const { id, resource } = draft
    const row = {
      resourceType,
      id,
      resource,
      version: 1,
      createdAt: now,
      lastModifiedAt: now,
      serial: this.#serial,
      collections: new Map(),
    }
    return this.#write(operation, { ...row, json: JSON.stringify(resource), collections: this.#apply(row, draft.steps) }, wanted)
  }

  async update(operation: Operation<C>, request: UpdateRequest): Promise<StoredResource> {
    const row = this.#get(request.resourceType, request.id)
    request.precondition?.(row.version)
    const { resource = row.resource, steps } = request.change(row.resource)
    const json = JSON.stringify(resource)
    const collections = this.#apply(row, steps)
    if (json === row.json && [...collections].every(([name, collection]) => collection === row.collections.get(name))) {
      this.#note(operation, 'unchanged')
      return this.#stored(row, request.wanted)
    }
    const changed = { ...row, resource, json, collections, version: row.version + 1, lastModifiedAt: this.#options.now() }
    return this.#write(operation, changed, request.wanted)
  }

  async delete(operation: Operation<C>, resourceType: ResourceType, id: string, precondition: Precondition | undefined): Promise<void> {
    const row = this.#get(resourceType, id)
    precondition?.(row.version)
    const others = [...this.#rows.values()].filter((other) => other !== row)
    this.#rows = new Map(others.map((other) => [other.id, this.#without(other, id)]))
    this.#note(operation, 'done')
  }

  async query(operation: Operation<C>, query: Query): Promise<Page> {
    const direction = query.sorted === 'descending' ? -1 : 1
    const inOrder = (a: Place, b: Place) => compareKeys(a.key, b.key) * direction || a.serial - b.serial
    const places = query.selections.flatMap((selection) => this.#select(selection)).toSorted(inOrder)
    const { page } = query
    const start = page.kind === 'index' ? page.skip : places.findIndex((place) => isAfter(place, page.after, inOrder))
    const rows = start === -1 ? [] : places.slice(start, start + query.count)
    const last = rows.at(-1)
    const isMore = page.kind === 'cursor' && last !== undefined && last !== places.at(-1)
    this.#note(operation, 'done')
    return {
      total: places.length,
      resources: rows.map(({ row }) => this.#stored(row, query.wanted)),
      next: isMore ? [last.key ?? null, last.serial] : undefined,
    }
  }

  refused(operation: Operation<C>, error: ScimError | undefined): void {
    this.#note(operation, error ?? 'failed')
  }

  #note(operation: Operation<C>, outcome: LogEntry<C>['outcome']): void {
    this.log = [...this.log, { operation, outcome }]
  }

  #get(resourceType: ResourceType, id: string): Row {
    const row = this.#rows.get(id)
    if (row?.resourceType !== resourceType) throw notFound(`There is no ${resourceType.name} with this id.`)
    return row
  }

  #write(operation: Operation<C>, row: Row, wanted: Wanted): StoredResource {
    this.#checkUnique(row)
    this.#rows = new Map(this.#rows).set(row.id, row)
    this.#note(operation, 'done')
    return this.#stored(row, wanted)
  }

  #checkUnique({ id, resourceType, resource }: Row): void {
    const own = comparableResource(resourceType, resource)
    for (const { name } of resourceType.schema.attributes.filter((attribute) => attribute.uniqueness !== 'none')) {
      for (const other of this.#rows.values()) {
        const isRival = other.id !== id && other.resourceType === resourceType && own[name] !== undefined
        if (isRival && comparableResource(resourceType, other.resource)[name] === own[name]) throw uniqueness(`${name} is taken.`)
      }
    }
  }

  /** Each collection after the steps; the very same one when nothing changed. */
  #apply(row: Pick<Row, 'resourceType' | 'collections'>, steps: readonly CollectionStep[]): Row['collections'] {
    const collections = new Map(row.collections)
    for (const step of steps) {
      const before: Collection = collections.get(step.attribute) ?? new Map()
      const after = this.#applyStep(row.resourceType, step, before)
      const isSame = after.size === before.size && [...after.keys()].every((value) => before.has(value))
      collections.set(step.attribute, isSame ? before : after)
    }
    return collections
  }

  #applyStep(resourceType: ResourceType, step: CollectionStep, before: Collection): Collection {
    switch (step.kind) {
      case 'add':
        return new Map([...before, ...this.#known(step.elements)])
      case 'set':
        return new Map(this.#known(step.elements))
      case 'remove':
        return new Map([...before].filter(([value]) => !step.values.includes(value)))
      case 'removeWhere':
        return new Map(
          [...before].filter(([, element]) => !matchesElement(step.filter, comparableElement(resourceType, step.attribute, element))),
        )
    }
  }

  /** Elements that stand for resources; those that stand for none are passed over, but not when all do. */
  #known(elements: readonly CollectionElement[]): readonly (readonly [string, CollectionElement])[] {
    const known = elements.filter(({ value }) => this.#rows.has(value) || this.#expected.has(value))
    if (known.length === 0 && elements.length > 0) throw invalidValue('None of the values is the id of a resource.')
    return known.map((element) => [element.value, element])
  }

  #without(row: Row, id: string): Row {
    if (![...row.collections.values()].some((collection) => collection.has(id))) return row
    const collections = new Map(
      [...row.collections].map(([name, collection]) => [name, new Map([...collection].filter(([value]) => value !== id))]),
    )
    return { ...row, collections, version: row.version + 1, lastModifiedAt: this.#options.now() }
  }

  #stored(row: Row, wanted: Wanted): StoredResource {
    const { resourceType, id, version, createdAt, lastModifiedAt, json } = row
    const all = [...resourceType.collections, ...resourceType.computed].filter((name) => wanted.has(name))
    const elements = all.map((name): [string, Elements] => [name, inText(this.#elements(row, name))])
    return {
      resourceType,
      id,
      version,
      createdAt,
      lastModifiedAt,
      json,
      elements: Object.fromEntries(elements.filter(([, text]) => text !== '')),
    }
  }

  #elements(row: Row, name: string): readonly JsonObject[] {
    if (row.resourceType.computed.includes(name)) return this.#holders(row.id)
    return [...(row.collections.get(name)?.values() ?? [])].map((element) => {
      const target = this.#rows.get(element.value)
      return target === undefined ? element : { ...element, $ref: this.#location(target), type: target.resourceType.name }
    })
  }

  /** What the computed attributes of the example show: the resources whose collections hold this one, directly or not. */
  #holders(id: string): readonly JsonObject[] {
    const found = new Map<string, JsonObject>()
    const open = [id]
    for (const member of open) {
      for (const row of this.#rows.values()) {
        if (found.has(row.id) || ![...row.collections.values()].some((collection) => collection.has(member))) continue
        found.set(row.id, { value: row.id, $ref: this.#location(row), type: member === id ? 'direct' : 'indirect' })
        open.push(row.id)
      }
    }
    return [...found.values()]
  }

  #location(row: Row): string {
    return `${this.#options.baseUrl}${row.resourceType.endpoint}/${row.id}`
  }

  #select({ resourceType, filter, sortBy }: Selection): readonly Place[] {
    return [...this.#rows.values()].flatMap((row) => {
      if (row.resourceType !== resourceType) return []
      const resource = this.#comparable(row)
      return filter === undefined || matches(filter, resource) ? [{ row, serial: row.serial, key: sortKey(resource, sortBy) }] : []
    })
  }

  /** The whole resource as filters and sorting see it. */
  #comparable(row: Row): JsonObject {
    const { resourceType, version, createdAt, lastModifiedAt } = row
    const apart = [...resourceType.collections, ...resourceType.computed].map((name) => [name, this.#elements(row, name)])
    const dates = { created: createdAt.toISOString(), lastModified: lastModifiedAt.toISOString() }
    const meta = { resourceType: resourceType.name, ...dates, location: this.#location(row), version: `W/"${version}"` }
    return comparableResource(resourceType, { ...row.resource, ...Object.fromEntries(apart), meta })
  }
}

type Place = { readonly row: Row; readonly serial: number; readonly key: Comparable | undefined }

function isAfter(place: Place, after: Position | undefined, inOrder: (a: Place, b: Place) => number): boolean {
  return after === undefined || inOrder(place, { ...place, key: after[0] ?? undefined, serial: Number(after[1]) }) > 0
}

/** The value to sort by: of the primary element, else of the first (RFC 7644 section 3.4.2.3). */
function sortKey(resource: JsonObject, target: AttributeRef | undefined): Comparable | undefined {
  if (target === undefined) return undefined
  const holder = target.extension === undefined ? resource : resource[target.extension]
  const value = isObject(holder) ? holder[target.attribute.name] : undefined
  const elements: readonly (Json | undefined)[] = isArray(value) ? value : [value]
  const element = elements.find((candidate) => isObject(candidate) && candidate['primary'] === true) ?? elements[0]
  const key = target.sub === undefined ? element : isObject(element) ? element[target.sub.name] : undefined
  return key === null || typeof key === 'object' ? undefined : key
}

/** Without a value last when ascending, hence first when descending (RFC 7644 section 3.4.2.3). */
function compareKeys(a: Comparable | undefined, b: Comparable | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : Number(a) - Number(b)
}

function comparableElement(resourceType: ResourceType, attribute: string, element: CollectionElement): JsonObject {
  const comparable = comparableResource(resourceType, { [attribute]: [element] })[attribute]
  const [first] = isArray(comparable) ? comparable : []
  return isObject(first) ? first : {}
}

/** The inside of a JSON array: text for what fits into one chunk, else a stream of chunks. */
function inText(elements: readonly JsonObject[]): Elements {
  const texts = elements.map((element) => JSON.stringify(element))
  return texts.length <= CHUNK_ELEMENTS ? texts.join(',') : inChunks(texts)
}

async function* inChunks(texts: readonly string[]): AsyncGenerator<string> {
  for (let at = 0; at < texts.length; at += CHUNK_ELEMENTS) yield texts.slice(at, at + CHUNK_ELEMENTS).join(',')
}
