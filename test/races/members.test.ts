// One group, many writers (idp-wire EN-43, RC-24; threats H7, M1): every change of a member counts, none is lost.
import { GROUP_URN } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { at, expectStatus, list, number, patchOf, texts } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { Org } from '../support/server.ts'

const server = useServer()

const people = (scim: Org, count: number) => Promise.all(Array.from({ length: count }, (_, n) => scim.user(`u${n}`)))
const add = (scim: Org, group: string, id: string) => scim.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] })
const members = async (scim: Org, group: string) => texts(await scim.get(`/Groups/${group}`), '/members/*/value')

describe('two replacements at once', () => {
  test.each(['PATCH', 'PUT'])('by %s end as one of the two, never as a mixture [H7]', async (method) => {
    const scim = await server.org()
    const ids = await server.fillGroup(scim.orgId, await scim.group('source'), 400)
    const id = await scim.group('staff')
    const halves = [ids.slice(0, 200).toSorted(), ids.slice(200).toSorted()]
    const replace = async (half: readonly string[], round: number) => {
      const value = half.map((member) => ({ value: member }))
      const answer =
        method === 'PATCH'
          ? await scim.patch(`/Groups/${id}`, { op: 'replace', path: 'members', value })
          : await scim.put(`/Groups/${id}`, {
              schemas: [GROUP_URN],
              displayName: round % 2 === 0 ? 'staff' : half[0]?.slice(0, 8),
              members: value,
            })
      expectStatus(answer, method === 'PATCH' ? 204 : 200)
    }
    for (let round = 0; round < 12; round++) {
      await Promise.all(halves.map((half) => replace(half, round)))
      const group = await scim.get(`/Groups/${id}`)
      const now = texts(group, '/members/*/value')
      expect(halves).toContainEqual(now)
      if (method === 'PUT' && round % 2 === 1) expect(at(group, '/displayName')).toBe(now[0]?.slice(0, 8))
    }
  })
})

describe('fifty requests at once', () => {
  test('each add one member: all fifty are there [EN-43 H7 RC-24]', async () => {
    const scim = await server.org({ idp: 'entra' })
    const ids = await people(scim, 50)
    const group = await scim.group('staff')
    const before = (await scim.get(`/Groups/${group}`)).header('etag')
    const answers = await Promise.all(ids.map((id) => add(scim, group, id)))
    for (const answer of answers) expectStatus(answer, 204)
    expect(await members(scim, group)).toEqual([...ids].sort())
    expect((await scim.get(`/Groups/${group}`)).header('etag')).not.toBe(before)
  })

  test('each remove another one: nobody is left, and nothing fails [EN-43]', async () => {
    const scim = await server.org()
    const ids = await people(scim, 50)
    const group = await scim.group('staff', ids)
    const answers = await Promise.all(
      ids.map((id, n) =>
        scim.patch(
          `/Groups/${group}`,
          n % 2 === 0 ? { op: 'remove', path: `members[value eq "${id}"]` } : { op: 'remove', path: 'members', value: [{ value: id }] },
        ),
      ),
    )
    for (const answer of answers) expectStatus(answer, 204)
    expect(at(await scim.get(`/Groups/${group}`), '/members')).toBeUndefined()
  })

  test('all add the same one: she is there once [EN-42 P15]', async () => {
    const scim = await server.org()
    const [id = ''] = await people(scim, 1)
    const group = await scim.group('staff')
    const answers = await Promise.all(Array.from({ length: 50 }, () => add(scim, group, id)))
    for (const answer of answers) expectStatus(answer, 204)
    expect(await members(scim, group)).toEqual([id])
    const rows = await server.rows(
      `select count(*)::int as n from audit_log where org_id = $1 and action = 'scim.group.member.add' and outcome = 'success'`,
      [scim.orgId],
    )
    expect(rows).toEqual([{ n: 1 }])
  })

  test('from two servers on one database add up, too [EN-43]', async () => {
    const scim = await server.org()
    const ids = await people(scim, 40)
    const group = await scim.group('staff')
    const elsewhere = (await server.another()).clientOf(scim)
    const answers = await Promise.all(
      ids.map((id, n) =>
        (n % 2 === 0 ? scim : elsewhere).patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] }),
      ),
    )
    for (const answer of answers) expectStatus(answer, 204)
    expect(await members(scim, group)).toEqual([...ids].sort())
  })
})

