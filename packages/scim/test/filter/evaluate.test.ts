import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CompareOperator, Filter } from '../../src/filter/ast.ts'
import { comparableResource } from '../../src/filter/comparable.ts'
import { matches, matchesElement } from '../../src/filter/evaluate.ts'
import { parseFilter } from '../../src/filter/parser.ts'
import { resolveElementFilter, resolveFilter } from '../../src/filter/resolve.ts'
import type { Json } from '../../src/json.ts'
import { attribute, findAttribute } from '../../src/schema/attribute.ts'
import { ENTERPRISE_USER_URN, USER_URN } from '../../src/urns.ts'
import { singleValuedComparison, user, userFilter } from './arbitraries.ts'
import { EXTRA_URN, GROUP, holds, strict, USER } from './sample-types.ts'

type Resource = { readonly [name: string]: Json }

const bob: Resource = {
  schemas: [USER_URN, ENTERPRISE_USER_URN],
  id: 'AbC',
  externalId: 'e1',
  userName: 'bob',
  displayName: 'abc',
  active: false,
  profileUrl: 'https://x.io/u',
  name: { givenName: 'Bob' },
  emails: [
    { value: 'a@x', type: 'work' },
    { value: 'b@y', type: 'home' },
  ],
  x509Certificates: [{ value: 'YWE=' }],
  [ENTERPRISE_USER_URN]: { manager: { value: 'U2' } },
  [EXTRA_URN]: { level: 9, hiredAt: '2011-05-13T04:42:34Z', tags: ['Red', 'blue'], not: 'x', 'my-attr_1': 'x' },
  meta: { resourceType: 'User', created: '2011-05-13T04:42:34Z', location: 'https://x.io/scim/v2/Users/AbC' },
}

const yes = (text: string) => expect(holds(text, bob), text).toBe(true)
const no = (text: string) => expect(holds(text, bob), text).toBe(false)

