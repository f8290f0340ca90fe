// Applies a PATCH to a resource in memory (RFC 7644 section 3.5.2). Pure: operations run in order, each on the outcome of the one
// before; when one fails, nothing has happened. Collections are not in the resource: their steps are handed on.
import { mutability, ScimError } from '../errors.ts'
import { get, type JsonObject } from '../json.ts'
import { assemble } from '../resource/assemble.ts'
import type { Change } from '../resource/change.ts'
import { sameResource } from '../resource/replace.ts'
import type { Schema } from '../schema/resource-type.ts'
import { assign, mergeElements, mergeSingle } from './assign.ts'
import type { Context } from './context.ts'
import { countVisits, select, selectNamed, without } from './elements.ts'
import type { PatchAction, PatchOperation } from './operation.ts'
import type { PatchOptions, PatchRequest } from './request.ts'
import { type Elements, readElements, write, writeElements } from './state.ts'
import { joinSteps } from './steps.ts'
import type { Place } from './target.ts'

type Run = Context & { readonly countVisits: (elements: number) => void }

/**
 * What the request makes of the resource. `resource` is given only when it really differs: operations that cancel each other out
 * leave nothing behind.
 * @throws ScimError 400 mutability, noTarget or invalidValue, 413; the detail names the operation.
 */
export function applyPatch(request: PatchRequest, current: JsonObject, options: PatchOptions): Change {
  const run: Run = { ...options, countVisits: countVisits() }
  const steps = joinSteps(request.operations.flatMap((operation) => (operation.kind === 'steps' ? operation.steps : [])))
  const state = request.operations.reduce((before, operation) => applyNumbered(before, operation, run), current)
  if (state === current) {
    return { steps }
  }
  const id = get(current, 'id')
  const resource = assemble({ resourceType: options.resourceType, id: typeof id === 'string' ? id : '', attributes: state })
  return sameResource(resource, current) ? { steps } : { resource, steps }
}

function applyNumbered(state: JsonObject, operation: PatchOperation, run: Run): JsonObject {
  try {
    return applyAction(state, operation, run)
  } catch (error) {
    throw error instanceof ScimError ? error.at(`operation ${operation.number}`) : error
  }
}

function applyAction(state: JsonObject, action: PatchAction, run: Run): JsonObject {
  switch (action.kind) {
    case 'steps':
      return state
    case 'keepId':
      if (get(state, 'id') !== action.id) {
        throw mutability('`id` is readOnly, and the one given is not the id of this resource.')
      }
      return state
    case 'removeExtension':
      return removeExtension(state, action.extension)
    case 'remove': {
      const candidates = action.named?.kind === 'parts' ? action.named.parts.length : 1
      run.countVisits(readElements(state, action.target).length * candidates)
      return remove(state, action)
    }
    case 'add':
    case 'replace':
      run.countVisits(readElements(state, action.target).length)
      return assign(state, action, run)
  }
}

function removeExtension(state: JsonObject, { id, attributes }: Schema): JsonObject {
  return attributes
    .filter((attribute) => attribute.mutability !== 'readOnly')
    .reduce((rest, attribute) => write(rest, { extension: id, attribute }, undefined), state)
}

/** What is not there to be removed changes nothing (RFC 7644 section 3.5.2.2, compat-decisions 28). */
function remove(state: JsonObject, { target, named }: PatchAction & { kind: 'remove' }): JsonObject {
  const { attribute } = target
  const elements = readElements(state, target)
  switch (target.kind) {
    case 'attribute':
      return named === undefined
        ? write(state, target, undefined)
        : writeRemaining(state, target, without(elements, selectNamed(attribute, elements, named)))
    case 'element':
      return writeRemaining(state, target, without(elements, select(attribute, elements, target.selection)))
    case 'subAttribute': {
      const change = { set: {}, clear: [target.sub] }
      return attribute.multiValued
        ? writeRemaining(state, target, mergeElements(elements, new Set(elements.keys()), { place: target, change }))
        : mergeSingle(state, target, change)
    }
    case 'elementSubAttribute': {
      const places = select(attribute, elements, target.selection)
      return writeRemaining(state, target, mergeElements(elements, places, { place: target, change: { set: {}, clear: [target.sub] } }))
    }
  }
}

/** @throws ScimError 400 mutability when the last element of a required attribute goes [REM-07]. */
function writeRemaining(state: JsonObject, place: Place, elements: Elements): JsonObject {
  if (elements.length === 0 && place.attribute.required && readElements(state, place).length > 0) {
    throw mutability(`\`${place.attribute.name}\` is required, so its last value cannot be removed.`)
  }
  return writeElements(state, place, elements)
}
