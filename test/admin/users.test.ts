// The pages about people over HTTP, without script: what is found, what may be decided, and who is let in (design sections 3 to 6; threats
// C1, C2, E9, E10, F, L).
import { describe, expect, test } from 'vitest'
import { keyOf, team } from '../support/api.ts'
import { adminContext, graphOf } from '../support/graph.ts'
import { enter } from '../support/people.ts'
import { expectError, expectStatus, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { signedInAs, webAt, type WebClient } from '../support/web.ts'
import { grantScope } from '../../src/permissions/grants.ts'
import { issueSession } from '../../src/auth/sessions.ts'

const server = useServer()

async function start() {
  const it = await team(server)
  const rootId = await server.localAccount(it.org.orgId, 'root', { admin: true })
  return { ...it, rootId, root: await signedInAs(server, it.org, 'root') }
}

const pageOf = async (client: WebClient, path: string): Promise<string> => {
  const answer = await client.get(path)
  expect(answer.status, `${path}: ${answer.text.slice(0, 300)}`).toBe(200)
  return answer.text
}

/** Sends a form of a page and gives what the page says afterwards. */
async function told(client: WebClient, on: string, path: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await client.submit(on, path, fields)
  expect(answer.status, answer.text.slice(0, 500)).toBe(303)
  const text = await pageOf(client, answer.location ?? '')
  return /class="callout (?:good|bad)"[^>]*>.*?<p>(.*?)<\/p>/s.exec(text)?.[1]?.replaceAll('&quot;', '"') ?? ''
}

/** Everything of an organisation but when its credentials were last used. */
async function stateOf(orgId: string): Promise<Record<string, unknown>> {
  const alive = await server.rows(
    `select (select count(*) from sessions where org_id = $1 and ended_at is null) as sessions,
      (select count(*) from api_keys where org_id = $1 and revoked_at is null) as keys`,
    [orgId],
  )
  return { ...(await server.snapshot(orgId)), sessions: alive, api_keys: alive }
}

const userNames = (text: string): string[] =>
  [...text.matchAll(/<td data-label="Name">.*?<a href="[^"]+">([^<]+)<\/a>/gs)].map(([, name]) => name ?? '')

describe('the list', () => {
  test('finds people by the beginnings of words in name, user name and address', async () => {
    const { org, root } = await start()
    await org.user('z.mueller@example.com', { displayName: 'Zoë Müller', emails: [{ value: 'zm@mail.example', primary: true }] })
    for (const [query, found] of [
      ['zoë', true],
      ['MÜLL', true],
      ['zoë müller', true],
      ['mueller', true],
      ['zm', true],
      ['mail zo', true],
      ['oë', false],
      ['zoë alice', false],
      ["' | & ! :* <-> (", false],
    ] as const) {
      const text = await pageOf(root, `/admin/users?${new URLSearchParams({ q: query })}`)
      // Nothing but punctuation asks for nothing.
      if (/\p{L}/u.test(query)) expect(userNames(text).includes('Zoë Müller'), query).toBe(found)
    }
  })

  test('has each state for itself, and pages by keyset', async () => {
    const { org, root, ids } = await start()
    await org.patch(`/Users/${ids.bob}`, { op: 'replace', path: 'active', value: false })
    expect(userNames(await pageOf(root, '/admin/users?filter=disabled'))).toEqual(['bob'])
    expect(userNames(await pageOf(root, '/admin/users?filter=local'))).toEqual(['root'])
    expect(userNames(await pageOf(root, '/admin/users?filter=admins'))).toEqual(['root'])
    expect(userNames(await pageOf(root, '/admin/users?filter=admins&q=alice'))).toEqual([])
    for (let n = 0; n < 60; n++) await server.localAccount(org.orgId, `n${String(n).padStart(2, '0')}`)
    const seen: string[] = []
    for (let path: string | undefined = '/admin/users'; path !== undefined; ) {
      const text: string = await pageOf(root, path)
      seen.push(...userNames(text))
      path = /href="([^"]+)"[^>]*rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen.length).toBe(64)
    expect(seen).toEqual([...seen].sort())
  })

  test('never shows the placeholder of former members, nor anybody of another organisation [B2]', async () => {
    const { root } = await start()
    const other = await server.org()
    await other.user('somebody.else')
    expect(await pageOf(root, '/admin/users?q=somebody')).toContain('Nobody found')
    expect((await root.get('/admin/users/00000000-0000-4000-8000-00000000f0f0')).status).toBe(404)
  })
})

describe('one person', () => {
  test('shows what the identity provider says, and that it is changed there [E10]', async () => {
    const { org, graph, root, ids } = await start()
    await org.patch(`/Users/${ids.alice}`, { op: 'replace', value: { title: 'Engineer', displayName: 'Alice A.' } })
    const id = await graph.accountId('alice')
    const text = await pageOf(root, `/admin/users/${id}`)
    for (const word of ['Managed by your identity provider', 'Engineer', 'Alice A.', 'group:engineering/platform', ids.alice])
      expect(text).toContain(word)
    expect(text).not.toContain(`/admin/users/${id}/disable`)
    for (const [path, fields, refusal] of [
      ['disable', {}, 'is managed by your identity provider'],
      ['enable', {}, 'is managed by your identity provider'],
      ['profile', { userName: 'evil' }, 'is managed by your identity provider'],
      ['link', {}, 'is managed by an identity provider already'],
      ['unlink', {}, 'delete the user there to release it'],
    ] as const) {
      expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/${path}`, fields), path).toContain(refusal)
    }
    expect((await org.get(`/Users/${ids.alice}`)).text).not.toContain('evil')
  })

  test('explains each scope with the request and the token behind every step', async () => {
    const { org, graph, root } = await start()
    await grantScope(graph.work, graph.context, { path: 'engineering/platform', scope: 'project:guardian', role: 'viewer' })
    const text = await pageOf(root, `/admin/users/${await graph.accountId('alice')}/access`)
    const scopes = [...text.matchAll(/<summary><code>([^<]+)<\/code><span class="badge \w+">([^<]+)/g)].map(
      ([, scope, right]) => `${scope}: ${right}`,
    )
    expect(scopes).toEqual([
      'global: read',
      'group:engineering/platform: read and write',
      `org:${org.slug}: read`,
      'project:guardian: read',
      `user:${org.slug}:alice: read and write`,
    ])
    const [member] = await server.rows(
      `select request_id from audit_log where org_id = $1 and action = 'scim.group.member.add' and payload -> 'member' ->> 'id' = $2`,
      [org.orgId, (await server.rows(`select id from scim_resources where org_id = $1 and unique_key = 'alice'`, [org.orgId]))[0]?.['id']],
    )
    expect(text).toContain(`/admin/audit?request_id=${String(member?.['request_id'])}`)
    expect(text).toContain('added by the connection “test connection”')
    expect(text).toContain('granted by admin on the command line')
  })

  test('whose account is disabled has no access to show', async () => {
    const { org, graph, root, ids } = await start()
    const id = await graph.accountId('alice')
    await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false })
    expect(await pageOf(root, `/admin/users/${id}/access`)).toContain('No access to anything')
  })

  test('has keys and sessions that end one by one and all at once, and only here [F3]', async () => {
    const { org, graph, root, as } = await start()
    const id = await graph.accountId('alice')
    const [first, second] = [await as('alice'), await as('alice')]
    await issueSession(graph.work, adminContext(org), { accountId: id, method: 'oidc' })
    const here = `/admin/users/${id}/credentials`
    const text = await pageOf(root, here)
    const [key] = [...text.matchAll(/api-keys\/([A-Za-z0-9]{16})\/revoke/g)].map(([, found]) => found ?? '')
    const [session] = [...text.matchAll(/sessions\/([A-Za-z0-9]{16})\/end/g)].map(([, found]) => found ?? '')
    expect(await told(root, here, `/admin/users/${id}/api-keys/${key}/revoke`)).toContain('is revoked')
    expect([(await first.get('/me')).status, (await second.get('/me')).status].sort()).toEqual([200, 401])
    expect(await told(root, here, `/admin/users/${id}/sessions/${session}/end`)).toBe('The session has ended.')
    expect(await told(root, here, `/admin/users/${id}/sessions/${session}/end`)).toContain('over already')
    expect(await told(root, here, `/admin/users/${id}/revoke`)).toBe('0 sessions and 1 API key ended.')
    expect([(await first.get('/me')).status, (await second.get('/me')).status]).toEqual([401, 401])
    expect((await (await as('alice')).get('/me')).status).toBe(200)
    // A key of somebody else is not to be had through this page.
    const foreign = /"plur_sk_([A-Za-z0-9]{16})/.exec(JSON.stringify(await keyOf(server, org, 'bob')))?.[1] ?? ''
    expect((await root.submit(here, `/admin/users/${id}/api-keys/${foreign}/revoke`)).status).toBe(404)
    expect((await (await as('bob')).get('/me')).status).toBe(200)
  })

  test('tells what happened to them, sessions and keys included, and what they did', async () => {
    const { graph, root, as, scope } = await start()
    const alice = await as('alice')
    await alice.learn(scope, 'Deploys happen on Tuesdays')
    const id = await graph.accountId('alice')
    const happened = await pageOf(root, `/admin/users/${id}/history`)
    for (const action of ['scim.user.create', 'apikey.issue']) expect(happened).toContain(`<code>${action}</code>`)
    expect(happened).not.toContain('<code>engram.create</code>')
    expect(await pageOf(root, `/admin/users/${id}/history?side=by`)).toContain('<code>engram.create</code>')
  })
})

describe('a leaver', () => {
  test('has a receipt with milliseconds, what ended and what was kept [F1 F4]', async () => {
    const { org, graph, root, as, ids, scope } = await start()
    const alice = await as('alice')
    await alice.learn(`user:${org.slug}:alice`, 'mine')
    await alice.learn(scope, 'ours')
    await issueSession(graph.work, adminContext(org), { accountId: await graph.accountId('alice'), method: 'oidc' })
    const id = await graph.accountId('alice')
    expect(await pageOf(root, `/admin/users/${id}/receipt`)).toContain('This account never left')
    await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false })
    const text = await pageOf(root, `/admin/users/${id}/receipt`)
    expect(text).toMatch(/<span class="stat-value">[\d.,]+ ms<\/span>/)
    expect(text).toContain('signed in by oidc')
    const kept = [...text.matchAll(/<dt>([^<]+)<\/dt><dd>(\d+)<\/dd>/g)].map(([, term, value]) => [term, value])
    expect(kept).toEqual([
      ['Own engrams', '1'],
      ['Own episodes', '0'],
      ['Engrams in shared scopes', '1'],
      ['Group memberships', '1'],
    ])
    await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: true })
    expect(await pageOf(root, `/admin/users/${id}/receipt`)).toContain('enabled again since')
  })

  test('who might be deleted is told beforehand what would become of what', async () => {
    const { org, graph, root, as } = await start()
    const alice = await as('alice')
    await alice.learn(`user:${org.slug}:alice`, 'mine')
    const text = await pageOf(root, `/admin/users/${await graph.accountId('alice')}/deletion`)
    expect(text).toMatch(/1 engrams in the own scope<\/b><\/td><td[^>]*>kept, read by nobody<\/td><td[^>]*>removed/)
  })
})

describe('a local account', () => {
  test('is made here, and made again with what is wrong told beside the field', async () => {
    const { org, root } = await start()
    const made = await root.submit('/admin/users/new', '/admin/users/new', {
      userName: 'svc',
      displayName: 'Service',
      email: 'svc@example.com',
    })
    expect(made.status).toBe(303)
    expect(await pageOf(root, made.location ?? '')).toContain('svc can be given keys and groups now.')
    const [row] = await server.rows(`select origin, org_role, status from accounts where org_id = $1 and user_name = 'svc'`, [org.orgId])
    expect(row).toEqual({ origin: 'local', org_role: 'member', status: 'active' })
    for (const [fields, problem] of [
      [{ userName: 'SVC' }, 'The user name SVC is taken.'],
      [{ userName: 'alice' }, 'The user name alice is taken.'],
      [{ userName: '' }, 'A user name is needed.'],
      [{ userName: 'a\u202eb' }, 'none of them invisible'],
      [{ userName: 'x', email: 'no address' }, 'This is not an address.'],
    ] as const) {
      const answer = await root.submit('/admin/users/new', '/admin/users/new', fields)
      expect([answer.status, answer.text.includes(problem)], JSON.stringify(fields)).toEqual([422, true])
    }
  })

  test('is disabled and enabled; its keys stay dead [F3]', async () => {
    const { org, root } = await start()
    const id = await server.localAccount(org.orgId, 'svc')
    const key = await keyOf(server, org, 'svc')
    const me = () => fetch(`${server.origin}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status)
    expect(await me()).toBe(200)
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/disable`)).toBe('svc is disabled: 0 sessions and 1 API key ended.')
    expect(await me()).toBe(401)
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/disable`)).toContain('disabled already')
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/enable`)).toBe('svc may come in again.')
    expect(await me()).toBe(401)
  })

  test('is given a password that is shown once and good for one sign-in [A4 A5]', async () => {
    const { org, root, ids } = await start()
    const id = await server.localAccount(org.orgId, 'svc')
    const shown = await root.submit(`/admin/users/${id}`, `/admin/users/${id}/password`)
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const password = /<code>((?:[a-z2-9]{5}-){3}[a-z2-9]{5})<\/code>/.exec(shown.text)?.[1] ?? ''
    const { answer } = await enter(server, org, { name: 'svc', password })
    expect(answer.location).toMatch(/^\/auth\/new-password/)
    expect(await server.databaseContains(password)).toBe(false)
    const accounts = await server.rows('select account_id from scim_resources where org_id = $1 and id = $2', [org.orgId, ids.alice])
    const managed = String(accounts[0]?.['account_id'])
    expect(await told(root, `/admin/users/${managed}`, `/admin/users/${managed}/password`)).toContain('managed by your identity provider')
  })

  test('in the way of provisioning is linked with one click, by name or by externalId, or renamed [C2]', async () => {
    const { org, root } = await start()
    const id = await server.localAccount(org.orgId, 'dora')
    expectError(await org.post('/Users', user('Dora')), 409, 'uniqueness')
    expect(await pageOf(root, '/admin/users?filter=collisions')).toContain(`action="/admin/users/${id}/link"`)
    expect(await told(root, '/admin/users?filter=collisions', `/admin/users/${id}/link`, { back: 'collisions' })).toContain(
      'dora is linked',
    )
    expect(await pageOf(root, '/admin/users?filter=collisions')).toContain('waiting for the next attempt')
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/unlink`)).toBe('dora has no link any more.')
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/link`, { externalId: '00u9' })).toContain('dora is linked')
    expectError(await org.post('/Users', user('Dora')), 409, 'uniqueness')
    expectStatus(await org.post('/Users', user('dora.new', { externalId: '00u9' })), 201)
    expect(await pageOf(root, `/admin/users/${id}`)).toContain('Managed by your identity provider')

    const evaId = await server.localAccount(org.orgId, 'eva')
    expectError(await org.post('/Users', user('eva')), 409, 'uniqueness')
    expect(await told(root, `/admin/users/${evaId}`, `/admin/users/${evaId}/profile`, { userName: 'alice' })).toContain('is taken')
    expect(
      await told(root, `/admin/users/${evaId}`, `/admin/users/${evaId}/profile`, { userName: 'eva.local', email: 'e@example.com' }),
    ).toBe('Saved.')
    expect(await pageOf(root, '/admin/users?filter=collisions')).toContain('Nothing waits')
    expect(await org.find('/Users', 'userName eq "eva"')).toEqual([])
    expectStatus(await org.post('/Users', user('eva')), 201)
    const [row] = await server.rows(`select payload from audit_log where org_id = $1 and action = 'account.update'`, [org.orgId])
    expect(row?.['payload']).toEqual({
      changes: {
        userName: { before: 'eva', after: 'eva.local' },
        displayName: { before: 'eva', after: null },
        email: { before: null, after: 'e@example.com' },
      },
    })
  })
})

describe('rights', () => {
  test('of the last active admin stay, whoever asks [E9]', async () => {
    const { graph, root, rootId } = await start()
    const here = `/admin/users/${rootId}`
    expect(await told(root, here, `${here}/role`, { role: 'member' })).toContain('the last active organisation admin')
    expect(await told(root, here, `${here}/disable`)).toContain('the last active organisation admin')
    expect((await root.get('/admin')).status).toBe(200)
    const aliceId = await graph.accountId('alice')
    expect(await told(root, `/admin/users/${aliceId}`, `/admin/users/${aliceId}/role`, { role: 'org_admin' })).toBe(
      'alice is an administrator now.',
    )
    const alice = await signedInAs(server, { ...(await start()).org, orgId: graph.context.orgId, slug: graph.context.org }, 'alice')
    expect(await told(alice, here, `${here}/role`, { role: 'member' })).toBe('root is a member now.')
    expect((await root.get('/admin')).status).toBe(403)
  })

  test('of a break-glass account are out of the identity provider’s reach until the mark goes [E9]', async () => {
    const { org, graph, root, ids } = await start()
    const id = await graph.accountId('alice')
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/break-glass`, { mark: 'on' })).toBe('alice is break-glass now.')
    expectError(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 409)
    expect(await told(root, `/admin/users/${id}`, `/admin/users/${id}/break-glass`, { mark: 'off' })).toContain('no longer')
    expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)
  })
})

