// Two clients, one name or one person: some serial order always explains the end (threats C7, H7, M1, M2; rfc-checklist CHR-07, VER-09).
import { describe, expect, test } from 'vitest'
import { at, expectStatus, group, list, number, patchOf, text, user } from '../support/scim.ts'
import { linkAccount } from '../../src/lifecycle/linking.ts'
import { graphOf } from '../support/graph.ts'
import { useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

const server = useServer()
const FIFTY = Array.from({ length: 50 }, (_, n) => n)

const count = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status).length

describe('fifty at once', () => {
  test('want one userName: one gets it, the others 409 [M1 CHR-07 C7]', async () => {
    const scim = await server.org()
    const answers = await Promise.all(FIFTY.map((n) => scim.post('/Users', user(n % 2 === 0 ? 'bob' : 'BOB', { externalId: `e${n}` }))))
    expect([count(answers, 201), count(answers, 409)]).toEqual([1, 49])
    for (const answer of answers) if (answer.status === 409) expect(at(answer, '/scimType')).toBe('uniqueness')
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(1)
    expect(await server.rows('select count(*)::int as n from accounts where org_id = $1', [scim.orgId])).toEqual([{ n: 1 }])
  })

  test('want one group name: one gets it [M1 EN-37]', async () => {
    const scim = await server.org()
    const answers = await Promise.all(FIFTY.map((n) => scim.post('/Groups', group(n % 2 === 0 ? 'staff' : 'Staff'))))
    expect([count(answers, 201), count(answers, 409)]).toEqual([1, 49])
    expect(number(await scim.get('/Groups'), '/totalResults')).toBe(1)
  })

  test('want one name by renaming: one gets it [C7 PUT-10]', async () => {
    const scim = await server.org()
    const ids = await Promise.all(FIFTY.map((n) => scim.user(`u${n}`)))
    const answers = await Promise.all(
      ids.map((id, n) =>
        n % 2 === 0
          ? scim.put(`/Users/${id}`, user('taken'))
          : scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'TAKEN' }),
      ),
    )
    expect([count(answers, 200), count(answers, 409)]).toEqual([1, 49])
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(50)
  })

  test('are made at once: all are there, each once [EN-56]', async () => {
    const scim = await server.org()
    const answers = await Promise.all(FIFTY.map((n) => scim.post('/Users', user(`u${n}`))))
    expect(count(answers, 201)).toBe(50)
    expect(new Set(answers.map((answer) => text(answer, '/id'))).size).toBe(50)
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(50)
  })
})

