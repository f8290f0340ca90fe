// What SQL finds is what evaluation in memory finds, for random resources and random filters, over HTTP: users, groups with members,
// and a type with every kind of attribute. Sorting likewise.
import {
  comparableResource,
  compareText,
  DEFAULT_LIMITS,
  GROUP_RESOURCE_TYPE,
  type JsonObject,
  matches,
  parseFilter,
  resolveAttributePath,
  resolveFilter,
  type ResolvedFilter,
  type ResourceType,
  ScimError,
  USER_RESOURCE_TYPE,
} from '@plur-enterprise/scim'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectError, expectStatus, list, text } from '../support/scim.ts'
import { filterFor, objectOf, pathsOf } from '../support/random-filters.ts'
import { GADGET, TEST_RESOURCE_TYPES } from '../support/gadget.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer({}, { resourceTypes: TEST_RESOURCE_TYPES })
const RESOURCES = 40
const RUNS = 400

type World = { readonly type: ResourceType; readonly scim: Org; readonly resources: readonly JsonObject[] }

const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const objects = (values: readonly unknown[]): JsonObject[] => values.filter(isJsonObject)

/** Random resources of a type, made over HTTP, as the server shows them. */
async function worldOf(type: ResourceType, seed: number, required: (n: number) => object): Promise<World> {
  const scim = await server.org()
  const arbitrary = fc.tuple(objectOf(type.schema.attributes.filter(({ uniqueness }) => uniqueness === 'none')), extensionsOf(type))
  for (const [n, [core, extensions]] of fc.sample(arbitrary, { numRuns: RESOURCES, seed }).entries()) {
    const answer = await scim.post(type.endpoint, { ...core, ...extensions, schemas: [type.schema.id], ...required(n) })
    expect([201, 400], answer.text).toContain(answer.status)
  }
  if (type.computed.includes('groups')) await nest(scim, list(await scim.get(`${type.endpoint}?count=1000`), '/Resources/*/id').map(String))
  const resources = objects(list(await scim.get(`${type.endpoint}?count=1000&attributes=${everything(type)}`), '/Resources'))
  expect(resources.length).toBeGreaterThan(RESOURCES / 2)
  return { type, scim, resources }
}

/** Groups in groups, so that users are direct and indirect members. */
async function nest(scim: Org, ids: readonly string[]): Promise<void> {
  const inner = await scim.group('inner', ids.slice(0, 5))
  const outer = await scim.group('outer', [inner, ...ids.slice(4, 8)])
  await scim.group('a%b', [outer, ...ids.slice(10, 12)])
}

function extensionsOf(type: ResourceType): fc.Arbitrary<object> {
  const all = type.extensions.map(({ schema }) =>
    fc.option(objectOf(schema.attributes), { nil: undefined }).map((value) => [schema.id, value] as const),
  )
  return fc.tuple(...all).map((pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== undefined)))
}

/** All attributes by name, so that those shown on request are there to be evaluated. */
const everything = (type: ResourceType): string =>
  [
    ...type.schema.attributes.map(({ name }) => name),
    ...type.extensions.map(({ schema }) => schema.id),
    'id',
    'externalId',
    'meta',
    'schemas',
  ].join()

const resolved = (type: ResourceType, filter: string): ResolvedFilter | ScimError => {
  const compat = new Set<string>()
  try {
    const parsed = parseFilter(filter, { limits: DEFAULT_LIMITS, bareWords: false, compat })
    return resolveFilter(parsed, { resourceType: type, profile: 'generic', compat, unknownAttribute: 'refuse' })
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

async function expectAgreement({ type, scim, resources }: World, filter: string): Promise<void> {
  const measure = resolved(type, filter)
  const answer = await scim.get(`${type.endpoint}?count=1000&attributes=id&filter=${encodeURIComponent(filter)}`)
  if (measure instanceof ScimError) return expectError(answer, 400, measure.scimType ?? null)
  const wanted = resources.filter((resource) => matches(measure, comparableResource(type, resource))).map((resource) => resource['id'])
  const found = list(expectStatus(answer, 200), '/Resources/*/id')
  expect([...found].sort(), filter).toEqual([...wanted].sort())
}

const seed = Math.trunc(Math.random() * 2 ** 31)

function kinds(): [string, () => Promise<World>][] {
  return [
    [
      'users',
      () =>
        worldOf(USER_RESOURCE_TYPE, seed, (n) => ({
          userName: n % 2 === 0 ? `User-${n}` : `ß${n}`,
          externalId: n % 3 === 0 ? `E${n}` : `e${n}`,
        })),
    ],
    ['gadgets', () => worldOf(GADGET, seed, (n) => ({ label: `Label ${n}` }))],
    ['groups', groups],
  ]
}

/** Groups of random members, nested ones among them, and unlike displays. */
async function groups(): Promise<World> {
  const scim = await server.org()
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => scim.user(name, { displayName: name.toUpperCase() })))
  const random = fc.sample(fc.array(fc.nat({ max: 20 }), { maxLength: 5 }), { numRuns: RESOURCES, seed })
  for (const [n, picks] of random.entries()) {
    const members = picks.flatMap((pick) => {
      const value = ids[pick % ids.length]
      return value === undefined ? [] : [pick % 3 === 0 ? { value, display: pick % 2 === 0 ? 'Disp%' : 'é' } : { value }]
    })
    const created = await scim.post('/Groups', {
      schemas: [GROUP_RESOURCE_TYPE.schema.id],
      displayName: `Group ${n}`,
      externalId: `g${n}`,
      members,
    })
    ids.push(text(expectStatus(created, 201), '/id'))
  }
  return { type: GROUP_RESOURCE_TYPE, scim, resources: objects(list(await scim.get('/Groups?count=1000'), '/Resources')) }
}

