// /admin/audit over HTTP, without script: what it shows, to whom, and what its exports hold (design section 7; threats L1, L4).
import { describe, expect, test } from 'vitest'
import { keyOf } from '../support/api.ts'
import { makeRows } from '../support/audit-rows.ts'
import { expectStatus, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, webAt, type WebClient } from '../support/web.ts'

const server = useServer()

async function start() {
  const org = await server.org({ idp: 'entra' })
  await server.localAccount(org.orgId, 'root', { admin: true })
  const alice = await org.user('alice', { title: 'Engineer' })
  return { org, alice, root: await signedInAs(server, org, 'root') }
}

const work = () => server.app.storage.database.work

/** Actions and outcomes in the order of the page. */
const shown = (text: string): string[] => [...text.matchAll(/<code>([a-z_]+\.[a-z_.]+)<\/code>/g)].map(([, action]) => action ?? '')

const pageOf = async (root: WebClient, path: string): Promise<string> => {
  const answer = await root.get(path)
  expect(answer.status, answer.text).toBe(200)
  return answer.text
}

describe('the page', () => {
  test('of the channel scim shows what the statement of the README shows [L3]', async () => {
    const { org, alice, root } = await start()
    await org.patch(`/Users/${alice}`, { op: 'replace', path: 'title', value: 'Lead' })
    expectStatus(await org.post('/Users', user('alice')), 409)
    await server.eventually(`select 1 from audit_log where org_id = $1 and outcome = 'denied'`, [org.orgId])
    const rows = await server.rows(
      `SELECT ts, action, actor, target, payload FROM audit_log WHERE channel = 'scim' and org_id = $1 ORDER BY ts DESC LIMIT 50`,
      [org.orgId],
    )
    const text = await pageOf(root, '/admin/audit?channel=scim')
    expect(shown(text)).toEqual(rows.map(({ action }) => action))
    expect(shown(text)).toEqual(['scim.user.create', 'scim.user.update', 'scim.user.create'])
    expect(text).toMatch(/<del>Engineer<\/del>.*<ins>Lead<\/ins>/s)
  })

  test('explains a tolerance in words [L3]', async () => {
    const { org, alice, root } = await start()
    await org.patch(`/Users/${alice}`, { op: 'Replace', path: 'active', value: 'False' })
    const text = await pageOf(root, '/admin/audit?action=scim.user.disable')
    expect(text).toContain('True or false came as a text.')
    expect(text).toContain('The operation was not written in small letters; it means the same.')
  })

  test('of a request id shows all that one request did, in the order it happened', async () => {
    const { org, alice, root } = await start()
    await keyOf(server, org, 'alice')
    const { header } = await org.patch(`/Users/${alice}`, { op: 'replace', path: 'active', value: false })
    const text = await pageOf(root, `/admin/audit?request_id=${header('x-request-id')}`)
    expect(shown(text).sort()).toEqual(['account.disable', 'apikey.revoke', 'scim.user.disable'])
    expect(shown(text)[0]).toBe('scim.user.disable')
    expect(text).toContain('One request')
  })

  test('finds people and tokens by the names they have now, for rows of other names', async () => {
    const { org, alice, root } = await start()
    await org.patch(`/Users/${alice}`, { op: 'replace', path: 'userName', value: 'alice.new' })
    expect(shown(await pageOf(root, '/admin/audit?target=ALICE.new'))).toEqual(['scim.user.update', 'scim.user.create'])
    expect(shown(await pageOf(root, '/admin/audit?actor=test+connection')).length).toBe(2)
    expect(shown(await pageOf(root, `/admin/audit?actor=${org.tokenId}`)).length).toBe(2)
    expect(await pageOf(root, '/admin/audit?actor=nobody')).toContain('Nothing found')
  })

  test('is turned by keyset, and every row is on one page', async () => {
    const { org, root } = await start()
    await makeRows(
      work(),
      org,
      Array.from({ length: 120 }, (_, n) => ({
        ts: new Date(Date.now() - Math.floor(n / 2) * 1000),
        channel: 'cli',
        action: 'account.update',
        target: { kind: 'account', name: `n${n}` },
      })),
    )
    const seen: string[] = []
    for (let path: string | undefined = '/admin/audit?channel=cli&action=account.update'; path !== undefined; ) {
      const text: string = await pageOf(root, path)
      seen.push(...[...text.matchAll(/<p>(n\d+)<\/p>/g)].map(([, name]) => name ?? ''))
      path = /href="([^"]+)"[^>]*rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen.length).toBe(120)
    expect(new Set(seen).size).toBe(120)
  })

  test('says how far back it looked for a text, and goes on from there', async () => {
    const { org, root } = await start()
    const old = new Date(Date.now() - 13_000 * 60_000)
    await makeRows(
      work(),
      org,
      Array.from({ length: 10_500 }, (_, n) => ({ ts: new Date(Date.now() - n * 60_000) })),
    )
    await makeRows(work(), org, [{ ts: old, payload: { note: 'a needle' } }])
    const first = await pageOf(root, '/admin/audit?text=needle')
    expect(first).toMatch(/Nothing found back to \d{4}-\d\d-\d\d/)
    const further = /href="([^"]+before=[^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(further).toMatch(/^\/admin\/audit\?text=needle&before=\d+-\d+&reach=1$/)
    expect(await pageOf(root, further)).toContain('note a needle')
  })

  test.each([
    ['from=tomorrow', 'A day such as 2026-11-23'],
    ['outcome=good', 'One of success, denied, failure.'],
    ['action=a*b', 'the beginning of one'],
  ])('shows nothing for %s and says what is wrong', async (query, problem) => {
    const { root } = await start()
    const text = await pageOf(root, `/admin/audit?${query}`)
    expect(shown(text)).toEqual([])
    expect(text).toContain(problem)
  })

  test.each(['before=x', 'before=1', 'before=99999999999999999999-1', 'reach=x', 'reach=9', 'last=%00', 'text=%00'])(
    'takes no harm from %s',
    async (query) => {
      const { root } = await start()
      expect((await root.get(`/admin/audit?${query}`)).status).toBe(200)
    },
  )
})

