// What add, replace and remove do to each kind of target (RFC 7644 section 3.5.2): one case for each cell of the matrix, numbered
// as there. Cells that the RFC leaves open are decided here too.
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/json.ts'
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/schema/core.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN as ENT, USER_URN } from '../../src/urns.ts'
import { TEST_RESOURCE_TYPE, TEST_URN } from '../test-resource.ts'
import { employee, group, refused, run, user } from './run-patch.ts'

/** The resource afterwards; `same` when nothing changes; or the refusal. */
type Expected = JsonObject | 'same' | `400 ${string}`
type Cell = readonly [title: string, before: JsonObject, operation: JsonObject, expected: Expected]

const work = { value: 'alice@example.com', type: 'work', primary: true }
const home = { value: 'al@example.com', type: 'home' }
const office = { streetAddress: '1 Main Street', locality: 'Springfield', type: 'work' }
const thing = (attributes: JsonObject = {}): JsonObject => ({ schemas: [TEST_URN], id: 'T1', code: 'c', ...attributes })

const typeOf = ({ schemas }: JsonObject): ResourceType => {
  const types = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE, TEST_RESOURCE_TYPE]
  return types.find(({ schema }) => Array.isArray(schemas) && schemas.includes(schema.id)) ?? expect.fail('no such type')
}

function check(before: JsonObject, operation: Json, expected: Expected): void {
  const setup = { resourceType: typeOf(before) }
  if (typeof expected === 'string' && expected !== 'same') {
    expect(refused(() => run(before, [operation], setup)).status).toBe(expected)
    return
  }
  const outcome = run(before, [operation], setup)
  expect(outcome.resource).toEqual(expected === 'same' ? undefined : expected)
  expect(outcome.steps).toEqual([])
}

