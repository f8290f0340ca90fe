import { describe, expect, test } from 'vitest'
import type { ElementFilter, ResolvedFilter } from '../../src/filter/ast.ts'
import { parseFilter } from '../../src/filter/parser.ts'
import { resolveElementFilter, resolveFilter } from '../../src/filter/resolve.ts'
import type { Profile } from '../../src/patch/profile.ts'
import { findAttribute } from '../../src/schema/attribute.ts'
import { COMMON_ATTRIBUTES } from '../../src/schema/common.ts'
import type { ResourceType } from '../../src/schema/resource-type.ts'
import { ENTERPRISE_USER_URN, GROUP_URN, USER_URN } from '../../src/urns.ts'
import { refusal } from './refusal.ts'
import { EXTRA_URN, GROUP, strict, USER } from './sample-types.ts'

type Asked = { resourceType?: ResourceType; profile?: Profile; unknownAttribute?: 'refuse' | 'never'; compat?: Set<string> }

function resolve(text: string, asked: Asked = {}): ResolvedFilter {
  const compat = asked.compat ?? new Set<string>()
  return resolveFilter(parseFilter(text, strict()), {
    resourceType: USER,
    profile: 'generic',
    unknownAttribute: 'refuse',
    ...asked,
    compat,
  })
}

/** A resolved filter in short: `name.givenName eq "bob"`. */
function short(filter: ResolvedFilter | ElementFilter): string {
  switch (filter.kind) {
    case 'never':
      return 'never'
    case 'and':
    case 'or':
      return `(${filter.filters.map(short).join(` ${filter.kind} `)})`
    case 'not':
      return `not ${short(filter.filter)}`
    case 'element':
      return `${filter.target.attribute.name}[${short(filter.filter)}]`
    case 'present':
      return `${nameOf(filter)} pr`
    case 'compare':
      return `${nameOf(filter)} ${filter.operator} ${JSON.stringify(filter.value)}`
  }
}

function nameOf(filter: (ResolvedFilter | ElementFilter) & { kind: 'present' | 'compare' }): string {
  if ('sub' in filter) {
    return filter.sub.name
  }
  const { extension, attribute, sub } = filter.target
  return `${extension === undefined ? '' : `${extension}|`}${attribute.name}${sub === undefined ? '' : `.${sub.name}`}`
}