const HOSTILE = '<script>alert(1)</script>=cmd()\u001b[31m\u202e"onload="x'

describe('an export', () => {
  const lines = (text: string) => text.trimEnd().split('\n')

  test('holds the rows of the page, as a file with a name, and is in the log itself', async () => {
    const { org, root } = await start()
    for (const [format, type] of [
      ['csv', 'text/csv; charset=utf-8; header=present'],
      ['ndjson', 'application/x-ndjson; charset=utf-8'],
      ['json', 'application/json; charset=utf-8'],
    ] as const) {
      const answer = await root.get(`/admin/audit/export?format=${format}&channel=scim`)
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, type, 'no-store'])
      expect(answer.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename="audit-${org.slug}-[\\d-]+\\.${format}"$`),
      )
      expect(answer.text).toContain('scim.user.create')
      expect(answer.text).not.toContain('auth.session.issue')
    }
    const rows = await server.rows(`select actor, payload from audit_log where org_id = $1 and action = 'audit.export' order by id`, [
      org.orgId,
    ])
    expect(rows).toMatchObject([
      { actor: { kind: 'account', name: 'root' }, payload: { format: 'csv', filter: { channel: 'scim' } } },
      { payload: { format: 'ndjson' } },
      { payload: { format: 'json' } },
    ])
  })

  test('carries nothing that a spreadsheet or a terminal would carry out, and the page nothing that a browser would [L1]', async () => {
    const { org, root } = await start()
    expectStatus(await org.post('/Users', user('eve', { displayName: HOSTILE, title: `=${HOSTILE}` })), 201)
    const csv = await root.get('/admin/audit/export?format=csv&target=eve')
    expect(csv.text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(lines(csv.text)).toHaveLength(2)
    const ndjson = await root.get('/admin/audit/export?format=ndjson&target=eve')
    expect(ndjson.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(ndjson.text)).toMatchObject({ payload: { changes: { title: { after: `=${HOSTILE}` } } } })
    const text = await pageOf(root, '/admin/audit?target=eve')
    expect(text).toContain('&lt;script>alert(1)&lt;/script>')
    expect(text).not.toMatch(/<script>|<[^>]*"onload=/)
  })

  test('of a filter that cannot be understood is refused, and nothing is exported', async () => {
    const { org, root } = await start()
    for (const query of ['format=xml', 'format=csv&from=tomorrow', 'outcome=good']) {
      expect((await root.get(`/admin/audit/export?${query}`)).status, query).toBe(400)
    }
    expect(await server.rows(`select 1 from audit_log where org_id = $1 and action = 'audit.export'`, [org.orgId])).toEqual([])
  })
})

describe('who may read it', () => {
  test('admins of the organisation, and nobody else [L4 B2]', async () => {
    const { org, root } = await start()
    const other: Org = await server.org()
    await server.localAccount(other.orgId, 'stranger', { admin: true })
    await other.user('somebody.else')
    const member = await signedInAs(server, org, 'alice')
    const stranger = await signedInAs(server, other, 'stranger')
    for (const path of ['/admin/audit', '/admin/audit/export?format=csv', '/admin/audit?target=alice']) {
      expect((await member.get(path)).status, path).toBe(403)
      expect((await webAt(server.origin).get(path)).status, path).toBe(303)
      for (const credential of [org.token, await keyOf(server, org, 'root')]) {
        expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
      }
      expect((await stranger.get(path)).text, path).not.toContain('alice</')
    }
    expect((await root.get('/admin/audit')).text).not.toContain('somebody.else')
    expect((await stranger.get('/admin/audit?target=alice')).text).toContain('Nothing found')
  })

  test('nobody changes it here [L4]', async () => {
    const { root } = await start()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await root.send(method, '/admin/audit')).status, method).toBe(405)
    }
  })
})
