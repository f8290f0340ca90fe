// Who may call (RFC 7644 sections 2 and 7, RFC 6750; rfc-checklist AUT, SEC; threats A1 to A8, A12).
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { RATE_PER_SECOND_DEFAULT } from '../../src/auth/token-lifecycle.ts'
import { formatToken } from '../../src/primitives/token.ts'
import { bulk } from '../../scripts/bench/bodies.ts'
import { at, expectError, expectStatus, group, NOBODY, text, user } from '../support/scim.ts'
import { type Answer, send } from '../support/wire.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const raw = (headers: Record<string, string | string[]>, path = '/Users', method = 'GET') =>
  send(server.origin, { method, path: server.root + path, headers })

describe('without a token', () => {
  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer    ',
    'Bearer null',
    'Bearer undefined',
    'Basic dXNlcjpwYXNz',
    'Bearer x',
    'Token abc',
    'Bearer a b c',
  ])('Authorization "%s" is 401, and says how to do it [A1 AUT-01 AUT-03 SEC-06]', async (authorization) => {
    const answer = await raw(authorization === '' ? {} : { authorization })
    expectError(answer, 401)
    expect(answer.header('www-authenticate')).toMatch(/^Bearer /)
  })

  test('the challenge has a parameter, and an error code only for a token that failed [AUT-01 AUT-02]', async () => {
    const scim = await server.org()
    const none = (await raw({})).header('www-authenticate')
    expect(none).toMatch(/^Bearer \w+="/)
    expect(none).not.toContain('error=')
    for (const token of [scim.token.slice(0, -1), `${scim.token}x`, 'plur_scim_x', 'garbage']) {
      expect((await raw({ authorization: `Bearer ${token}` })).header('www-authenticate')).toContain('error="invalid_token"')
    }
  })

  test('every path and spelling of it is closed [A2 SEC-06]', async () => {
    const scim = await server.org()
    const paths = [
      '/Users',
      '/Groups',
      '/Me',
      '/Bulk',
      '/.search',
      '/Users/.search',
      '/ServiceProviderConfig',
      '/Schemas',
      '/ResourceTypes',
      '/Nope',
      '/',
      '/Users/',
      '//Users',
      '/USERS',
      '/%55sers',
      `/Users/${await scim.user('a')}`,
      '/Users/../Users',
      '/Users;x=1',
    ]
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
        expect((await raw({}, path, method)).status, `${method} ${path}`).toBe(401)
    }
    expect(await scim.find('/Users', 'userName pr')).toEqual(['a'])
  })
})

