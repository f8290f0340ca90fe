// Runs the operations of a Bulk request (RFC 7644 section 3.7).
//
// Operations run in batches, each batch in one transaction and each operation in one nested inside it, so that a thousand
// operations cost few commits and a refused one takes nothing with it. Results are only given out once the batch is committed:
// - a bug or an outage inside a batch undoes the whole batch; its operations then run one by one, until it is plain that the store
//   is down: trying each of a thousand operations would only make the client wait;
// - a batch whose commit fails is reported as failed and not run again, because its outcome may be unknown.
import { ScimError } from '../errors.ts'
import type { Caller } from '../provider/store.ts'
import { type Orderable, orderOperations, type Unit } from './order.ts'
import type { BulkEntry, BulkRequest } from './request.ts'
import { inRuns, runTogether, type Way } from './together.ts'
import {
  type BulkWriter,
  countErrors,
  failure,
  forgetIds,
  type Job,
  literalId,
  NOTHING_EXPECTED,
  type Outcome,
  type Place,
  runCircle,
  runOperation,
  type Within,
} from './unit.ts'

export type BulkResult = {
  readonly entry: BulkEntry
  readonly status: number
  readonly location: string | undefined
  readonly version: string | undefined
  /** Set exactly when the operation failed. */
  readonly error: ScimError | undefined
}

/** Operations in one transaction at most. */
const BATCH_OPERATIONS_MAX = 100

/** Units that may break one after the other before the rest is not tried any more. */
const BREAKS_IN_A_ROW_MAX = 3

/** Results of the processed operations in the order of the request; those that failOnErrors cut off have none. */
export async function runBulk<C extends Caller>(request: BulkRequest, writer: BulkWriter<C>): Promise<readonly BulkResult[]> {
  const entries = request.operations
  const declared = new Set(entries.flatMap(({ method, bulkId }) => (method === 'POST' && bulkId !== undefined ? [bulkId] : [])))
  const job: Job<C> = { writer, entries, declared, ids: new Map(), breaks: { inARow: 0, cause: undefined } }
  const errorsMax = request.failOnErrors ?? Number.POSITIVE_INFINITY
  const outcomes: Outcome<C>[] = []
  let errors = 0
  for (const batch of inBatches(orderOperations(entries.map(toOrderable)))) {
    if (errors >= errorsMax) break
    for (const outcome of await runBatch(job, batch, errorsMax - errors)) {
      outcomes.push(outcome)
      if (outcome.written !== undefined) continue
      errors += 1
      await writer.store.refused(outcome.operation, outcome.error, outcome.cause)
    }
  }
  return outcomes.toSorted((a, b) => a.index - b.index).map((outcome) => toResult(job, outcome))
}

function toOrderable({ bulkId, content }: BulkEntry): Orderable {
  if (content instanceof ScimError) return { defines: undefined, references: new Set(), target: undefined }
  const { method, id, references, resourceType } = content
  return {
    defines: method === 'POST' ? bulkId : undefined,
    references,
    target: id === undefined ? undefined : `${resourceType.endpoint}/${id}`,
  }
}

function inBatches(units: readonly Unit[]): readonly (readonly Unit[])[] {
  const batches: Unit[][] = []
  let size = BATCH_OPERATIONS_MAX
  for (const unit of units) {
    size += unit.members.length
    if (size > BATCH_OPERATIONS_MAX) {
      batches.push([])
      size = unit.members.length
    }
    batches.at(-1)?.push(unit)
  }
  return batches
}

/** Runs units until the batch is done or `errorsMax` operations have failed. */
async function runBatch<C extends Caller>(job: Job<C>, units: readonly Unit[], errorsMax: number): Promise<readonly Outcome<C>[]> {
  const { caller, store } = job.writer
  if (units.length === 1 || job.breaks.inARow >= BREAKS_IN_A_ROW_MAX) return runDirectly(job, units, errorsMax)
  const indexes = units.flatMap(({ members }) => members)
  let outcomes: Outcome<C>[] = []
  let isUndone = true
  try {
    await store.atomically(caller, NOTHING_EXPECTED, async (inner) => {
      outcomes = []
      isUndone = true
      forgetIds(job, indexes)
      const within: Within<C> = (run) => inner.atomically(caller, NOTHING_EXPECTED, run)
      for (const run of inRuns(units, job.entries)) {
        const errorsLeft = errorsMax - countErrors(outcomes)
        if (errorsLeft <= 0) break
        outcomes.push(...(await runRun(job, run, { store: inner, within, errorsMax: errorsLeft })))
      }
      isUndone = false
    })
    return outcomes
  } catch (error) {
    forgetIds(job, indexes)
    if (isUndone) return runDirectly(job, units, errorsMax)
    return outcomes.map((outcome) => (outcome.written === undefined ? outcome : failure(job, outcome.index, error)))
  }
}

/** Each unit in a transaction of its own. */
async function runDirectly<C extends Caller>(job: Job<C>, units: readonly Unit[], errorsMax: number): Promise<readonly Outcome<C>[]> {
  const { store } = job.writer
  const { breaks } = job
  const outcomes: Outcome<C>[] = []
  for (const unit of units) {
    if (countErrors(outcomes) >= errorsMax) break
    try {
      if (breaks.inARow >= BREAKS_IN_A_ROW_MAX) throw breaks.cause
      outcomes.push(...(await runUnit(job, unit, { store, within: (run) => run(store) })))
      breaks.inARow = 0
    } catch (error) {
      breaks.inARow += 1
      breaks.cause = error
      outcomes.push(...unit.members.map((index) => failure(job, index, error)))
    }
  }
  return outcomes
}

/** Together what the store can do together. */
async function runRun<C extends Caller>(job: Job<C>, run: readonly Unit[], way: Way<C>): Promise<readonly Outcome<C>[]> {
  const together = run.length > 1 && way.store.createTogether !== undefined ? await runTogether(job, run, way) : undefined
  if (together !== undefined) return together
  const outcomes: Outcome<C>[] = []
  for (const unit of run) {
    if (countErrors(outcomes) >= way.errorsMax) break
    outcomes.push(...(await runUnit(job, unit, way)))
  }
  return outcomes
}

async function runUnit<C extends Caller>(job: Job<C>, unit: Unit, { store, within }: Place<C>): Promise<readonly Outcome<C>[]> {
  if (unit.isCircular) return runCircle(job, unit.members, store)
  const outcomes: Outcome<C>[] = []
  for (const index of unit.members) outcomes.push(await runOperation(job, index, within))
  return outcomes
}

function toResult<C extends Caller>({ entries, writer }: Job<C>, { index, written, error }: Outcome<C>): BulkResult {
  const entry = entries[index]
  if (entry === undefined) throw new Error(`There is no operation ${index}`)
  if (written !== undefined)
    return { entry, status: written.status, location: written.location, version: written.version, error: undefined }
  const reason =
    error ?? new ScimError(500, 'The operation failed for a reason inside the server; its effects were undone. Try it again later.')
  const id = literalId(entry)
  const location = entry.address === undefined || id === undefined ? undefined : writer.location(entry.address.resourceType, id)
  return { entry, status: reason.status, location, version: undefined, error: reason }
}
