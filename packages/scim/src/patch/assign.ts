// What add and replace do to a resource (RFC 7644 sections 3.5.2.1 and 3.5.2.3).
import { noTarget } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import { isHollow } from '../resource/value.ts'
import { parseTerms } from './assignment.ts'
import { exchange, merge, type SubAttributes } from './complex.ts'
import type { Context } from './context.ts'
import { mayReplaceCreate } from './dialect.ts'
import { append, changeAt, claimPrimary, type Places, select, unique, without } from './elements.ts'
import type { Assignment, PatchAction } from './operation.ts'
import { type Elements, read, readElements, write, writeElements } from './state.ts'
import type { AttributeTarget, Place } from './target.ts'

export type Assigning = PatchAction & { readonly kind: 'add' | 'replace' }
type Filtered = AttributeTarget & { readonly kind: 'element' | 'elementSubAttribute' }

/** @throws ScimError 400 noTarget, mutability, invalidValue. */
export function assign(state: JsonObject, { kind, target, assignment }: Assigning, context: Context): JsonObject {
  switch (target.kind) {
    case 'attribute':
      return assignAttribute(state, { kind, target, assignment })
    case 'subAttribute': {
      const change = subAttributes(assignment, kind)
      return target.attribute.multiValued ? assignEverywhere(state, target, change) : mergeSingle(state, target, change)
    }
    case 'element':
    case 'elementSubAttribute':
      return assignElements(state, { kind, target, assignment }, context)
  }
}

/** Sub-attributes of a single complex value set and cleared. A value of which nothing is left goes. */
export function mergeSingle(state: JsonObject, place: Place, change: SubAttributes): JsonObject {
  const old = read(state, place)
  const merged = merge(place.attribute, isObject(old) ? old : {}, change)
  const isGone = Object.keys(merged).length === 0 || (change.clear.length > 0 && isHollow(place.attribute, merged))
  return write(state, place, isGone ? undefined : merged)
}

/** Sub-attributes of some elements set and cleared. Elements of which nothing is left go. */
export function mergeElements(elements: Elements, places: Places, { place, change }: { place: Place; change: SubAttributes }): Elements {
  const { attribute } = place
  const claimants: Places = change.set['primary'] === true ? places : new Set()
  const changed = changeAt(claimPrimary(attribute, elements, claimants), places, (element) => {
    const merged = merge(attribute, element, change)
    return change.clear.length > 0 && isHollow(attribute, merged) ? undefined : merged
  })
  return unique(attribute, changed)
}

type Assigned = { readonly kind: 'add' | 'replace'; readonly target: AttributeTarget; readonly assignment: Assignment }

function assignAttribute(state: JsonObject, { kind, target, assignment }: Assigned): JsonObject {
  switch (assignment.kind) {
    case 'nothing':
      return kind === 'add' && target.attribute.multiValued ? state : write(state, target, undefined)
    case 'value':
      return write(state, target, assignment.value)
    case 'elements': {
      const { elements } = assignment
      return writeElements(state, target, kind === 'add' ? append(target.attribute, readElements(state, target), elements) : elements)
    }
    case 'subAttributes':
      return mergeSingle(state, target, subAttributes(assignment, kind))
  }
}

/** `emails.type` means the type of every element. @throws ScimError 400 noTarget when there is none to set it on. */
function assignEverywhere(state: JsonObject, place: Place, change: SubAttributes): JsonObject {
  const elements = readElements(state, place)
  if (elements.length === 0 && change.clear.length === 0) {
    throw noTarget(`\`${place.attribute.name}\` has no value whose sub-attribute could be set.`)
  }
  return writeElements(state, place, mergeElements(elements, new Set(elements.keys()), { place, change }))
}

function assignElements(state: JsonObject, assigned: Assigned & { target: Filtered }, context: Context): JsonObject {
  const { kind, target, assignment } = assigned
  const elements = readElements(state, target)
  const places = select(target.attribute, elements, target.selection)
  if (places.size === 0) {
    return createElement(state, assigned, context)
  }
  if (assignment.kind === 'nothing') {
    return kind === 'add' ? state : writeElements(state, target, without(elements, places))
  }
  const change = subAttributes(assignment, kind)
  const changed =
    kind === 'replace' && target.kind === 'element'
      ? exchangeElements(elements, places, { target, change })
      : mergeElements(elements, places, { place: target, change })
  return writeElements(state, target, changed)
}

function exchangeElements(elements: Elements, places: Places, { target, change }: { target: Filtered; change: SubAttributes }): Elements {
  const { attribute, selection } = target
  const claimants: Places = change.set['primary'] === true ? places : new Set()
  const exchanged = changeAt(claimPrimary(attribute, elements, claimants), places, (element) =>
    exchange(attribute, element, change, selection.terms ?? {}),
  )
  return unique(attribute, exchanged)
}

/**
 * The element that the filter describes, with the value: RFC 7644 section 3.5.2.1 adds a target that does not exist. A replace may
 * do so too when the filter is of the kind by which identity providers address their one work e-mail (compat-decisions 2).
 * @throws ScimError 400 noTarget when no element can be made of the filter.
 */
function createElement(state: JsonObject, { kind, target, assignment }: Assigned & { target: Filtered }, context: Context): JsonObject {
  const { attribute, selection } = target
  const { set, clear } = subAttributes(assignment, kind)
  if (assignment.kind === 'nothing' || (clear.length > 0 && Object.keys(set).length === 0)) {
    // What is to be cleared is not there: the same as a remove without match (EN-83).
    return state
  }
  const terms = kind === 'add' || mayReplaceCreate(selection, context) ? parseTerms(selection, attribute, context) : undefined
  if (terms === undefined) {
    const hint = kind === 'add' ? '; one could only be made of `eq` terms joined by `and`' : ''
    throw noTarget(`No value of \`${attribute.name}\` fulfils the filter${hint}.`)
  }
  const created = merge(attribute, terms, { set, clear: [] })
  return writeElements(state, target, append(attribute, readElements(state, target), [created]))
}

function subAttributes(assignment: Assignment, kind: 'add' | 'replace'): SubAttributes {
  const { set, clear } = assignment.kind === 'subAttributes' ? assignment : { set: {}, clear: [] }
  return { set, clear, appends: kind === 'add' }
}
