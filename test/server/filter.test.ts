// Filters over HTTP, so in SQL (RFC 7644 section 3.4.2.2; rfc-checklist FLT). What the language itself is, the package's tests tell.
import { beforeAll, describe, expect, test } from 'vitest'
import { enterpriseUser, expectError, expectStatus, filterOf, at } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { ScimClient } from '../support/scim.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

const server = useServer()
let scim: ScimClient
const ids = new Map<string, string>()

beforeAll(async () => {
  scim = await server.org()
  const people = [
    enterpriseUser(
      'bob',
      { department: 'D', manager: { value: 'x' } },
      {
        externalId: 'E1',
        title: 'Boss',
        displayName: 'O"Brien \\ é',
        name: { givenName: 'Bob', familyName: 'B' },
        emails: [
          { value: 'a@x.io', type: 'work' },
          { value: 'b@y.io', type: 'home' },
        ],
      },
    ),
    {
      ...enterpriseUser('carol', {}),
      title: '',
      name: { givenName: 'Carol' },
      active: false,
      emails: [{ value: 'c@x.io', type: 'work', primary: true }],
    },
    { ...enterpriseUser('abc', {}), displayName: '100%_sure', nickName: 'me', ims: [{ value: 'i', type: 'xmpp' }] },
  ]
  for (const person of people) {
    const created = expectStatus(await scim.post('/Users', person), 201)
    ids.set(person.userName, String(at(created, '/id')))
  }
})

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const ALL = ['abc', 'bob', 'carol']

