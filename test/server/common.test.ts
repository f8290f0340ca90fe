// id, externalId and meta (RFC 7643 section 3.1; rfc-checklist COM).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, group, list, NOBODY, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

describe('id', () => {
  test('is given by the server, with meta, and stands in every representation [COM-01 COM-02]', async () => {
    const scim = await server.org()
    const created = expectStatus(await scim.post('/Users', user('a')), 201)
    const id = text(created, '/id')
    for (const name of ['resourceType', 'created', 'lastModified', 'location', 'version'])
      expect(text(created, `/meta/${name}`)).not.toBe('')
    for (const path of ['/Users', '/Users?attributes=userName', '/Users?excludedAttributes=id'])
      expect(at(await scim.get(path), '/Resources/0/id')).toBe(id)
  })

  test('is unique over all types and says nothing about the resource [COM-03 COM-06 B5]', async () => {
    const scim = await server.org()
    const ids: string[] = []
    for (let n = 0; n < 10; n++) ids.push(await scim.user(`u${n}`), await scim.group(`g${n}`))
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expectError(await scim.get(`/Groups/${ids[0]}`), 404)
    expectError(await scim.get(`/Users/${ids[1]}`), 404)
  })

  test('never changes, and is never given again [COM-04 B5 C8]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expect(at(await scim.put(`/Users/${id}`, user('b')), '/id')).toBe(id)
    expect(at(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'a' }), '/id')).toBe(id)
    expectStatus(await scim.delete(`/Users/${id}`), 204)
    expect(await scim.user('a')).not.toBe(id)
  })

  test('cannot be chosen by the client [COM-05 COM-07 D1]', async () => {
    const scim = await server.org()
    const created = expectStatus(await scim.post('/Users', user('a', { id: NOBODY })), 201)
    const id = text(created, '/id')
    expect(id).not.toBe(NOBODY)
    expect(at(expectStatus(await scim.put(`/Users/${id}`, user('a', { id: NOBODY })), 200), '/id')).toBe(id)
    expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'id', value: NOBODY }), 400, 'mutability')
  })

  test('compares exactly [COM-07 CHR-01]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expect(await scim.find('/Users', `id eq "${id}"`)).toEqual(['a'])
    expect(await scim.find('/Users', `id eq "${id.toUpperCase()}"`)).toEqual([])
  })
})

describe('externalId', () => {
  test('is never made up [COM-08]', async () => {
    const scim = await server.org()
    expect(at(await scim.get(`/Users/${await scim.user('a')}`), '/externalId')).toBeUndefined()
  })

  test('keeps its case, compares exactly, and may repeat [COM-10 CHR-01 CHR-02]', async () => {
    const scim = await server.org()
    await scim.user('a', { externalId: 'AbC' })
    await scim.user('b', { externalId: 'AbC' })
    expect(await scim.find('/Users', 'externalId eq "AbC"')).toEqual(['a', 'b'])
    expect(await scim.find('/Users', 'externalId eq "abc"')).toEqual([])
    expect(texts(await scim.get('/Users'), '/Resources/*/externalId')).toEqual(['AbC', 'AbC'])
  })

  test('belongs to its organisation [COM-09 TEN-02 B4]', async () => {
    const [one, two] = [await server.org(), await server.org()]
    await one.user('a', { externalId: 'e1' })
    await two.user('b', { externalId: 'e1' })
    expect(await one.find('/Users', 'externalId eq "e1"')).toEqual(['a'])
    expect(await two.find('/Users', 'externalId eq "e1"')).toEqual(['b'])
  })

  test('that looks like another user’s id or a number is just text [C1]', async () => {
    const scim = await server.org()
    const victim = await scim.user('victim')
    for (const externalId of [victim, '1', '0', 'admin']) {
      const other = await scim.user(`other-${externalId}`, { externalId })
      expect(other).not.toBe(victim)
      expect(at(await scim.get(`/Users/${other}`), '/externalId')).toBe(externalId)
    }
    expect(at(await scim.get(`/Users/${victim}`), '/userName')).toBe('victim')
  })
})

describe('meta', () => {
  test('from a client is ignored [COM-11 COM-18]', async () => {
    const scim = await server.org()
    const meta = {
      resourceType: 'Group',
      created: '1999-01-01T00:00:00Z',
      lastModified: '1999-01-01T00:00:00Z',
      location: 'http://evil',
      version: 'W/"9"',
    }
    const created = expectStatus(await scim.post('/Users', user('a', { meta })), 201)
    const id = text(created, '/id')
    for (const answer of [created, await scim.put(`/Users/${id}`, user('a', { meta }))]) {
      expect(answer.json()).toMatchObject({ meta: { resourceType: 'User', location: `${scim.base}/Users/${id}` } })
      expect(text(answer, '/meta/created') > '2020').toBe(true)
    }
    expect(at(await scim.post('/Groups', group('g', { meta: { resourceType: 'User' } })), '/meta/resourceType')).toBe('Group')
  })

  test('created stays, lastModified follows the first change [COM-12 COM-13]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    const id = text(created, '/id')
    expect(text(created, '/meta/lastModified')).toBe(text(created, '/meta/created'))
    const patched = await scim.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 't' })
    const replaced = await scim.put(`/Users/${id}`, user('a', { title: 'u' }))
    for (const answer of [patched, replaced]) expect(text(answer, '/meta/created')).toBe(text(created, '/meta/created'))
    expect(Date.parse(text(patched, '/meta/lastModified'))).toBeGreaterThanOrEqual(Date.parse(text(created, '/meta/created')))
    expect(text(replaced, '/meta/version')).not.toBe(text(created, '/meta/version'))
  })

  test('location is the Content-Location, version the ETag, of every answer [COM-14 COM-15 COM-16 GET-03 VER-01]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    const path = `/Users/${text(created, '/id')}`
    const answers = [
      created,
      await scim.get(path),
      await scim.put(path, user('a', { title: 't' })),
      await scim.patch(path, { op: 'remove', path: 'title' }),
    ]
    for (const answer of answers) {
      expect(answer.header('content-location')).toBe(text(answer, '/meta/location'))
      expect(answer.header('etag')).toBe(text(answer, '/meta/version'))
      expect(answer.header('etag')).toMatch(/^W\/"/)
    }
  })

  test('is left out by a projection, and cannot be patched [COM-17]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expect(at(await scim.get(`/Users/${id}?attributes=userName`), '/meta')).toBeUndefined()
    expect(at(await scim.get(`/Users/${id}?attributes=meta.location`), '/meta')).toEqual({ location: `${scim.base}/Users/${id}` })
    expectError(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'meta.created', value: '1999-01-01T00:00:00Z' }), 400, 'mutability')
  })

  test('a list shows the same meta as the resource alone [CRE-07]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    expect(list(await scim.get('/Users'), '/Resources')).toEqual([created.json()])
  })
})