describe('one adds while another', () => {
  test('deletes the person: she is no member of anything in the end [M2 GRP-04]', async () => {
    const scim = await server.org()
    const group = await scim.group('staff')
    for (let round = 0; round < 20; round++) {
      const id = await scim.user(`u${round}`)
      const [added, deleted] = await Promise.all([add(scim, group, id), scim.delete(`/Users/${id}`)])
      expect([204, 400]).toContain(added.status)
      expectStatus(deleted, 204)
    }
    expect(at(await scim.get(`/Groups/${group}`), '/members')).toBeUndefined()
    expect(await server.rows('select count(*)::int as n from scim_group_members where org_id = $1', [scim.orgId])).toEqual([{ n: 0 }])
  })

  test('deletes the group: the group is gone, the person stays [M2]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 20; round++) {
      const [id, group] = [await scim.user(`u${round}`), await scim.group(`g${round}`)]
      const [added, deleted] = await Promise.all([add(scim, group, id), scim.delete(`/Groups/${group}`)])
      expect([204, 404]).toContain(added.status)
      expectStatus(deleted, 204)
      expect(at(await scim.get(`/Users/${id}`), '/groups')).toBeUndefined()
    }
  })

  test('renames: both happen [H7]', async () => {
    const scim = await server.org()
    const ids = await people(scim, 20)
    const group = await scim.group('staff')
    const answers = await Promise.all([
      ...ids.map((id) => add(scim, group, id)),
      ...ids.map((_, n) => scim.patch(`/Groups/${group}`, { op: 'replace', path: 'displayName', value: `staff ${n}` })),
    ])
    for (const answer of answers) expectStatus(answer, 204)
    expect(await members(scim, group)).toEqual([...ids].sort())
    expect(at(await scim.get(`/Groups/${group}`), '/displayName')).toMatch(/^staff \d+$/)
  })

  test('removes the same one: she is in or out, and the answer of neither fails [H7]', async () => {
    const scim = await server.org()
    const [id = ''] = await people(scim, 1)
    const group = await scim.group('staff')
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([
        add(scim, group, id),
        scim.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${id}"]` }),
      ])
      for (const answer of answers) expectStatus(answer, 204)
      expect([[], [id]]).toContainEqual(await members(scim, group))
    }
  })

  test('has the same If-Match: one of the two writes [VER-09 H7]', async () => {
    const scim = await server.org()
    const ids = await people(scim, 20)
    const group = await scim.group('staff')
    for (let round = 0; round < 10; round++) {
      const etag = (await scim.get(`/Groups/${group}`)).header('etag') ?? ''
      const write = (id: string | undefined) =>
        scim.send('PATCH', `/Groups/${group}`, {
          body: patchOf({ op: 'add', path: 'members', value: [{ value: id }] }),
          headers: { 'if-match': etag },
        })
      const answers = await Promise.all([write(ids[round * 2]), write(ids[round * 2 + 1])])
      expect(answers.map((answer) => answer.status).sort()).toEqual([204, 412])
      expect(await members(scim, group)).toHaveLength(round + 1)
    }
  })

  test('fills it: no list is ever torn', async () => {
    const scim = await server.org()
    const ids = await people(scim, 30)
    const group = await scim.group('staff')
    let adding = true
    const writer = Promise.all(ids.map((id) => add(scim, group, id))).then(() => (adding = false))
    while (adding) {
      const read = expectStatus(await scim.get(`/Groups/${group}`), 200)
      const shown = list(read, '/members/*/value')
      expect(new Set(shown).size).toBe(shown.length)
    }
    await writer
    expect(number(await scim.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${ids[0]}"`)}`), '/totalResults')).toBe(1)
  })
})

test('two groups put each other into themselves at once, without a deadlock [E5 GRP-05]', async () => {
  const scim = await server.org()
  for (let round = 0; round < 10; round++) {
    const [a, b] = [await scim.group(`a${round}`), await scim.group(`b${round}`)]
    const answers = await Promise.all([add(scim, a, b), add(scim, b, a), add(scim, a, a), add(scim, b, b)])
    for (const answer of answers) expectStatus(answer, 204)
  }
})
