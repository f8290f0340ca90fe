// Where identity providers leave RFC 7644 section 3.5.2: every deviation that PATCH understands is decided here and named in
// `compat`. Shapes of single values, which POST and PUT share, are in resource/dialect.ts.
import { excerpt, invalidPath, invalidSyntax, invalidValue } from '../errors.ts'
import { comparable } from '../filter/comparable.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import { unpackValue } from '../resource/dialect.ts'
import { noteUnknown } from '../resource/place.ts'
import { type Attribute, findAttribute } from '../schema/attribute.ts'
import type { Context } from './context.ts'
import type { NamedElements } from './operation.ts'
import type { Profile } from './profile.ts'
import type { Selection } from './target.ts'

const VERBS = ['add', 'replace', 'remove'] as const
export type Verb = (typeof VERBS)[number]

/**
 * What to do, in whatever case it is written: Entra capitalises (compat-decisions 3).
 * @throws ScimError 400 invalidSyntax.
 */
export function readVerb(operation: JsonObject, compat: Set<string>): Verb {
  const op = member(operation, 'op')
  const verb = typeof op === 'string' ? VERBS.find((known) => known === op.toLowerCase()) : undefined
  if (verb === undefined) {
    const found = typeof op === 'string' ? `, not \`${excerpt(op)}\`` : ''
    throw invalidSyntax(`\`op\` must be "add", "replace" or "remove"${found}.`)
  }
  if (verb !== op) {
    compat.add('op-case')
  }
  return verb
}

/**
 * The profile in effect: an op that is not in lower case and the flag of Entra's tenant URL are marks of Entra alone, so they
 * switch a request of a client that was left at generic (compat-decisions, layer 3).
 */
export function effectiveProfile(declared: Profile, entraFlag: boolean, operations: readonly Json[]): Profile {
  const isMarked = entraFlag || operations.some(hasEntraMark)
  return declared === 'generic' && isMarked ? 'entra' : declared
}

function hasEntraMark(operation: Json): boolean {
  const op = isObject(operation) ? member(operation, 'op') : undefined
  return typeof op === 'string' && op !== op.toLowerCase() && VERBS.some((verb) => verb === op.toLowerCase())
}

/** Microsoft's validator sends no operations at all (compat-decisions 21). @throws ScimError 400 invalidSyntax for anybody else. */
export function acceptNoOperations({ profile, compat }: Context): void {
  if (profile !== 'entra') {
    throw invalidSyntax('`Operations` must hold at least one operation.')
  }
  compat.add('empty-operations')
}

/**
 * Passes over an attribute that the schemas lack, so that one unknown path of Entra does not sink the operations beside it (P23).
 * A null says nothing about an attribute, so one in a value is passed over for everybody (compat-decisions 19).
 * @throws ScimError 400 invalidPath for other profiles.
 */
export function skipUnknown(name: string, { profile, resourceType, compat }: Context, json?: Json): void {
  if (profile !== 'entra' && json !== null) {
    throw invalidPath(`${resourceType.name} has no attribute \`${excerpt(name)}\`.`)
  }
  noteUnknown(compat, name)
}

/** Notes that a value without path names an attribute the client cannot set: echoes of a GET are harmless (P3). */
export function passOverReadOnly({ compat }: Context): void {
  compat.add('read-only-in-value')
}

