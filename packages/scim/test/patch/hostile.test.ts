// Attacks on the PATCH engine: names of Object.prototype in every place, malformed paths, work without end.
import { afterEach, describe, expect, test } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import type { Json, JsonObject } from '../../src/json.ts'
import { countVisits, ELEMENT_VISITS_MAX } from '../../src/patch/elements.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN as ENT } from '../../src/urns.ts'
import { TEST_RESOURCE_TYPE, TEST_URN } from '../test-resource.ts'
import { employee, refused, run, runPatch, user } from './run-patch.ts'

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'isPrototypeOf']
const VERBS = ['add', 'replace', 'remove'] as const

/** An object whose member really is called so, as JSON.parse makes it. */
const named = (name: string, value: Json): JsonObject => {
  const json: unknown = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)
  return isObject(json) ? json : expect.fail('no object')
}
const isObject = (json: unknown): json is JsonObject => typeof json === 'object' && json !== null

const evil = { polluted: true, x: true }

const paths = (name: string): readonly string[] => [
  name,
  `${name}.polluted`,
  `userName.${name}`,
  `name.${name}`,
  `emails.${name}`,
  `${name}[primary eq true].x`,
  `${name}[${name} eq "x"]`,
  `emails[${name} eq "x"]`,
  `emails[${name} eq "x"].value`,
  `emails[type eq "work"].${name}`,
  `emails[type eq "${name}"].${name}`,
  `${ENT}:${name}`,
  `${ENT}:manager.${name}`,
  `urn:${name}:${name}`,
  `${name}:polluted`,
]

const values = (name: string): readonly Json[] => [
  named(name, evil),
  named(name, 'x'),
  named(name, [evil]),
  named(`${name}.polluted`, 'x'),
  named(`name.${name}`, 'x'),
  named(`${name}[type eq "work"].polluted`, 'x'),
  { name: named(name, evil) },
  { emails: [named(name, evil)] },
  { emails: named(name, evil) },
  { [ENT]: named(name, evil) },
  { [ENT]: { manager: named(name, evil) } },
  named(`urn:${name}`, evil),
]

/** Runs a request that may be refused, but only as the client's fault. */
function attempt(operations: readonly Json[], profile: Profile, resourceType: ResourceType = USER_RESOURCE_TYPE): JsonObject | undefined {
  const before = employee({ manager: { value: 'U2' } }, { name: { givenName: 'A' }, emails: [{ value: 'a@example.com', type: 'work' }] })
  try {
    return run(before, operations, { profile, resourceType }).after
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError)
    expect(error).toHaveProperty('status', 400)
    return undefined
  }
}

const known = Object.getOwnPropertyNames(Object.prototype)

afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(known)
  expect({}).not.toHaveProperty('polluted')
  expect(Reflect.get(Object.prototype, 'toString')).not.toHaveProperty('polluted')
  expect(Object).not.toHaveProperty('polluted')
})

describe.each(NAMES)('the name %s', (name) => {
  test.each(['generic', 'okta', 'entra'] as const)(
    'as a path is refused or dropped for profile %s, and pollutes nothing [H1 H2]',
    (profile) => {
      for (const path of paths(name)) {
        for (const op of VERBS) {
          for (const value of ['x', evil, [evil]]) {
            expect(JSON.stringify(attempt([{ op, path, value }], profile) ?? {})).not.toContain('polluted')
          }
        }
      }
    },
  )

  test.each(['generic', 'okta', 'entra'] as const)(
    'in a value is refused or dropped for profile %s, and pollutes nothing [H1]',
    (profile) => {
      for (const value of values(name)) {
        for (const op of VERBS) {
          for (const path of [undefined, 'name', 'emails', 'emails[type eq "work"]', 'emails[type eq "other"]', ENT, `${ENT}:manager`]) {
            const after = attempt([{ op, value, ...(path === undefined ? {} : { path }) }], profile)
            expect(JSON.stringify(after ?? {})).not.toMatch(/polluted|"x":true/)
          }
        }
      }
    },
  )

  test('as a member of the message or of an operation means nothing [H1]', () => {
    const operation = { op: 'replace', path: 'nickName', value: 'Al', ...named(name, evil) }
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation], ...named(name, evil) }
    expect(runPatch(user(), body).resource).toEqual(user({ nickName: 'Al' }))
  })
})

