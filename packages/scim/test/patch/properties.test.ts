// What holds for every sequence of operations, whatever they are.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../../src/json.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { assemble } from '../../src/resource/assemble.ts'
import { parseResource } from '../../src/resource/parse.ts'
import { sameResource } from '../../src/resource/replace.ts'
import { USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import { ENTERPRISE_USER_URN as ENT } from '../../src/urns.ts'
import { type Outcome, run, user } from './run-patch.ts'

const word = fc.constantFrom('a', 'b', 'A', 'Ö')
const address = fc.constantFrom('a@example.com', 'b@example.com', 'A@Example.com')
const kind = fc.constantFrom('work', 'home', 'other', 'x')
const flag = fc.constantFrom<Json>(true, false, 'True')

const email = fc.record({ value: address, type: kind, primary: flag, display: word }, { requiredKeys: ['value'] })
const place = fc.record({ locality: word, country: fc.constant('US'), type: kind, primary: flag }, { requiredKeys: [] })
const personName = fc.record({ givenName: fc.oneof(word, fc.constant(null)), familyName: word }, { requiredKeys: [] })
const enterprise = fc.record(
  { department: word, manager: fc.constantFrom<Json>('U2', { value: 'U3' }, { value: '' }) },
  { requiredKeys: [] },
)
const nothing = fc.constantFrom<Json>(null, '', [])

const attributes = {
  nickName: word,
  active: flag,
  externalId: word,
  name: personName,
  emails: fc.array(email, { maxLength: 4 }),
  addresses: fc.array(place, { maxLength: 3 }),
  [ENT]: enterprise,
}

const filter = fc.constantFrom(
  'type eq "work"',
  'type eq "home"',
  'type eq "x"',
  'primary eq true',
  'value eq "a@example.com"',
  'value pr',
  'not (type eq "work")',
)

/** Operations of all kinds, most of which some resource accepts. */
const operation: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.constantFrom('add', 'replace', 'remove', 'Replace'),
    fc.oneof(
      fc.record({ value: fc.record<Record<string, Json>>(attributes, { requiredKeys: [] }) }),
      fc.record({ path: fc.constantFrom('nickName', 'userName', 'title'), value: fc.oneof(word, nothing) }),
      fc.record({ path: fc.constant('active'), value: fc.oneof(flag, nothing) }),
      fc.record({ path: fc.constantFrom('name', 'NAME'), value: fc.oneof(personName, nothing) }),
      fc.record({
        path: fc.constantFrom('name.givenName', 'name.familyName', `${ENT}:department`, `${ENT}:manager.value`),
        value: fc.oneof(word, nothing),
      }),
      fc.record({ path: fc.constant('emails'), value: fc.oneof(email, fc.array(email, { maxLength: 4 }), nothing) }),
      fc.record({ path: fc.constant('addresses'), value: fc.oneof(place, fc.array(place, { maxLength: 3 }), nothing) }),
      fc.record({ path: fc.constantFrom('emails.type', 'emails.display', 'addresses.country'), value: fc.oneof(word, nothing) }),
      fc.record({ path: filter.map((text) => `emails[${text}]`), value: fc.oneof(email, nothing) }),
      fc.record({ path: filter.map((text) => `emails[${text}].value`), value: fc.oneof(address, nothing) }),
      fc.record({ path: filter.map((text) => `emails[${text}].primary`), value: flag }),
      fc.record({ path: filter.map((text) => `emails[${text}].type`), value: fc.oneof(kind, nothing) }),
      fc.record({ path: fc.constantFrom('addresses[type eq "work"]', 'addresses[locality eq "a"]'), value: place }),
      fc.record({
        path: fc.constantFrom('addresses[type eq "work"].locality', 'addresses[primary eq true].country'),
        value: fc.oneof(word, nothing),
      }),
      fc.record({ path: fc.constant(ENT), value: fc.oneof(enterprise, nothing) }),
      fc.record({ path: fc.constantFrom('emails', 'addresses', 'nickName', ENT, `${ENT}:manager`, 'emails[type pr]', 'id', 'bogus') }),
    ),
  )
  .map(([op, rest]) => ({ op, ...rest }))

const parsing = { resourceType: USER_RESOURCE_TYPE, limits: DEFAULT_LIMITS, profile: 'entra', method: 'create' } as const

const canonical = (body: JsonObject): JsonObject =>
  assemble({ resourceType: USER_RESOURCE_TYPE, id: 'U1', attributes: parseResource(body, { ...parsing, compat: new Set() }).attributes })

/** Two primary values would be refused on the way in. */
const resource: fc.Arbitrary<JsonObject> = fc
  .record<Record<string, Json>>(attributes, { requiredKeys: [] })
  .map((given) =>
    user(Object.fromEntries(Object.entries(given).map(([name, json]) => [name, isArray(json) ? json.map(withoutPrimary) : json]))),
  )
  .map(canonical)

function withoutPrimary(element: Json, index: number): Json {
  return isObject(element) && index > 0 ? { ...element, primary: null } : element
}

function attempt(before: JsonObject, operations: readonly JsonObject[]): Outcome | undefined {
  try {
    return run(before, operations)
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError)
    return undefined
  }
}

const RUNS = { numRuns: 500 }

