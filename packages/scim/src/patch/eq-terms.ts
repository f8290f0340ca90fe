// What an element must hold to fulfil a filter: RFC 7644 section 3.5.2.1 adds a target that does not exist, and for
// `emails[type eq "work"].value` that is an element of type work (Entra relies on it, also for replace).
import type { Filter, Literal } from '../filter/ast.ts'
import { comparable } from '../filter/comparable.ts'
import type { Json, JsonObject } from '../json.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'

export type EqTerms = {
  /** By sub-attribute, as the client wrote the values; undefined when the filter is no conjunction of `eq` or contradicts itself. */
  readonly terms: JsonObject | undefined
  /** Whether each term names a canonical value of the schema or is `primary eq true`. */
  readonly canonical: boolean
}

type Equation = { readonly sub: Attribute; readonly value: Json }

/** Reads the terms of a filter that `resolveElementFilter` has accepted for this attribute. */
export function eqTerms(filter: Filter, attribute: Attribute): EqTerms {
  const equations = conjunction(filter, attribute)
  const terms = equations && consistent(equations)
  return { terms, canonical: terms !== undefined && equations !== undefined && equations.every(isCanonical) }
}

/** The values that a filter of nothing but `value eq "…"` and `or` names; undefined for any other filter. */
export function eqValues(filter: Filter): readonly string[] | undefined {
  const parts = filter.kind === 'or' ? filter.filters : [filter]
  const values = parts.flatMap((part) => {
    const isValue = part.kind === 'compare' && part.operator === 'eq' && part.path.toLowerCase() === 'value'
    return isValue && typeof part.literal === 'string' ? [part.literal] : []
  })
  return values.length === parts.length ? [...new Set(values)] : undefined
}

function conjunction(filter: Filter, attribute: Attribute): readonly Equation[] | undefined {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.filters.map((part) => conjunction(part, attribute))
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? [])
    }
    case 'compare': {
      const sub = findAttribute(attribute.subAttributes, filter.path)
      const settable = sub !== undefined && sub.mutability !== 'readOnly' && filter.operator === 'eq' && filter.literal !== null
      return settable ? [{ sub, value: valueOf(sub, filter.literal) }] : undefined
    }
    case 'or':
    case 'not':
    case 'present':
    case 'element':
      return undefined
  }
}

/** The filter's own check let a string pass for a boolean only when it reads true or false (compat-decisions 4). */
function valueOf(sub: Attribute, literal: Literal): Json {
  return sub.type === 'boolean' && typeof literal === 'string' ? literal.toLowerCase() === 'true' : literal
}

function consistent(equations: readonly Equation[]): JsonObject | undefined {
  const terms = new Map<string, Equation>()
  for (const equation of equations) {
    const other = terms.get(equation.sub.name)
    if (other !== undefined && comparable(equation.sub, other.value) !== comparable(equation.sub, equation.value)) {
      return undefined
    }
    terms.set(equation.sub.name, other ?? equation)
  }
  return Object.fromEntries([...terms].map(([name, { value }]) => [name, value]))
}

function isCanonical({ sub, value }: Equation): boolean {
  if (sub.name === 'primary') {
    return value === true
  }
  const wanted = comparable(sub, value)
  return wanted !== undefined && sub.canonicalValues.some((known) => comparable(sub, known) === wanted)
}