describe('a possible returner', () => {
  test('is compared before the two are linked, and keeps the former account [C8]', async () => {
    const { org, graph, root, as, ids } = await start()
    await (await as('alice')).learn(`user:${org.slug}:alice`, 'from the first life')
    const formerId = await graph.accountId('alice')
    expectStatus(await org.delete(`/Users/${ids.alice}`), 204)
    expectStatus(await org.post('/Users', user('alice')), 201)
    const id = await graph.accountId('alice')
    expect(id).not.toBe(formerId)
    const compare = `/admin/users/${id}/returner?former=${formerId}`
    expect(await pageOf(root, '/admin/users?filter=returners')).toContain(compare.replace('&', '&amp;'))
    for (const at of [`/admin/users/${id}`, `/admin/users/${formerId}`]) expect(await pageOf(root, at)).toContain('Compare the two')
    expect(await pageOf(root, compare)).toContain('If it is the same person')
    const answer = await root.submit(compare, `/admin/users/${id}/returner`, { former: formerId })
    expect([answer.status, answer.location]).toEqual([303, `/admin/users/${formerId}`])
    expect(await pageOf(root, answer.location ?? '')).toContain('The two accounts are one')
    expect((await root.get(`/admin/users/${id}`)).status).toBe(404)
    expect(await (await as('alice')).recall('first life')).toEqual(['from the first life'])
    // What is no pair is refused on the page it came from.
    const [bob, carol] = [await graph.accountId('bob'), await graph.accountId('carol')]
    expect(await told(root, `/admin/users/${bob}`, `/admin/users/${bob}/returner`, { former: carol })).toContain(
      'is not the account of a person',
    )
  })
})