describe('comparisons', () => {
  test.each([
    [
      'letter case by caseExact [FLT-23 CHR-01 COM-07 COM-10]',
      ['userName eq "BOB"', 'userName sw "BO"', 'userName ge "BOB"', 'externalId eq "e1"'],
      ['externalId eq "E1"', 'externalId sw "E"', 'id eq "abc"'],
    ],
    [
      'whole, part, start and end [FLT-25]',
      ['displayName co "b"', 'displayName sw "abc"', 'displayName ew "c"', 'displayName sw "a"', 'displayName co ""'],
      ['displayName sw "b"', 'displayName ew "b"', 'displayName co "%"', 'displayName co "_"', 'displayName sw "%"', 'displayName co "a%"'],
    ],
    [
      'a missing value differs from everything [FLT-26]',
      ['title ne "x"', 'not (title eq "x")', 'title eq null'],
      ['title eq "x"', 'title pr', 'title co ""', 'title gt ""', 'title le "z"', 'title ne null'],
    ],
    [
      'presence [FLT-27]',
      ['name pr', 'active pr', 'emails pr', 'emails.value pr', 'id pr'],
      ['title pr', 'ims pr', 'name.familyName pr', 'emails.display pr'],
    ],
    [
      'order of text by code point [FLT-29]',
      ['displayName gt "abb"', 'displayName lt "abd"', 'displayName ge "abc"', 'displayName le "abc"'],
      ['displayName gt "abc"', 'displayName lt "abc"'],
    ],
    [
      'order of numbers [FLT-29 FLT-08]',
      ['level lt 10', 'level gt 8', 'level ge 9', 'level eq 9', 'level eq 0.9e1', 'level ne 8'],
      ['level gt 9', 'level lt 9', 'level eq 90'],
    ],
    [
      'order of instants [FLT-29]',
      [
        'meta.created ge "2011-05-13T06:42:34+02:00"',
        'meta.created gt "2011-05-13T04:42:33.999Z"',
        'meta.created eq "2011-05-13T04:42:34.0Z"',
      ],
      ['meta.created gt "2011-05-13T06:42:34+02:00"', 'meta.created lt "2011-05-13T04:42:34Z"'],
    ],
    ['booleans', ['active eq false', 'active ne true'], ['active eq true']],
    [
      'binaries without padding [JSN-12]',
      ['x509Certificates.value eq "YWE"', 'x509Certificates eq "YWE="'],
      ['x509Certificates.value eq "ywe="'],
    ],
    [
      'references with their case [JSN-16]',
      ['profileUrl eq "https://x.io/u"', 'meta.location ew "/AbC"'],
      ['profileUrl eq "HTTPS://X.IO/U"'],
    ],
    [
      'extensions [FLT-33 FLT-35]',
      [`${EXTRA_URN}:not eq "x"`, `${EXTRA_URN}:my-attr_1 eq "X"`, `${ENTERPRISE_USER_URN.toUpperCase()}:MANAGER.VALUE eq "U2"`],
      [`${EXTRA_URN}:not pr and not (${EXTRA_URN}:not pr)`, 'department pr'],
    ],
    [
      'schemas [FLT-32]',
      [`schemas eq "${ENTERPRISE_USER_URN}"`, `schemas eq "${ENTERPRISE_USER_URN.toUpperCase()}"`],
      [`schemas eq "${EXTRA_URN}"`],
    ],
    ['injection is only text [FLT-41 G2]', ['not (userName eq "\'; DROP TABLE users;--")'], ['userName eq "\' or 1=1 --"']],
  ])('%s', (_, holding, failing) => {
    holding.forEach(yes)
    failing.forEach(no)
  })

  test('text beyond U+FFFF comes last, as in the database [FLT-29]', () => {
    expect(holds('displayName gt "\uffee"', { displayName: '𝒳' })).toBe(true)
  })

  test('numbers are no texts [FLT-29]', () => {
    expect(holds('displayName gt "10"', { displayName: '9' })).toBe(true)
    expect(holds('level gt 10', { [EXTRA_URN]: { level: 9 } })).toBe(false)
  })

  test('equivalent and full-width texts are equal [FLT-24]', () => {
    expect(holds('userName eq "\u00e9"', { userName: '\u0065\u0301' })).toBe(true)
    expect(holds('userName eq "ｂｏｂ"', { userName: 'bob' })).toBe(true)
    expect(holds('externalId eq "\u00e9"', { externalId: '\u0065\u0301' })).toBe(true)
    expect(holds('externalId eq "ｂｏｂ"', { externalId: 'bob' })).toBe(false)
  })

  test('an empty string equals itself but is no value [FLT-27]', () => {
    expect(holds('title eq ""', { title: '' })).toBe(true)
    expect(holds('title pr', { title: '' })).toBe(false)
    expect(holds('title eq null', { title: '' })).toBe(true)
    expect(holds('emails pr', { emails: [] })).toBe(false)
    expect(holds('name pr', { name: {} })).toBe(false)
  })
})

