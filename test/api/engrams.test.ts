// /api/v1/engrams over HTTP: the contract of the published clients (5.1 to 5.4), and who may do what.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { engramPageSchema, engramRowSchema, meSchema } from '../../src/api/schemas.ts'
import { apiAt, team } from '../support/api.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const changed = z.object({ engram: engramRowSchema })

describe('who may come in', () => {
  test('nobody without a key, with a SCIM token, or with a key that was never issued [A3]', async () => {
    const { org } = await team(server)
    for (const [token, telling] of [
      [undefined, /Authorization: Bearer/],
      [org.token, /SCIM token opens nothing but/],
      ['plur_sk_nonsense', /mistyped/],
      ['not-a-key', /not an API key/],
    ] as const) {
      const answer = await apiAt(server.origin, token).get('/me')
      expect([answer.status, answer.headers.get('www-authenticate')?.startsWith('Bearer')]).toEqual([401, true])
      expect(answer.text).toMatch(telling)
    }
  })

  test('a failed attempt leaves an audit row that says why', async () => {
    const { org } = await team(server)
    expect((await apiAt(server.origin, org.token).get('/me')).status).toBe(401)
    const [row] = await server.eventually(
      `select payload, outcome, channel from audit_log where action = 'auth.failed' and payload ->> 'reason' = 'scim_token'`,
    )
    expect(row).toMatchObject({ outcome: 'denied', channel: 'api', payload: { reason: 'scim_token' } })
  })

  test('an unknown path is 404 and a wrong method 405, in the form of the API', async () => {
    const alice = await (await team(server)).as('alice')
    expect((await alice.get('/nothing')).status).toBe(404)
    expect((await alice.get('/engrams/%00')).status).toBe(404)
    expect((await alice.get('/engrams/%zz')).status).toBe(400)
    const wrong = await alice.send('PUT', '/engrams', {})
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  test('an account past its rate is told in whole seconds when to come again, and another one is not', async () => {
    const { as } = await team(server)
    const [alice, bob] = [await as('alice'), await as('bob')]
    const answers = await Promise.all(Array.from({ length: 560 }, () => alice.get('/nothing')))
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(0)
    for (const { headers } of limited) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect((await bob.get('/me')).status).toBe(200)
  })
})

describe('me', () => {
  test('lists what may be read, and what of it may be written', async () => {
    const { org, as, scope } = await team(server)
    const alice = await as('alice')
    const me = await alice.expected(meSchema, 200, alice.get('/me'))
    expect(me).toMatchObject({ username: 'alice', org_id: org.slug, role: 'member' })
    expect(me.scopes).toEqual(expect.arrayContaining(['global', `org:${org.slug}`, `user:${org.slug}:alice`, scope]))
    expect(me.writable_scopes.toSorted()).toEqual([scope, `user:${org.slug}:alice`].toSorted())
  })

  test('follows the selection of the group at once, in both directions', async () => {
    const { graph, group, as, scope } = await team(server)
    const alice = await as('alice')
    const scopes = async () => (await alice.expected(meSchema, 200, alice.get('/me'))).scopes
    await graph.unselect(group)
    expect(await scopes()).not.toContain(scope)
    await graph.select(group)
    expect(await scopes()).toContain(scope)
  })
})

describe('a group', () => {
  test('that is renamed keeps its engrams and its members, under the new name of its scope', async () => {
    const { org, group, as, scope } = await team(server)
    const [alice, bob] = [await as('alice'), await as('bob')]
    const row = await alice.learn(scope, 'Deploys happen on Tuesdays')
    const rename = { op: 'replace', path: 'displayName', value: 'Engineering/Core' }
    expectStatus(await org.patch(`/Groups/${group}`, rename), 204)
    const renamed = { ...row, scope: 'group:engineering/core' }
    expect(await bob.expected(engramRowSchema, 200, bob.get(`/engrams/${row.id}`))).toEqual(renamed)
    const page = await bob.expected(engramPageSchema, 200, bob.get('/engrams?scope=group:engineering/core'))
    expect(page).toEqual({ rows: [renamed], total_count: 1 })
    expect((await bob.get(`/engrams?scope=${scope}`)).status).toBe(404)
    for (const person of [alice, bob]) {
      const { scopes, writable_scopes: writable } = await person.expected(meSchema, 200, person.get('/me'))
      expect([scopes.filter((name) => name.startsWith('group:')), writable.includes(renamed.scope)]).toEqual([[renamed.scope], true])
    }
  })

  test('in a circle of groups, or in many, is answered for like any other [E5]', async () => {
    const { org, graph, group, as } = await team(server)
    const circle: string[] = [group]
    for (let i = 0; i < 30; i++) circle.push(await org.group(`Circle ${i}`, [circle.at(-1) ?? '']))
    const close = { op: 'add', path: 'members', value: [{ value: circle.at(-1) }] }
    expectStatus(await org.patch(`/Groups/${group}`, close), 204)
    await graph.select(...circle)
    const alice = await as('alice')
    const { scopes } = await alice.expected(meSchema, 200, alice.get('/me'))
    expect(scopes.filter((name) => name.startsWith('group:')).length).toBe(circle.length)
  })
})

describe('learning', () => {
  test('into a group is read by its members and by nobody else, who cannot even notice', async () => {
    const { as, scope } = await team(server)
    const [alice, bob, carol] = [await as('alice'), await as('bob'), await as('carol')]
    const row = await alice.learn(scope, 'Deploys happen on Tuesdays', { tags: ['ops'], rationale: 'fewer people are away' })
    expect(row).toMatchObject({ scope, status: 'active', data: { tags: ['ops'], rationale: 'fewer people are away' } })
    expect(await bob.expected(engramRowSchema, 200, bob.get(`/engrams/${row.id}`))).toEqual(row)
    const path = `/engrams?scope=${encodeURIComponent(scope)}&limit=200&offset=0`
    expect(await bob.expected(engramPageSchema, 200, bob.get(path))).toEqual({ rows: [row], total_count: 1 })
    for (const answer of [
      await carol.get(`/engrams/${row.id}`),
      await carol.get(path),
      await carol.patch(`/engrams/${row.id}`, { statement: 'Fridays' }),
      await carol.remove(`/engrams/${row.id}`),
      await carol.post(`/engrams/${row.id}/feedback`, { signal: 'positive' }),
    ]) {
      expect(answer.status).toBe(404)
    }
    expect(await carol.expected(engramPageSchema, 200, carol.get('/engrams'))).toEqual({ rows: [], total_count: 0 })
  })

  test('the same thing again after a lost answer finds what was made', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    const body = { statement: 'Once', scope, type: 'behavioral' }
    const first = await alice.expected(engramRowSchema, 201, alice.post('/engrams', body))
    const second = await alice.expected(engramRowSchema, 200, alice.post('/engrams', body))
    expect(second.id).toBe(first.id)
  })

  test('into a scope that may not be written is refused and recorded, the same for one that is not there', async () => {
    const { org, as, scope } = await team(server)
    const carol = await as('carol')
    const answers = await Promise.all(
      ['global', `org:${org.slug}`, scope, `user:${org.slug}:alice`, 'group:nobody/knows', 'space:x', '../etc', 'group:../x', ''].map(
        (name) => carol.post('/engrams', { statement: 'x', scope: name, type: 'behavioral' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 403, 403, 400])
    expect(new Set(answers.slice(0, 8).map(({ text }) => text)).size).toBe(1)
    const rows = await server.eventually(`select outcome from audit_log where action = 'engram.create' and org_id = $1`, [org.orgId])
    expect(rows[0]).toEqual({ outcome: 'denied' })
  })

  test('in the organisation is for its admins, reading for everybody', async () => {
    const { org, graph, as } = await team(server)
    const [alice, carol] = [await as('alice'), await as('carol')]
    expect((await alice.post('/engrams', { statement: 'We are nice', scope: 'global' })).status).toBe(403)
    await graph.makeAdmin('alice')
    const row = await alice.learn(`org:${org.slug}`, 'We are nice')
    expect((await carol.get(`/engrams/${row.id}`)).status).toBe(200)
    expect((await carol.patch(`/engrams/${row.id}`, { pinned: true })).status).toBe(403)
    expect((await carol.remove(`/engrams/${row.id}`)).status).toBe(403)
    expect((await carol.post(`/engrams/${row.id}/feedback`, { signal: 'negative' })).status).toBe(403)
  })

  test('leaves audit rows without a word of what was learnt', async () => {
    const { org, as, scope } = await team(server)
    const alice = await as('alice')
    const { id } = await alice.learn(scope, 'the-launch-code-is-1234')
    await alice.patch(`/engrams/${id}`, { pinned: true })
    await alice.patch(`/engrams/${id}`, { statement: 'the-launch-code-is-5678' })
    await alice.post(`/engrams/${id}/feedback`, { signal: 'positive' })
    await alice.remove(`/engrams/${id}`)
    const rows = await server.rows(
      `select action, actor ->> 'name' as who, channel, target ->> 'id' as id, payload::text from audit_log where org_id = $1 and action like 'engram.%' order by ts, audit_log.id`,
      [org.orgId],
    )
    expect(rows.map(({ action }) => action)).toEqual(['engram.create', 'engram.pin', 'engram.update', 'engram.feedback', 'engram.retire'])
    for (const row of rows) expect(row).toMatchObject({ who: 'alice', channel: 'api', id })
    expect(JSON.stringify(rows)).not.toContain('launch-code')
  })
})

describe('changing', () => {
  test('leaves what is not sent, and answers with the whole row', async () => {
    const { as, scope } = await team(server)
    const [alice, bob] = [await as('alice'), await as('bob')]
    const { id } = await alice.learn(scope, 'Deploys happen on Tuesdays', { tags: ['ops'] })
    const { engram } = await bob.expected(changed, 200, bob.patch(`/engrams/${id}`, { pinned: true }))
    expect(engram).toMatchObject({ id, scope, data: { pinned: true, tags: ['ops'], statement: 'Deploys happen on Tuesdays' } })
    const after = await bob.expected(
      changed,
      200,
      bob.patch(`/engrams/${id}`, { pinned: false, status: 'active', statement: 'On Wednesdays' }),
    )
    expect(after.engram.data).toMatchObject({ statement: 'On Wednesdays', tags: ['ops'] })
  })

  test('does not move an engram to another scope, author or id', async () => {
    const { org, as, scope } = await team(server)
    const alice = await as('alice')
    const { id } = await alice.learn(scope, 'Here')
    for (const body of [{ scope: `user:${org.slug}:alice` }, { author_id: 'x' }, { id: 'ENG-2026-01-01-001' }, {}, { statement: '' }]) {
      expect((await alice.patch(`/engrams/${id}`, body)).status, JSON.stringify(body)).toBe(400)
    }
  })

  test('many times makes it no larger than one create could: 64 KiB [J3]', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    const { id } = await alice.learn(scope, 'Small')
    const lines = (n: number) => Array.from({ length: n }, () => 'x'.repeat(8_000))
    const change = (body: object) => alice.patch(`/engrams/${id}`, body)
    expect((await change({ contraindications: lines(4) })).status).toBe(200)
    expect((await change({ source_patterns: lines(3) })).status).toBe(200)
    expect((await change({ rationale: 'x'.repeat(8_000) })).status).toBe(200)
    const refused = await change({ source: 'x'.repeat(8_000) })
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('65536 bytes')])
    expect((await change({ contraindications: [], source: 'x'.repeat(8_000) })).status).toBe(200)
    // Written out by JavaScript, or only by the database.
    const numbers = (one: string, count: number) =>
      `{"statement":"Numbers","scope":"${scope}","x":[${Array.from({ length: count }, () => one).join(',')}]}`
    expect((await alice.post('/engrams', numbers('1e20', 10_000))).status).toBe(400)
    for (const one of ['1e308', '-1e-300']) {
      expect((await alice.post('/engrams', numbers(one, 300))).status).toBe(400)
      expect((await alice.post('/engrams', numbers(one, 100))).status).toBe(201)
    }
  })

  test('retires for good reasons: not listed, not recalled, still readable; twice is once', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    const { id } = await alice.learn(scope, 'Obsolete wisdom')
    expect(await alice.recall('wisdom')).toEqual(['Obsolete wisdom'])
    for (let i = 0; i < 2; i++) expect((await alice.remove(`/engrams/${id}`)).status).toBe(200)
    expect(await alice.recall('wisdom')).toEqual([])
    const list = (query: string) => alice.expected(engramPageSchema, 200, alice.get(`/engrams?scope=${scope}${query}`))
    expect((await list('')).total_count).toBe(0)
    expect((await list('&status=retired')).rows.map((row) => row.id)).toEqual([id])
    expect(await alice.expected(engramRowSchema, 200, alice.get(`/engrams/${id}`))).toMatchObject({ status: 'retired' })
  })
})

