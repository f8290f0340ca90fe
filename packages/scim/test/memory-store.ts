// A whole Store in maps, as an example of the port and for the tests of the provider. Rows are never changed, only replaced, so
// that a transaction is undone by putting the old map back. One transaction runs at a time.
import {
  type Caller,
  type CollectionElement,
  type CollectionStep,
  comparableResource,
  type Draft,
  type Elements,
  findAttribute,
  invalidValue,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  matchesElement,
  notFound,
  type Operation,
  type Page,
  type Precondition,
  type Query,
  type ResourceType,
  type ScimError,
  type Store,
  type StoredResource,
  uniqueness,
  type UpdateRequest,
  type Wanted,
} from '@plur-enterprise/scim'
import { selectPage } from './memory-page.ts'

export type MemoryStoreOptions = { readonly baseUrl: string; readonly now: () => Date }

/** What happened, for an audit trail; entries of undone transactions vanish with them. */
export type LogEntry<C extends Caller> = { readonly operation: Operation<C>; readonly outcome: 'done' | 'unchanged' | 'failed' | ScimError }

type Collection = ReadonlyMap<string, CollectionElement>
type Row = Omit<StoredResource, 'elements' | 'overlay'> & {
  /** Place in the order of creation. */
  readonly serial: number
  readonly resource: JsonObject
  /** `resource` in comparable form. */
  readonly comparable: JsonObject
  readonly collections: ReadonlyMap<string, Collection>
}

/** Elements in one chunk of a stream; what fits into one is given as text. */
const CHUNK_ELEMENTS = 100

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
    refused: (operation, error) => inTurn(async () => tables.refused(operation, error)),
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
    const { id, resource, steps } = draft
    const now = this.#options.now()
    this.#serial += 1
    const meta = { version: 1, createdAt: now, lastModifiedAt: now, serial: this.#serial }
    const collections = this.#apply(resourceType, new Map(), steps)
    return this.#write(operation, { resourceType, id, ...meta, ...inForms(resourceType, resource), collections }, wanted)
  }

  async update(operation: Operation<C>, request: UpdateRequest): Promise<StoredResource> {
    const row = this.#get(request.resourceType, request.id)
    request.precondition?.(row.version)
    const { resource = row.resource, steps } = request.change(row.resource)
    const forms = inForms(row.resourceType, resource)
    const collections = this.#apply(row.resourceType, row.collections, steps)
    if (forms.json === row.json && [...collections].every(([name, collection]) => collection === row.collections.get(name))) {
      this.#note(operation, 'unchanged')
      return this.#stored(row, request.wanted)
    }
    const changed = { ...row, ...forms, collections, version: row.version + 1, lastModifiedAt: this.#options.now() }
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
    const candidates = [...this.#rows.values()].map((row) => ({
      row,
      serial: row.serial,
      resourceType: row.resourceType,
      resource: this.#comparable(row),
    }))
    const { total, found, next } = selectPage(candidates, query)
    this.#note(operation, 'done')
    return { total, resources: found.map(({ row }) => this.#stored(row, query.wanted)), next }
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

  #checkUnique({ id, resourceType, comparable }: Row): void {
    for (const { name } of resourceType.schema.attributes.filter(({ uniqueness }) => uniqueness !== 'none')) {
      for (const other of this.#rows.values()) {
        const isTaken = comparable[name] !== undefined && other.comparable[name] === comparable[name]
        if (isTaken && other.id !== id && other.resourceType === resourceType) throw uniqueness(`${name} is taken.`)
      }
    }
  }

  /** Each collection after the steps; the very same one when nothing changed. */
  #apply(resourceType: ResourceType, collectionsBefore: Row['collections'], steps: readonly CollectionStep[]): Row['collections'] {
    const collections = new Map(collectionsBefore)
    for (const step of steps) {
      const before: Collection = collections.get(step.attribute) ?? new Map()
      const after = this.#applyStep(resourceType, step, before)
      const isSame = after.size === before.size && [...after.keys()].every((value) => before.has(value))
      collections.set(step.attribute, isSame ? before : after)
    }
    return collections
  }

  #applyStep(resourceType: ResourceType, step: CollectionStep, before: Collection): Collection {
    switch (step.kind) {
      case 'add':
        return new Map([...before, ...this.#known(resourceType, step)])
      case 'set':
        return new Map(this.#known(resourceType, step))
      case 'remove': {
        const values = new Set(step.values)
        return new Map([...before].filter(([value]) => !values.has(value)))
      }
      case 'removeWhere':
        return new Map(
          [...before].filter(
            ([, element]) => !matchesElement(step.filter, comparableElement(resourceType, step.attribute, this.#shown(element))),
          ),
        )
    }
  }

  /** Elements that refer to resources must refer to existing ones: others are passed over, but not when all are such. */
  #known(resourceType: ResourceType, { attribute, elements }: Extract<CollectionStep, { readonly kind: 'add' | 'set' }>) {
    const subAttributes = findAttribute(resourceType.schema.attributes, attribute)?.subAttributes ?? []
    const isFree = findAttribute(subAttributes, '$ref') === undefined
    const known = elements.filter(({ value }) => isFree || this.#rows.has(value) || this.#expected.has(value))
    if (known.length === 0 && elements.length > 0) throw invalidValue('None of the values is the id of a resource.')
    return known.map((element): readonly [string, CollectionElement] => [element.value, element])
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
    return [...(row.collections.get(name)?.values() ?? [])].map((element) => this.#shown(element))
  }

  #shown(element: CollectionElement): JsonObject {
    const target = this.#rows.get(element.value)
    return target === undefined ? element : { ...element, $ref: this.#location(target), type: target.resourceType.name }
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

  /** The whole resource as filters and sorting see it. */
  #comparable(row: Row): JsonObject {
    const { resourceType, version, createdAt, lastModifiedAt } = row
    const apart = [...resourceType.collections, ...resourceType.computed].map((name): [string, Json] => [name, this.#elements(row, name)])
    const dates = { created: createdAt.toISOString(), lastModified: lastModifiedAt.toISOString() }
    const meta = { resourceType: resourceType.name, ...dates, location: this.#location(row), version: `W/"${version}"` }
    return { ...row.comparable, ...comparableResource(resourceType, { ...Object.fromEntries(apart), meta }) }
  }
}

function inForms(resourceType: ResourceType, resource: JsonObject): Pick<Row, 'resource' | 'json' | 'comparable'> {
  return { resource, json: JSON.stringify(resource), comparable: comparableResource(resourceType, resource) }
}

function comparableElement(resourceType: ResourceType, attribute: string, element: JsonObject): JsonObject {
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