describe('what a filter finds', () => {
  test.each([
    ['userName eq "bob"', ['bob'], 'FLT-01'],
    ['USERNAME Eq "BOB"', ['bob'], 'FLT-06'],
    ['userName EQ "bob" Or userName eq "abc"', ['abc', 'bob'], 'FLT-06'],
    ['NOT (userName PR)', [], 'FLT-06'],
    ['displayName eq "O\\"Brien \\\\ \\u00e9"', ['bob'], 'FLT-07'],
    ['title eq null', ['abc', 'carol'], 'FLT-10'],
    ['title ne null', ['bob'], 'FLT-10'],
    ['userName eq "abc" or title pr and title eq "zz"', ['abc'], 'FLT-11'],
    ['(userName eq "abc" or title pr) and title eq "zz"', [], 'FLT-11'],
    ['not (userName eq "bob") and active eq true', ['abc'], 'FLT-11'],
    ['not(userName eq "bob")', ['abc', 'carol'], 'FLT-13'],
    ['((userName pr))', ALL, 'FLT-14'],
    ['emails[(type eq "work" or type eq "home") and value co "x.io"]', ['bob', 'carol'], 'FLT-14'],
    ['userName  eq  "bob"', ['bob'], 'FLT-16'],
    ['emails[type eq "work" and value eq "b@y.io"]', [], 'FLT-17'],
    ['emails.type eq "work" and emails.value eq "b@y.io"', ['bob'], 'FLT-17'],
    ['emails[type eq "work"]', ['bob', 'carol'], 'FLT-19'],
    ['emails[type eq "home"] or ims[type eq "xmpp"]', ['abc', 'bob'], 'FLT-19'],
    ['emails.value co "@y"', ['bob'], 'FLT-20'],
    ['name.givenName eq "Bob"', ['bob'], 'FLT-21'],
    ['emails co "x.io"', ['bob', 'carol'], 'FLT-22'],
    ['emails.value co "x.io"', ['bob', 'carol'], 'FLT-22'],
    ['externalId eq "e1"', [], 'FLT-23'],
    ['externalId eq "E1"', ['bob'], 'FLT-23'],
    ['externalId sw "e"', [], 'FLT-23'],
    ['userName eq "ｂｏｂ"', ['bob'], 'FLT-24'],
    ['userName co "b"', ['abc', 'bob'], 'FLT-25'],
    ['userName sw "abc"', ['abc'], 'FLT-25'],
    ['userName ew "abc"', ['abc'], 'FLT-25'],
    ['userName sw "b"', ['bob'], 'FLT-25'],
    ['displayName co "%"', ['abc'], 'FLT-25'],
    ['displayName co "_"', ['abc'], 'FLT-25'],
    ['userName co "%"', [], 'FLT-25'],
    ['title ne "x"', ALL, 'FLT-26'],
    ['title pr', ['bob'], 'FLT-27'],
    ['ims pr', ['abc'], 'FLT-27'],
    ['name pr', ['bob', 'carol'], 'FLT-27'],
    ['active pr', ALL, 'FLT-27'],
    ['active eq false', ['carol'], 'FLT-27'],
    ['userName gt "abc"', ['bob', 'carol'], 'FLT-29'],
    ['userName le "bob"', ['abc', 'bob'], 'FLT-29'],
    ['meta.created gt "2011-05-13T06:42:34+02:00"', ALL, 'FLT-29'],
    ['meta.created lt "2011-05-13T06:42:34Z"', [], 'FLT-29'],
    [`${CORE}:userName sw "B"`, ['bob'], 'FLT-33'],
    [`${CORE}:name.givenName eq "Bob"`, ['bob'], 'FLT-33'],
    [`${ENTERPRISE}:department eq "d"`, ['bob'], 'FLT-33'],
    [`${ENTERPRISE.toUpperCase()}:MANAGER.VALUE eq "x"`, ['bob'], 'FLT-33'],
    [`${CORE}:emails[type eq "home"]`, ['bob'], 'FLT-34'],
    ['meta.resourceType eq "User"', ALL, 'FLT-38'],
    ['emails.type ne "work"', ['abc', 'bob'], 'FLT-20'],
    ['not (emails.type eq "work")', ['abc'], 'FLT-20'],
    ['emails[primary eq true]', ['carol'], 'FLT-19'],
    ['emails[type eq "work"].value eq "c@x.io"', ['carol'], 'EN-14'],
    ['manager eq "x"', ['bob'], 'EN-29'],
  ])('%s finds %j [%s]', async (filter, found) => {
    expect(await scim.find('/Users', filter)).toEqual(found)
  })

  test('id, location and times of one resource [FLT-38]', async () => {
    const id = ids.get('bob')
    expect(await scim.find('/Users', `id eq "${id}"`)).toEqual(['bob'])
    expect(await scim.find('/Users', `meta.location ew "/${id}"`)).toEqual(['bob'])
    expect(await scim.find('/Users', 'meta.lastModified gt "2020-01-01T00:00:00Z"')).toEqual(ALL)
  })

  test('fifty alternatives are fine [FLT-12]', async () => {
    const filter = Array.from({ length: 50 }, (_, n) => `userName eq "bo${n === 49 ? 'b' : n}"`).join(' or ')
    expect(await scim.find('/Users', filter)).toEqual(['bob'])
  })
})

