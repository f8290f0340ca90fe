// POST (RFC 7644 section 3.3; rfc-checklist CRE) and reading back (GET).
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, filterOf, group, NOBODY, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('create', () => {
  test('answers 201 with the resource and its place [CRE-03 CRE-04 CRE-05]', async () => {
    const scim = await server.org()
    const created = expectStatus(await scim.post('/Users', user('bjensen', { displayName: 'Babs' })), 201)
    expect(created.json()).toMatchObject({ userName: 'bjensen', displayName: 'Babs' })
    const location = created.header('location') ?? ''
    expect(location).toBe(text(created, '/meta/location'))
    expect(location).toBe(`${scim.base}/Users/${text(created, '/id')}`)
    expectStatus(await scim.get(location.slice(scim.base.length)), 200)
  })

  test('shows what a later GET shows [CRE-07 GET-01]', async () => {
    const scim = await server.org()
    const body = enterpriseUser(
      'bjensen',
      { department: 'd' },
      { emails: [{ value: 'B@Example.com', type: 'work' }], name: { familyName: 'Jensen' } },
    )
    const created = expectStatus(await scim.post('/Users', body), 201)
    expect((await scim.get(`/Users/${text(created, '/id')}`)).json()).toEqual(created.json())
  })

  test('ignores what is readOnly [CRE-01 CRE-02 CHR-03 USR-21 D1]', async () => {
    const scim = await server.org()
    const groupId = await scim.group('g')
    const created = await scim.post('/Users', user('a', { id: NOBODY, groups: [{ value: groupId }], meta: { created: 'x' } }))
    expect(at(expectStatus(created, 201), '/groups')).toBeUndefined()
    expect(at(await scim.get(`/Groups/${groupId}`), '/members')).toBeUndefined()
  })

  test('of a taken name answers 409 uniqueness [CRE-06 USR-02 GRP-01]', async () => {
    const scim = await server.org()
    await scim.user('bob')
    expectError(await scim.post('/Users', user('bob')), 409, 'uniqueness')
    await scim.group('Staff')
    expectError(await scim.post('/Groups', group('STAFF')), 409, 'uniqueness')
  })

  test('assigns active, unless null is asked for [CRE-08 FLT-31]', async () => {
    const scim = await server.org()
    await scim.user('given')
    await scim.user('none', { active: null })
    expect(await scim.find('/Users', 'active eq true')).toEqual(['given'])
    expect(await scim.find('/Users', 'active pr')).toEqual(['given'])
  })

  const broken: [string, string, string][] = [
    ['not JSON', '{', 'invalidSyntax'],
    ['a list', '[]', 'invalidSyntax'],
    ['a text', '"x"', 'invalidSyntax'],
    ['null', 'null', 'invalidSyntax'],
    ['empty', '', 'invalidSyntax'],
    ['without schemas', '{}', 'invalidSyntax'],
    ['without the required name', JSON.stringify({ schemas: user('x').schemas }), 'invalidValue'],
  ]
  test.each(broken)('a body that is %s answers 400 %s %s [CRE-09 USR-01]', async (_, body, scimType) => {
    const scim = await server.org()
    expectError(await scim.post('/Users', body), 400, scimType)
    expect(at(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('shows only what is asked for [CRE-10 PRJ-07]', async () => {
    const scim = await server.org()
    const created = expectStatus(await scim.post('/Users?attributes=userName', user('a', { title: 't' })), 201)
    expect(Object.keys(Object(created.json())).sort()).toEqual(['id', 'schemas', 'userName'])
  })
})

describe('retrieve', () => {
  test.each([NOBODY, 'not-a-uuid', '0', '010101001010101011001010101011', `${NOBODY}x`])(
    '%s is unknown: 404 [GET-01 DEL-02]',
    async (id) => {
      const scim = await server.org()
      for (const endpoint of ['/Users', '/Groups']) expectError(await scim.get(`${endpoint}/${id}`), 404)
    },
  )

  test('shows no attribute that must be asked for or is never shown [GET-02]', async () => {
    const scim = await server.org()
    const answer = await scim.get(`/Users/${await scim.user('a', { password: 'S3cret-xyz' })}`)
    expect(answer.text).not.toContain('S3cret')
    expect(at(answer, '/password')).toBeUndefined()
  })

  test('with a filter shows the resource or says that the filter is ignored, never an error [QRY-11]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expect(at(expectStatus(await scim.get(`/Users/${id}?${filterOf('active eq true')}`), 200), '/id')).toBe(id)
  })
})