describe('a token', () => {
  test('is taken as Bearer in any case, and from nowhere else [AUT-03 A8]', async () => {
    const { token } = await server.org()
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect((await raw({ authorization: `${scheme} ${token}` })).status).toBe(200)
    for (const headers of [
      { cookie: `token=${token}` },
      { 'x-api-key': token },
      { authorization: token },
      { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
    ]) {
      expectError(await raw(headers), 401)
    }
    expectError(await raw({}, `/Users?access_token=${token}`), 401)
    expect([400, 401]).toContain((await raw({ authorization: [`Bearer ${token}`, `Bearer ${token}`] })).status)
  })

  test('that expired, was revoked, or never was is refused in the same words [AUT-02 AUT-10 A7 A12]', async () => {
    const [expired, revoked, alive] = [await server.org(), await server.org(), await server.org()]
    await server.expire(expired)
    await server.revoke(revoked)
    const unknown = server.unknownToken()
    const answers = await Promise.all([expired.token, revoked.token, unknown].map((token) => raw({ authorization: `Bearer ${token}` })))
    for (const answer of answers) {
      expectError(answer, 401)
      expect(answer.header('www-authenticate')).toContain('invalid_token')
    }
    expect(new Set(answers.map((answer) => text(answer, '/detail'))).size).toBe(1)
    expectStatus(await alive.get('/Users'), 200)
  })

  test('that is revoked fails on the very next request of the same connection [A7]', async () => {
    const scim = await server.org()
    for (let n = 0; n < 5; n++) expectStatus(await scim.get('/Users'), 200)
    await server.revoke(scim)
    expectError(await scim.get('/Users'), 401)
    expectError(await scim.post('/Users', user('late')), 401)
  })

  test('lives a year unless told otherwise, and only its hash is kept [AUT-09 AUT-10 A4 A6]', async () => {
    const scim = await server.org()
    const rows = await server.rows(
      'select extract(day from expires_at - created_at)::int as days, length(secret_hash) as bytes from scim_tokens where org_id = $1',
      [scim.orgId],
    )
    expect(rows).toEqual([{ days: 365, bytes: 32 }])
    const secret = scim.token.split('_')[3] ?? ''
    expect(secret.length).toBeGreaterThan(40)
    expect(await server.databaseContains(secret)).toBe(false)
  })

  test('is named in what it did, so that two clients can be told apart [SEC-05 AUT-04 L3]', async () => {
    const scim = await server.org()
    const created = await scim.post('/Users', user('a'))
    const rows = await server.rows(`select actor ->> 'kind' as kind, actor ->> 'id' as id from audit_log where request_id = $1`, [
      created.header('x-request-id'),
    ])
    expect(rows).toEqual([{ kind: 'scim_token', id: scim.tokenId }])
  })

  test('is good for SCIM and for nothing else [AUT-04 A3]', async () => {
    const { token } = await server.org()
    for (const path of ['/api/v1/me', '/api/v1/engrams', '/admin/users', '/me', '/auth/login']) {
      const answer = await send(server.origin, { method: 'GET', path, headers: { authorization: `Bearer ${token}` } })
      expect([401, 403, 404], path).toContain(answer.status)
    }
  })

  test('is minted by nobody over HTTP, and its making is in the log [AUT-07 A9 A13]', async () => {
    const scim = await server.org()
    const issued = await server.rows(
      `select target ->> 'id' as id, outcome from audit_log where org_id = $1 and action = 'scim.token.issue'`,
      [scim.orgId],
    )
    expect(issued).toEqual([{ id: scim.tokenId, outcome: 'success' }])
    for (const path of ['/Tokens', '/scim_tokens', '/ServiceProviderConfig']) {
      const answer = await scim.send('POST', path, { body: { name: 'x', idp: 'generic' } })
      expect([404, 405]).toContain(answer.status)
    }
    expect(await server.rows('select count(*)::int as n from scim_tokens where org_id = $1', [scim.orgId])).toEqual([{ n: 1 }])
  })

  test('can read no token and change none [A13]', async () => {
    const scim = await server.org()
    for (const path of ['/Tokens', '/scim_tokens', '/ScimTokens']) expectError(await scim.get(path), 404)
  })
})

describe('a read, which begins while its token is looked up', () => {
  const rowsOf = (answer: Answer) =>
    server.eventually(`select action, outcome, actor ->> 'name' as name from audit_log where request_id = $1`, [
      answer.header('x-request-id'),
    ])

  test('is not answered before the lookup, nor recorded when that finds the token revoked [A7 SEC-04]', async () => {
    const scim = await server.org()
    const id = await scim.user('secret')
    expectStatus(await scim.get(`/Users/${id}`), 200)
    const revoking = server.asOwner(`begin; lock table scim_tokens; select pg_sleep(0.6);
      update scim_tokens set revoked_at = now() where id = '${scim.tokenId}'; commit`)
    await delay(200)
    const asked = scim.get(`/Users/${id}`)
    expect(await Promise.race([asked, delay(200, 'nothing yet')])).toBe('nothing yet')
    await revoking
    const answer = await asked
    expectError(answer, 401)
    expect(answer.text).not.toContain('secret')
    expect(await rowsOf(answer)).toMatchObject([{ action: 'scim.auth.failed', outcome: 'denied' }])
  })

  test('and a write waits: revoked meanwhile, it changes nothing and is recorded as refused alone [A7 SEC-04]', async () => {
    const scim = await server.org()
    const [id, groupId] = [await scim.user('a'), await scim.group('g')]
    const member = { value: id }
    const before = await server.snapshot(scim.orgId)
    const revoking = server.asOwner(`begin; lock table scim_tokens; select pg_sleep(0.6);
      update scim_tokens set revoked_at = now() where id = '${scim.tokenId}'; commit`)
    await delay(200)
    const answers = await Promise.all([
      scim.post('/Users', user('b')),
      scim.put(`/Users/${id}`, user('c')),
      scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }),
      scim.delete(`/Users/${id}`),
      scim.post('/Groups', group('h', { members: [member] })),
      scim.put(`/Groups/${groupId}`, group('g', { members: [member] })),
      scim.patch(`/Groups/${groupId}`, { op: 'add', path: 'members', value: [member] }),
      scim.delete(`/Groups/${groupId}`),
      scim.post('/Bulk', bulk(['d', 'e'])),
      scim.post('/Users', { nonsense: true }),
      scim.patch(`/Users/${NOBODY}`, { op: 'remove', path: 'userName' }),
      scim.post('/Users/.search', { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'userName pr' }),
      scim.get('/Users?filter=nonsense'),
      scim.get('/Nope'),
    ])
    await revoking
    for (const answer of answers) expectError(answer, 401)
    expect(await server.snapshot(scim.orgId)).toEqual(before)
    // One row tells of all of them.
    const failed = await server.eventually(`select payload from audit_log where org_id = $1 and action = 'scim.auth.failed'`, [scim.orgId])
    expect(failed).toEqual([{ payload: { reason: 'revoked', times: answers.length } }])
    const ids = answers.map((answer) => answer.header('x-request-id'))
    expect(await server.rows(`select action from audit_log where request_id = any ($1) and action <> 'scim.auth.failed'`, [ids])).toEqual(
      [],
    )
  })

  test('is done anew when the token has changed, and what is done is done and recorded once', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const names = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
    for (const [send, status, action] of [
      [() => scim.get(`/Users/${id}`), 200, 'scim.user.read'],
      [() => scim.get('/Users'), 200, 'scim.user.list'],
      [() => scim.get('/ServiceProviderConfig'), 200, 'scim.resource.list'],
      [() => scim.post('/Users', user('b')), 201, 'scim.user.create'],
      [() => scim.put(`/Users/${id}`, user('a', { title: 'x' })), 200, 'scim.user.update'],
      [() => scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'y' }), 200, 'scim.user.update'],
    ] as const) {
      const name = names.shift()
      await server.asOwner(`update scim_tokens set name = '${name}' where id = '${scim.tokenId}'`)
      expect(await rowsOf(expectStatus(await send(), status))).toEqual([{ action, outcome: 'success', name }])
    }
    expect((await scim.get(`/Users/${id}`)).header('etag')).toBe('W/"3"')
  })

  test('does not begin with another secret, whatever the token was good for before [A12]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    expectStatus(await scim.get(`/Users/${id}`), 200)
    const answer = await raw(
      { authorization: `Bearer ${formatToken({ kind: 'scim', id: scim.tokenId, secret: 'x'.repeat(43) })}` },
      `/Users/${id}`,
    )
    expectError(answer, 401)
    expect(await rowsOf(answer)).toMatchObject([{ action: 'scim.auth.failed' }])
  })
})