/** Notes a key of a value that is a path of its own: `name.givenName`, `urn:…:User:department` (compat-decisions 6). */
export function notePathAsKey(key: string, { compat }: Context): void {
  if (/[.:[]/.test(key)) {
    compat.add('path-as-key')
  }
}

export type Removal =
  /** As the RFC has it: everything at the target goes. */
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  /** The elements that the client listed. */
  | { readonly kind: 'listed'; readonly elements: readonly Json[] }

/**
 * What a remove without filter takes away. The RFC knows no `value` here; clients that send one mean only the elements listed, and
 * emptying a whole group is the worse error (compat-decisions 1).
 */
export function readRemoval(attribute: Attribute, json: Json | undefined, { compat }: Context): Removal {
  if (json === undefined || json === null) {
    return { kind: 'all' }
  }
  const value = unwrapNested(attribute, json, compat)
  if (!attribute.multiValued) {
    compat.add('remove-with-value')
    return { kind: 'all' }
  }
  if (value === null || value === '' || (isArray(value) && value.length === 0)) {
    compat.add('remove-with-empty-value')
    return { kind: 'none' }
  }
  compat.add('remove-with-value')
  return { kind: 'listed', elements: isArray(value) ? value : [value] }
}

/** Notes a value beside a path that already says what is removed; it changes nothing. */
export function noteValueBesidePath(json: Json | undefined, { compat }: Context): void {
  if (json !== undefined && json !== null) {
    compat.add('remove-with-value')
  }
}

/** What Bitwarden adds by `members[value eq "U1"]`: the filter says it all, so there need be no value (ZZ-2). */
export function valueBesideFilter(json: Json | undefined, { compat }: Context): Json {
  if (json === undefined || json === null) {
    compat.add('add-without-value')
    return {}
  }
  return json
}

/**
 * Whether a replace may make the element that its filter describes but does not find. The RFC says 400 noTarget; Entra addresses
 * its one work e-mail so, stored or not, and a refusal would stall the user (compat-decisions 2, EN-26).
 */
export function mayReplaceCreate({ canonical }: Selection, { compat }: Context): boolean {
  if (canonical) {
    compat.add('replace-creates-element')
  }
  return canonical
}

/** Notes URNs in `schemas` that this resource type does not have: they are dropped (compat-decisions 19). */
export function noteUnknownSchemas(urns: readonly string[], { resourceType, compat }: Context): void {
  const known = [resourceType.schema, ...resourceType.extensions.map(({ schema }) => schema)].map(({ id }) => id.toLowerCase())
  if (urns.some((urn) => !known.includes(urn.toLowerCase()))) {
    compat.add('unknown-schema')
  }
}

/** Salesforce writes the attribute's name once more: `{"path":"members","value":{"members":[…]}}` (SF-1). */
function unwrapNested(attribute: Attribute, json: Json, compat: Set<string>): Json {
  const [key, ...others] = isObject(json) ? Object.keys(json) : []
  if (!isObject(json) || key === undefined || others.length > 0 || key.toLowerCase() !== attribute.name.toLowerCase()) {
    return json
  }
  compat.add('nested-value')
  return member(json, key) ?? null
}

/**
 * The listed elements as a remove looks for them: by `value` alone, since Entra sends `"$ref":null` and others a display name
 * (EN-40); where there is no `value`, by all that was given.
 * @throws ScimError 400 invalidValue for an element that names nothing.
 */
export function readNamedElements(attribute: Attribute, elements: readonly Json[], { compat }: Context): NamedElements {
  const value = attribute.type === 'complex' ? findAttribute(attribute.subAttributes, 'value') : attribute
  if (value === undefined) {
    return { kind: 'parts', parts: elements.map((element) => givenParts(attribute, element)) }
  }
  const unpacked = (element: Json) => (isObject(element) ? unpackValue(attribute, element, compat) : element)
  return { kind: 'values', values: new Set(elements.map((element) => requireNamed(attribute, namedValue(value, unpacked(element))))) }
}

/** The `value` of a listed element, which may also stand there by itself, or undefined when there is none. */
export function givenValue(element: Json): Json | undefined {
  return isObject(element) ? member(element, 'value') : element
}

function namedValue(value: Attribute, element: Json): string | number | boolean | undefined {
  const given = givenValue(element)
  return given === undefined || given === '' ? undefined : comparable(value, given)
}

function givenParts(attribute: Attribute, element: Json): JsonObject {
  const given = attribute.subAttributes.flatMap((sub): [string, Json][] => {
    const json = isObject(element) ? member(element, sub.name) : undefined
    const part = json === undefined ? undefined : comparable(sub, json)
    return part === undefined ? [] : [[sub.name, part]]
  })
  requireNamed(attribute, given[0])
  return Object.fromEntries(given)
}

/** @throws ScimError 400 invalidValue: taking an element that names nothing for none would leave somebody in a group unnoticed. */
export function requireNamed<T>(attribute: Attribute, named: T | undefined): T {
  if (named === undefined) {
    throw invalidValue(
      `\`value\` lists something that names no element of \`${attribute.name}\`; list elements as {"value": …}, or leave \`value\` out to remove all.`,
    )
  }
  return named
}
