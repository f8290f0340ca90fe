// Decides in memory whether a resource or an element fulfils a filter. It is the measure that a store's own compilation (SQL)
// must agree with. Both sides are in comparable form.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import type { AttributeRef } from '../schema/resource-type.ts'
import type { Comparable, CompareOperator, ElementFilter, ResolvedFilter } from './ast.ts'
import { compareText } from './fold.ts'

/** Whether the resource, in the form that `comparableResource` gives, fulfils the filter. */
export function matches(filter: ResolvedFilter, resource: JsonObject): boolean {
  switch (filter.kind) {
    case 'never':
      return false
    case 'and':
      return filter.filters.every((inner) => matches(inner, resource))
    case 'or':
      return filter.filters.some((inner) => matches(inner, resource))
    case 'not':
      return !matches(filter.filter, resource)
    case 'present':
      return valuesOf(filter.target, resource).some(isPresent)
    case 'compare': {
      const values = valuesOf(filter.target, resource)
      const { operator, value } = filter
      return values.length === 0 ? operator === 'ne' : values.some((actual) => compares(actual, operator, value))
    }
    case 'element':
      return elementsOf(filter.target, resource).some((element) => fulfils(filter.filter, element))
  }
}

/** Whether the comparable form of an element fulfils the filter inside brackets; one of which nothing compares fulfils none. */
export function fulfils(filter: ElementFilter, candidate: Json | undefined): boolean {
  return isObject(candidate) && matchesElement(filter, candidate)
}

/** Whether one element of a multi-valued complex attribute, in comparable form, fulfils the filter inside brackets. */
export function matchesElement(filter: ElementFilter, element: JsonObject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((inner) => matchesElement(inner, element))
    case 'or':
      return filter.filters.some((inner) => matchesElement(inner, element))
    case 'not':
      return !matchesElement(filter.filter, element)
    case 'present':
      return isPresent(own(element, filter.sub.name))
    case 'compare':
      return compares(own(element, filter.sub.name), filter.operator, filter.value)
  }
}

/** One entry for each element; undefined where an element lacks the sub-attribute. */
function valuesOf(target: AttributeRef, resource: JsonObject): readonly (Json | undefined)[] {
  const elements = elementsOf(target, resource)
  const { sub } = target
  return sub === undefined ? elements : elements.map((element) => (isObject(element) ? own(element, sub.name) : undefined))
}

function elementsOf(target: AttributeRef, resource: JsonObject): readonly Json[] {
  const holder = target.extension === undefined ? resource : own(resource, target.extension)
  const value = isObject(holder) ? own(holder, target.attribute.name) : undefined
  if (value === undefined) {
    return []
  }
  return isArray(value) ? value : [value]
}

function compares(actual: Json | undefined, operator: CompareOperator, wanted: Comparable): boolean {
  switch (operator) {
    case 'eq':
      return actual === wanted
    case 'ne':
      return actual !== wanted
    case 'co':
      return typeof actual === 'string' && typeof wanted === 'string' && actual.includes(wanted)
    case 'sw':
      return typeof actual === 'string' && typeof wanted === 'string' && actual.startsWith(wanted)
    case 'ew':
      return typeof actual === 'string' && typeof wanted === 'string' && actual.endsWith(wanted)
    case 'gt':
      return order(actual, wanted) > 0
    case 'ge':
      return order(actual, wanted) >= 0
    case 'lt':
      return order(actual, wanted) < 0
    case 'le':
      return order(actual, wanted) <= 0
  }
}

/** NaN, for which no comparison holds, when there is no value or it is of another type. */
function order(actual: Json | undefined, wanted: Comparable): number {
  if (typeof actual === 'string' && typeof wanted === 'string') {
    return compareText(actual, wanted)
  }
  return typeof actual === 'number' && typeof wanted === 'number' ? actual - wanted : Number.NaN
}

/** An empty string is no value [FLT-27]. */
function isPresent(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
