// The steps of a whole request on collections, made as few as possible: authentik sends an operation for each member (AU-6), and
// remove all, then add, is how the RFC itself replaces the members of a group.
import type { ElementFilter } from '../filter/ast.ts'
import type { CollectionElement, CollectionStep } from '../resource/change.ts'

type Elements = Map<string, CollectionElement>

/** What neighbouring steps on one attribute come to. The values of `add` and `remove` are disjoint. */
type Run =
  | { readonly kind: 'delta'; readonly add: Elements; readonly remove: Set<string> }
  | { readonly kind: 'set'; readonly elements: Elements }
  | { readonly kind: 'removeWhere'; readonly filter: ElementFilter }

/**
 * Fewer steps with the same outcome. Nobody is removed only to be added again, and of what is added and removed again nothing but
 * the removal is left. An element added twice is the one added first.
 */
export function joinSteps(steps: readonly CollectionStep[]): readonly CollectionStep[] {
  const runs = new Map<string, Run[]>()
  for (const step of steps) {
    const before = runs.get(step.attribute) ?? []
    runs.set(step.attribute, before)
    take(before, step)
  }
  return [...runs].flatMap(([attribute, joined]) => joined.flatMap((run) => stepsOf(attribute, run)))
}

function take(runs: Run[], step: CollectionStep): void {
  switch (step.kind) {
    case 'set':
      // All that went before is overwritten.
      runs.splice(0, runs.length, { kind: 'set', elements: new Map() })
      addTo(last(runs), step.elements)
      return
    case 'add':
      addTo(last(runs), step.elements)
      return
    case 'remove':
      removeFrom(last(runs), step.values)
      return
    case 'removeWhere':
      runs.push({ kind: 'removeWhere', filter: step.filter })
  }
}

type Joinable = Run & { readonly kind: 'delta' | 'set' }

/** The run that values can be added to and removed from. What a filter removes depends on all before it, so it ends a run. */
function last(runs: Run[]): Joinable {
  const run = runs.at(-1)
  if (run !== undefined && run.kind !== 'removeWhere') {
    return run
  }
  const fresh: Joinable = { kind: 'delta', add: new Map(), remove: new Set() }
  runs.push(fresh)
  return fresh
}

function addTo(run: Joinable, elements: readonly CollectionElement[]): void {
  const target = run.kind === 'set' ? run.elements : run.add
  for (const element of elements) {
    if (!target.has(element.value)) {
      target.set(element.value, element)
    }
    if (run.kind === 'delta') {
      run.remove.delete(element.value)
    }
  }
}

function removeFrom(run: Joinable, values: readonly string[]): void {
  for (const value of values) {
    if (run.kind === 'set') {
      run.elements.delete(value)
    } else {
      run.add.delete(value)
      run.remove.add(value)
    }
  }
}

function stepsOf(attribute: string, run: Run): readonly CollectionStep[] {
  switch (run.kind) {
    case 'set':
      return [{ kind: 'set', attribute, elements: [...run.elements.values()] }]
    case 'removeWhere':
      return [{ kind: 'removeWhere', attribute, filter: run.filter }]
    case 'delta': {
      const remove: CollectionStep = { kind: 'remove', attribute, values: [...run.remove] }
      const add: CollectionStep = { kind: 'add', attribute, elements: [...run.add.values()] }
      return [...(remove.values.length > 0 ? [remove] : []), ...(add.elements.length > 0 ? [add] : [])]
    }
  }
}