const simple: readonly Cell[] = [
  [
    'row 1 add: each member counts as its own path [ADD-02]',
    user({ emails: [work] }),
    { op: 'add', value: { nickName: 'Al', emails: [home] } },
    user({ nickName: 'Al', emails: [work, home] }),
  ],
  [
    'row 1 replace: each member counts as its own path, others stay [REP-01]',
    user({ title: 'Engineer', emails: [work], active: true }),
    { op: 'replace', value: { active: false, emails: [home] } },
    user({ title: 'Engineer', active: false, emails: [home] }),
  ],
  ['row 1 remove: has no target [PAT-05 REM-01]', user({ nickName: 'Al' }), { op: 'remove', value: { nickName: 'Al' } }, '400 noTarget'],
  ['row 2 add: a value that is no object says nothing about attributes [ADD-02]', user(), { op: 'add', value: 'Al' }, '400 invalidSyntax'],
  [
    'row 2 replace: an array says nothing about attributes [REP-01]',
    user(),
    { op: 'replace', value: [{ nickName: 'Al' }] },
    '400 invalidSyntax',
  ],
  ['row 2 replace: null says nothing about attributes', user(), { op: 'replace', value: null }, '400 invalidSyntax'],
  ['row 2 remove: has no target', user(), { op: 'remove', value: 'nickName' }, '400 noTarget'],
  ['row 3 add: an unset attribute is set [ADD-03]', user(), { op: 'add', path: 'nickName', value: 'Al' }, user({ nickName: 'Al' })],
  ['row 3 replace: an unset attribute is set [REP-03]', user(), { op: 'replace', path: 'nickName', value: 'Al' }, user({ nickName: 'Al' })],
  ['row 3 remove: an unset attribute stays unset [REM-02]', user(), { op: 'remove', path: 'nickName' }, 'same'],
  [
    'row 4 add: another value replaces the old one [ADD-03]',
    user({ title: 'Engineer' }),
    { op: 'add', path: 'title', value: 'Manager' },
    user({ title: 'Manager' }),
  ],
  [
    'row 4 replace: another value replaces the old one [REP-02]',
    user({ title: 'Engineer' }),
    { op: 'replace', path: 'title', value: 'Manager' },
    user({ title: 'Manager' }),
  ],
  ['row 4 remove: the attribute becomes unassigned [REM-02]', user({ title: 'Engineer' }), { op: 'remove', path: 'title' }, user()],
  [
    'row 5 add: the same value changes nothing [ADD-06 ADD-07]',
    user({ title: 'Engineer' }),
    { op: 'add', path: 'title', value: 'Engineer' },
    'same',
  ],
  [
    'row 5 replace: the same value changes nothing [REP-10]',
    user({ title: 'Engineer' }),
    { op: 'replace', path: 'title', value: 'Engineer' },
    'same',
  ],
  [
    'row 6 add: an unset complex attribute is set',
    user(),
    { op: 'add', path: 'name', value: { givenName: 'Alice' } },
    user({ name: { givenName: 'Alice' } }),
  ],
  [
    'row 6 replace: an unset complex attribute is set',
    user(),
    { op: 'replace', path: 'name', value: { givenName: 'Alice' } },
    user({ name: { givenName: 'Alice' } }),
  ],
  ['row 6 remove: an unset complex attribute stays unset', user(), { op: 'remove', path: 'name' }, 'same'],
  [
    'row 7 add: sub-attributes that are not named stay [ADD-04]',
    user({ name: { givenName: 'Alice' } }),
    { op: 'add', path: 'name', value: { familyName: 'Example' } },
    user({ name: { familyName: 'Example', givenName: 'Alice' } }),
  ],
  [
    'row 7 replace: sub-attributes that are not named stay [REP-04]',
    user({ name: { givenName: 'Alice', familyName: 'Old' } }),
    { op: 'replace', path: 'name', value: { familyName: 'Example' } },
    user({ name: { familyName: 'Example', givenName: 'Alice' } }),
  ],
  [
    'row 7 replace: null clears just the sub-attribute [REP-04]',
    user({ name: { givenName: 'Alice', familyName: 'Old' } }),
    { op: 'replace', path: 'name', value: { familyName: null } },
    user({ name: { givenName: 'Alice' } }),
  ],
  [
    'row 7 replace: null for all sub-attributes clears the attribute',
    user({ name: { givenName: 'Alice' } }),
    { op: 'replace', path: 'name', value: { givenName: null } },
    user(),
  ],
  [
    'row 7 remove: the complex attribute becomes unassigned',
    user({ name: { givenName: 'Alice' } }),
    { op: 'remove', path: 'name' },
    user(),
  ],
  ['row 8 add: a complex attribute needs an object [ADD-04]', user(), { op: 'add', path: 'name', value: 'Alice' }, '400 invalidValue'],
  [
    'row 8 replace: a complex attribute needs an object',
    user({ name: { givenName: 'Alice' } }),
    { op: 'replace', path: 'name', value: 'Alice' },
    '400 invalidValue',
  ],
  [
    'row 9 add: a sub-attribute brings its parent along',
    user(),
    { op: 'add', path: 'name.givenName', value: 'Alice' },
    user({ name: { givenName: 'Alice' } }),
  ],
  [
    'row 9 replace: a sub-attribute is set beside its siblings',
    user({ name: { familyName: 'Example' } }),
    { op: 'replace', path: 'name.givenName', value: 'Alice' },
    user({ name: { familyName: 'Example', givenName: 'Alice' } }),
  ],
  [
    'row 9 remove: only the sub-attribute goes [REM-08]',
    user({ name: { givenName: 'Alice', middleName: 'B' } }),
    { op: 'remove', path: 'name.middleName' },
    user({ name: { givenName: 'Alice' } }),
  ],
  [
    'row 9 remove: a parent without sub-attributes disappears [REM-08]',
    user({ name: { middleName: 'B' } }),
    { op: 'remove', path: 'name.middleName' },
    user(),
  ],
  ['row 9 remove: a sub-attribute of an unset parent changes nothing', user(), { op: 'remove', path: 'name.middleName' }, 'same'],
]

