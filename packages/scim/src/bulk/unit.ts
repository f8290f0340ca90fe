// Runs one operation of a Bulk request, or the creations of a circle as one (RFC 7644 sections 3.7.1 and 3.7.2).
import { conflict, excerpt, invalidValue, ScimError } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Caller, Created, Creation, Operation, Store } from '../provider/store.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { bulkIdOf, replaceReferences } from './references.ts'
import type { BulkEntry, BulkOperation } from './request.ts'

/** One operation with permanent ids in it. For a POST, `id` is the one to create the resource with. */
export type BulkWrite = { readonly operation: BulkOperation; readonly id: string; readonly data: JsonObject | undefined }

/** What a successful operation answers. `version` is undefined for DELETE. */
export type Written = { readonly status: number; readonly id: string; readonly location: string; readonly version: string | undefined }

/** An operation that is understood. */
export type Prepared<C extends Caller> = {
  /** @throws ScimError when the operation is refused. */
  readonly run: (store: Store<C>) => Promise<Written>
  /** Set for creations, which a store may do together. */
  readonly creation: Creation<C> | undefined
}

/** How single operations are done; the same as outside Bulk. */
export type BulkWriter<C extends Caller> = {
  readonly caller: C
  readonly store: Store<C>
  readonly newId: () => string
  /** The operation for the audit trail. `id` is undefined for creations and while it cannot be told. */
  readonly describe: (entry: BulkEntry, id: string | undefined) => Operation<C>
  /** @throws ScimError when the operation is refused whatever the store holds. */
  readonly prepare: (operation: Operation<C>, write: BulkWrite) => Prepared<C>
  /** The answer to a creation that the store did together with others. */
  readonly created: (resourceType: ResourceType, created: Created) => Written
  readonly location: (resourceType: ResourceType, id: string) => string
}

/** What became of one operation: `written`, or else `error`, or else a bug or an outage with its `cause`. */
export type Outcome<C extends Caller> = {
  readonly index: number
  readonly operation: Operation<C>
  readonly written: Written | undefined
  readonly error: ScimError | undefined
  readonly cause: unknown
}

export type Job<C extends Caller> = {
  readonly writer: BulkWriter<C>
  readonly entries: readonly BulkEntry[]
  /** bulkIds of all creations, of failed ones too. */
  readonly declared: ReadonlySet<string>
  /** Permanent ids of what was created so far. */
  readonly ids: Map<string, string>
  /** What broke last, and how many units in a row did, each run alone. */
  readonly breaks: { inARow: number; cause: unknown }
}

/** Runs something against a store: in a transaction of its own, or directly. */
export type Within<C extends Caller> = <T>(run: (store: Store<C>) => Promise<T>) => Promise<T>

/** Where operations run. */
export type Place<C extends Caller> = { readonly store: Store<C>; readonly within: Within<C> }

export const NOTHING_EXPECTED: ReadonlyMap<string, ResourceType> = new Map()

/** Whether the operation itself was refused; anything else is a bug or an outage, of which the operation may be innocent. */
function isRefusal(error: unknown): error is ScimError {
  return error instanceof ScimError && error.status < 500
}

/** @throws what is no refusal: a bug or an outage. */
export async function runOperation<C extends Caller>(job: Job<C>, index: number, within: Within<C>): Promise<Outcome<C>> {
  const step = understand(job, index)
  return isReady(step) ? runReady(job, step, within) : step
}

/** An operation that is understood and waits for its turn. */
export type Ready<C extends Caller> = { readonly index: number; readonly operation: Operation<C>; readonly prepared: Prepared<C> }

export const isReady = <C extends Caller>(step: Ready<C> | Outcome<C>): step is Ready<C> => 'prepared' in step

/**
 * The operation with permanent ids in the place of references, or its refusal.
 * @throws what is no refusal: a bug.
 */
export function understand<C extends Caller>(job: Job<C>, index: number): Ready<C> | Outcome<C> {
  const entry = entryAt(job, index)
  const { writer, ids } = job
  let operation = writer.describe(entry, literalId(entry))
  try {
    const write = resolve(job, contentOf(entry), (bulkId) => ids.get(bulkId))
    operation = writer.describe(entry, write.operation.method === 'POST' ? undefined : write.id)
    return { index, operation, prepared: writer.prepare(operation, write) }
  } catch (error) {
    return refusal({ index, operation }, error)
  }
}

/** @throws what is no refusal: a bug or an outage. */
export async function runReady<C extends Caller>(job: Job<C>, ready: Ready<C>, within: Within<C>): Promise<Outcome<C>> {
  try {
    return success(job, ready, await within((store) => ready.prepared.run(store)))
  } catch (error) {
    return refusal(ready, error)
  }
}

/** From here on, what comes later may refer to a creation. */
export function success<C extends Caller>(job: Job<C>, { index, operation, prepared }: Ready<C>, written: Written): Outcome<C> {
  const { bulkId } = entryAt(job, index)
  if (prepared.creation !== undefined && bulkId !== undefined) job.ids.set(bulkId, written.id)
  return { index, operation, written, error: undefined, cause: undefined }
}

function refusal<C extends Caller>({ index, operation }: Pick<Ready<C>, 'index' | 'operation'>, error: unknown): Outcome<C> {
  if (isRefusal(error)) return { index, operation, written: undefined, error, cause: undefined }
  throw error
}

/**
 * Creates all of a circle in one transaction, under ids chosen beforehand. A store may answer with another id than the chosen one
 * when it restores a resource; then everything is undone and done again with that id.
 * @throws what is no refusal: a bug or an outage.
 */