describe('names and values', () => {
  test.each([
    ['USERNAME eq "BOB"', 'userName eq "bob"'],
    ['externalId eq "E1"', 'externalId eq "E1"'],
    ['name.givenName sw "Bo"', 'name.givenName sw "bo"'],
    ['emails.value co "@X"', 'emails.value co "@x"'],
    ['emails co "@X"', 'emails.value co "@x"'],
    ['emails pr', 'emails pr'],
    ['active eq true', 'active eq true'],
    ['meta.created gt "2011-05-13T06:42:34+02:00"', 'meta.created gt "2011-05-13T04:42:34.000000Z"'],
    ['meta.location ew "/U1"', 'meta.location ew "/U1"'],
    ['x509Certificates.value eq "YWE="', 'x509Certificates.value eq "YWE"'],
    ['schemas eq "URN:X"', 'schemas eq "urn:x"'],
    [`${USER_URN}:userName eq "a"`, 'userName eq "a"'],
    [`${USER_URN}:emails[type eq "Work"]`, 'emails[type eq "work"]'],
    [`${ENTERPRISE_USER_URN}:manager.value eq "X"`, `${ENTERPRISE_USER_URN}|manager.value eq "X"`],
    [`${EXTRA_URN}:level eq 1e1`, `${EXTRA_URN}|level eq 10`],
    [`${EXTRA_URN}:level ge -1`, `${EXTRA_URN}|level ge -1`],
    [`${EXTRA_URN}:score lt 1.5`, `${EXTRA_URN}|score lt 1.5`],
    [`${EXTRA_URN}:not eq "x" and not (${EXTRA_URN}:pr pr)`, `(${EXTRA_URN}|not eq "x" and not ${EXTRA_URN}|pr pr)`],
    ['emails[type eq "work" and not (value co "B")]', 'emails[(type eq "work" and not value co "b")]'],
    ['emails[TYPE pr]', 'emails[type pr]'],
  ])('%s [FLT-06 FLT-22 FLT-23 FLT-29 FLT-32 FLT-33 FLT-34 FLT-35 FLT-38]', (text, expected) => {
    expect(short(resolve(text))).toBe(expected)
  })

  test.each([
    ['title eq null', 'not title pr'],
    ['title ne null', 'title pr'],
    ['name eq null', 'not name pr'],
    ['emails.value ne null', 'emails.value pr'],
    ['emails[type eq null]', 'emails[not type pr]'],
    ['emails[type ne null]', 'emails[type pr]'],
  ])('%s asks for presence [FLT-10]', (text, expected) => {
    expect(short(resolve(text))).toBe(expected)
  })

  test.each([
    [
      'manager eq "U2"',
      `${ENTERPRISE_USER_URN}|manager.value eq "U2"`,
      ['unqualified-extension-attribute', 'complex-attribute-means-value'],
    ],
    [`${ENTERPRISE_USER_URN}:manager eq "U2"`, `${ENTERPRISE_USER_URN}|manager.value eq "U2"`, ['complex-attribute-means-value']],
    [`${ENTERPRISE_USER_URN}:manager pr`, `${ENTERPRISE_USER_URN}|manager pr`, []],
    ['emails eq "a"', 'emails.value eq "a"', []],
  ])('%s: a complex attribute stands for its value [EN-29 FLT-22]', (text, expected, notes) => {
    const compat = new Set<string>()
    expect(short(resolve(text, { compat }))).toBe(expected)
    expect([...compat]).toEqual(notes)
  })

  test('members of a group likewise [FLT-39 EN-29]', () => {
    expect(short(resolve('id eq "G" and members eq "U"', { resourceType: GROUP }))).toBe('(id eq "G" and members.value eq "U")')
    expect(short(resolve('members[value eq "U"]', { resourceType: GROUP }))).toBe('members[value eq "U"]')
  })

  test.each([
    ['eq', 'https://x.io/scim/v2/Users/U1', 'Users/U1'],
    ['ne', '/v2/Users/U1', 'Users/U1'],
    ['eq', 'Users/U1', 'Users/U1'],
    ['ew', '/U1', '/U1'],
    ['ew', 'U1', 'U1'],
    ['ew', '/v2/Users/U1', 'Users/U1'],
  ])('$ref %s %j compares without base URI and version [JSN-22]', (operator, literal, value) => {
    expect(short(resolve(`members.$ref ${operator} "${literal}"`, { resourceType: GROUP }))).toBe(`members.$ref ${operator} "${value}"`)
  })
})

describe('attributes that cannot be asked for', () => {
  test.each([
    'usrName eq "a"',
    'userName eq "x" and foo eq "y"',
    'name.bogus pr',
    'userName.value pr',
    `${GROUP_URN}:displayName pr`,
    'costCenter pr',
  ])('%s: unknown [FLT-36 FLT-37 G3]', (text) => {
    expect(refusal('invalidFilter', () => resolve(text))).toMatch(/has no such attribute/)
  })

  test.each([
    'password eq "x"',
    'password sw "a"',
    'password pr',
    'password eq null',
    `${USER_URN}:PASSWORD ne "x"`,
    'keys.secret pr',
    'keys.pin pr',
    'tokens eq "x"',
    'keys[secret pr]',
    'keys[value eq "k" and secret sw "a"]',
    `${EXTRA_URN}:secret pr`,
    'secret pr',
    'title pr or password sw "a"',
  ])('%s: never returned [B8 B9 FLT-40 USR-13]', (text) => {
    expect(refusal('invalidFilter', () => resolve(text))).toMatch(/never returned/)
    expect(refusal('invalidFilter', () => resolve(text, { unknownAttribute: 'never' }))).toMatch(/never returned/)
  })

  test.each(['name eq "x"', 'name co "x"', 'addresses eq "x"', 'meta eq "x"', 'addresses ne "x"'])(
    '%s: complex without a value [FLT-21]',
    (text) => {
      expect(refusal('invalidFilter', () => resolve(text))).toMatch(/complex; compare a sub-attribute, such as \w+\.\w+/)
    },
  )

  test.each([
    'emails[userName eq "x"]',
    'emails[emails.type eq "x"]',
    `emails[${USER_URN}:userName eq "x"]`,
    'emails[bogus pr]',
    'emails[constructor pr]',
  ])('%s: inside brackets only sub-attributes [FLT-18 H1]', (text) => {
    expect(refusal('invalidFilter', () => resolve(text))).toMatch(/only sub-attributes of emails/)
  })

  test.each(['userName[value eq "x"]', 'name[givenName eq "x"]', 'schemas[value eq "x"]', `${ENTERPRISE_USER_URN}:manager[value eq "x"]`])(
    '%s: no elements with sub-attributes [FLT-18]',
    (text) => {
      expect(refusal('invalidFilter', () => resolve(text))).toMatch(/no brackets may follow/)
    },
  )

  test('brackets behind a sub-attribute are refused [FLT-18]', () => {
    expect(refusal('invalidFilter', () => resolve('emails.value[type eq "x"]'))).toMatch(/brackets belong behind `emails`/)
  })
})

