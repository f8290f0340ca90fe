// Two organisations on one server never see, count, touch or guess each other (rfc-checklist TEN, AUT-05; threats B1 to B7).
import { describe, expect, test } from 'vitest'
import { at, expectError, filterOf, group, list, NOBODY, number, patchOf, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function two() {
  const [mine, theirs] = [await server.org(), await server.org()]
  const victim = await theirs.user('victim', { externalId: 'e', displayName: 'Victim' })
  const staff = await theirs.group('staff', [victim])
  return { mine, theirs, victim, staff, before: await server.snapshot(theirs.orgId) }
}

describe('another organisation’s resource', () => {
  test('is unknown, in the very words of an id that never was [B1 AUT-05 TEN-01]', async () => {
    const { mine, theirs, victim, staff, before } = await two()
    for (const [path, id, body] of [
      ['/Users', victim, user('x')],
      ['/Groups', staff, group('x')],
    ] as const) {
      for (const request of [
        (of: string) => mine.get(`${path}/${of}`),
        (of: string) => mine.put(`${path}/${of}`, body),
        (of: string) => mine.send('PATCH', `${path}/${of}`, { body: patchOf({ op: 'replace', path: 'externalId', value: 'x' }) }),
        (of: string) => mine.delete(`${path}/${of}`),
      ]) {
        const [foreign, unknown] = [await request(id), await request(NOBODY)]
        expectError(foreign, 404)
        expect(foreign.text.replaceAll(id, NOBODY)).toBe(unknown.text)
        expect(foreign.header('etag')).toBeUndefined()
      }
    }
    expect(await server.snapshot(theirs.orgId)).toEqual(before)
  })

  test('is in no list, filter, search, sort or count [B2 TEN-03]', async () => {
    const { mine, victim } = await two()
    await mine.user('own')
    const searches = [
      '/Users',
      '/Groups',
      '/',
      `/Users?${filterOf(`id eq "${victim}"`)}`,
      `/Users?${filterOf('externalId eq "e"')}`,
      '/Users?sortBy=displayName',
      '/Users?cursor',
      `/?${filterOf('displayName pr')}`,
    ]
    for (const path of searches) expect((await mine.get(path)).text).not.toContain(victim)
    expect(number(await mine.get('/Users'), '/totalResults')).toBe(1)
    expect(number(await mine.get('/Groups'), '/totalResults')).toBe(0)
    expect(number(await mine.get(`/Users?${filterOf('userName eq "victim"')}`), '/totalResults')).toBe(0)
  })

  test('cannot become a member, on any way in [B3 EN-39]', async () => {
    const { mine, theirs, victim, staff, before } = await two()
    const own = await mine.group('own')
    const unknown = await mine.patch(`/Groups/${own}`, { op: 'add', path: 'members', value: [{ value: NOBODY }] })
    for (const id of [victim, staff]) {
      const answers = [
        await mine.post('/Groups', group('new', { members: [{ value: id }] })),
        await mine.put(`/Groups/${own}`, group('own', { members: [{ value: id }] })),
        await mine.patch(`/Groups/${own}`, { op: 'add', path: 'members', value: [{ value: id }] }),
        await mine.patch(`/Groups/${own}`, { op: 'replace', value: { members: [{ value: id }] } }),
        await mine.patch(`/Groups/${own}`, {
          op: 'add',
          path: 'members',
          value: { value: id, $ref: `${theirs.base}/Users/${id}`, type: 'User' },
        }),
      ]
      for (const answer of answers) {
        expectError(answer, 400, 'invalidValue')
        expect(answer.text).not.toContain('Victim')
      }
      expect(answers[2]?.text.replaceAll(id, NOBODY)).toBe(unknown.text)
    }
    expect(list(await mine.get(`/Groups/${own}`), '/members')).toEqual([])
    expect(await server.snapshot(theirs.orgId)).toEqual(before)
  })

  test('as a manager shows nothing of itself [B3 B7]', async () => {
    const { mine, victim } = await two()
    const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager'
    const answer = await mine.patch(`/Users/${await mine.user('a')}`, { op: 'add', path, value: { value: victim } })
    expect(answer.text).not.toContain('Victim')
  })

  test('takes no name away here [B4 TEN-02 COM-09 ERR-06]', async () => {
    const { mine, theirs } = await two()
    await mine.user('victim', { externalId: 'e' })
    await mine.group('staff')
    const conflict = await mine.post('/Users', user('VICTIM'))
    expectError(conflict, 409, 'uniqueness')
    expect(conflict.text).not.toContain('Victim"')
    expect(at(await theirs.get(`/Users?${filterOf('userName eq "victim"')}`), '/totalResults')).toBe(1)
  })

  test('has ETags that mean nothing here [B6]', async () => {
    const { mine, theirs, victim } = await two()
    const etag = (await theirs.get(`/Users/${victim}`)).header('etag') ?? ''
    expectError(await mine.get(`/Users/${victim}`, { 'if-none-match': etag }), 404)
    expectError(await mine.delete(`/Users/${victim}`, { 'if-match': etag }), 404)
  })

  test('is not betrayed by filters on membership [B7]', async () => {
    const { mine, victim, staff } = await two()
    expect(await mine.find('/Groups', `members.value eq "${victim}"`)).toEqual([])
    expect(await mine.find('/Users', `groups.value eq "${staff}"`)).toEqual([])
  })
})

describe('two that provision one person', () => {
  test('from two organisations have a record and an account each [C10 B4]', async () => {
    const [mine, theirs] = [await server.org(), await server.org()]
    const here = await mine.user('shared@example.com', { externalId: 'e' })
    const there = await theirs.user('shared@example.com', { externalId: 'e' })
    const before = await server.snapshot(theirs.orgId)
    await mine.patch(`/Users/${here}`, { op: 'replace', path: 'active', value: false })
    await mine.delete(`/Users/${here}`)
    expect(await server.snapshot(theirs.orgId)).toEqual(before)
    expect(at(await theirs.get(`/Users/${there}`), '/active')).toBe(true)
  })

  test('with two tokens of one organisation share one record, and the second cannot create over it [C10]', async () => {
    const first = await server.org({ idp: 'okta' })
    const second = await server.anotherToken(first, { idp: 'entra' })
    const id = await first.user('shared@example.com', { externalId: 'of-the-first', displayName: 'First' })
    const before = await server.snapshot(first.orgId)
    expectError(await second.post('/Users', user('Shared@example.com', { externalId: 'of-the-second' })), 409, 'uniqueness')
    expect(await server.snapshot(first.orgId)).toEqual(before)
    expect(at(await second.get(`/Users/${id}`), '/displayName')).toBe('First')
  })
})

describe('the organisation', () => {
  test('comes from the token alone, whatever a request says [TEN-01 A10]', async () => {
    const { mine, theirs, victim } = await two()
    const headers = { 'x-org': theirs.slug, 'x-tenant-id': theirs.orgId, host: `${theirs.slug}.example.com` }
    expectError(await mine.get(`/Users/${victim}?org=${theirs.slug}&tenant=${theirs.orgId}`, headers), 404)
    const created = await mine.post('/Users', { ...user('own'), org_id: theirs.orgId, orgId: theirs.orgId, tenant: theirs.slug }, headers)
    expect([201, 400]).toContain(created.status)
    expect(number(await theirs.get('/Users'), '/totalResults')).toBe(1)
  })

  test('has its own audit rows [B2 TEN-03]', async () => {
    const { mine, theirs } = await two()
    await mine.user('own')
    const rows = await server.rows(`select distinct org from audit_log where org_id = $1 and channel = 'scim'`, [mine.orgId])
    expect(rows).toEqual([{ org: mine.slug }])
    expect(text(await theirs.get('/Users'), '/Resources/0/userName')).toBe('victim')
  })
})