describe('who may come here', () => {
  const PATHS = ['', '/access', '/credentials', '/history', '/receipt', '/deletion', '/returner?former=']
  const ACTIONS = [
    'disable',
    'enable',
    'revoke',
    'role',
    'break-glass',
    'link',
    'unlink',
    'profile',
    'returner',
    'sessions/abc/end',
    'api-keys/abc/revoke',
  ]

  test('admins of the organisation; members, keys and SCIM tokens are refused, forms too [A3 A9 L5]', async () => {
    const { org, graph, root, rootId } = await start()
    const id = await graph.accountId('alice')
    const member = await signedInAs(server, org, 'bob')
    const key = await keyOf(server, org, 'root')
    const before = await stateOf(org.orgId)
    for (const path of ['/admin/users', '/admin/users/new', ...PATHS.map((below) => `/admin/users/${id}${below}`)]) {
      expect((await member.get(path)).status, path).toBe(403)
      expect((await webAt(server.origin).get(path)).status, path).toBe(303)
      for (const credential of [key, org.token]) {
        expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
      }
    }
    const ownToken = await member.tokenOn('/me')
    const rootToken = await root.tokenOn('/me')
    for (const action of [...ACTIONS.map((name) => `/admin/users/${rootId}/${name}`), '/admin/users/new']) {
      expect((await member.post(action, { _csrf: ownToken, role: 'org_admin', mark: 'on', userName: 'x' })).status, action).toBe(403)
      for (const fields of [{}, { _csrf: 'x' }, { _csrf: ownToken }]) expect((await root.post(action, fields)).status, action).toBe(403)
      expect((await root.post(action, { _csrf: rootToken }, { origin: 'https://evil.example' })).status, action).toBe(403)
    }
    expect(await stateOf(org.orgId)).toEqual(before)
  })

  test('people of another organisation are not there, nor are ids that never were [B1]', async () => {
    const { org, root } = await start()
    const other = await server.org()
    await other.user('somebody.else')
    const foreign = await graphOf(server, other).accountId('somebody.else')
    const token = await root.tokenOn('/me')
    const before = [await stateOf(org.orgId), await stateOf(other.orgId)]
    for (const id of [foreign, '00000000-0000-4000-8000-000000000000', 'x', '%00', '..%2f', "1'--"]) {
      for (const below of PATHS) expect((await root.get(`/admin/users/${id}${below}`)).status, `${id}${below}`).toBe(404)
      for (const action of ACTIONS) {
        const answer = await root.post(`/admin/users/${id}/${action}`, {
          _csrf: token,
          role: 'member',
          mark: 'on',
          former: foreign,
          userName: 'x',
        })
        expect(answer.status, `${id}/${action}`).toBe(404)
      }
    }
    expect([await stateOf(org.orgId), await stateOf(other.orgId)]).toEqual(before)
  })

  test('names that would be code elsewhere are text here [L1]', async () => {
    const { org, graph, root } = await start()
    const hostile = '"><script>alert(1)</script>\u001b[31m'
    expectStatus(await org.post('/Users', user('eve', { displayName: hostile, title: hostile, externalId: `=${hostile}` })), 201)
    const id = await graph.accountId('eve')
    await org.group(hostile, [
      String((await server.rows(`select id from scim_resources where org_id = $1 and unique_key = 'eve'`, [org.orgId]))[0]?.['id']),
    ])
    for (const path of ['/admin/users?q=script', ...PATHS.slice(0, 6).map((below) => `/admin/users/${id}${below}`)]) {
      const text = await pageOf(root, path)
      expect(text, path).not.toContain('<script>alert')
      expect(text, path).toContain('&lt;script>alert(1)')
    }
  })
})