const multiValued: readonly Cell[] = [
  [
    'row 10 add: elements are appended, those already there only once [ADD-05 ADD-06]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails', value: [work, home, home] },
    user({ emails: [work, home] }),
  ],
  [
    'row 10 replace: all elements are replaced [REP-02]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails', value: [home] },
    user({ emails: [home] }),
  ],
  ['row 10 remove: all elements go [REM-03]', user({ emails: [work, home] }), { op: 'remove', path: 'emails' }, user()],
  [
    'row 11 add: one object is appended [ADD-05]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails', value: home },
    user({ emails: [work, home] }),
  ],
  [
    'row 11 replace: one object is a list of one',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails', value: home },
    user({ emails: [home] }),
  ],
  [
    'row 11 remove: one object names the element that goes',
    user({ emails: [work, home] }),
    { op: 'remove', path: 'emails', value: { value: 'AL@example.com' } },
    user({ emails: [work] }),
  ],
  [
    'row 12 add: an element with equal type and value changes nothing [ADD-06 ADD-07]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails', value: [{ value: 'alice@example.com', type: 'work' }] },
    'same',
  ],
  [
    'row 12 replace: the same set in another order changes nothing [REP-10]',
    user({ emails: [work, home] }),
    { op: 'replace', path: 'emails', value: [home, work] },
    'same',
  ],
  [
    'row 13 add: two primary values contradict each other',
    user(),
    { op: 'add', path: 'emails', value: [work, { ...home, primary: true }] },
    '400 invalidValue',
  ],
  [
    'row 13 replace: two primary values contradict each other',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails', value: [work, { ...home, primary: true }] },
    '400 invalidValue',
  ],
  [
    'row 14 add: a new primary element takes the mark from the old one [PAT-12]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails', value: [{ ...home, primary: true }] },
    user({
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    }),
  ],
  [
    'row 14 add: a present element that becomes primary takes the mark too [PAT-12]',
    user({ emails: [work, home] }),
    { op: 'add', path: 'emails', value: [{ ...home, primary: true }] },
    user({
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    }),
  ],
  [
    'row 14 add: so it does without a path [PAT-12]',
    user({ emails: [work] }),
    { op: 'add', value: { emails: [{ ...home, primary: true }] } },
    user({
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    }),
  ],
  [
    'row 14 replace: through a filter on another element [PAT-12]',
    user({ emails: [work, home] }),
    { op: 'replace', path: 'emails[type eq "home"]', value: { ...home, primary: true } },
    user({
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    }),
  ],
  [
    'row 14 replace: one primary sub-attribute through a filter [PAT-12]',
    user({ emails: [work, home] }),
    { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
    user({
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    }),
  ],
  [
    'row 14 replace: a filter that makes two elements primary contradicts itself',
    user({ emails: [home, { ...home, value: 'b@example.com' }] }),
    { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
    '400 invalidValue',
  ],
  [
    'row 15 add: a sub-attribute without filter is set on every element',
    user({ emails: [work, home] }),
    { op: 'add', path: 'emails.display', value: 'Alice' },
    user({
      emails: [
        { ...work, display: 'Alice' },
        { ...home, display: 'Alice' },
      ],
    }),
  ],
  ['row 15 add: and has no target without elements', user(), { op: 'add', path: 'emails.display', value: 'Alice' }, '400 noTarget'],
  [
    'row 15 replace: a sub-attribute without filter is set on every element',
    user({ emails: [work, home] }),
    { op: 'replace', path: 'emails.type', value: 'other' },
    user({
      emails: [
        { ...work, type: 'other' },
        { ...home, type: 'other' },
      ],
    }),
  ],
  [
    'row 15 replace: elements that become equal are one',
    user({
      phoneNumbers: [
        { value: '1', type: 'work', primary: false },
        { value: '1', type: 'home', primary: true },
      ],
    }),
    { op: 'replace', path: 'phoneNumbers.type', value: 'other' },
    user({ phoneNumbers: [{ value: '1', type: 'other', primary: true }] }),
  ],
  ['row 15 replace: and has no target without elements', user(), { op: 'replace', path: 'emails.type', value: 'other' }, '400 noTarget'],
  [
    'row 15 remove: the sub-attribute is unassigned on every element',
    user({ emails: [work, home] }),
    { op: 'remove', path: 'emails.type' },
    user({ emails: [{ value: work.value, primary: true }, { value: home.value }] }),
  ],
  ['row 15 remove: without elements nothing changes', user(), { op: 'remove', path: 'emails.type' }, 'same'],
]

const filtered: readonly Cell[] = [
  [
    'row 16 add: the value is merged into each match [ADD-08]',
    user({ addresses: [office, { ...office, locality: 'Shelbyville' }] }),
    { op: 'add', path: 'addresses[type eq "work"]', value: { country: 'US' } },
    user({
      addresses: [
        { ...office, country: 'US' },
        { ...office, locality: 'Shelbyville', country: 'US' },
      ],
    }),
  ],
  [
    'row 16 replace: each match is replaced by the value [REP-05]',
    user({ addresses: [office, { locality: 'Ogdenville', type: 'home' }] }),
    { op: 'replace', path: 'addresses[type eq "work"]', value: { type: 'work', locality: 'Lakeside' } },
    user({
      addresses: [
        { locality: 'Lakeside', type: 'work' },
        { locality: 'Ogdenville', type: 'home' },
      ],
    }),
  ],
  [
    'row 16 replace: what the filter says stays true of the match',
    user({ addresses: [office] }),
    { op: 'replace', path: 'addresses[type eq "work"]', value: { locality: 'Lakeside' } },
    user({ addresses: [{ locality: 'Lakeside', type: 'work' }] }),
  ],
  [
    'row 16 replace: the value may say otherwise',
    user({ addresses: [office] }),
    { op: 'replace', path: 'addresses[type eq "work"]', value: { locality: 'Lakeside', type: 'home' } },
    user({ addresses: [{ locality: 'Lakeside', type: 'home' }] }),
  ],
  [
    'row 16 replace: two matches are both replaced, and then one [REP-05]',
    user({ addresses: [office, { ...office, locality: 'Shelbyville' }] }),
    { op: 'replace', path: 'addresses[type eq "work"]', value: { locality: 'Lakeside', type: 'work' } },
    user({ addresses: [{ locality: 'Lakeside', type: 'work' }] }),
  ],
  [
    'row 16 replace: null removes the matches [REP-08]',
    user({ emails: [work, home] }),
    { op: 'replace', path: 'emails[type eq "home"]', value: null },
    user({ emails: [work] }),
  ],
  [
    'row 16 remove: the matches go, others stay [REM-04 REM-05]',
    user({ emails: [work, home] }),
    { op: 'remove', path: 'emails[type eq "work" and value ew "example.com"]' },
    user({ emails: [home] }),
  ],
  [
    'row 16 remove: without elements the attribute is unassigned [REM-04 REM-05]',
    user({ emails: [work] }),
    { op: 'remove', path: 'emails[type eq "work"]' },
    user(),
  ],
  [
    'row 17 add: the element is made of the eq terms and the value [ADD-09]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails[type eq "vacation" and display eq "Beach"]', value: { value: 'v@example.com' } },
    user({ emails: [work, { value: 'v@example.com', display: 'Beach', type: 'vacation' }] }),
  ],
  [
    'row 17 add: no element can be made of any other filter [ADD-09]',
    user({ emails: [work] }),
    { op: 'add', path: 'emails[type ne "work"]', value: { value: 'v@example.com' } },
    '400 noTarget',
  ],
  [
    'row 17 replace: an unknown type has no target [REP-07]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails[type eq "vacation"]', value: { value: 'v@example.com' } },
    '400 noTarget',
  ],
  [
    'row 17 replace: a canonical type is a target that can be made [EN-26]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails[type eq "home"]', value: { value: 'al@example.com' } },
    user({ emails: [work, home] }),
  ],
  [
    'row 17 remove: without match nothing changes [REM-06]',
    user({ emails: [work] }),
    { op: 'remove', path: 'emails[type eq "home"]' },
    'same',
  ],
  [
    'row 18 add: the sub-attribute is set on each match [ADD-08]',
    user({ emails: [work, home] }),
    { op: 'add', path: 'emails[type eq "work"].display', value: 'W' },
    user({ emails: [{ ...work, display: 'W' }, home] }),
  ],
  [
    'row 18 replace: the sub-attribute is set on each match [REP-06]',
    user({ addresses: [office, { ...office, locality: 'Shelbyville' }] }),
    { op: 'replace', path: 'addresses[type eq "work"].streetAddress', value: '2 Main Street' },
    user({
      addresses: [
        { ...office, streetAddress: '2 Main Street' },
        { ...office, streetAddress: '2 Main Street', locality: 'Shelbyville' },
      ],
    }),
  ],
  [
    'row 18 remove: the sub-attribute goes, the element stays [REM-05]',
    user({ emails: [{ ...work, display: 'Alice' }] }),
    { op: 'remove', path: 'emails[type eq "work"].display' },
    user({ emails: [work] }),
  ],
  [
    'row 18 remove: an element of which nothing but its labels is left disappears',
    user({ emails: [work, home] }),
    { op: 'remove', path: 'emails[type eq "home"].value' },
    user({ emails: [work] }),
  ],
  [
    'row 19 add: the element is made of the eq terms and the sub-attribute [ADD-09]',
    user(),
    { op: 'add', path: 'emails[type eq "work"].value', value: 'w@example.com' },
    user({ emails: [{ value: 'w@example.com', type: 'work' }] }),
  ],
  [
    'row 19 add: no element can be made of any other filter [ADD-09]',
    user(),
    { op: 'add', path: 'emails[type eq "work" or type eq "home"].value', value: 'w@example.com' },
    '400 noTarget',
  ],
  [
    'row 19 replace: an unknown type has no target [REP-07]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails[type eq "nonexistent"].value', value: 'x@example.com' },
    '400 noTarget',
  ],
  [
    'row 19 replace: a term that is not canonical has no target [REP-07]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails[type eq "home" and display eq "x"].value', value: 'x@example.com' },
    '400 noTarget',
  ],
  [
    'row 19 replace: primary eq false has no target [REP-07]',
    user(),
    { op: 'replace', path: 'roles[primary eq false].value', value: 'Admin' },
    '400 noTarget',
  ],
  [
    'row 19 replace: a canonical type is a target that can be made [EN-26]',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails[type eq "home"].value', value: 'al@example.com' },
    user({ emails: [work, home] }),
  ],
  [
    'row 19 replace: primary eq true is a target that can be made [EN-30]',
    user({ roles: [{ value: 'Reader' }] }),
    { op: 'replace', path: 'roles[primary eq true].value', value: 'Admin' },
    user({ roles: [{ value: 'Reader' }, { value: 'Admin', primary: true }] }),
  ],
  [
    'row 19 remove: without match nothing changes [REM-06]',
    user({ emails: [work] }),
    { op: 'remove', path: 'emails[type eq "home"].value' },
    'same',
  ],
  [
    'row 20 add: a single-valued attribute has no elements to select',
    user({ name: { givenName: 'Alice' } }),
    { op: 'add', path: 'name[givenName eq "Alice"].familyName', value: 'Example' },
    '400 invalidPath',
  ],
  [
    'row 20 replace: a simple attribute has no elements to select',
    user(),
    { op: 'replace', path: 'userName[value eq "x"]', value: 'y' },
    '400 invalidPath',
  ],
  [
    'row 20 remove: a single-valued attribute has no elements to select',
    user(),
    { op: 'remove', path: `${ENT}:manager[value eq "U2"]` },
    '400 invalidPath',
  ],
  [
    'row 20 replace: a sub-attribute has no elements to select',
    user({ emails: [work] }),
    { op: 'replace', path: 'emails.value[type eq "work"]', value: 'y' },
    '400 invalidPath',
  ],
]