describe('what is no filter', () => {
  test.each([
    [''],
    [' '],
    ['userName'],
    ['eq "x"'],
    ['userName eq'],
    ['userName "x"'],
    ['userName pr "x"'],
    ['userName eq "a'],
    ["userName eq 'a'"],
    ['(userName pr'],
    ['userName pr)'],
    ['userName == "a"'],
    ['userName eq "a" and'],
    ['and userName pr'],
    ['userName pr garbage'],
    ['userName regex "x"'],
    ['userName eq "\\q"'],
    ['active eq TRUE'],
    ['userName eq bob'],
    ['not userName pr'],
    ['emails[type eq "work" and x[y eq 1]]'],
    ['emails[userName eq "x"]'],
    ['emails[]'],
    ['userName[value eq "x"]'],
    ['name eq "x"'],
    ['active gt true'],
    ['active ge true'],
    ['active lt true'],
    ['active le true'],
    ['x509Certificates.value gt "a"'],
    ['x509Certificates.value lt "a"'],
    ['active co "t"'],
    ['active eq "true"'],
    ['meta.created gt "yesterday"'],
    ['meta.created gt "2011-05-13"'],
    ['userName gt 5'],
    ['userName eq true'],
    ['name.givenName.x eq "a"'],
    ['usrName eq "a"'],
    ['1abc eq "x"'],
    ['userName eq 010'],
    ['userName eq +1'],
    ['userName eq .5'],
  ])(
    '%s answers 400 invalidFilter [FLT-02 FLT-03 FLT-04 FLT-05 FLT-07 FLT-08 FLT-09 FLT-13 FLT-15 FLT-18 FLT-21 FLT-28 FLT-30 FLT-35 FLT-36 FLT-37 RC-14 G3 G7]',
    async (filter) => {
      expectError(await scim.get(`/Users?${filterOf(filter)}`), 400, 'invalidFilter')
    },
  )

  test('the detail names the operator that is unknown [FLT-05]', async () => {
    expect(at(await scim.get(`/Users?${filterOf('userName regex "x"')}`), '/detail')).toMatch(/regex/)
  })

  test('a half-understood filter does not fall back to its first half [G3]', async () => {
    expectError(await scim.get(`/Users?${filterOf('userName eq "bob" and foo eq "y"')}`), 400, 'invalidFilter')
    expectError(await scim.get(`/Users?${filterOf('foo eq "y" or userName eq "bob"')}`), 400, 'invalidFilter')
  })
})

describe('groups', () => {
  test('are found by their members in every spelling [FLT-39 EN-29]', async () => {
    const org = await server.org()
    const [alice, bob] = [await org.user('alice'), await org.user('bob')]
    const staff = await org.group('staff', [alice])
    await org.group('others', [bob])
    for (const filter of [
      `members[value eq "${alice}"]`,
      `members.value eq "${alice}"`,
      `members eq "${alice}"`,
      `id eq "${staff}" and members eq "${alice}"`,
    ]) {
      expect(await org.find('/Groups', filter)).toEqual(['staff'])
    }
    const answer = await org.get(`/Groups?excludedAttributes=members&${filterOf(`members[value eq "${alice}"]`)}`)
    expect(at(answer, '/totalResults')).toBe(1)
    expect(at(answer, '/Resources/0/members')).toBeUndefined()
  })

  test('and by the URI of a member [FLT-35]', async () => {
    const org = await server.org()
    const alice = await org.user('alice')
    await org.group('staff', [alice])
    expect(await org.find('/Groups', `members[$ref eq "${org.base}/Users/${alice}"]`)).toEqual(['staff'])
  })
})

describe('hostile values are data', () => {
  test.each([
    "'; DROP TABLE scim_resources;--",
    "' or '1'='1",
    '\\" or userName pr or userName eq \\"',
    '%',
    '_',
    '$1',
    '${1}',
    '\\u0027',
    '") or true --',
    '{"$ne":null}',
    "'||pg_sleep(5)||'",
  ])('userName eq %j finds nobody [FLT-41 G2 SEC-04]', async (value) => {
    const cpuMs = cpuClock()
    expect(await scim.find('/Users', `userName eq ${JSON.stringify(value)}`)).toEqual([])
    expect(await scim.find('/Users', `userName co ${JSON.stringify(value)}`)).toEqual([])
    expect(cpuMs()).toBeLessThan(2000)
    expect(await scim.find('/Users', 'userName pr')).toEqual(ALL)
  })

  test('so are hostile attribute names [G2 G5 H1]', async () => {
    for (const name of ["a'b", 'a"b', '__proto__', 'constructor', 'userName;drop', 'user Name', 'meta.__proto__']) {
      expectError(await scim.get(`/Users?${filterOf(`${name} eq "x"`)}`), 400, 'invalidFilter')
    }
  })
})
