// One complex value, or one element of a multi-valued attribute, as PATCH changes it (RFC 7644 section 3.5.2.3): a new object
// in the order of the schema.
import { mutability } from '../errors.ts'
import { get, isArray, type Json, type JsonObject } from '../json.ts'
import type { Attribute } from '../schema/attribute.ts'
import { identity } from '../resource/value.ts'
import { isSame } from './state.ts'

export type SubAttributes = {
  readonly set: JsonObject
  readonly clear: readonly Attribute[]
  /** Whether values of a multi-valued sub-attribute are added to those there are. */
  readonly appends?: boolean
}

/**
 * The value with some sub-attributes set and others cleared; the rest stays.
 * @throws ScimError 400 mutability when an immutable sub-attribute would change.
 */
export function merge(attribute: Attribute, old: JsonObject, { set, clear, appends }: SubAttributes): JsonObject {
  return build(attribute, old, (sub, before) => {
    const given = get(set, sub.name)
    if (given === undefined) {
      return clear.includes(sub) ? undefined : before
    }
    return appends === true && isArray(given) && isArray(before) ? union(sub, before, given) : given
  })
}

function union(sub: Attribute, before: readonly Json[], given: readonly Json[]): readonly Json[] {
  return [...new Map([...before, ...given].map((value) => [identity(sub, value), value])).values()]
}

/**
 * A new element in the place of an old one. What the filter says of the element stays true unless the new one says otherwise, so
 * that the work address remains one; what a client cannot set stays too.
 * @throws ScimError 400 mutability when an immutable sub-attribute would change.
 */
export function exchange(attribute: Attribute, old: JsonObject, { set, clear }: SubAttributes, terms: JsonObject): JsonObject {
  return build(attribute, old, (sub, before) => {
    const isKept = Object.hasOwn(terms, sub.name) || sub.mutability === 'readOnly' || sub.mutability === 'immutable'
    return get(set, sub.name) ?? (isKept && !clear.includes(sub) ? before : undefined)
  })
}

type ValueOf = (sub: Attribute, before: Json | undefined) => Json | undefined

function build(attribute: Attribute, old: JsonObject, valueOf: ValueOf): JsonObject {
  const entries: [string, Json][] = []
  for (const sub of attribute.subAttributes) {
    const before = get(old, sub.name)
    const after = valueOf(sub, before)
    if (sub.mutability === 'immutable' && before !== undefined && !isSame(before, after)) {
      throw mutability(`\`${attribute.name}.${sub.name}\` is immutable and has a value already.`)
    }
    if (after !== undefined) {
      entries.push([sub.name, after])
    }
  }
  return Object.fromEntries(entries)
}