describe('any sequence of operations', () => {
  test('leaves a resource in canonical form that POST would accept as it is, or refuses and changes nothing [PAT-13 H3]', () => {
    let accepted = 0
    fc.assert(
      fc.property(resource, fc.array(operation, { minLength: 1, maxLength: 6 }), (before, operations) => {
        const outcome = attempt(before, operations)
        if (outcome === undefined) {
          return
        }
        accepted += 1
        expect(canonical(outcome.after)).toEqual(outcome.after)
        expect(Object.keys(canonical(outcome.after))).toEqual(Object.keys(outcome.after))
      }),
      RUNS,
    )
    expect(accepted).toBeGreaterThan(RUNS.numRuns / 10)
  })

  test('has at most one primary element afterwards [PAT-12 JSN-20]', () => {
    fc.assert(
      fc.property(resource, fc.array(operation, { minLength: 1, maxLength: 6 }), (before, operations) => {
        const { emails } = attempt(before, operations)?.after ?? {}
        const primaries = isArray(emails) ? emails.filter((element) => isObject(element) && element['primary'] === true) : []
        expect(primaries.length).toBeLessThan(2)
      }),
      RUNS,
    )
  })

  test('hands on a resource only when it differs [ADD-07 REP-10]', () => {
    fc.assert(
      fc.property(resource, fc.array(operation, { minLength: 1, maxLength: 4 }), (before, operations) => {
        const changed = attempt(before, operations)?.resource
        expect(changed !== undefined && sameResource(changed, before)).toBe(false)
      }),
      RUNS,
    )
  })

  test('does the same in one request as in one request each [PAT-11]', () => {
    fc.assert(
      fc.property(resource, operation, operation, (before, first, second) => {
        const together = attempt(before, [first, second])?.after
        const between = attempt(before, [first])?.after
        const apart = between && attempt(between, [second])?.after
        // A mark of Entra in one of two operations makes the other one tolerant too.
        const isMarked = [first, second].some(({ op }) => op === 'Replace')
        if (together !== undefined && apart !== undefined) {
          expect(sameResource(together, apart)).toBe(true)
        } else if (!isMarked && apart === undefined) {
          expect(between === undefined ? together : undefined).toBeUndefined()
        }
      }),
      RUNS,
    )
  })
})

/**
 * Operations that find the same target again: their value does not take from elements what their filter asks for. Left out is also
 * a replace that makes an element primary which was there without the mark, because only the second one would swap it.
 */
const repeatable = operation.filter(({ op, path, value }) => {
  if (op === 'remove' || typeof path !== 'string' || !path.includes('[')) {
    return true
  }
  const [filter = '', sub = ''] = path.split(']')
  const names = value !== undefined && isObject(value) ? Object.keys(value) : [sub.slice(1)]
  const isSwap = sub === '' && filter.includes('primary') && value !== null
  return !isSwap && !filter.includes('not (') && !names.some((name) => filter.includes(`${name} `))
})

describe('one operation', () => {
  test('done twice does what it does once [ADD-06 REP-10]', () => {
    fc.assert(
      fc.property(resource, repeatable, (before, operation) => {
        const once = attempt(before, [operation])?.after
        if (once !== undefined) {
          expect(run(once, [operation]).resource).toBeUndefined()
          expect(sameResource(run(before, [operation, operation]).after, once)).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('that adds a fresh element is undone by its removal', () => {
    const fresh = { value: 'fresh@example.com', type: 'other', display: 'F' }
    const removal = fc.constantFrom<JsonObject>(
      { op: 'remove', path: 'emails[value eq "FRESH@example.com"]' },
      { op: 'remove', path: 'emails[display eq "f" and type eq "other"]' },
      { op: 'remove', path: 'emails', value: [fresh] },
      { op: 'replace', path: 'emails[value sw "fresh"]', value: null },
    )
    const addition = fc.constantFrom<JsonObject>(
      { op: 'add', path: 'emails', value: [fresh] },
      { op: 'add', value: { emails: fresh } },
      { op: 'add', path: 'emails[value eq "fresh@example.com" and display eq "F"].type', value: 'other' },
    )
    fc.assert(
      fc.property(resource, addition, removal, (before, add, remove) => {
        expect(run(before, [add]).after['emails']).toContainEqual(fresh)
        expect(run(before, [add, remove]).resource).toBeUndefined()
        expect(run(run(before, [add]).after, [remove]).after).toEqual(before)
      }),
      RUNS,
    )
  })
})

describe('any JSON at all', () => {
  test('as a body or as operations is applied or refused, never anything else [H2 K5]', () => {
    const isJson = (value: unknown): value is Json => value !== undefined
    const json = fc.jsonValue({ maxDepth: 4 }).map((value: unknown): Json => (isJson(value) ? value : null))
    const names = fc.constantFrom('op', 'path', 'value', 'OP', '__proto__')
    const loose = fc.dictionary(
      names,
      fc.oneof(json, fc.constantFrom('add', 'replace', 'remove', 'emails', 'name', 'emails[type eq "work"].value')),
    )
    fc.assert(
      fc.property(resource, fc.array(fc.oneof(json, loose), { maxLength: 3 }), (before, operations) => {
        try {
          run(before, operations)
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError)
        }
      }),
      RUNS,
    )
  })

  test('as a path is applied or refused, never anything else [H2]', () => {
    const piece = fc.constantFrom(
      'emails',
      'name',
      '.',
      '[',
      ']',
      '(',
      ')',
      'type',
      ' ',
      ' eq ',
      '"work"',
      'and',
      'not',
      'value',
      ENT,
      ':',
      '"',
      '\\',
      '$ref',
      '__proto__',
      '0',
    )
    fc.assert(
      fc.property(
        resource,
        fc.oneof(
          fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (before, path) => {
          for (const op of ['add', 'replace', 'remove']) {
            attempt(before, [{ op, path, value: 'x' }])
          }
        },
      ),
      RUNS,
    )
  })
})
