// DELETE (RFC 7644 section 3.6; rfc-checklist DEL).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, filterOf, group, list, number, patchOf, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('delete', () => {
  test('answers 204 without a body [DEL-01]', async () => {
    const scim = await server.org()
    for (const path of [`/Users/${await scim.user('a')}`, `/Groups/${await scim.group('g')}`]) {
      const answer = expectStatus(await scim.delete(path), 204)
      expect(answer.text).toBe('')
      expect(Number(answer.header('content-length') ?? 0)).toBe(0)
    }
  })

  test('leaves 404 for every operation [DEL-02]', async () => {
    const scim = await server.org()
    for (const [path, body] of [
      [`/Users/${await scim.user('a')}`, user('a')],
      [`/Groups/${await scim.group('g')}`, group('g')],
    ] as const) {
      await scim.delete(path)
      expectError(await scim.get(path), 404)
      expectError(await scim.put(path, body), 404)
      expectError(await scim.send('PATCH', path, { body: patchOf({ op: 'replace', path: 'externalId', value: 'x' }) }), 404)
      expectError(await scim.delete(path), 404)
    }
  })

  test('takes the resource out of every query and every group [DEL-03]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { externalId: 'e' })
    const staff = await scim.group('staff', [id])
    await scim.delete(`/Users/${id}`)
    for (const filter of [`id eq "${id}"`, 'userName eq "a"', 'externalId eq "e"', 'userName pr'])
      expect(await scim.find('/Users', filter)).toEqual([])
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
    const search = await scim.post('/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: 'meta.resourceType eq "User"',
    })
    expect(list(search, '/Resources')).toEqual([])
    expect(at(await scim.get(`/Groups/${staff}`), '/members')).toBeUndefined()
    expect(await scim.find('/Groups', `members.value eq "${id}"`)).toEqual([])
  })

  test('frees the names, for another id [DEL-04 COM-04 C8]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { externalId: 'e' })
    await scim.delete(`/Users/${id}`)
    const again = await scim.user('a', { externalId: 'e' })
    expect(again).not.toBe(id)
    const staff = await scim.group('staff')
    await scim.delete(`/Groups/${staff}`)
    expect(await scim.group('Staff')).not.toBe(staff)
  })

  test('honours If-Match [DEL-05 VER-04]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    const path = `/Users/${text(created, '/id')}`
    await scim.put(path, user('a', { title: 't' }))
    expectError(await scim.delete(path, { 'if-match': created.header('etag') ?? '' }), 412)
    const current = expectStatus(await scim.get(path), 200).header('etag') ?? ''
    expectStatus(await scim.delete(path, { 'if-match': current }), 204)
  })

  test('of a group leaves its members and what it was nested in [OK-44]', async () => {
    const scim = await server.org()
    const alice = await scim.user('a')
    const inner = await scim.group('inner', [alice])
    const outer = await scim.group('outer', [inner])
    await scim.delete(`/Groups/${inner}`)
    expect(at(await scim.get(`/Users/${alice}`), '/active')).toBe(true)
    expect(at(await scim.get(`/Users/${alice}`), '/groups')).toBeUndefined()
    expect(at(await scim.get(`/Groups/${outer}`), '/members')).toBeUndefined()
    expect(number(await scim.get(`/Groups?${filterOf('displayName pr')}`), '/totalResults')).toBe(1)
  })
})