describe('operators and values that do not fit the type', () => {
  const orders = ['gt', 'ge', 'lt', 'le']
  const parts = ['co', 'sw', 'ew']

  test.each([
    ...orders.map((operator) => `active ${operator} true`),
    ...orders.map((operator) => `x509Certificates.value ${operator} "YWE="`),
    ...orders.map((operator) => `emails[primary ${operator} true]`),
    ...parts.map((operator) => `active ${operator} "t"`),
    ...parts.map((operator) => `x509Certificates.value ${operator} "YWE="`),
    ...parts.map((operator) => `meta.created ${operator} "2011"`),
    ...parts.map((operator) => `${EXTRA_URN}:level ${operator} 1`),
    ...parts.map((operator) => `${EXTRA_URN}:score ${operator} "1"`),
  ])('%s: the operator [FLT-28 FLT-30 G7]', (text) => {
    expect(refusal('invalidFilter', () => resolve(text))).toMatch(/does not go with type/)
  })

  test.each(['members.$ref co "Users"', 'members.$ref sw "https://"', 'members[$ref sw "https://"]'])(
    '%s: the front of a reference',
    (text) => {
      expect(refusal('invalidFilter', () => resolve(text, { resourceType: GROUP }))).toMatch(/does not go with type reference/)
    },
  )

  test.each([
    'active eq "true"',
    'active eq "True"',
    'active eq 1',
    'active eq "yes"',
    'userName eq true',
    'userName gt 5',
    'userName eq 5',
    'emails eq 5',
    'profileUrl eq 5',
    'emails[primary eq "true"]',
    'meta.created gt "yesterday"',
    'meta.created gt "2011-05-13"',
    'meta.created gt "2011-05-13T04:42:34"',
    'meta.created gt 2011',
    'meta.created eq ""',
    'x509Certificates.value eq "@@@"',
    'x509Certificates.value eq true',
    `${EXTRA_URN}:level eq "1"`,
    `${EXTRA_URN}:level eq 1.5`,
    `${EXTRA_URN}:level eq 1e300`,
    `${EXTRA_URN}:level eq 9007199254740993`,
    `${EXTRA_URN}:level eq true`,
    `${EXTRA_URN}:score eq "1.5"`,
  ])('%s: the value [FLT-30 G7 JSN-11]', (text) => {
    expect(refusal('invalidFilter', () => resolve(text))).toMatch(/must stand here, not/)
  })

  test.each(['co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])('%s null', (operator) => {
    expect(refusal('invalidFilter', () => resolve(`title ${operator} null`))).toMatch(/null can only be compared by eq and ne/)
    expect(refusal('invalidFilter', () => resolve(`emails[type ${operator} null]`))).toMatch(/null can only be compared by eq and ne/)
  })

  test('long client text is cut', () => {
    expect(refusal('invalidFilter', () => resolve(`active eq "${'b'.repeat(5000)}"`))).toMatch(/^.{0,300}$/)
    expect(refusal('invalidFilter', () => resolve(`${'b'.repeat(5000)} pr`))).toMatch(/^.{0,300}$/)
  })
})