describe('several values', () => {
  test('one fulfilling value is enough [FLT-20 FLT-22]', () => {
    ;['emails.value co "@y"', 'emails co "@Y"', 'tags eq "red"', 'tags sw "BL"'].forEach(yes)
    ;['emails.value eq "c@z"', 'tags eq "green"'].forEach(no)
  })

  test('brackets ask for all of it in one element [FLT-17 FLT-19]', () => {
    ;[
      'emails[type eq "work"]',
      'emails[type eq "work" and value eq "a@x"]',
      'emails.type eq "work" and emails.value eq "b@y"',
      'emails[type eq "other"] or emails[type eq "HOME"]',
      'emails[(type eq "work" or type eq "home") and value co "y"]',
      'emails[not (type eq "work")]',
      'emails[type eq "work"].value eq "a@x"',
    ].forEach(yes)
    ;[
      'emails[type eq "work" and value eq "b@y"]',
      'emails[type eq "work"].value eq "b@y"',
      'emails[not (type pr)]',
      'ims[not (type pr)]',
    ].forEach(no)
  })

  test('ne asks whether any value differs, not whether none is equal', () => {
    ;['emails.type ne "work"', 'emails[type ne "work"]', 'ims.type ne "work"', 'tags ne "red"'].forEach(yes)
    ;['not (emails.type eq "work")', 'not (tags eq "red")', 'ims[type ne "work"]'].forEach(no)
    expect(holds('emails.type ne "work"', { emails: [{ type: 'work' }, { type: 'WORK' }] })).toBe(false)
    expect(holds('emails.type ne "work"', { emails: [{ type: 'work' }, { value: 'a' }] })).toBe(true)
  })

  test('a missing primary is false [JSN-21]', () => {
    expect(holds('emails[primary eq false]', { emails: [{ value: 'a' }] })).toBe(true)
    expect(holds('emails[primary eq true]', { emails: [{ value: 'a' }] })).toBe(false)
  })

  test('the type of an element compares without case [JSN-23]', () => {
    expect(holds('emails[type eq "work"]', { emails: [{ value: 'a', type: 'WORK' }] })).toBe(true)
  })

  test('members of a group, by value and by reference of any form [FLT-39 JSN-22]', () => {
    const group = { id: 'G1', displayName: 'Team', members: [{ value: 'U1', $ref: 'https://x.io/scim/v2/Users/U1', type: 'User' }] }
    const among = (text: string) => holds(text, group, { resourceType: GROUP })
    expect(among('members[value eq "U1"]')).toBe(true)
    expect(among('members.value eq "U1"')).toBe(true)
    expect(among('id eq "G1" and members eq "U1"')).toBe(true)
    expect(among('members.value eq "u1"')).toBe(false)
    expect(among('members[$ref eq "https://x.io/scim/Users/U1"]')).toBe(true)
    expect(among('members[$ref eq "Users/U1"]')).toBe(true)
    expect(among('members.$ref ew "/U1"')).toBe(true)
    expect(among('members[$ref eq "Groups/U1"]')).toBe(false)
  })
})

describe('precedence [FLT-11]', () => {
  test.each([
    ['userName eq "bob" or title pr and title eq "zz"', true],
    ['(userName eq "bob" or title pr) and title eq "zz"', false],
    ['not (title pr) and userName eq "bob"', true],
    ['not (title pr or userName eq "bob")', false],
    ['title pr and title pr or userName eq "bob"', true],
  ])('%s is %s', (text, expected) => {
    expect(holds(text, bob)).toBe(expected)
  })
})

describe('client dialects', () => {
  test("Entra's forms find what they mean, and each is noted [EN-14 EN-29 EN-30]", () => {
    const asEntra = (text: string) => {
      const compat = new Set<string>()
      return [holds(text, bob, { profile: 'entra', compat }), ...compat]
    }
    expect(asEntra('externalId eq e1')).toEqual([true, 'unquoted-filter-value'])
    expect(asEntra('active eq "False"')).toEqual([true, 'string-boolean'])
    expect(asEntra('active eq False')).toEqual([true, 'unquoted-filter-value', 'string-boolean'])
    expect(asEntra('emails[type eq "work"].value eq "A@x"')).toEqual([true, 'entra-value-path-in-filter'])
    expect(asEntra('id eq AbC and manager eq U2')).toEqual([
      true,
      'unquoted-filter-value',
      'unqualified-extension-attribute',
      'complex-attribute-means-value',
    ])
  })

  test('a value of an unexpected form is no match rather than an error [RC-15]', () => {
    no('userName eq "2819c223-7f76-453a-919d-413861904646"')
    no('emails.value eq "no-at-sign"')
    no('id eq "not-a-uuid"')
    no('meta.location eq "no uri at all"')
  })
})