describe('failures', () => {
  test('are counted and audited with their reason, which the answer withholds [A12 SEC-04]', async () => {
    const scim = await server.org()
    await server.revoke(scim)
    const answer = await scim.get('/Users')
    expectError(answer, 401)
    expect(text(answer, '/detail')).toBe(text(await raw({ authorization: `Bearer ${server.unknownToken()}` }), '/detail'))
    const rows = await server.eventually(
      `select payload ->> 'reason' as reason from audit_log where action = 'scim.auth.failed' and org_id = $1`,
      [scim.orgId],
    )
    expect(rows).toEqual([{ reason: 'revoked' }])
  })
})

describe('rate limits', () => {
  test('answer 429 with whole seconds, SCIM JSON and no caching; others are not slowed [AUT-12 RC-18 J4]', async () => {
    const slow = await server.org({ ratePerSecond: 1 })
    const other = await server.org()
    let limited = await slow.get('/Users')
    for (let n = 0; n < 60 && limited.status === 200; n++) limited = await slow.get('/Users')
    expectError(limited, 429)
    expect(limited.header('retry-after')).toMatch(/^\d+$/)
    expect(limited.header('cache-control')).toContain('no-store')
    expectStatus(await other.get('/Users'), 200)
  })

  test('leave room for fifty requests a second by default [AUT-12 EN-56]', async () => {
    const scim = await server.org({ ratePerSecond: RATE_PER_SECOND_DEFAULT })
    const answers = await Promise.all(Array.from({ length: 50 }, () => scim.get('/Users?count=0')))
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200))
    expect(at(answers[0] ?? (await scim.get('/Users')), '/totalResults')).toBe(0)
  })
})