describe('booleans in quotes', () => {
  const entra = (text: string) => {
    const compat = new Set<string>()
    return [short(resolve(text, { profile: 'entra', compat })), ...compat]
  }

  test.each([
    ['active eq "True"', 'active eq true'],
    ['active ne "FALSE"', 'active ne false'],
    ['emails[primary eq "true"]', 'emails[primary eq true]'],
  ])('%s is taken from Entra and noted [EN-30]', (text, expected) => {
    expect(entra(text)).toEqual([expected, 'string-boolean'])
  })

  test('only true and false, and only for boolean attributes', () => {
    expect(refusal('invalidFilter', () => entra('active eq "yes"'))).toMatch(/./)
    expect(refusal('invalidFilter', () => entra('active gt "true"'))).toMatch(/./)
    expect(entra('userName eq "True"')).toEqual(['userName eq "true"'])
    expect(entra('active eq true')).toEqual(['active eq true'])
  })

  test('other clients are refused in queries [FLT-30]', () => {
    expect(refusal('invalidFilter', () => resolve('active eq "True"', { profile: 'okta' }))).toMatch(/./)
  })
})

describe('filters of elements, as in PATCH paths', () => {
  const emails = findAttribute(USER.schema.attributes, 'emails') ?? expect.fail('emails is declared')

  function resolveInner(text: string, path?: true) {
    const compat = new Set<string>()
    const options = { profile: 'generic', compat, ...(path === undefined ? {} : { path }) } as const
    return [short(resolveElementFilter(parseFilter(text, strict()), emails, options)), ...compat]
  }

  test('booleans in quotes are taken from every client [EN-30 P12]', () => {
    expect(resolveInner('primary eq "True"', true)).toEqual(['primary eq true', 'string-boolean'])
    expect(refusal('invalidFilter', () => resolveInner('primary eq "True"'))).toMatch(/./)
    expect(refusal('invalidFilter', () => resolveInner('primary eq "yes"', true))).toMatch(/./)
  })

  test('names and values are checked as in queries', () => {
    expect(resolveInner('(TYPE eq "Work" or value eq null) and not (display pr)', true)).toEqual([
      '((type eq "work" or not value pr) and not display pr)',
    ])
    expect(refusal('invalidFilter', () => resolveInner('userName eq "x"', true))).toMatch(/only sub-attributes/)
    expect(refusal('invalidFilter', () => resolveInner('ims[type eq "x"]', true))).toMatch(/brackets/)
  })

  test.each(['userName', 'name'])('%s has no elements [FLT-18]', (name) => {
    const attribute = findAttribute(USER.schema.attributes, name) ?? expect.fail('declared')
    const options = { profile: 'generic', compat: new Set<string>(), path: true } as const
    expect(refusal('invalidFilter', () => resolveElementFilter(parseFilter('value eq "x"', strict()), attribute, options))).toMatch(
      /no brackets/,
    )
  })
})

describe('queries at the service root', () => {
  test.each([
    ['userName pr', 'never'],
    ['userName eq "x"', 'never'],
    ['userName gt "x"', 'never'],
    ['userName ne "x"', 'not never'],
    ['userName eq null', 'not never'],
    ['userName ne null', 'never'],
    ['not (userName pr)', 'not never'],
    ['emails[type eq "x"]', 'never'],
    ['displayName sw "X" or userName pr', '(displayName sw "x" or never)'],
    ['meta.resourceType eq "User"', 'meta.resourceType eq "User"'],
  ])('%s on a group: an attribute of another type has no value [QRY-09 QRY-10]', (text, expected) => {
    expect(short(resolve(text, { resourceType: GROUP, unknownAttribute: 'never' }))).toBe(expected)
  })

  test('null still goes with eq and ne only', () => {
    expect(refusal('invalidFilter', () => resolve('userName gt null', { resourceType: GROUP, unknownAttribute: 'never' }))).toMatch(/./)
  })
})

test('common attributes can be filtered by on every type [FLT-38 SCM-09]', () => {
  for (const { name } of COMMON_ATTRIBUTES) {
    expect(short(resolve(`${name} pr`))).toBe(`${name} pr`)
    expect(short(resolve(`${name} pr`, { resourceType: GROUP }))).toBe(`${name} pr`)
  }
})