describe('members of an operation that only its prototype has', () => {
  test.each<[string, Json]>([
    ['op', named('__proto__', { op: 'replace', path: 'nickName', value: 'Al' })],
    ['path', { op: 'remove', ...named('__proto__', { path: 'nickName' }) }],
    ['value', { op: 'replace', path: 'nickName', ...named('__proto__', { value: 'Al' }) }],
  ])('are not there: %s [H1]', (_, operation) => {
    expect(refused(() => run(user({ nickName: 'x' }), [operation])).status).toMatch(/^400 /)
  })

  test('an attribute called constructor is one like any other', () => {
    const thing = { schemas: [TEST_URN], id: 'T1', code: 'c' }
    const setup = { resourceType: TEST_RESOURCE_TYPE }
    expect(run(thing, [{ op: 'remove', path: 'constructor' }], setup).resource).toBeUndefined()
    expect(run(thing, [{ op: 'add', value: { constructor: 'x' } }], setup).resource).toEqual({ ...thing, constructor: 'x' })
  })
})

describe('malformed paths', () => {
  const malformed = [
    'userName.foo',
    'emails[',
    'emails[]',
    '[x]',
    '.',
    '',
    'a[b eq "c"]d',
    '__proto__[primary eq true].x',
    'emails[type eq "work"]value',
    'emails[type eq "work"].',
    'emails[type eq "work"]..value',
    'emails[type eq "work"].value.x',
    'emails]',
    ']',
    '[',
    'emails[[type eq "work"]]',
    'emails[type eq "work"][type eq "home"]',
    'emails[emails[type eq "work"]]',
    'emails [type eq "work"] . value',
    'name.givenName.x',
    'urn:',
    ':',
    '::',
    `${ENT}:`,
    `${ENT}:manager.`,
    `${ENT}.department`,
    'emails[type eq work]',
    "emails[type eq 'work']",
    'emails[type]',
    'emails[eq "work"]',
    'emails[type eq]',
    '$',
    '$ref',
    '0',
    '-1',
    'emails[*]',
    'emails[-1]',
    '*',
    '\u0000',
    'emails[type eq "\\ud800"].value',
    '(emails)',
    'not (emails)',
    'emails and name',
    'emails[type eq "work"] or emails[type eq "home"]',
    '"emails"',
    "name'--",
    'emails[type eq "work" and].value',
    'emails[(type eq "work"].value',
  ]

  test.each(malformed)('%j is a 400, never anything else [H2 PAT-06]', (path) => {
    for (const op of VERBS) {
      expect(refused(() => run(user({ emails: [{ value: 'a@example.com', type: 'work' }] }), [{ op, path, value: 'x' }])).status).toMatch(
        /^400 invalid(Path|Filter)$/,
      )
      expect(refused(() => run(user(), [{ op: 'add', value: named(path, 'x') }])).status).toMatch(/^400 invalid(Path|Filter)$/)
    }
  })

  test.each<Json>([1, true, {}, [], ['nickName'], { path: 'nickName' }])('%j is no path at all [H2]', (path) => {
    expect(refused(() => run(user(), [{ op: 'replace', path, value: 'x' }])).status).toBe('400 invalidPath')
  })

  test('are not echoed at length', () => {
    const path = `bogus${'x'.repeat(8000)}`
    expect(refused(() => run(user(), [{ op: 'replace', path, value: 'x' }])).detail.length).toBeLessThan(300)
    expect(refused(() => run(user(), [{ op: path, value: 'x' }])).detail.length).toBeLessThan(300)
    expect(run(user(), [{ op: 'replace', path, value: 'x' }], { profile: 'entra' }).compat.join().length).toBeLessThan(300)
  })
})

