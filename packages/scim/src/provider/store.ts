// The one port of the package: what a host must be able to do with resources. Everything above it is protocol, everything
// below it is the host's business (tables, transactions, audit).
import type { ResolvedFilter } from '../filter/ast.ts'
import type { JsonObject } from '../json.ts'
import type { Profile } from '../patch/profile.ts'
import type { Change, CollectionStep } from '../resource/change.ts'
import type { AttributeRef, ResourceType } from '../schema/resource-type.ts'
import type { ScimError } from '../errors.ts'

export type { Change, CollectionElement, CollectionStep } from '../resource/change.ts'

/** Who asks, as the host authenticated it. The host may hang more on it; the package reads only these. */
export type Caller = {
  /** How tolerant to be with this client's dialect (compat-decisions layer 2). */
  readonly profile: Profile
}

/** One operation of a client, alone or inside a Bulk. The host reads it for its audit trail. */
export type Operation<C extends Caller = Caller> = {
  readonly caller: C
  readonly kind: 'create' | 'read' | 'query' | 'replace' | 'modify' | 'delete'
  /** Undefined for queries at the service root. */
  readonly resourceType: ResourceType | undefined
  /** The resource addressed; undefined for create and query. */
  readonly id: string | undefined
  /** Names of the tolerances used so far, such as `entra-remove-with-value`. Filled while the request is understood. */
  readonly compat: Set<string>
  /** The filter text of a query, for the audit trail. */
  readonly filter?: string
}

/**
 * Attributes that the store keeps or computes outside the resource's JSON, as the text of a JSON array's inside
 * (`{"value":"…"},{"value":"…"}`): whole for small ones, in chunks for large ones. Each chunk holds whole elements, without a comma
 * before the first and after the last. A stream takes what it needs when its first chunk is asked for: it may never be read.
 */
export type Elements = string | AsyncIterable<string>

export type StoredResource = {
  readonly resourceType: ResourceType
  readonly id: string
  /** Grows with every change; the ETag is `W/"version"`. */
  readonly version: number
  readonly createdAt: Date
  readonly lastModifiedAt: Date
  /** JSON text of one object: all that was given to create or update (`schemas`, `id`, attributes, extensions), unchanged. */
  readonly json: string
  /** readOnly sub-attributes computed on reading, merged into `json` at the same places, such as manager.displayName. */
  readonly overlay?: JsonObject
  /** The wanted collection and computed attributes by name; absent when empty or not wanted. */
  readonly elements: Readonly<Record<string, Elements>>
}

/** Names of the collection and computed attributes that the response will show; the store leaves the others alone. */
export type Wanted = ReadonlySet<string>

export type Draft = {
  /** The id that the provider chose (random UUID). A store may answer with another one when it restores a resource in place. */
  readonly id: string
  /** Canonical resource: `schemas`, `id`, attributes in schema order, extensions by URN. Neither `meta` nor collections. */
  readonly resource: JsonObject
  readonly steps: readonly CollectionStep[]
}

/** One of several resources to create. */
export type Creation<C extends Caller = Caller> = {
  readonly operation: Operation<C>
  readonly resourceType: ResourceType
  readonly draft: Draft
}

export type Created = Pick<StoredResource, 'id' | 'version'>

/** Throws a 412 `ScimError` when the version does not satisfy the request's conditions. */
export type Precondition = (version: number) => void

export type UpdateRequest = {
  readonly resourceType: ResourceType
  readonly id: string
  /**
   * Pure: from the stored resource to the change; throws `ScimError` to refuse. May be called again when another writer came in
   * between. The store calls it with the resource's JSON object (without collections).
   */
  readonly change: (current: JsonObject) => Change
  /** When given, it is judged on what the write will still find, under a lock or by its version, so that of two conditional writers one is refused. */
  readonly precondition: Precondition | undefined
  /**
   * True when `change` never looks at the current resource and only returns steps: the store may then skip reading it.
   */
  readonly stepsOnly: boolean
  readonly wanted: Wanted
}

/** Where a page goes on: values of the store's own making that JSON can carry. */
export type Position = readonly (string | number | boolean | null)[]

export type Selection = {
  readonly resourceType: ResourceType
  readonly filter: ResolvedFilter | undefined
  /** Undefined: not sorted, or this type lacks the attribute (its resources then sort as having no value). */
  readonly sortBy: AttributeRef | undefined
}

export type Query = {
  /** One for a type's endpoint, all types at the service root. Never empty. */
  readonly selections: readonly Selection[]
  readonly sorted: 'ascending' | 'descending' | undefined
  /** `skip` for index paging, `after` for cursors (undefined: from the start). */
  readonly page: { readonly kind: 'index'; readonly skip: number } | { readonly kind: 'cursor'; readonly after: Position | undefined }
  /** At most this many resources; 0 asks for the total alone. */
  readonly count: number
  readonly wanted: Wanted
}

export type Page = {
  readonly total: number
  readonly resources: readonly StoredResource[]
  /** Only on cursor pages, and only when there is more. */
  readonly next: Position | undefined
}

export interface Store<C extends Caller = Caller> {
  /** The resource, or undefined when there is none of this type with this id (an id of any form). */
  find(operation: Operation<C>, resourceType: ResourceType, id: string, wanted: Wanted): Promise<StoredResource | undefined>

  /** Total and page in a stable order. */
  query(operation: Operation<C>, query: Query): Promise<Page>

  /** @throws ScimError 409 uniqueness, 400 invalidValue when no element of a non-empty collection step is known. */
  create(operation: Operation<C>, resourceType: ResourceType, draft: Draft, wanted: Wanted): Promise<StoredResource>

  /**
   * Creates those of several resources that cost less together, and does nothing of the others: undefined. Those are created one by one
   * afterwards, in their order, and neither they nor what is created here may fare otherwise than if all had been created in that order,
   * the place in lists apart. Called inside `atomically`; a store without it creates all one by one.
   */
  createTogether?(creations: readonly Creation<C>[]): Promise<readonly (Created | undefined)[]>

  /**
   * Applies the updater's change in one transaction. A change that alters nothing leaves version and lastModified alone.
   * @throws ScimError 404, and what the updater and the precondition throw.
   */
  update(operation: Operation<C>, request: UpdateRequest): Promise<StoredResource>

  /** @throws ScimError 404, 409, and what the precondition throws. */
  delete(operation: Operation<C>, resourceType: ResourceType, id: string, precondition: Precondition | undefined): Promise<void>

  /**
   * Runs several operations as one: all of their effects or, when `run` throws, none. May be nested. May call `run` again after it
   * lost a race, when all effects of the attempt before are undone. `expected` are ids that
   * creations inside will use, so that resources may refer to each other in a circle.
   */
  atomically<T>(caller: C, expected: ReadonlyMap<string, ResourceType>, run: (store: Store<C>) => Promise<T>): Promise<T>

  /**
   * Told of each operation that was refused or failed, after its effects are gone. `error` is undefined for a bug or an outage;
   * `cause` is then what was thrown, for the host's log. Must not throw: the refusal itself would be lost.
   */
  refused(operation: Operation<C>, error: ScimError | undefined, cause?: unknown): void | Promise<void>
}
