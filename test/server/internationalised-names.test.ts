// PRECIS on the wire: two spellings of one name never make two people (RFC 7644 section 5, RFC 8265; rfc-checklist I18, threat C6).
import * as fc from 'fast-check'
import { fold } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { expectError, expectStatus, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('userName', () => {
  test.each([
    ['bob', 'ＢＯＢ'],
    ['éva', 'E\u0301va'],
    ['k', '\u212A'],
    ['admin@x.io', 'ADMIN@x.io'],
    ['admin@x.io', 'admin＠x.io'],
    ['åsa', 'A\u030Asa'],
    ['straße', 'STRAßE'],
  ])('%s and %s are one name [I18-01 I18-03 USR-03 C6]', async (first, second) => {
    const scim = await server.org()
    await scim.user(first)
    const answer = await scim.post('/Users', user(second))
    if (answer.status !== 400) expectError(answer, 409, 'uniqueness')
    expect(await scim.find('/Users', 'userName pr')).toHaveLength(1)
  })

  test.each([
    ['straße', 'STRASSE'],
    ['ı', 'i'],
    ['office', 'o\uFB03ce'],
  ])('%s and %s are two names [I18-03]', async (first, second) => {
    const scim = await server.org()
    await scim.user(first)
    const answer = await scim.post('/Users', user(second))
    expect([201, 400]).toContain(answer.status)
    if (answer.status === 201) expect(await scim.find('/Users', `userName eq "${second}"`)).toEqual([second])
  })

  test.each(['a\u0001b', 'a\u200Eb', 'a\uFFFDb', 'a\u200Bb', 'a\u202Eb', 'a\u00ADb', '\u2028', 'admin@x.io ', ' admin'])(
    '%j holds what no name may: 400 invalidValue [I18-01 C6 E2]',
    async (name) => {
      const scim = await server.org()
      expectError(await scim.post('/Users', user(name)), 400, 'invalidValue')
      const id = await scim.user('ok')
      expectError(await scim.put(`/Users/${id}`, user(name)), 400, 'invalidValue')
      expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: name }), 400, 'invalidValue')
    },
  )

  test('may hold an inner space, as people type it [I18-01]', async () => {
    const scim = await server.org()
    await scim.user('Barbara Jensen')
    expect(await scim.find('/Users', 'userName eq "barbara jensen"')).toEqual(['Barbara Jensen'])
  })

  test('the unique key and the filter agree for any pair of names [I18-03 FLT-24]', async () => {
    const scim = await server.org()
    const name = fc
      .string({
        unit: fc.constantFrom('a', 'A', 'ß', 'İ', 'i', 'ı', 'Σ', 'σ', 'ς', 'é', 'e\u0301', 'ｂ', 'Ǆ', 'ǆ', 'ﬁ', '東', '𝒳', '-'),
        minLength: 1,
        maxLength: 4,
      })
      .map((text) => `n${text}`)
    await fc.assert(
      fc.asyncProperty(name, name, async (one, two) => {
        const first = await scim.post('/Users', user(one))
        if (first.status === 400) return
        const id = String(JSON.parse(expectStatus(first, 201).text).id)
        const second = await scim.post('/Users', user(two))
        const found = second.status === 400 ? [] : await scim.find('/Users', `userName eq ${JSON.stringify(two)}`)
        if (second.status === 201) {
          expect(found).toEqual([two])
          await scim.delete(`/Users/${String(JSON.parse(second.text).id)}`)
        } else if (second.status === 409) {
          expect(found).toEqual([one])
        }
        if (second.status !== 400) expect(second.status === 409).toBe(fold(one) === fold(two))
        expectStatus(await scim.delete(`/Users/${id}`), 204)
      }),
      { numRuns: 60 },
    )
  })
})

test('group names fold as well, and are shown as sent [EN-37 RC-16]', async () => {
  const scim = await server.org()
  const id = await scim.group('Zürich / Ärzte')
  expectError(
    await scim.post('/Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'ZÜRICH / ÄRZTE' }),
    409,
    'uniqueness',
  )
  expect(await scim.find('/Groups', 'displayName eq "zürich / ärzte"')).toEqual(['Zürich / Ärzte'])
  expectStatus(await scim.get(`/Groups/${id}`), 200)
})