describe('work without end', () => {
  const emails = (count: number) => Array.from({ length: count }, (_, index) => ({ value: `a${index}@example.com` }))

  test('is refused: many operations on many elements [H4]', () => {
    const before = user({ emails: emails(20_000) })
    const operations = Array.from({ length: 1000 }, (_, index) => ({ op: 'remove', path: `emails[value eq "b${index}"]` }))
    expect(refused(() => run(before, operations))).toMatchObject({ status: '413' })
  })

  test('is refused: many keys of one value on many elements [H4]', () => {
    const value = Object.fromEntries(emails(5000).map(({ value }) => [`emails[value eq "${value}"].display`, 'x']))
    expect(refused(() => run(user(), [{ op: 'add', value }]))).toMatchObject({ status: '413' })
  })

  test('is refused: a long list of parts to remove from a long list [H4]', () => {
    const addresses = Array.from({ length: 5000 }, (_, index) => ({ locality: `l${index}` }))
    const value = Array.from({ length: 5000 }, (_, index) => ({ locality: `m${index}` }))
    expect(refused(() => run(user({ addresses }), [{ op: 'remove', path: 'addresses', value }]))).toMatchObject({ status: '413' })
  })

  test('begins one past the limit of visits', () => {
    const visit = countVisits(10)
    visit(9)
    visit(1)
    expect(refused(() => visit(1)).status).toBe('413')
    expect(() => countVisits()(ELEMENT_VISITS_MAX)).not.toThrow()
    expect(refused(() => countVisits()(ELEMENT_VISITS_MAX + 1)).status).toBe('413')
  })

  test('is not what a thousand operations on a hundred elements are', () => {
    const operations = Array.from({ length: 1000 }, (_, index) => ({
      op: 'replace',
      path: `emails[value eq "a${index % 100}@example.com"].display`,
      value: `d${index}`,
    }))
    const { after } = run(user({ emails: emails(100) }), operations)
    expect(after['emails']).toContainEqual({ value: 'a99@example.com', display: 'd999' })
  })

  test('is not what a hundred thousand members are [H4]', () => {
    const value = Array.from({ length: 100_000 }, (_, index) => ({ value: `U${index}` }))
    const group = { schemas: [], id: 'G1', displayName: 'g' }
    for (const operation of [
      { op: 'add', path: 'members', value },
      { op: 'remove', path: 'members', value },
      { op: 'replace', value: { members: value } },
    ]) {
      expect(run(group, [operation], { resourceType: GROUP_RESOURCE_TYPE }).steps).toHaveLength(1)
    }
  })

  test('is not what deep filters in paths can cause [G1 H4]', () => {
    for (const path of [
      `emails[${'('.repeat(2000)}type pr${')'.repeat(2000)}]`,
      `emails[${'not ('.repeat(1500)}type pr`,
      `a${'.b'.repeat(4000)}`,
      'emails['.repeat(1000),
    ]) {
      expect(refused(() => run(user(), [{ op: 'remove', path }])).status).toMatch(/^400 invalid(Path|Filter)$/)
    }
  })
})

describe('a filter on elements', () => {
  const emails = [
    { value: 'a@example.com', type: 'work' },
    { value: 'b@example.com', type: 'work' },
    { value: 'c@example.com', type: 'home' },
  ]
  const before = user({ emails })

  test('that matches two changes exactly those [H5]', () => {
    const { after } = run(before, [{ op: 'replace', path: 'emails[type eq "work"].display', value: 'x' }])
    expect(after['emails']).toEqual([
      { value: 'a@example.com', display: 'x', type: 'work' },
      { value: 'b@example.com', display: 'x', type: 'work' },
      { value: 'c@example.com', type: 'home' },
    ])
  })

  test('that matches nothing touches nothing [H5]', () => {
    expect(run(before, [{ op: 'remove', path: 'emails[type eq "other"]' }]).resource).toBeUndefined()
    expect(refused(() => run(before, [{ op: 'replace', path: 'emails[type sw "oth"].value', value: 'x@example.com' }])).status).toBe(
      '400 noTarget',
    )
    const { after } = run(before, [{ op: 'add', path: 'emails[type eq "other"].value', value: 'x@example.com' }])
    expect(after['emails']).toEqual([...emails, { value: 'x@example.com', type: 'other' }])
  })
})
