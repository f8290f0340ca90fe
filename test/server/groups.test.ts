// Groups and their members (RFC 7643 section 4.2; rfc-checklist GRP, threats E5 to E8).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, group, list, NOBODY, patchOf, text, texts } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()
const members = async (scim: ScimClient, id: string) => texts(await scim.get(`/Groups/${id}`), '/members/*/value')

describe('a group', () => {
  test.each([undefined, null, '', '  ', 5])('needs a displayName, %j is none [GRP-01]', async (displayName) => {
    expectError(await (await server.org()).post('/Groups', { schemas: group('x').schemas, displayName }), 400, 'invalidValue')
  })

  test('shows of each member value, type, display and where it is [GRP-02 OK-43]', async () => {
    const scim = await server.org()
    const alice = await scim.user('alice', { displayName: 'Alice' })
    const inner = await scim.group('inner')
    const outer = expectStatus(await scim.post('/Groups', group('outer', { members: [{ value: alice }, { value: inner }] })), 201)
    const shown = list(await scim.get(`/Groups/${text(outer, '/id')}`), '/members')
    expect(shown).toContainEqual(expect.objectContaining({ value: alice, type: 'User', $ref: `${scim.base}/Users/${alice}` }))
    expect(shown).toContainEqual(expect.objectContaining({ value: inner, type: 'Group', $ref: `${scim.base}/Groups/${inner}` }))
  })

  test('gains and loses whole members, never parts of them [GRP-03 D4]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const id = await scim.group('staff', [a])
    expectError(await scim.patch(`/Groups/${id}`, { op: 'replace', path: `members[value eq "${a}"].value`, value: b }), 400, 'mutability')
    expectStatus(
      await scim.patch(
        `/Groups/${id}`,
        { op: 'remove', path: `members[value eq "${a}"]` },
        { op: 'add', path: 'members', value: [{ value: b }] },
      ),
      204,
    )
    expect(await members(scim, id)).toEqual([b])
  })
})

describe('a large group', () => {
  // Past five hundred, members are read while they are sent.
  const SIZE = 1_200

  test('is answered whole by whatever makes or changes it [GRP-02 RC-6]', async () => {
    const scim = await server.org()
    const ids = (await server.fillGroup(scim.orgId, await scim.group('source'), SIZE)).toSorted()
    const large = (displayName: string) => group(displayName, { members: ids.map((value) => ({ value })) })
    const made = expectStatus(await scim.post('/Groups', large('large')), 201)
    expect(texts(made, '/members/*/value')).toEqual(ids)
    const path = `/Groups/${text(made, '/id')}`
    expect(texts(expectStatus(await scim.put(path, large('renamed')), 200), '/members/*/value')).toEqual(ids)
    const patched = await scim.send('PATCH', `${path}?attributes=members`, {
      body: patchOf({ op: 'replace', path: 'displayName', value: 'again' }),
    })
    expect(texts(expectStatus(patched, 200), '/members/*/value')).toEqual(ids)
    const nested = expectStatus(
      await scim.post('/Groups', group('outer', { members: [...ids, text(made, '/id')].map((value) => ({ value })) })),
      201,
    )
    expect(list(nested, '/members')).toHaveLength(SIZE + 1)
  })
})

describe('unknown members', () => {
  test('alone are refused by name, on every way in, and change nothing [GRP-04 E8 OK-46]', async () => {
    const scim = await server.org()
    const a = await scim.user('a')
    const id = await scim.group('staff', [a])
    const unknown = [{ value: NOBODY }, { value: 'not-an-id' }]
    expectError(await scim.post('/Groups', group('other', { members: unknown })), 400, 'invalidValue')
    for (const operation of [
      { op: 'add', path: 'members', value: unknown },
      { op: 'replace', path: 'members', value: unknown },
      { op: 'add', value: { members: unknown } },
    ]) {
      const answer = await scim.patch(`/Groups/${id}`, operation)
      expectError(answer, 400, 'invalidValue')
      expect(text(answer, '/detail')).toContain(NOBODY)
    }
    expectError(await scim.put(`/Groups/${id}`, group('staff', { members: unknown })), 400, 'invalidValue')
    expect(await members(scim, id)).toEqual([a])
    expect(await scim.find('/Groups', 'displayName pr')).toEqual(['staff'])
  })

  test('among known ones are skipped, named in the audit row, and a removal beside them holds [E8 OK-46]', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const id = await scim.group('staff', [a])
    const answer = await scim.patch(
      `/Groups/${id}`,
      { op: 'remove', path: `members[value eq "${a}"]` },
      { op: 'add', path: 'members', value: [{ value: NOBODY }, { value: b }] },
    )
    expectStatus(answer, 204)
    expect(await members(scim, id)).toEqual([b])
    const rows = await server.rows(`select payload::text as payload from audit_log where org_id = $1 and request_id = $2`, [
      scim.orgId,
      answer.header('x-request-id'),
    ])
    expect(JSON.stringify(rows)).toContain(NOBODY)
  })

  test('a deleted user is one [DEL-03 E8]', async () => {
    const scim = await server.org()
    const gone = await scim.user('gone')
    await scim.delete(`/Users/${gone}`)
    expectError(await scim.post('/Groups', group('staff', { members: [{ value: gone }] })), 400, 'invalidValue')
  })
})

