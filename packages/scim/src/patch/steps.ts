// Steps on collections made fewer without changing what they do, so that a store needs few statements.
import type { CollectionElement, CollectionStep } from '../resource/change.ts'

/** Neighbouring additions become one, as do neighbouring removals: authentik sends an operation for each member (AU-6). */
export function joinSteps(steps: readonly CollectionStep[]): readonly CollectionStep[] {
  const joined: CollectionStep[] = []
  let run: CollectionStep[] = []
  for (const step of steps) {
    const [first] = run
    if (first !== undefined && !(first.kind === step.kind && first.attribute === step.attribute)) {
      joined.push(...joinRun(run))
      run = []
    }
    run.push(step)
  }
  return [...joined, ...joinRun(run)]
}

/** Steps of one kind on one attribute. Of additions with the same value the last one says what the element is. */
function joinRun(run: readonly CollectionStep[]): readonly CollectionStep[] {
  const [first] = run
  if (first === undefined || run.length === 1) {
    return run
  }
  switch (first.kind) {
    case 'add': {
      const elements = run.flatMap((step) => (step.kind === 'add' ? step.elements : []))
      return [{ ...first, elements: uniqueByValue(elements) }]
    }
    case 'remove':
      return [{ ...first, values: [...new Set(run.flatMap((step) => (step.kind === 'remove' ? step.values : [])))] }]
    case 'set':
      return run.slice(-1)
    case 'removeWhere':
      return run
  }
}

function uniqueByValue(elements: readonly CollectionElement[]): readonly CollectionElement[] {
  return [...new Map(elements.map((element) => [element.value, element])).values()]
}