const extensions: readonly Cell[] = [
  [
    'row 21 add: the URN joins schemas [PAT-10]',
    user(),
    { op: 'add', path: `${ENT}:employeeNumber`, value: '42' },
    employee({ employeeNumber: '42' }),
  ],
  [
    'row 21 replace: the URN joins schemas [PAT-10]',
    user(),
    { op: 'replace', path: `${ENT}:manager.value`, value: 'U2' },
    employee({ manager: { value: 'U2' } }),
  ],
  [
    'row 21 remove: the other attributes of the extension stay [REM-09]',
    employee({ employeeNumber: '42', manager: { value: 'U2' } }),
    { op: 'remove', path: `${ENT}:manager` },
    employee({ employeeNumber: '42' }),
  ],
  [
    'row 21 remove: with the last attribute the URN leaves schemas [REM-09]',
    employee({ manager: { value: 'U2' } }),
    { op: 'remove', path: `${ENT}:manager` },
    user(),
  ],
  [
    'row 22 add: the object is merged into the extension [ADD-10]',
    employee({ employeeNumber: '42' }),
    { op: 'add', path: ENT, value: { department: 'Sales' } },
    employee({ employeeNumber: '42', department: 'Sales' }),
  ],
  [
    'row 22 replace: the object is merged into the extension',
    employee({ employeeNumber: '42' }),
    { op: 'replace', path: ENT, value: { department: 'Sales' } },
    employee({ employeeNumber: '42', department: 'Sales' }),
  ],
  ['row 22 replace: null removes the extension', employee({ employeeNumber: '42' }), { op: 'replace', path: ENT, value: null }, user()],
  [
    'row 22 replace: anything else is no extension',
    employee({ employeeNumber: '42' }),
    { op: 'replace', path: ENT, value: 'Sales' },
    '400 invalidValue',
  ],
  [
    'row 22 remove: the extension goes and its URN with it [REM-09]',
    employee({ employeeNumber: '42', department: 'Sales' }),
    { op: 'remove', path: ENT },
    user(),
  ],
  [
    'row 22 remove: a value does not narrow it, so it is refused',
    employee({ employeeNumber: '42', department: 'Sales' }),
    { op: 'remove', path: ENT, value: { department: 'Sales' } },
    '400 invalidValue',
  ],
  ['row 22 remove: an extension that is not there changes nothing', user(), { op: 'remove', path: ENT }, 'same'],
]

