// What the tests of this folder ask of the functions again and again.
import { ScimError } from '../../src/errors.ts'
import { type Json, member } from '../../src/json.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { type ParsedResource, parseResource } from '../../src/resource/parse.ts'
import { parseValue } from '../../src/resource/value.ts'
import type { Attribute } from '../../src/schema/attribute.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'

/** The error that the function throws. */
export function refusalOf(run: () => unknown): ScimError {
  try {
    run()
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
  throw new Error('was not refused')
}

/** An attribute of a type by its path, such as `emails.value`, or `manager` of an extension. */
export function attributeOf(type: ResourceType, path: string): Attribute {
  const schemas = [type.schema, ...type.extensions.map(({ schema }) => schema)]
  let attributes: readonly Attribute[] = schemas.flatMap((schema) => schema.attributes)
  let found: Attribute | undefined
  for (const name of path.split('.')) {
    found = attributes.find((candidate) => candidate.name === name)
    attributes = found?.subAttributes ?? []
  }
  if (found === undefined) throw new Error(`${type.name} has no ${path}`)
  return found
}

export type Read = { readonly value: Json | undefined; readonly compat: readonly string[] }

/** What a value becomes, and by which tolerances. */
export function readValue(attribute: Attribute, json: Json, options: { lenient?: boolean; limits?: Partial<Limits> } = {}): Read {
  const compat = new Set<string>()
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const value = parseValue(attribute, json, {
    where: attribute.name,
    limits,
    profile: 'generic',
    compat,
    lenient: options.lenient ?? false,
  })
  return { value, compat: [...compat] }
}

type Asked = { resourceType?: ResourceType; profile?: Profile; method?: 'create' | 'replace'; limits?: Partial<Limits> }

/** What a body becomes, and by which tolerances. `schemas` is added unless the body has it. */
export function readBody(body: { readonly [name: string]: Json }, asked: Asked = {}): ParsedResource & { compat: readonly string[] } {
  const { resourceType = USER_RESOURCE_TYPE, profile = 'generic', method = 'create' } = asked
  const compat = new Set<string>()
  const limits = { ...DEFAULT_LIMITS, ...asked.limits }
  const whole = member(body, 'schemas') === undefined ? { schemas: [resourceType.schema.id], ...body } : body
  return { ...parseResource(whole, { resourceType, limits, profile, compat, method }), compat: [...compat] }
}
