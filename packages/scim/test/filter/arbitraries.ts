// Random filters in the form that the parser gives: chains flattened, names and literals of any kind, within the limits.
import * as fc from 'fast-check'
import type { CompareOperator, Filter, Literal } from '../../src/filter/ast.ts'

export type Comparison = Filter & { readonly kind: 'compare' }

const name = fc.oneof(
  fc.constantFrom('userName', 'not', 'and', 'or', 'pr', 'eq', 'true', 'null', '$ref', 'my-attr_1', 'a$'),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9$_-]{0,5}$/),
)

const path = fc
  .tuple(fc.constantFrom('', 'urn:ietf:params:scim:schemas:core:2.0:User:', 'http://x.io/a.b#c/1.0:'), name, fc.option(name))
  .map(([urn, attribute, sub]) => `${urn}${attribute}${sub === null ? '' : `.${sub}`}`)

const operator = fc.constantFrom<CompareOperator>('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le')

const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', '')),
  fc.constantFrom('") and (', '\\', '"', ' or ', ']', "'", '\n'),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => (number === 0 ? 0 : number)),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)

function chain(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  return { kind, filters: filters.flatMap((filter) => (filter.kind === kind ? filter.filters : [filter])) }
}

/** Filters over given leaves, `depth` levels of chains and negations high. */
function filtersOver(leaf: fc.Arbitrary<Filter>, depth: number): fc.Arbitrary<Filter> {
  if (depth === 0) {
    return leaf
  }
  const inner = filtersOver(leaf, depth - 1)
  return fc.oneof(
    leaf,
    inner.map((filter): Filter => ({ kind: 'not', filter })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(inner, { minLength: 2, maxLength: 3 }))
      .map(([kind, some]) => chain(kind, some)),
  )
}

const leafOf = (paths: fc.Arbitrary<string>): fc.Arbitrary<Filter> =>
  fc.oneof(
    paths.map((text): Filter => ({ kind: 'present', path: text })),
    fc
      .tuple(paths, operator, literal)
      .map(([text, chosen, value]) => ({ kind: 'compare', path: text, operator: chosen, literal: value }) as const),
  )

/** Any filter that the grammar can express. */
export const anyFilter: fc.Arbitrary<Filter> = filtersOver(
  fc.oneof(
    leafOf(path),
    fc.tuple(path, filtersOver(leafOf(path), 2)).map(([text, filter]): Filter => ({ kind: 'element', path: text, filter })),
  ),
  3,
)

const short = fc.constantFrom('', 'a', 'A', 'b', 'ab', 'B a', 'work', 'é', 'E\u0301')
const flag = fc.boolean()
const moment = fc.constantFrom('2011-05-13T04:42:34Z', '2011-05-13T06:42:34+02:00', '2012-01-01T00:00:00.5Z')
const order = fc.constantFrom<CompareOperator>('eq', 'ne', 'gt', 'ge', 'lt', 'le')
const equality = fc.constantFrom<CompareOperator>('eq', 'ne')

const compareOf = (
  paths: readonly string[],
  operators: fc.Arbitrary<CompareOperator>,
  values: fc.Arbitrary<Literal>,
): fc.Arbitrary<Comparison> =>
  fc
    .tuple(fc.constantFrom(...paths), operators, values)
    .map(([text, chosen, value]) => ({ kind: 'compare', path: text, operator: chosen, literal: value }) as const)

/** A comparison with one value of a user, that resolves. */
export const singleValuedComparison: fc.Arbitrary<Comparison> = fc.oneof(
  compareOf(['userName', 'title', 'externalId', 'name.givenName'], operator, short),
  compareOf(['active'], equality, flag),
  compareOf(['level', 'score'], order, fc.integer({ min: -1, max: 2 })),
  compareOf(['hiredAt', 'meta.created'], order, moment),
)

const singleValuedLeaf: fc.Arbitrary<Filter> = fc.oneof(
  singleValuedComparison,
  compareOf(['title', 'name', 'active', 'level'], equality, fc.constant(null)),
  fc.constantFrom('title', 'name', 'name.givenName', 'active', 'level').map((text): Filter => ({ kind: 'present', path: text })),
)

const insideBrackets: fc.Arbitrary<Filter> = filtersOver(
  fc.oneof(
    compareOf(['value', 'type'], operator, short),
    compareOf(['primary'], equality, flag),
    fc.constantFrom('value', 'type', 'primary').map((text): Filter => ({ kind: 'present', path: text })),
  ),
  2,
)

/** Filters that a user resolves to. */
export const userFilter: fc.Arbitrary<Filter> = filtersOver(
  fc.oneof(
    singleValuedLeaf,
    compareOf(['emails', 'emails.type', 'tags'], operator, short),
    insideBrackets.map((filter): Filter => ({ kind: 'element', path: 'emails', filter })),
  ),
  2,
)

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

/** Users in which those filters find something about as often as nothing. */
export const user = fc.record({
  userName: short,
  title: optional(short),
  externalId: optional(short),
  active: optional(flag),
  name: fc.record({ givenName: optional(short) }),
  emails: fc.array(fc.record({ value: optional(short), type: optional(short), primary: optional(flag) }), { maxLength: 3 }),
  meta: fc.record({ created: moment }),
  extra: fc.record({
    level: optional(fc.integer({ min: -1, max: 2 })),
    score: optional(fc.integer({ min: -1, max: 2 })),
    hiredAt: optional(moment),
    tags: fc.array(short, { maxLength: 2 }),
  }),
})
