// Creations that stand side by side in a Bulk request and do not refer to each other are handed to the store at once.
import { ScimError } from '../errors.ts'
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

/** Units in their order, by runs: creations that do not refer to each other, or else one unit. Linear in units and references. */
export function inRuns(units: readonly Unit[], entries: readonly BulkEntry[]): readonly (readonly Unit[])[] {
  const runs: Unit[][] = []
  /** bulkIds of the last run; undefined when it takes nobody in. */
  let defined: Set<string> | undefined
  for (const unit of units) {
    const creation = creationOf(unit, entries)
    const known = defined
    const joins = creation !== undefined && known !== undefined && ![...creation.references].some((bulkId) => known.has(bulkId))
    if (!joins) {
      runs.push([])
      defined = creation && new Set()
    }
    runs.at(-1)?.push(unit)
    if (creation?.bulkId !== undefined) defined?.add(creation.bulkId)
  }
  return runs
}

const NO_REFERENCES: ReadonlySet<string> = new Set()

/** What is refused at sight does not part those around it. */
function creationOf({ members: [index = 0], isCircular }: Unit, entries: readonly BulkEntry[]) {
  const entry = entries[index]
  if (entry === undefined || isCircular) return undefined
  const { bulkId, content } = entry
  if (content instanceof ScimError) return { bulkId, references: NO_REFERENCES }
  return content.method === 'POST' ? { bulkId, references: content.references } : undefined
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
  { store, within, errorsMax }: Way<C>,
): Promise<readonly Outcome<C>[] | undefined> {
  const steps = understandAll(job, run, errorsMax)
  if (errorsMax === Number.POSITIVE_INFINITY) return (await create(job, steps, { store, within, errorsMax })).outcomes
  let isAhead = false
  try {
    return await within(async (inner) => {
      const place: Place<C> = { store: inner, within: (one) => inner.atomically(job.writer.caller, NOTHING_EXPECTED, one) }
      const result = await create(job, steps, { ...place, errorsMax })
      isAhead = result.isAhead
      if (isAhead) throw new Error('undo what was created behind the last error')
      return result.outcomes
    })
  } catch (error) {
    if (!isAhead) throw error
    for (const unit of run) forgetIds(job, unit)
    return undefined
  }
}

/** Up to the one with which too many are refused already. */
function understandAll<C extends Caller>(job: Job<C>, run: readonly Unit[], errorsMax: number): readonly Step<C>[] {
  const steps: Step<C>[] = []
  let refused = 0
  for (const index of run.flatMap(({ members }) => members)) {
    const step = understand(job, index)
    steps.push(step)
    if (!isReady(step)) refused += 1
    if (refused >= errorsMax) break
  }
  return steps
}

async function create<C extends Caller>(job: Job<C>, steps: readonly Step<C>[], { store, within, errorsMax }: Way<C>) {
  const created = await createTogether(job, steps.filter(isReady), store)
  const outcomes: Outcome<C>[] = []
  for (const step of steps) {
    if (countErrors(outcomes) >= errorsMax) break
    const written = created.get(step.index)
    if (!isReady(step)) outcomes.push(step)
    else outcomes.push(written === undefined ? await runReady(job, step, within) : success(job, step, written))
  }
  return { outcomes, isAhead: steps.slice(outcomes.length).some(({ index }) => created.has(index)) }
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
