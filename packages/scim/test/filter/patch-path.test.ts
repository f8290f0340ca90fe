import { describe, expect, test } from 'vitest'
import type { PatchPath } from '../../src/filter/ast.ts'
import { parsePatchPath } from '../../src/filter/parser.ts'
import { ENTERPRISE_USER_URN } from '../../src/urns.ts'
import { refusal } from './refusal.ts'
import { strict } from './sample-types.ts'

const work = { kind: 'compare', path: 'type', operator: 'eq', literal: 'work' } as const

describe('PATCH paths', () => {
  test.each<[string, PatchPath]>([
    ['members', { path: 'members' }],
    ['name.familyName', { path: 'name.familyName' }],
    ['emails[type eq "work"]', { path: 'emails', filter: work }],
    ['emails[type eq "work"].value', { path: 'emails', filter: work, sub: 'value' }],
    ['EMAILS[TYPE EQ "work"].VALUE', { path: 'EMAILS', filter: { ...work, path: 'TYPE' }, sub: 'VALUE' }],
    ['emails[type eq"work"].$ref', { path: 'emails', filter: work, sub: '$ref' }],
    ['members.$ref', { path: 'members.$ref' }],
    [' emails[ type eq "work" ].value ', { path: 'emails', filter: work, sub: 'value' }],
    [ENTERPRISE_USER_URN, { path: ENTERPRISE_USER_URN }],
    ['urn:acme:params:scim:extra:2.0', { path: 'urn:acme:params:scim:extra:2.0' }],
    [`${ENTERPRISE_USER_URN}:manager.value`, { path: `${ENTERPRISE_USER_URN}:manager.value` }],
    [`urn:x:2.0:User:emails[type eq "work"].value`, { path: 'urn:x:2.0:User:emails', filter: work, sub: 'value' }],
    ['constructor', { path: 'constructor' }],
  ])('%s [PAT-06 PAT-20]', (text, path) => {
    const options = strict()
    expect(parsePatchPath(text, options)).toEqual(path)
    expect(options.compat.size).toBe(0)
  })

  test('the filter may be any that fits inside brackets [FLT-14]', () => {
    expect(parsePatchPath('a[(b pr or c pr) and not (d pr)].e', strict())).toMatchObject({ filter: { kind: 'and' }, sub: 'e' })
  })

  test.each([
    '',
    ' ',
    '.',
    '.value',
    'emails.',
    'emails..value',
    'name.givenName.x',
    'emails[0]',
    'emails[0].value',
    'emails[-1]',
    'emails[*]',
    '/emails/0',
    '/userName',
    '[x]',
    '[type eq "work"]',
    'emails[',
    'emails]',
    'emails[type eq "work"',
    'emails[type eq "work',
    'emails[type eq',
    'emails[type eq "work"]value',
    'emails[type eq "work"] .value',
    'emails[type eq "work"].',
    'emails[type eq "work"].value.x',
    'emails[type eq "work"].value eq "x"',
    'emails[type eq "work"][value eq "x"]',
    'a[b eq "c"]d',
    'emails value',
    'userName eq "x"',
    'emails and ims',
    '__proto__',
    '__proto__[primary eq true].x',
    '__proto__.polluted',
    'name.__proto__',
    'emails[type eq "work"].__proto__',
    '"userName"',
    'usér',
    '(emails)',
    ':userName',
  ])('%j answers 400 invalidPath [PAT-06 H1 H2]', (text) => {
    expect(refusal('invalidPath', () => parsePatchPath(text, strict()))).toMatch(/^path, character \d+, at /)
  })

  test.each([
    'emails[]',
    'emails[x]',
    'emails[type]',
    'emails[type eq work]',
    "emails[type eq 'work']",
    'emails[type regex "work"].value',
    'emails[type eq "wo\\qrk"].value',
    'emails[ims[type eq "x"]]',
    'emails[not type eq "x"]',
    'emails[__proto__ eq "x"]',
    'emails[type eq 1e999]',
    'emails[type eq "work" and]',
    'emails[(type eq "work"]',
  ])('%j answers 400 invalidFilter, since only the filter is wrong [PAT-06]', (text) => {
    expect(refusal('invalidFilter', () => parsePatchPath(text, strict()))).toMatch(/^path, character \d+, at /)
  })

  test('an index is answered by the form that would be right', () => {
    expect(refusal('invalidPath', () => parsePatchPath('emails[0]', strict()))).toMatch(/elements have no index; select them by a filter/)
  })

  test('words without quotes pass for clients that are known to send them', () => {
    const options = strict({ bareWords: true })
    expect(parsePatchPath('emails[type eq work].value', options)).toEqual({ path: 'emails', filter: work, sub: 'value' })
    expect([...options.compat]).toEqual(['unquoted-filter-value'])
  })

  test('the limits of filters hold', () => {
    expect(refusal('invalidPath', () => parsePatchPath('a'.repeat(8193), strict()))).toMatch(/at most 8192/)
    expect(parsePatchPath('a'.repeat(8192), strict())).toEqual({ path: 'a'.repeat(8192) })
    const deep = `a[${'('.repeat(32)}b pr${')'.repeat(32)}]`
    expect(refusal('invalidFilter', () => parsePatchPath(deep, strict()))).toMatch(/at most 32/)
  })
})
