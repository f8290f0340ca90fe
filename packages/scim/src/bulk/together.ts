// Creations that stand side by side in a Bulk request and do not refer to each other are handed to the store at once.
import { ScimError } from '../errors.ts'
import { isArray, isObject, type Json } from '../json.ts'
import type { Caller, Store } from '../provider/store.ts'
import type { Unit } from './order.ts'
import type { BulkEntry } from './request.ts'
import {
  countErrors,
  forgetIds,
  isReady,
  type Job,
  NOTHING_EXPECTED,
  type Outcome,
  type Place,
  type Ready,
  runReady,
  success,
  understand,
  type Written,
} from './unit.ts'

/** What a run weighs at most, unless one weighs more by itself: everybody else waits while a run is understood and written. */
const RUN_WEIGHT_MAX = 256 * 1024

/**
 * Units in their order, by runs: light creations that do not refer to each other, or else one unit. Linear in the size of the request, which
 * is looked at no further than the runs are taken.
 */
export function* inRuns(units: readonly Unit[], entries: readonly BulkEntry[]): Generator<readonly Unit[]> {
  let run: Unit[] = []
  /** What the run has so far; undefined when it takes nobody in. */
  let open: { readonly defined: Set<string>; weight: number } | undefined
  for (const unit of units) {
    const creation = creationOf(unit, entries)
    if (creation === undefined || open === undefined || !goesInto(creation, open)) {
      if (run.length > 0) yield run
      run = []
      open = creation && { defined: new Set(), weight: 0 }
    }
    run.push(unit)
    if (creation === undefined || open === undefined) continue
    open.weight += creation.weight
    if (creation.bulkId !== undefined) open.defined.add(creation.bulkId)
  }
  if (run.length > 0) yield run
}

type RunCreation = { readonly bulkId: string | undefined; readonly references: ReadonlySet<string>; readonly weight: number }

function goesInto({ references, weight }: RunCreation, run: { readonly defined: ReadonlySet<string>; readonly weight: number }): boolean {
  return run.weight + weight <= RUN_WEIGHT_MAX && ![...references].some((bulkId) => run.defined.has(bulkId))
}

/** What is refused at sight does not part those around it. */
function creationOf({ members: [index = 0], isCircular }: Unit, entries: readonly BulkEntry[]): RunCreation | undefined {
  const entry = entries[index]
  if (entry === undefined || isCircular) return undefined
  const { bulkId, content } = entry
  if (content instanceof ScimError) return { bulkId, references: new Set(), weight: 0 }
  if (content.method !== 'POST') return undefined
  return { bulkId, references: content.references, weight: weigh(content.data ?? null) }
}

/** About as much as its text is long. */
function weigh(json: Json): number {
  if (typeof json === 'string') return json.length
  if (isArray(json)) return json.reduce((sum: number, element) => sum + 1 + weigh(element), 0)
  return isObject(json) ? Object.entries(json).reduce((sum, [name, value]) => sum + name.length + 5 + weigh(value), 0) : 1
}

export type Way<C extends Caller> = Place<C> & {
  /** With so many errors it is over. */
  readonly errorsMax: number
}

type Step<C extends Caller> = Ready<C> | Outcome<C>

/**
 * Runs a run of creations as if one after another. Undefined when the store was ahead of the error that ends the request: then nothing
 * of the run is left.
 * @throws what is no refusal: a bug or an outage.
 */
export async function runTogether<C extends Caller>(
  job: Job<C>,
  run: readonly Unit[],
  { within, errorsMax }: Way<C>,
): Promise<readonly Outcome<C>[] | undefined> {
  const indexes = run.flatMap(({ members }) => members)
  const steps = understandAll(job, indexes, errorsMax)
  let isAhead = false
  try {
    return await within(async (store) => {
      isAhead = false
      forgetIds(job, indexes)
      const created = await createTogether(job, steps.filter(isReady), store)
      const outcomes: Outcome<C>[] = []
      for (const step of steps) {
        if (countErrors(outcomes) >= errorsMax) break
        outcomes.push(await finish(job, step, { store, written: created.get(step.index) }))
      }
      isAhead = steps.slice(outcomes.length).some(({ index }) => created.has(index))
      if (isAhead) throw new Error('undo what was created behind the last error')
      return outcomes
    })
  } catch (error) {
    if (!isAhead) throw error
    forgetIds(job, indexes)
    return undefined
  }
}

/** Up to the one with which too many are refused already. */
function understandAll<C extends Caller>(job: Job<C>, indexes: readonly number[], errorsMax: number): readonly Step<C>[] {
  const steps: Step<C>[] = []
  let refused = 0
  for (const index of indexes) {
    const step = understand(job, index)
    steps.push(step)
    if (!isReady(step)) refused += 1
    if (refused >= errorsMax) break
  }
  return steps
}

/** The answers to those that the store created, by index. */
async function createTogether<C extends Caller>(
  { writer }: Job<C>,
  ready: readonly Ready<C>[],
  store: Store<C>,
): Promise<ReadonlyMap<number, Written>> {
  const creations = ready.flatMap(({ prepared: { creation } }) => (creation === undefined ? [] : [creation]))
  const created = (await store.createTogether?.(creations)) ?? creations.map(() => undefined)
  if (created.length !== ready.length) throw new Error(`${created.length} results for ${ready.length} creations`)
  const answers = new Map<number, Written>()
  for (const [nth, { index, prepared }] of ready.entries()) {
    const [one, creation] = [created[nth], prepared.creation]
    if (one !== undefined && creation !== undefined) answers.set(index, writer.created(creation.resourceType, one))
  }
  return answers
}

type Start<C extends Caller> = { readonly store: Store<C>; readonly written: Written | undefined }

/** What the store left is done alone. */
async function finish<C extends Caller>(job: Job<C>, step: Step<C>, { store, written }: Start<C>): Promise<Outcome<C>> {
  if (!isReady(step)) return step
  if (written !== undefined) return success(job, step, written)
  return runReady(job, step, (run) => store.atomically(job.writer.caller, NOTHING_EXPECTED, run))
}