test('attributes of other types have no value at the service root [QRY-09 QRY-10]', () => {
  const among = (text: string) => holds(text, { displayName: 'X1' }, { resourceType: GROUP, root: true })
  expect(among('userName pr')).toBe(false)
  expect(among('not (userName pr)')).toBe(true)
  expect(among('userName ne "x"')).toBe(true)
  expect(among('displayName sw "x"')).toBe(true)
  expect(among('displayName sw "x" and userName pr')).toBe(false)
})

test('one element is judged alone', () => {
  const emails = findAttribute(USER.schema.attributes, 'emails') ?? expect.fail('declared')
  const judge = (text: string, element: Resource) =>
    matchesElement(resolveElementFilter(parseFilter(text, strict()), emails, { profile: 'generic', compat: new Set() }), element)
  expect(judge('type eq "Work" and not (value pr)', { type: 'work', primary: false })).toBe(true)
  expect(judge('type eq "work" or value pr', { primary: true })).toBe(false)
  expect(judge('type ne "work"', {})).toBe(true)
  expect(judge('value pr', { value: '' })).toBe(false)
})

test('an attribute that is called like something every object inherits has no value until it is given one [H1]', () => {
  const attributes = [attribute({ name: 'constructor', description: 'Who built it' })]
  const resourceType = { ...GROUP, schema: { ...GROUP.schema, attributes } }
  expect(holds('constructor pr', {}, { resourceType })).toBe(false)
  expect(holds('constructor pr', { constructor: 'Eve' }, { resourceType })).toBe(true)
})

describe('laws of two-valued logic', () => {
  const decide = (filter: Filter, { extra, ...core }: { extra: Resource } & Resource): boolean => {
    const options = { resourceType: USER, profile: 'generic', compat: new Set<string>(), unknownAttribute: 'refuse' } as const
    return matches(resolveFilter(filter, options), comparableResource(USER, { ...core, [EXTRA_URN]: extra }))
  }
  const not = (filter: Filter): Filter => ({ kind: 'not', filter })

  test('not, and, or [FLT-11]', () => {
    fc.assert(
      fc.property(userFilter, userFilter, user, (left, right, resource) => {
        const a = decide(left, resource)
        const b = decide(right, resource)
        expect(decide(not(left), resource)).toBe(!a)
        expect(decide({ kind: 'and', filters: [left, right] }, resource)).toBe(a && b)
        expect(decide({ kind: 'or', filters: [left, right] }, resource)).toBe(a || b)
        expect(decide({ kind: 'and', filters: [not(left), not(right)] }, resource)).toBe(!(a || b))
      }),
      { numRuns: 500 },
    )
  })

  test('of one value: ne is not eq, and a value is below, equal or above [FLT-25 FLT-26]', () => {
    fc.assert(
      fc.property(singleValuedComparison, user, (comparison, resource) => {
        const ask = (operator: CompareOperator) => decide({ ...comparison, operator }, resource)
        expect(ask('ne')).toBe(!ask('eq'))
        if (comparison.path === 'active') {
          return
        }
        expect(ask('ge')).toBe(ask('gt') || ask('eq'))
        expect(ask('le')).toBe(ask('lt') || ask('eq'))
        const held = [ask('gt'), ask('eq'), ask('lt')].filter(Boolean).length
        expect(held).toBeLessThanOrEqual(1)
        if (decide({ kind: 'present', path: comparison.path }, resource)) {
          expect(held).toBe(1)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('eq null is the opposite of presence, ne null is presence [FLT-10]', () => {
    const path = fc.constantFrom('title', 'name', 'active', 'level', 'emails', 'emails.value', 'tags')
    fc.assert(
      fc.property(path, user, (text, resource) => {
        const isThere = decide({ kind: 'present', path: text }, resource)
        expect(decide({ kind: 'compare', path: text, operator: 'eq', literal: null }, resource)).toBe(!isThere)
        expect(decide({ kind: 'compare', path: text, operator: 'ne', literal: null }, resource)).toBe(isThere)
      }),
    )
  })
})