const mutabilities: readonly Cell[] = [
  ['row 23 add: id is readOnly [PAT-09 CHR-03]', user(), { op: 'add', path: 'id', value: 'U1' }, '400 mutability'],
  ['row 23 replace: another id is refused [PAT-08 PAT-09 COM-07]', user(), { op: 'replace', path: 'id', value: 'U2' }, '400 mutability'],
  ['row 23 replace: the same id changes nothing [OK-38]', user(), { op: 'replace', path: 'id', value: 'U1' }, 'same'],
  [
    'row 23 replace: meta is readOnly [COM-17 CHR-03]',
    user(),
    { op: 'replace', path: 'meta.created', value: '2011-05-13T04:42:34Z' },
    '400 mutability',
  ],
  ['row 23 add: groups are readOnly [USR-21 CHR-03]', user(), { op: 'add', path: 'groups', value: [{ value: 'G1' }] }, '400 mutability'],
  [
    'row 23 replace: an element of groups is readOnly',
    user(),
    { op: 'replace', path: 'groups[value eq "G1"].display', value: 'x' },
    '400 mutability',
  ],
  [
    'row 23 replace: the displayName of a manager is readOnly [ENT-02 CHR-03]',
    employee({ manager: { value: 'U2' } }),
    { op: 'replace', path: `${ENT}:manager.displayName`, value: 'Bob' },
    '400 mutability',
  ],
  ['row 23 remove: id cannot be removed [REM-07]', user(), { op: 'remove', path: 'id' }, '400 mutability'],
  ['row 23 remove: meta cannot be removed [REM-07]', user(), { op: 'remove', path: 'meta' }, '400 mutability'],
  ['row 23 remove: groups cannot be removed [REM-07]', user(), { op: 'remove', path: 'groups' }, '400 mutability'],
  [
    'row 24 add: an unset immutable attribute is set [PAT-09]',
    thing(),
    { op: 'add', path: 'origin', value: 'here' },
    thing({ origin: 'here' }),
  ],
  [
    'row 24 replace: an unset immutable attribute is set',
    thing(),
    { op: 'replace', path: 'origin', value: 'here' },
    thing({ origin: 'here' }),
  ],
  ['row 24 remove: an unset immutable attribute stays unset', thing(), { op: 'remove', path: 'origin' }, 'same'],
  [
    'row 24 add: an unset immutable sub-attribute is set',
    thing({ vault: { open: 'o' } }),
    { op: 'add', path: 'vault.fixed', value: 'f' },
    thing({ vault: { open: 'o', fixed: 'f' } }),
  ],
  ['row 25 add: an equal value changes nothing', thing({ origin: 'here' }), { op: 'add', path: 'origin', value: 'here' }, 'same'],
  ['row 25 replace: an equal value changes nothing', thing({ origin: 'here' }), { op: 'replace', path: 'origin', value: 'here' }, 'same'],
  [
    'row 25 remove: a set immutable attribute stays [PAT-09]',
    thing({ origin: 'here' }),
    { op: 'remove', path: 'origin' },
    '400 mutability',
  ],
  [
    'row 26 add: another value is refused [PAT-09 CHR-04]',
    thing({ origin: 'here' }),
    { op: 'add', path: 'origin', value: 'there' },
    '400 mutability',
  ],
  [
    'row 26 replace: another value is refused [PAT-09 CHR-04]',
    thing({ origin: 'here' }),
    { op: 'replace', path: 'origin', value: 'there' },
    '400 mutability',
  ],
  ['row 26 replace: null is another value', thing({ origin: 'here' }), { op: 'replace', path: 'origin', value: null }, '400 mutability'],
  [
    'row 26 add: more values of an immutable list are refused',
    thing({ origins: ['a'] }),
    { op: 'add', path: 'origins', value: ['b'] },
    '400 mutability',
  ],
  [
    'row 26 remove: some values of an immutable list stay',
    thing({ origins: ['a', 'b'] }),
    { op: 'remove', path: 'origins', value: ['a'] },
    '400 mutability',
  ],
  [
    'row 26 replace: another value of an immutable sub-attribute is refused',
    thing({ vault: { fixed: 'f' } }),
    { op: 'replace', path: 'vault', value: { fixed: 'g' } },
    '400 mutability',
  ],
  [
    'row 26 remove: a set immutable sub-attribute stays',
    thing({ vault: { fixed: 'f' } }),
    { op: 'remove', path: 'vault.fixed' },
    '400 mutability',
  ],
  [
    'row 27 add: a required attribute takes another value',
    user(),
    { op: 'add', path: 'userName', value: 'bob@example.com' },
    user({ userName: 'bob@example.com' }),
  ],
  [
    'row 27 replace: a required attribute takes another value',
    group(),
    { op: 'replace', path: 'displayName', value: 'platform' },
    group('platform'),
  ],
  [
    'row 27 replace: null is no value for a required attribute [REP-08]',
    user(),
    { op: 'replace', path: 'userName', value: null },
    '400 invalidValue',
  ],
  [
    'row 27 replace: an empty text is no value for a required attribute',
    group(),
    { op: 'replace', path: 'displayName', value: '' },
    '400 invalidValue',
  ],
  ['row 27 replace: nor is it without a path', group(), { op: 'replace', value: { displayName: null } }, '400 invalidValue'],
  ['row 27 remove: a required attribute stays [REM-07 USR-01]', user(), { op: 'remove', path: 'userName' }, '400 mutability'],
  ['row 27 remove: the name of a group stays [REM-07]', group(), { op: 'remove', path: 'displayName' }, '400 mutability'],
  [
    'row 27 remove: a required sub-attribute stays',
    thing({ detail: { title: 't', subString: 's' } }),
    { op: 'remove', path: 'detail.title' },
    '400 mutability',
  ],
  [
    'row 27 replace: a required sub-attribute cannot become null',
    thing({ detail: { title: 't', subString: 's' } }),
    { op: 'replace', path: 'detail', value: { title: null } },
    '400 invalidValue',
  ],
  [
    'row 28 add: a writeOnly attribute is set [PAT-21 CHR-05]',
    thing(),
    { op: 'add', path: 'secret', value: 's3cret' },
    thing({ secret: 's3cret' }),
  ],
  [
    'row 28 replace: a writeOnly attribute is set [PAT-21]',
    thing({ secret: 'old' }),
    { op: 'replace', path: 'secret', value: 'new' },
    thing({ secret: 'new' }),
  ],
  ['row 28 remove: a writeOnly attribute is unassigned', thing({ secret: 'old' }), { op: 'remove', path: 'secret' }, thing()],
  ['row 28 replace: password is no attribute here [C5]', user(), { op: 'replace', path: 'password', value: 'S3cret' }, '400 invalidPath'],
  ['row 29 add: a known URN without data changes nothing', user(), { op: 'add', path: 'schemas', value: [ENT] }, 'same'],
  ['row 29 replace: the base URN always stays', user(), { op: 'replace', path: 'schemas', value: [ENT, 'urn:unknown'] }, 'same'],
  [
    'row 29 replace: the URN of an extension with data stays',
    employee({ department: 'Sales' }),
    { op: 'replace', path: 'schemas', value: USER_URN },
    'same',
  ],
  ['row 29 replace: schemas are URNs', user(), { op: 'replace', path: 'schemas', value: [1] }, '400 invalidValue'],
  ['row 29 remove: the base URN cannot go', user(), { op: 'remove', path: 'schemas' }, '400 mutability'],
]