describe('hostile input gets a clear answer', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no body', ''],
    ['U+0000', '{"statement":"a\\u0000b","scope":"SCOPE"}'],
    ['half a surrogate pair', '{"statement":"\\ud83d","scope":"SCOPE"}'],
    ['a number out of range', '{"statement":"a","scope":"SCOPE","x":1e400}'],
    ['a prototype', '{"statement":"a","scope":"SCOPE","__proto__":{"admin":true}}'],
    ['a prototype deep inside', '{"statement":"a","scope":"SCOPE","x":[{"__proto__":1}]}'],
    ['nesting without end', `{"statement":"a","scope":"SCOPE","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['half nesting without end', `{"statement":"a","x":${'['.repeat(60_000)}`],
  ])('%s: 400', async (_, text) => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    expect((await alice.post('/engrams', text.replace('SCOPE', scope))).status).toBe(400)
  })

  test('a body of a megabyte: 413; one that just fits: learnt', async () => {
    const { as, scope } = await team(server)
    const alice = await as('alice')
    expect((await alice.post('/engrams', { statement: 'x'.repeat(1024 * 1024), scope })).status).toBe(413)
    await alice.learn(scope, 'ä'.repeat(32_768 / 2))
    expect((await alice.post('/engrams', { statement: 'x'.repeat(32_769), scope })).status).toBe(400)
  })

  test.each([
    'limit=201',
    'limit=-1',
    'limit=1e9',
    'limit=abc',
    'limit=',
    'offset=9007199254740993',
    'scope=a&scope=b',
    'order=asc',
    'status=gone',
  ])('a list with %s: 400', async (query) => {
    const alice = await (await team(server)).as('alice')
    expect((await alice.get(`/engrams?${query}`)).status).toBe(400)
  })
})