describe('two on one person', () => {
  test('with the same If-Match: one writes, one is told [VER-09 H7]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 10; round++) {
      const created = await scim.post('/Users', user(`u${round}`))
      const path = `/Users/${text(created, '/id')}`
      const headers = { 'if-match': created.header('etag') ?? '' }
      const write = (value: string) => scim.send('PATCH', path, { body: patchOf({ op: 'replace', path: 'title', value }), headers })
      const answers = await Promise.all([write('a'), write('b')])
      expect([count(answers, 200), count(answers, 412)]).toEqual([1, 1])
      const winner = answers.find((answer) => answer.status === 200)
      expect(winner).toBeDefined()
      if (winner !== undefined) expect(at(await scim.get(path), '/title')).toBe(at(winner, '/title'))
    }
  })

  test('changing different attributes: both changes survive [H7 VER-09]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 10; round++) {
      const path = `/Users/${await scim.user(`u${round}`)}`
      const names = ['title', 'nickName', 'displayName', 'userType', 'locale', 'name.givenName', 'name.familyName', 'timezone']
      const answers = await Promise.all(names.map((name) => scim.patch(path, { op: 'replace', path: name, value: 'v' })))
      expect(count(answers, 200)).toBe(names.length)
      const read = await scim.get(path)
      for (const name of names) expect(at(read, `/${name.replace('.', '/')}`), name).toBe('v')
      // An answer may already show what another writer did a moment later, but never another state under the same tag.
      const states = new Set(answers.map((answer) => `${answer.header('etag')} ${answer.text}`))
      expect(states.size).toBe(new Set(answers.map((answer) => answer.header('etag'))).size)
    }
  })

  test('one deleting, one reviving: nobody is left with access [M2 DEL-02]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 20; round++) {
      const id = await scim.user(`u${round}`, { active: false })
      const [deleted, revived] = await Promise.all([
        scim.delete(`/Users/${id}`),
        scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true }),
      ])
      expectStatus(deleted, 204)
      expect([200, 404]).toContain(revived.status)
      expect((await scim.get(`/Users/${id}`)).status).toBe(404)
    }
    const alive = await server.rows(`select count(*)::int as n from accounts where org_id = $1 and status = 'active'`, [scim.orgId])
    expect(alive).toEqual([{ n: 0 }])
  })

  test('deleting twice: one 204, one 404, and one tombstone [DEL-02 RC-8]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 10; round++) {
      const path = `/Users/${await scim.user(`u${round}`)}`
      const answers = await Promise.all([scim.delete(path), scim.delete(path), scim.delete(path)])
      expect([count(answers, 204), count(answers, 404)]).toEqual([1, 2])
    }
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('disabling and updating: he ends disabled, with both told in the log [M2 L3]', async () => {
    const scim = await server.org()
    for (let round = 0; round < 10; round++) {
      const path = `/Users/${await scim.user(`u${round}`)}`
      const answers = await Promise.all([
        scim.patch(path, { op: 'replace', value: { active: false } }),
        scim.patch(path, { op: 'replace', path: 'title', value: 't' }),
        scim.put(path, user(`u${round}`)),
      ])
      expect(count(answers, 200)).toBe(3)
      expect(at(await scim.get(path), '/active')).toBe(false)
    }
    const rows = await server.rows(
      `select count(*)::int as n from audit_log where org_id = $1 and action = 'scim.user.disable' and outcome = 'success'`,
      [scim.orgId],
    )
    expect(rows).toEqual([{ n: 10 }])
  })

  test('bringing one person back by the same externalId: one account, one resource [M1 OK-33]', async () => {
    const scim = await server.org({ idp: 'okta' })
    const id = await scim.user('old', { externalId: 'e' })
    await scim.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })
    const answers = await Promise.all(FIFTY.slice(0, 10).map(() => scim.post('/Users', user('new', { externalId: 'e' }))))
    expect([count(answers, 201), count(answers, 409)]).toEqual([1, 9])
    expect(list(await scim.get('/Users'), '/Resources/*/id')).toEqual([id])
  })
})

describe('one account that several creates could take over', () => {
  test('linked by an externalId goes to one of them, and the others are people of their own [C1 M1]', async () => {
    for (let round = 0; round < 5; round++) {
      const scim = await server.org()
      const { work, context } = graphOf(server, scim)
      const id = await server.localAccount(scim.orgId, 'dora')
      await linkAccount(work, context, { id, externalId: 'e' })
      const answers = await Promise.all(FIFTY.slice(0, 8).map((n) => scim.post('/Users', user(`u${n}`, { externalId: 'e' }))))
      expect(count(answers, 201)).toBe(8)
      const rows = await server.rows(
        'select count(*)::int as n, count(distinct account_id)::int as accounts from scim_resources where org_id = $1',
        [scim.orgId],
      )
      expect(rows).toEqual([{ n: 8, accounts: 8 }])
    }
  })

  test('of a deleted user with an immutable externalId comes back once [M1]', async () => {
    for (let round = 0; round < 5; round++) {
      const scim = await server.org({ idp: 'okta' })
      expectStatus(await scim.delete(`/Users/${await scim.user('old', { externalId: 'e' })}`), 204)
      const answers = await Promise.all(FIFTY.slice(0, 8).map((n) => scim.post('/Users', user(`u${n}`, { externalId: 'e' }))))
      expect(count(answers, 201)).toBe(8)
      const rows = await server.rows('select count(distinct account_id)::int as accounts from scim_resources where org_id = $1', [
        scim.orgId,
      ])
      expect(rows).toEqual([{ accounts: 8 }])
    }
  })
})

test('the same Bulk twice in parallel ends as some order would [I4 M1]', async () => {
  const scim = await server.org()
  const job = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: Array.from({ length: 20 }, (_, n) => ({ method: 'POST', path: '/Users', bulkId: `b${n}`, data: user(`u${n}`) })),
  }
  const answers = await Promise.all([scim.post('/Bulk', job), scim.post('/Bulk', job)])
  const statuses = answers.flatMap((answer) => list(expectStatus(answer, 200), '/Operations/*/status'))
  expect(statuses.filter((status) => status === '201')).toHaveLength(20)
  expect(statuses.filter((status) => status === '409')).toHaveLength(20)
  expect(number(await scim.get('/Users'), '/totalResults')).toBe(20)
})