const refusals: readonly Cell[] = [
  ...(['add', 'replace', 'remove'] as const).flatMap((op): readonly Cell[] => [
    [`row 30 ${op}: an unknown attribute [PAT-07]`, user(), { op, path: 'bogus', value: 'x' }, '400 invalidPath'],
    [`row 30 ${op}: an unknown sub-attribute [PAT-07]`, user(), { op, path: 'name.bogus', value: 'x' }, '400 invalidPath'],
    [
      `row 30 ${op}: an unknown sub-attribute behind a filter [PAT-07]`,
      user({ emails: [work] }),
      { op, path: 'emails[type eq "work"].bogus', value: 'x' },
      '400 invalidPath',
    ],
    [`row 31 ${op}: an index [PAT-06]`, user({ emails: [work] }), { op, path: 'emails[0]', value: { display: 'x' } }, '400 invalidPath'],
    [
      `row 31 ${op}: a JSON pointer [PAT-06]`,
      user({ emails: [work] }),
      { op, path: '/emails/0', value: { display: 'x' } },
      '400 invalidPath',
    ],
    [
      `row 31 ${op}: an open bracket [PAT-06]`,
      user({ emails: [work] }),
      { op, path: 'emails[type eq "work"', value: 'x' },
      '400 invalidPath',
    ],
    [`row 31 ${op}: two dots [PAT-06]`, user(), { op, path: 'emails..value', value: 'x' }, '400 invalidPath'],
    [`row 31 ${op}: an empty path [PAT-06]`, user(), { op, path: '', value: { nickName: 'x' } }, '400 invalidPath'],
    [`row 31 ${op}: a blank path [PAT-06]`, user(), { op, path: ' ', value: { nickName: 'x' } }, '400 invalidPath'],
    [`row 31 ${op}: a path that is no text [PAT-06]`, user(), { op, path: 1, value: 'x' }, '400 invalidPath'],
    [
      `row 31 ${op}: a broken filter [PAT-06]`,
      user({ emails: [work] }),
      { op, path: 'emails[type is "work"]', value: { display: 'x' } },
      '400 invalidFilter',
    ],
    [
      `row 31 ${op}: a filter on an unknown sub-attribute [PAT-06]`,
      user({ emails: [work] }),
      { op, path: 'emails[bogus eq "work"]', value: { display: 'x' } },
      '400 invalidFilter',
    ],
  ]),
  ['row 30 add: an unknown attribute in a value [PAT-07]', user(), { op: 'add', value: { bogus: 'x' } }, '400 invalidPath'],
  [
    'row 30 replace: an unknown attribute of an extension in a value [PAT-07]',
    user(),
    { op: 'replace', value: { [ENT]: { bogus: 'x' } } },
    '400 invalidPath',
  ],
  ['row 32 add: null is no value to add', user({ nickName: 'Al' }), { op: 'add', path: 'nickName', value: null }, '400 invalidValue'],
  ['row 32 add: an empty list adds nothing', user({ emails: [work] }), { op: 'add', path: 'emails', value: [] }, 'same'],
  ['row 32 replace: null unassigns [REP-08]', user({ nickName: 'Al' }), { op: 'replace', path: 'nickName', value: null }, user()],
  ['row 32 replace: an empty list unassigns [REP-08]', user({ emails: [work] }), { op: 'replace', path: 'emails', value: [] }, user()],
  ['row 32 replace: null unassigns a list [REP-08]', user({ emails: [work] }), { op: 'replace', path: 'emails', value: null }, user()],
  [
    'row 32 replace: null unassigns a complex attribute',
    user({ name: { givenName: 'Alice' } }),
    { op: 'replace', path: 'name', value: null },
    user(),
  ],
  ['row 33 add: the value is missing [ADD-01]', user(), { op: 'add', path: 'nickName' }, '400 invalidValue'],
  ['row 33 add: the value is missing without path too [ADD-01]', user(), { op: 'add' }, '400 invalidValue'],
  ['row 33 replace: the value is missing [REP-09]', user({ title: 'Engineer' }), { op: 'replace', path: 'title' }, '400 invalidValue'],
  [
    'row 33 replace: the value is missing for an extension [REP-09]',
    employee({ department: 'Sales' }),
    { op: 'replace', path: ENT },
    '400 invalidValue',
  ],
  ['row 34 add: a value of another type [PAT-08]', user(), { op: 'add', path: 'active', value: 'maybe' }, '400 invalidValue'],
  [
    'row 34 replace: a value of another type [PAT-08]',
    user(),
    { op: 'replace', path: 'displayName', value: { formatted: 'x' } },
    '400 invalidValue',
  ],
  [
    'row 34 replace: a value of another form [PAT-08]',
    user(),
    { op: 'replace', path: 'emails', value: [{ value: 'two words' }] },
    '400 invalidValue',
  ],
  ['row 34 add: an element of another type [PAT-08]', user(), { op: 'add', path: 'emails', value: ['al@example.com'] }, '400 invalidValue'],
  [
    'row 34 replace: several values for one [PAT-08]',
    user(),
    { op: 'replace', path: 'displayName', value: ['a', 'b'] },
    '400 invalidValue',
  ],
  // The store alone knows who else has the value; it is handed the change and answers 409.
  [
    'row 35 replace: a unique value is handed on for the store to judge',
    user(),
    { op: 'replace', path: 'userName', value: 'taken@example.com' },
    user({ userName: 'taken@example.com' }),
  ],
  [
    'row 35 add: a unique value is handed on for the store to judge',
    group(),
    { op: 'add', path: 'displayName', value: 'taken' },
    group('taken'),
  ],
]

describe('PATCH of single values', () => {
  test.each(simple)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
describe('PATCH of multi-valued attributes', () => {
  test.each(multiValued)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
describe('PATCH through a filter', () => {
  test.each(filtered)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
describe('PATCH of extensions', () => {
  test.each(extensions)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
describe('PATCH and mutability', () => {
  test.each(mutabilities)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
describe('PATCH that does not fit', () => {
  test.each(refusals)('%s', (_, before, operation, expected) => check(before, operation, expected))
})
