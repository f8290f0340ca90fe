// Random filters and resources for a resource type: names from its schema, values from a small pool, so that they often meet.
import { type Attribute, COMMON_ATTRIBUTES, type ResourceType } from '@plur-enterprise/scim'
import * as fc from 'fast-check'

/** Letters that fold, compose, need escapes in SQL or JSON, or lie beyond the first plane. */
const TEXTS = [
  'a',
  'A',
  'ab',
  'AB',
  'b',
  '%',
  '_',
  'a%b',
  'a_b',
  '\\',
  '"',
  "'",
  'é',
  'É',
  'e\u0301',
  'ß',
  'SS',
  'İ',
  'σ',
  'ς',
  '\u{1F600}',
  'Ａ',
  'work',
  'home',
  'x y',
  "'; --",
  'null',
  'true',
  '10',
  '9',
]
const TIMES = [
  '2020-01-01T00:00:00Z',
  '2020-01-01T01:00:00+01:00',
  '2019-12-31T23:59:59.999Z',
  '2020-01-01T00:00:00.0001Z',
  '2021-06-01T12:00:00-05:00',
]
const NUMBERS = [-1, 0, 1, 1.5, 2, 9, 10, 1e3]
const URIS = ['https://x.io/a', 'HTTPS://X.IO/A', 'https://x.io/%41', 'urn:x:y']
const BASE64 = ['QUJD', 'QUJDRA==', 'YWJj']

/** A value that the attribute takes. */
export function valueFor(attribute: Attribute): fc.Arbitrary<unknown> {
  if (attribute.multiValued) {
    const element = single(attribute)
    return fc.array(element, { minLength: 0, maxLength: 3 }).map(withOnePrimary)
  }
  return single(attribute)
}

function single(attribute: Attribute): fc.Arbitrary<unknown> {
  switch (attribute.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.constantFrom(...NUMBERS.filter(Number.isInteger))
    case 'decimal':
      return fc.constantFrom(...NUMBERS)
    case 'dateTime':
      return fc.constantFrom(...TIMES)
    case 'reference':
      return fc.constantFrom(...URIS)
    case 'binary':
      return fc.constantFrom(...BASE64)
    case 'string':
      return fc.constantFrom(...TEXTS)
    case 'complex':
      return objectOf(attribute.subAttributes)
  }
}

/** An object of some of the attributes. */
export function objectOf(attributes: readonly Attribute[]): fc.Arbitrary<Record<string, unknown>> {
  const writable = attributes.filter((attribute) => attribute.mutability !== 'readOnly' && attribute.check === undefined)
  const entries = writable.map((attribute) =>
    fc.option(valueFor(attribute), { nil: undefined, freq: 2 }).map((value) => [attribute.name, value] as const),
  )
  return fc.tuple(...entries).map((pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== undefined)))
}

/** At most the first primary stays one (RFC 7643 section 2.4). */
function withOnePrimary(elements: unknown[]): unknown[] {
  let found = false
  return elements.map((element) => {
    if (typeof element !== 'object' || element === null || !('primary' in element) || element.primary !== true) return element
    if (found) return { ...element, primary: false }
    found = true
    return element
  })
}

/** `top` is the name of the attribute that holds a sub-attribute, else its own. */
type Path = { readonly path: string; readonly top: string; readonly attribute: Attribute }

/** Every name that a filter of the type may use, sub-attributes and qualified names included. */
export function pathsOf(type: ResourceType): Path[] {
  const spread = (attribute: Attribute, prefix: string): Path[] => [
    { path: prefix + attribute.name, top: attribute.name, attribute },
    ...attribute.subAttributes.map((sub) => ({ path: `${prefix}${attribute.name}.${sub.name}`, top: attribute.name, attribute: sub })),
  ]
  return [
    ...[...COMMON_ATTRIBUTES, ...type.schema.attributes].flatMap((attribute) => spread(attribute, '')),
    ...type.schema.attributes.slice(0, 2).flatMap((attribute) => spread(attribute, `${type.schema.id}:`)),
    ...type.extensions.flatMap(({ schema }) => schema.attributes.flatMap((attribute) => spread(attribute, `${schema.id}:`))),
  ]
}

const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']

/** A filter's text, mostly one that makes sense. `extra` are literals worth asking for, such as ids. */
export function filterFor(type: ResourceType, extra: readonly string[]): fc.Arbitrary<string> {
  const paths = pathsOf(type)
  const complex = type.schema.attributes.filter((attribute) => attribute.multiValued && attribute.type === 'complex')
  const comparison = fc.constantFrom(...paths).chain(({ path, attribute }) => compareText(path, attribute, extra))
  const presence = fc.constantFrom(...paths).map(({ path }) => `${path} pr`)
  const element = complex.length === 0 ? [] : [fc.constantFrom(...complex).chain((attribute) => elementText(attribute, extra))]
  const leaf = fc.oneof(
    { arbitrary: comparison, weight: 6 },
    { arbitrary: presence, weight: 2 },
    ...element.map((arbitrary) => ({ arbitrary, weight: 4 })),
  )
  return fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: leaf, weight: 5 },
      {
        arbitrary: fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map(([one, word, two]) => `${one} ${word} ${two}`),
        weight: 2,
      },
      { arbitrary: tie('filter').map((inner) => `not (${inner})`), weight: 2 },
      { arbitrary: tie('filter').map((inner) => `(${inner})`), weight: 1 },
    ),
  })).filter
}

function compareText(path: string, attribute: Attribute, extra: readonly string[]): fc.Arbitrary<string> {
  const literal = fc.oneof(
    { arbitrary: attribute.type === 'complex' ? fc.constantFrom(...TEXTS) : single(attribute), weight: 8 },
    { arbitrary: fc.constantFrom<unknown>(null, true, ...TEXTS, ...extra), weight: 2 },
  )
  return fc.tuple(fc.constantFrom(...OPERATORS), literal).map(([operator, value]) => `${path} ${operator} ${JSON.stringify(value)}`)
}

function elementText(attribute: Attribute, extra: readonly string[]): fc.Arbitrary<string> {
  const one = fc
    .constantFrom(...attribute.subAttributes)
    .chain((sub) => fc.oneof(compareText(sub.name, sub, extra), fc.constant(`${sub.name} pr`)))
  const inner = fc.oneof(
    one,
    fc.tuple(one, fc.constantFrom('and', 'or'), one).map(([left, word, right]) => `${left} ${word} ${right}`),
    one.map((text) => `not (${text})`),
  )
  return inner.map((text) => `${attribute.name}[${text}]`)
}
