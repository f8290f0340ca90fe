// Bodies that nobody would send: every one ends in a canonical resource or in a refusal, never in another error.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../../src/json.ts'
import { assemble, withDefaults } from '../../src/resource/assemble.ts'
import { replace, sameResource } from '../../src/resource/replace.ts'
import { type Attribute, type AttributeType, findAttribute } from '../../src/schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../../src/schema/common.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { TEST_RESOURCE_TYPE } from '../test-resource.ts'
import { readBody } from './asked.ts'

const HOSTILE = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'a.b', 'urn:x:y', '', '$ref']

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom('', ' ', 'true', 'False', 'a@x', 'TWE=', '2011-05-13T04:42:34Z', '{"value":"x"}', 'work'),
)

const simple: fc.Arbitrary<Json> = fc.oneof(
  texts,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)

const RIGHT: Readonly<Record<AttributeType, fc.Arbitrary<Json>>> = {
  string: texts,
  boolean: fc.boolean(),
  integer: fc.maxSafeInteger(),
  decimal: fc.double({ noNaN: true, noDefaultInfinity: true }),
  dateTime: fc.constantFrom('2011-05-13T04:42:34Z', '2024-02-29T23:59:59.5+02:00', ''),
  binary: fc.base64String({ maxLength: 20 }),
  reference: fc.constantFrom('https://x.io/u', 'Users/1', ''),
  complex: fc.constant(null),
}

/** Right more often than wrong: only so do enough bodies get past the first check. */
const simpleFor = ({ type }: Attribute) => fc.oneof({ weight: 12, arbitrary: RIGHT[type] }, { weight: 1, arbitrary: simple })

function objectFor({ subAttributes }: Attribute): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(members(subAttributes, simpleFor), fc.dictionary(fc.constantFrom(...HOSTILE), simple, { maxKeys: 2 }))
    .map(([ours, odd]): JsonObject => ({ ...odd, ...ours }))
}

function valueFor(attribute: Attribute): fc.Arbitrary<Json> {
  const one = attribute.type === 'complex' ? objectFor(attribute) : simpleFor(attribute)
  const right = attribute.multiValued ? fc.array(one, { maxLength: 4 }) : one
  return fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: one },
    { weight: 1, arbitrary: fc.array(simple, { maxLength: 2 }) },
  )
}

/** Some of the attributes, in either case of their names. */
function members(attributes: readonly Attribute[], value: (attribute: Attribute) => fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  return fc
    .subarray([...attributes], { maxLength: Math.min(6, attributes.length) })
    .chain((chosen) => fc.tuple(...chosen.map((each) => fc.tuple(fc.constantFrom(each.name, each.name.toUpperCase()), value(each)))))
    .map((entries): JsonObject => Object.fromEntries(entries))
}

const bodyOf = ({ schema, extensions }: ResourceType) =>
  fc
    .tuple(
      members(schema.attributes, valueFor),
      fc.dictionary(fc.constantFrom(...HOSTILE), simple),
      fc.tuple(...extensions.map((each) => fc.option(fc.tuple(fc.constant(each.schema.id), members(each.schema.attributes, valueFor))))),
    )
    .map(([core, odd, ours]): JsonObject => ({ ...odd, ...core, ...Object.fromEntries(ours.filter((each) => each !== null)) }))

/** Undefined for a refusal; anything else that is thrown is a fault. */
function orRefused<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof ScimError && [400, 413].includes(error.status)) return undefined
    throw error
  }
}

/** What must hold of everything that is kept. */
function checkCanonical(attributes: readonly Attribute[], holder: JsonObject): void {
  for (const [name, value] of Object.entries(holder)) {
    const attribute = findAttribute(attributes, name)
    expect(attribute?.name).toBe(name)
    if (attribute === undefined) continue
    expect(isArray(value)).toBe(attribute.multiValued)
    expect([null, '', undefined]).not.toContain(value)
    const values = isArray(value) ? value : [value]
    expect(values.length).toBeGreaterThan(0)
    for (const each of values) {
      expect(isObject(each)).toBe(attribute.type === 'complex')
      if (isObject(each)) checkCanonical(attribute.subAttributes, each)
    }
  }
}

describe.each([
  ['User', USER_RESOURCE_TYPE],
  ['TestResource', TEST_RESOURCE_TYPE],
])('any body for %s', (_name, resourceType) => {
  const profiles = fc.constantFrom('generic', 'okta', 'entra')
  const create = (body: JsonObject, profile: 'generic' | 'okta' | 'entra') =>
    orRefused(() => {
      const required = { code: 'c', userName: 'a', ...body }
      const parsed = readBody(required, { resourceType, profile })
      return { parsed, resource: assemble({ resourceType, id: '1', attributes: withDefaults(resourceType, parsed) }) }
    })

  test('becomes a canonical resource or is refused [JSN-18 K5 H1 H2]', () => {
    let kept = 0
    fc.assert(
      fc.property(bodyOf(resourceType), profiles, (body, profile) => {
        const made = create(body, profile)
        if (made === undefined) return
        kept += 1
        const { schemas: _schemas, ...rest } = made.resource
        const extensions = resourceType.extensions.map(({ schema }) => schema)
        for (const { id, attributes } of extensions) {
          const values = rest[id]
          if (isObject(values)) checkCanonical(attributes, values)
        }
        const core = Object.entries(rest).filter(([name]) => !extensions.some(({ id }) => id === name))
        checkCanonical([...resourceType.schema.attributes, ...COMMON_ATTRIBUTES], Object.fromEntries(core))
        expect({}).not.toHaveProperty('polluted')
      }),
      { numRuns: 400 },
    )
    expect(kept).toBeGreaterThan(20)
  })

  test('once kept, is kept as the same when it is sent back [PUT-11 PUT-08 RC-17]', () => {
    fc.assert(
      fc.property(bodyOf(resourceType), profiles, (body, profile) => {
        const resource = create(body, profile)?.resource
        if (resource === undefined) return
        const again = replace(resource, readBody(resource, { resourceType, method: 'replace' }), resourceType)
        expect(again).toEqual(resource)
        expect(sameResource(again, resource)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })
})