describe.each(kinds())('%s', (_, make) => {
  let world: World
  beforeAll(async () => {
    world = await make()
  }, 120_000)

  test(`a random filter finds in SQL what it finds in memory, seed ${seed} [FLT-01 FLT-11 FLT-17 FLT-20 FLT-23 FLT-25 FLT-29]`, {
    timeout: 180_000,
  }, async () => {
    const extra = world.resources.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
    const members = world.resources.flatMap((resource) =>
      objects(Array.isArray(resource['members']) ? [...resource['members']] : []).map((member) => String(member['value'])),
    )
    await fc.assert(
      fc.asyncProperty(filterFor(world.type, [...extra, ...members]), (filter) => expectAgreement(world, filter)),
      { numRuns: RUNS, seed },
    )
  })

  test(`a random order is the order of the values, with the missing ones last, seed ${seed} [SRT-01 SRT-03 SRT-04 SRT-06]`, {
    timeout: 60_000,
  }, async () => {
    for (const { path, top, attribute } of pathsOf(world.type)) {
      const answer = await world.scim.get(`${world.type.endpoint}?count=1000&sortBy=${encodeURIComponent(path)}`)
      const kept = [...world.type.collections, ...world.type.computed].includes(top)
      const refusable = kept || attribute.type === 'complex' || attribute.returned === 'never' || attribute.mutability === 'writeOnly'
      if (answer.status === 400 && refusable) continue
      const sorted = objects(list(expectStatus(answer, 200), '/Resources'))
      expect(sorted.length, path).toBe(world.resources.length)
      expectOrdered(
        world,
        path,
        sorted.map((resource) => String(resource['id'])),
      )
    }
  })
})

/** Each value is not after the next one; what has no value comes last. */
function expectOrdered({ type, resources }: World, path: string, ids: readonly string[]): void {
  const ref = resolveAttributePath(path, type)
  if (ref === undefined || (ref.attribute.type === 'complex' && ref.sub === undefined)) return
  const keys = ids.map((id) => {
    const resource = resources.find((candidate) => candidate['id'] === id)
    return resource === undefined ? undefined : sortKey(comparableResource(type, resource), ref)
  })
  for (const [n, key] of keys.slice(1).entries()) {
    const before = keys[n]
    if (key === undefined) continue
    expect(before === undefined, `${path}: nothing before ${String(key)}`).toBe(false)
    if (typeof before === 'string' && typeof key === 'string')
      expect(compareText(before, key), `${path}: ${before} before ${key}`).toBeLessThanOrEqual(0)
    else expect(Number(before), path).toBeLessThanOrEqual(Number(key))
  }
}

type Ref = NonNullable<ReturnType<typeof resolveAttributePath>>

/** The primary value of many, else the first (RFC 7644 section 3.4.2.3). */
function sortKey(resource: JsonObject, { extension, attribute, sub }: Ref): unknown {
  const holder = extension === undefined ? resource : resource[extension]
  const value = isJsonObject(holder) ? holder[attribute.name] : undefined
  if (!Array.isArray(value)) return sub === undefined ? value : isJsonObject(value) ? value[sub.name] : undefined
  const elements: unknown[] = [...value]
  const chosen = elements.find((element) => isJsonObject(element) && element['primary'] === true) ?? elements[0]
  return sub === undefined ? chosen : isJsonObject(chosen) ? chosen[sub.name] : undefined
}