export async function runCircle<C extends Caller>(
  job: Job<C>,
  members: readonly number[],
  store: Store<C>,
): Promise<readonly Outcome<C>[]> {
  const circle: Circle = {
    members,
    chosen: new Map(members.map((index): [string, string] => [bulkIdAt(job, index), job.writer.newId()])),
  }
  // Each round that changes an id settles it, so that there are at most as many as ids.
  for (let round = 0; round <= members.length; round += 1) {
    const outcomes = await tryCircle(job, circle, store)
    if (outcomes !== undefined) return outcomes
  }
  const error = conflict('The resources of this circle of bulkIds did not keep the ids they were given; none of them was created.')
  return members.map((index) => failure(job, index, error))
}

type Circle = { readonly members: readonly number[]; readonly chosen: Map<string, string> }

/** Undefined when a resource got another id than the chosen one, which then takes its place. */
async function tryCircle<C extends Caller>(job: Job<C>, circle: Circle, store: Store<C>): Promise<readonly Outcome<C>[] | undefined> {
  const { members, chosen } = circle
  let current = members[0] ?? 0
  let isMoved = false
  try {
    const outcomes = await store.atomically(job.writer.caller, expectedIds(job, circle), async (inner) => {
      const created: Outcome<C>[] = []
      for (const index of members) {
        current = index
        const outcome = await createInCircle(job, circle, { index, store: inner })
        isMoved = outcome.written.id !== chosen.get(bulkIdAt(job, index))
        chosen.set(bulkIdAt(job, index), outcome.written.id)
        if (isMoved) throw new Error('undo the circle: a resource came back under another id')
        created.push(outcome)
      }
      return created
    })
    for (const [bulkId, id] of chosen) job.ids.set(bulkId, id)
    return outcomes
  } catch (error) {
    if (isMoved) return undefined
    if (!isRefusal(error)) throw error
    const others = conflict(`Refers in a circle to bulkId \`${excerpt(bulkIdAt(job, current))}\`, which was not created.`)
    return members.map((index) => failure(job, index, index === current ? error : others))
  }
}

function expectedIds<C extends Caller>(job: Job<C>, { members, chosen }: Circle): ReadonlyMap<string, ResourceType> {
  const expected = new Map<string, ResourceType>()
  for (const index of members) {
    const id = chosen.get(bulkIdAt(job, index))
    if (id !== undefined) expected.set(id, contentOf(entryAt(job, index)).resourceType)
  }
  return expected
}

type InCircle<C extends Caller> = { readonly index: number; readonly store: Store<C> }

async function createInCircle<C extends Caller>(job: Job<C>, { chosen }: Circle, { index, store }: InCircle<C>) {
  const entry = entryAt(job, index)
  const operation = job.writer.describe(entry, undefined)
  const { data, ...write } = resolve(job, contentOf(entry), (bulkId) => chosen.get(bulkId) ?? job.ids.get(bulkId))
  const id = chosen.get(bulkIdAt(job, index)) ?? write.id
  const written = await job.writer.prepare(operation, { ...write, id, data }).run(store)
  return { index, operation, written, error: undefined, cause: undefined }
}

/**
 * Puts permanent ids in the place of references.
 * @throws ScimError 409 when the creation referred to failed, 400 invalidValue when there is none.
 */
function resolve<C extends Caller>(job: Job<C>, operation: BulkOperation, find: (bulkId: string) => string | undefined): BulkWrite {
  const idOf = (bulkId: string): string => {
    const id = find(bulkId)
    if (id !== undefined) return id
    if (job.declared.has(bulkId)) throw conflict(`Refers to bulkId \`${excerpt(bulkId)}\`, which was not created.`)
    throw invalidValue(`Refers to bulkId \`${excerpt(bulkId)}\`, but no POST of this request has it.`)
  }
  const data = operation.data && operation.references.size > 0 ? replaceReferences(operation.data, operation.method, idOf) : operation.data
  if (operation.id === undefined) return { operation, id: job.writer.newId(), data }
  const bulkId = bulkIdOf(operation.id)
  return { operation, id: bulkId === undefined ? operation.id : idOf(bulkId), data }
}

/** Forgets what an attempt created that is undone: nobody may be given the ids of what is not there. */
export function forgetIds<C extends Caller>({ entries, ids }: Job<C>, indexes: readonly number[]): void {
  for (const index of indexes) {
    const entry = entries[index]
    // Others may carry the bulkId of a creation as well.
    if (entry?.method === 'POST' && entry.bulkId !== undefined) ids.delete(entry.bulkId)
  }
}

export function countErrors<C extends Caller>(outcomes: readonly Outcome<C>[]): number {
  return outcomes.reduce((count, { written }) => count + (written === undefined ? 1 : 0), 0)
}

/** An operation that did not run to its end because of `cause`. */
export function failure<C extends Caller>(job: Job<C>, index: number, cause: unknown): Outcome<C> {
  const entry = entryAt(job, index)
  const operation = job.writer.describe(entry, literalId(entry))
  return {
    index,
    operation,
    written: undefined,
    ...(cause instanceof ScimError ? { error: cause, cause: undefined } : { error: undefined, cause }),
  }
}

/** The id in the path, unless it is a reference. */
export function literalId({ address }: BulkEntry): string | undefined {
  return address?.id === undefined || bulkIdOf(address.id) !== undefined ? undefined : address.id
}

function contentOf({ content }: BulkEntry): BulkOperation {
  if (content instanceof ScimError) throw content
  return content
}

function entryAt<C extends Caller>(job: Job<C>, index: number): BulkEntry {
  const entry = job.entries[index]
  if (entry === undefined) throw new Error(`There is no operation ${index}`)
  return entry
}

function bulkIdAt<C extends Caller>(job: Job<C>, index: number): string {
  return entryAt(job, index).bulkId ?? ''
}
