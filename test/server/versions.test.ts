// ETags and conditional requests (RFC 7644 section 3.14, RFC 9110 section 13; rfc-checklist VER).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, NOBODY, patchOf, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function versioned() {
  const scim = await server.org()
  const first = await scim.post('/Users', user('a'))
  const path = `/Users/${text(first, '/id')}`
  const second = await scim.put(path, user('a', { title: 't' }))
  return { scim, path, stale: first.header('etag') ?? '', current: second.header('etag') ?? '' }
}

describe('versions', () => {
  test('are entity-tags, the same in header and body, also with 204 [VER-01 VER-08]', async () => {
    const { scim, path, stale, current } = await versioned()
    for (const tag of [stale, current]) expect(tag).toMatch(/^(W\/)?"[\x21\x23-\x7e]*"$/)
    expect(at(await scim.get(path), '/meta/version')).toBe(current)
    const staff = await scim.group('staff')
    const silent = await scim.patch(`/Groups/${staff}`, { op: 'replace', path: 'displayName', value: 'x' })
    expect(silent.header('etag')).toBe(at(await scim.get(`/Groups/${staff}`), '/meta/version'))
  })

  test('move with the representation and only then, for members too [VER-09 ADD-07]', async () => {
    const scim = await server.org()
    const alice = await scim.user('a')
    const path = `/Groups/${await scim.group('staff')}`
    const tags = new Set([(await scim.get(path)).header('etag')])
    for (const op of [
      { op: 'add', path: 'members', value: [{ value: alice }] },
      { op: 'remove', path: `members[value eq "${alice}"]` },
      { op: 'add', path: 'members', value: [{ value: alice }] },
    ]) {
      tags.add((await scim.patch(path, op)).header('etag'))
    }
    expect(tags.size).toBe(4)
    const before = (await scim.get(path)).header('etag')
    await scim.patch(path, { op: 'add', path: 'members', value: [{ value: alice }] })
    expect((await scim.get(path)).header('etag')).toBe(before)
  })
})

describe('If-None-Match', () => {
  test.each(['{tag}', '"x", {tag}', '*', '{tag}, "y"', '{strong}'])(
    '%s on a current GET answers 304 with the same headers [VER-02 VER-03 VER-07]',
    async (form) => {
      const { scim, path, current } = await versioned()
      const value = form.replace('{tag}', current).replace('{strong}', current.replace(/^W\//, ''))
      const plain = await scim.get(path)
      for (const query of ['', '?attributes=userName']) {
        const answer = expectStatus(await scim.get(path + query, { 'if-none-match': value }), 304)
        expect(answer.text).toBe('')
        for (const header of ['etag', 'content-location', 'vary', 'cache-control']) expect(answer.header(header)).toBe(plain.header(header))
      }
    },
  )

  test('with a stale tag gives the resource [VER-02]', async () => {
    const { scim, path, stale } = await versioned()
    expectStatus(await scim.get(path, { 'if-none-match': stale }), 200)
  })

  test('on a write refuses what exists [VER-03]', async () => {
    const { scim, path } = await versioned()
    expectError(await scim.put(path, user('a', { title: 'u' }), { 'if-none-match': '*' }), 412)
    expect(at(await scim.get(path), '/title')).toBe('t')
  })
})

describe('If-Match', () => {
  test('with a stale tag refuses every write, and changes nothing [VER-04]', async () => {
    const { scim, path, stale, current } = await versioned()
    const headers = { 'if-match': stale }
    expectError(await scim.put(path, user('a', { title: 'u' }), headers), 412)
    expectError(await scim.send('PATCH', path, { body: patchOf({ op: 'remove', path: 'title' }), headers }), 412)
    expectError(await scim.delete(path, headers), 412)
    expect((await scim.get(path)).header('etag')).toBe(current)
  })

  test.each(['{tag}', '*', '"x", {tag}'])('%s lets a current write through [VER-04 VER-05]', async (form) => {
    const { scim, path, current } = await versioned()
    expectStatus(await scim.put(path, user('a', { title: 'u' }), { 'if-match': form.replace('{tag}', current) }), 200)
  })

  test('on an unknown id is 404 or 412 [VER-04]', async () => {
    const { scim } = await versioned()
    expect([404, 412]).toContain((await scim.put(`/Users/${NOBODY}`, user('a'), { 'if-match': '*' })).status)
  })

  test.each(['garbage', 'W/x', '"unclosed', '""x'])('%s is never ignored [VER-08]', async (value) => {
    const { scim, path } = await versioned()
    expect([400, 412]).toContain((await scim.put(path, user('a', { title: 'u' }), { 'if-match': value })).status)
    expect(at(await scim.get(path), '/title')).toBe('t')
  })

  test('comes before If-None-Match, and after 401 and 404 [VER-06]', async () => {
    const { scim, path, stale, current } = await versioned()
    expectError(await scim.get(path, { 'if-match': stale, 'if-none-match': current }), 412)
    expectError(await server.anonymous().get(path, { 'if-match': stale }), 401)
  })

  test('guards members of a group, too [VER-04 H7]', async () => {
    const scim = await server.org()
    const alice = await scim.user('a')
    const path = `/Groups/${await scim.group('staff')}`
    const stale = (await scim.get(path)).header('etag') ?? ''
    await scim.patch(path, { op: 'add', path: 'members', value: [{ value: alice }] })
    expectError(await scim.send('PATCH', path, { body: patchOf({ op: 'remove', path: 'members' }), headers: { 'if-match': stale } }), 412)
    expect(at(await scim.get(path), '/members/0/value')).toBe(alice)
  })
})
