// What the audit log says of SCIM, and what it cannot be made to say (threats L3, L4, H3, I5; rfc-checklist SEC-03, SEC-05).
import { describe, expect, test } from 'vitest'
import { enterpriseUser, expectError, expectStatus, group, list, NOBODY, patchOf, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

const server = useServer()

const rowsOf = (scim: Org, answer: Answer) =>
  server.rows(
    `select action, outcome, target ->> 'id' as target, actor ->> 'id' as actor, channel, payload from audit_log where org_id = $1 and request_id = $2 order by id`,
    [scim.orgId, answer.header('x-request-id')],
  )

describe('every write', () => {
  test('leaves its row with actor, target and difference, in the same breath [L3 SEC-05]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', enterpriseUser('alice', { department: 'D' }, { title: 'T', password: 'S3cret-77' }))
    const id = text(created, '/id')
    const steps: [Answer, string][] = [
      [created, 'scim.user.create'],
      [await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'U' }), 'scim.user.update'],
      [await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }), 'scim.user.disable'],
      [await scim.put(`/Users/${id}`, user('alice', { active: true })), 'scim.user.enable'],
      [await scim.delete(`/Users/${id}`), 'scim.user.delete'],
    ]
    for (const [answer, action] of steps) {
      const rows = await rowsOf(scim, answer)
      expect(
        rows.filter((row) => row['action'] === action),
        action,
      ).toEqual([expect.objectContaining({ outcome: 'success', target: id, actor: scim.tokenId, channel: 'scim' })])
    }
    const [patched] = steps[1] ?? []
    expect(patched).toBeDefined()
    const [updated] = patched === undefined ? [] : await rowsOf(scim, patched)
    expect(updated).toMatchObject({ payload: { changes: { title: { before: 'T', after: 'U' } } } })
    expect(await server.databaseContains('S3cret-77', scim.orgId)).toBe(false)
  })

  test('that is refused leaves one row that says so, and none of success [L3]', async () => {
    const scim = await server.org()
    await scim.user('taken')
    const id = await scim.user('a')
    const refused = [
      await scim.post('/Users', user('TAKEN')),
      await scim.post('/Users', { schemas: user('x').schemas }),
      await scim.put(`/Users/${NOBODY}`, user('x')),
      await scim.patch(`/Users/${id}`, { op: 'replace', path: 'id', value: 'x' }),
      await scim.delete(`/Users/${id}`, { 'if-match': '"no"' }),
      await scim.post('/Groups', group('g', { members: [{ value: NOBODY }] })),
    ]
    for (const answer of refused) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      const rows = await rowsOf(scim, answer)
      expect(rows, answer.text).toHaveLength(1)
      expect(rows[0]).toMatchObject({ outcome: 'denied', actor: scim.tokenId, payload: { error: { status: answer.status } } })
    }
  })

  test('that is undone half-way leaves no success behind [H3 L3 PAT-13]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a', { title: 't' }))
    const path = `/Users/${text(created, '/id')}`
    const operations = Array.from({ length: 10 }, (_, n) =>
      n === 6 ? { op: 'replace', path: 'meta.version', value: 'x' } : { op: 'add', path: 'nickName', value: String(n) },
    )
    const answer = await scim.patch(path, ...operations)
    expectError(answer, 400, 'mutability')
    expect((await rowsOf(scim, answer)).map((row) => row['outcome'])).toEqual(['denied'])
    expect((await scim.get(path)).json()).toEqual(created.json())
  })

  test('of nothing new is told as such, once [RC-30 L3]', async () => {
    const scim = await server.org()
    const id = await scim.user('a', { title: 't' })
    const answer = await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 't' })
    expect((await rowsOf(scim, answer)).map((row) => [row['action'], row['payload']])).toEqual([
      ['scim.user.update', expect.objectContaining({ unchanged: true })],
    ])
  })

  test('names the tolerance that let an IdP’s dialect pass', async () => {
    const scim = await server.org()
    const alice = await scim.user('a')
    const staff = await scim.group('staff', [alice])
    const answer = await scim.patch(`/Groups/${staff}`, { op: 'Remove', path: 'members', value: [{ $ref: null, value: alice }] })
    const [row] = await rowsOf(scim, expectStatus(answer, 204))
    expect(JSON.stringify(row?.['payload'])).toMatch(/"compat":\[[^\]]*remove-with-value/)
  })

  test('in a Bulk leaves its own row [L3 I5]', async () => {
    const scim = await server.org()
    const job = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: user('a') },
        { method: 'POST', path: '/Users', bulkId: 'b', data: {} },
        { method: 'POST', path: '/Users', bulkId: 'c', data: user('c') },
      ],
    }
    const answer = await scim.post('/Bulk', job)
    expect(list(expectStatus(answer, 200), '/Operations/*/status')).toEqual(['201', '400', '201'])
    const rows = (await rowsOf(scim, answer)).filter((row) => row['action'] === 'scim.user.create')
    expect(rows.map((row) => row['outcome']).sort()).toEqual(['denied', 'success', 'success'])
  })
})

describe('reads', () => {
  test('are there a moment later, with what was asked [L3]', async () => {
    const scim = await server.org()
    await scim.get(`/Users?filter=${encodeURIComponent('userName eq "x"')}`)
    const rows = await server.eventually(
      `select action, payload ->> 'filter' as filter from audit_log where org_id = $1 and action = 'scim.user.list'`,
      [scim.orgId],
    )
    expect(rows).toEqual([{ action: 'scim.user.list', filter: 'userName eq "x"' }])
  })
})

describe('the log', () => {
  const hostile = [
    'a\nFAKE ROW',
    'x","outcome":"success","x":"',
    "'); delete from audit_log; --",
    '<script>alert(1)</script>',
    '=cmd|calc',
    '\u001b[31mred',
    '${jndi:x}',
    '%s%n',
  ]

  test.each(hostile)('cannot be forged by %j [L4 L1]', async (displayName) => {
    const scim = await server.org()
    const answer = expectStatus(await scim.post('/Users', user('forger', { displayName })), 201)
    const rows = await rowsOf(scim, answer)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ action: 'scim.user.create', outcome: 'success', target: text(answer, '/id') })
    expect(JSON.stringify(rows[0]?.['payload'])).toContain(JSON.stringify(displayName).slice(1, -1))
  })

  test('cannot be changed or emptied, by us either [L4]', async () => {
    const scim = await server.org()
    await scim.user('a')
    for (const statement of [
      "update audit_log set outcome = 'denied'",
      'delete from audit_log',
      'truncate audit_log',
      "update audit_log_default set action = 'x'",
    ]) {
      await expect(
        server.asOwner(`${statement}${/^(update|delete)/.test(statement) ? ` where org_id = '${scim.orgId}'` : ''}`),
      ).rejects.toThrow(/permission denied|append-only/)
    }
  })

  test('reads in the words of the documentation', async () => {
    const scim = await server.org()
    await scim.send('PATCH', `/Users/${await scim.user('a')}`, { body: patchOf({ op: 'add', path: 'title', value: 't' }) })
    const rows = await server.rows(
      `SELECT ts, action, actor, target, payload FROM audit_log WHERE channel = 'scim' ORDER BY ts DESC LIMIT 50`,
    )
    expect(rows.length).toBeGreaterThan(1)
  })
})