describe('nesting', () => {
  test('in a circle is stored and harmless [GRP-05 E5]', async () => {
    const scim = await server.org()
    const alice = await scim.user('alice')
    const a = await scim.group('A', [alice])
    const b = await scim.group('B', [a])
    expectStatus(await scim.patch(`/Groups/${a}`, { op: 'add', path: 'members', value: [{ value: b }, { value: a }] }), 204)
    const read = await scim.get(`/Users/${alice}`)
    expect(list(read, '/groups')).toContainEqual(expect.objectContaining({ value: a, type: 'direct' }))
    expect(list(read, '/groups')).toContainEqual(expect.objectContaining({ value: b, type: 'indirect' }))
    expect(list(read, '/groups')).toHaveLength(2)
  })

  test('fifty levels deep and back in a ring ends in time [E5]', async () => {
    const scim = await server.org()
    const alice = await scim.user('alice')
    const groups: string[] = []
    for (let n = 0; n < 50; n++) groups.push(await scim.group(`ring-${n}`, [groups.at(-1) ?? alice]))
    expectStatus(await scim.patch(`/Groups/${groups[0]}`, { op: 'add', path: 'members', value: [{ value: groups.at(-1) }] }), 204)
    expect(list(await scim.get(`/Users/${alice}`), '/groups').length).toBeGreaterThan(0)
    expect(list(await scim.get('/Users'), '/Resources')).toHaveLength(1)
    for (const id of groups) expectStatus(await scim.delete(`/Groups/${id}`), 204)
  })
})

describe('what a PATCH does not name', () => {
  test('stays: a rename empties no group [E6 E7 OK-38]', async () => {
    const scim = await server.org()
    const a = await scim.user('a')
    const id = await scim.group('staff', [a])
    for (const operation of [
      { op: 'replace', path: 'displayName', value: 'x' },
      { op: 'replace', value: { displayName: 'y' } },
      { op: 'replace', value: { id, displayName: 'z' } },
      { op: 'add', path: 'externalId', value: 'e' },
      { op: 'remove', path: 'externalId' },
    ]) {
      expectStatus(await scim.patch(`/Groups/${id}`, operation), 204)
      expect(await members(scim, id)).toEqual([a])
    }
  })

  test('and a path that is not understood is an error, never a silent success [E6]', async () => {
    const scim = await server.org()
    const a = await scim.user('a')
    const id = await scim.group('staff', [a])
    for (const path of ['members[value eq "x"].bogus', 'member', 'members.0', 'members[display eq x]', 'members[bogus eq "x"]']) {
      const answer = await scim.patch(`/Groups/${id}`, { op: 'remove', path })
      expect([400]).toContain(answer.status)
    }
    expect(await members(scim, id)).toEqual([a])
  })

  test('a removal by another part of a member finds the right ones', async () => {
    const scim = await server.org()
    const [a, b] = [await scim.user('a'), await scim.user('b')]
    const created = await scim.post(
      '/Groups',
      group('staff', {
        members: [
          { value: a, display: 'Alice' },
          { value: b, display: 'Bob' },
        ],
      }),
    )
    const id = text(created, '/id')
    expectStatus(await scim.patch(`/Groups/${id}`, { op: 'remove', path: 'members[display eq "Alice"]' }), 204)
    expect(await members(scim, id)).toEqual([b])
    expectStatus(await scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[type eq "User" and value eq "${b}"]` }), 204)
    expect(at(await scim.get(`/Groups/${id}`), '/members')).toBeUndefined()
  })
})
