// Signing in with a password, step by step, over HTTP without script (design section 6; threats C5, C9).
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { graphOf } from '../support/graph.ts'
import { apiAt, keyOf } from '../support/api.ts'
import { audited, enter, givePassword, PASSWORD, person, signedIn, withApp } from '../support/people.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import { webAt } from '../support/web.ts'

const server = useServer()

async function orgWith(userName: string, more: { admin?: boolean; mustChange?: boolean } = {}): Promise<Org> {
  const org = await server.org()
  await person(server, org, userName, more)
  return org
}

describe('a name and a password', () => {
  test('let a person in, to where they wanted to go, and say so in the audit log', async () => {
    const org = await orgWith('alice')
    const { client, answer } = await enter(server, org, { name: 'ALICE', next: '/me/api-keys?a=1' })
    expect([answer.status, answer.location]).toEqual([303, '/me/api-keys?a=1'])
    expect(answer.headers.getSetCookie().find((cookie) => cookie.startsWith('plur_session='))).toMatch(/HttpOnly; SameSite=Lax/)
    expect((await client.get('/me')).text).toContain('alice')
    const [login] = await audited(server, org, ['auth.login'])
    expect(login).toMatchObject({
      actor: { kind: 'account', name: 'alice' },
      channel: 'auth',
      outcome: 'success',
      payload: { method: 'password' },
    })
    expect(await server.databaseContains(PASSWORD)).toBe(false)
  })

  test('lead an admin to the admin pages and a member to their own', async () => {
    const org = await orgWith('root', { admin: true })
    await person(server, org, 'alice')
    expect((await enter(server, org, { name: 'root' })).answer.location).toBe('/admin')
    expect((await enter(server, org, { name: 'alice' })).answer.location).toBe('/me')
  })

  test.each([
    ['a name that nobody has', { name: 'nobody' }, 'unknown_name'],
    ['a wrong password', { name: 'alice', password: 'not the password' }, 'wrong_password'],
    ['somebody without a password', { name: 'bob' }, 'no_password'],
  ])('are refused in the same words for %s, and the audit log says which', async (_, fields, reason) => {
    const org = await orgWith('alice')
    await server.localAccount(org.orgId, 'bob')
    const { client, answer } = await enter(server, org, fields)
    expect([answer.status, client.jar.has('plur_session')]).toEqual([403, false])
    expect(answer.text).toContain('The user name or the password is wrong.')
    const [row] = await server.eventually(
      `select actor, outcome, payload, target from audit_log where org_id = $1 and action = 'auth.failed'`,
      [org.orgId],
    )
    expect(row).toMatchObject({ actor: { kind: 'unknown' }, outcome: 'denied', payload: { reason, times: 1 } })
    // What was typed as a name may be a password.
    expect(JSON.stringify(row)).not.toContain('nobody')
  })

  test('of one organisation open no other', async () => {
    const [one, other] = [await orgWith('alice'), await orgWith('alice')]
    await givePassword(server, other, { userName: 'alice', password: 'another horse battery' })
    expect((await enter(server, one, { name: 'alice', password: 'another horse battery' })).answer.status).toBe(403)
    expect((await webAt(server.origin).get('/auth?org=nowhere')).status).toBe(404)
  })

  test('do not follow an address: whoever has it by SCIM is not whoever had it first [C3]', async () => {
    const org = await server.org()
    await server.localAccount(org.orgId, 'alice', { email: 'alice@example.com' })
    await givePassword(server, org, { userName: 'alice' })
    expect((await enter(server, org, { name: 'alice@example.com' })).answer.status).toBe(403)
    await org.user('mallory', { emails: [{ value: 'alice@example.org', primary: true }] })
    expect((await enter(server, org, { name: 'alice@example.org' })).answer.status).toBe(403)
  })

  test.each(['https://evil.example', '//evil.example', '/\\evil.example', '/auth', '/auth/code', 'javascript:alert(1)', '/me\r\nX: y'])(
    'lead to no page but ours: %j',
    async (next) => {
      const org = await orgWith('alice')
      expect((await enter(server, org, { name: 'alice', next })).answer.location).toBe('/me')
    },
  )

  test('start a session that the browser did not bring along', async () => {
    const org = await orgWith('alice')
    const client = await signedIn(server, org, 'alice')
    const before = client.jar.get('plur_session')
    const fields = { org: org.slug, name: 'alice', password: PASSWORD, next: '', _csrf: await tokenOfSignIn(client) }
    expect((await client.post('/auth', fields)).status).toBe(303)
    expect(client.jar.get('plur_session')).not.toBe(before)
  })

  test('are asked for again when something else stands in the place of a session', async () => {
    const org = await orgWith('alice')
    for (const token of [await keyOf(server, org, 'alice'), org.token, 'x']) {
      expect((await webAt(server.origin, { plur_session: token }).get(`/auth?org=${org.slug}`)).status).toBe(200)
    }
  })

  test('are not looked at in a form of another site [L5]', async () => {
    const org = await orgWith('alice')
    const client = webAt(server.origin)
    const fields = { org: org.slug, name: 'alice', password: PASSWORD, next: '' }
    expect((await client.post('/auth', fields)).status).toBe(403)
    const token = await client.tokenOn('/auth')
    expect((await client.post('/auth', { ...fields, _csrf: token }, { origin: 'https://evil.example' })).status).toBe(403)
    expect(client.jar.has('plur_session')).toBe(false)
  })

  /** The sign-in page leads on whoever is signed in, so that its form has to be taken without the session. */
  async function tokenOfSignIn(client: ReturnType<typeof webAt>): Promise<string> {
    const session = client.jar.get('plur_session') ?? ''
    client.jar.delete('plur_session')
    const token = await client.tokenOn('/auth')
    client.jar.set('plur_session', session)
    return token
  }
})

describe('a password that somebody else knows', () => {
  test('opens nothing before it was changed, and the new one is the person’s own', async () => {
    const org = await orgWith('alice', { mustChange: true })
    const { client, answer } = await enter(server, org, { name: 'alice', next: '/me/sessions' })
    expect(answer.location).toBe('/auth/new-password?next=%2Fme%2Fsessions')
    const half = client.jar.get('plur_session') ?? ''
    for (const path of ['/me', '/me/api-keys', '/admin']) expect((await client.get(path)).location, path).toMatch(/^\/auth\?/)
    expect((await apiAt(server.origin, half).get('/me')).status).toBe(401)
    const page = '/auth/new-password'
    const change = (password: string, repeated = password) => client.submit(page, page, { password, repeated, next: '/me/sessions' })
    for (const [password, problem] of [
      ['short', 'at least 12 characters'],
      ['aaaaaaaaaaaaaaaa', 'different characters'],
      [PASSWORD, 'another password than the one you were given'],
    ] as const) {
      expect([(await change(password)).status, (await change(password)).text], password).toEqual([400, expect.stringContaining(problem)])
    }
    expect((await change('my own long password', 'my own long passwort')).text).toContain('not the same')
    const changed = await change('my own long password')
    expect([changed.status, changed.location]).toEqual([303, '/me/sessions'])
    expect(client.jar.get('plur_session')).not.toBe(half)
    expect((await client.get('/me')).status).toBe(200)
    expect((await enter(server, org, { name: 'alice' })).answer.status).toBe(403)
    expect((await enter(server, org, { name: 'alice', password: 'my own long password' })).answer.location).toBe('/me')
    const rows = await audited(server, org, ['auth.session.issue', 'auth.password.change', 'auth.login'])
    expect(rows.map(({ action }) => action)).toEqual([
      'auth.password.change',
      'auth.session.issue',
      'auth.password.change',
      'auth.login',
      'auth.login',
    ])
    expect(rows[2]).toMatchObject({ actor: { name: 'alice' }, payload: { because: 'first_sign_in' } })
  })

  test('leaves a session behind that opens nothing, and that is noted', async () => {
    const org = await orgWith('alice', { mustChange: true })
    const { client } = await enter(server, org, { name: 'alice' })
    await client.get('/me')
    const [row] = await server.eventually(`select actor, payload from audit_log where org_id = $1 and action = 'auth.failed'`, [org.orgId])
    expect(row).toMatchObject({ actor: { name: 'alice' }, payload: { reason: 'unfinished' } })
  })

  test('cannot be changed twice with one sign-in', async () => {
    const org = await orgWith('alice', { mustChange: true })
    const { client } = await enter(server, org, { name: 'alice' })
    const page = '/auth/new-password'
    const token = await client.tokenOn(page)
    const half = client.jar.get('plur_session') ?? ''
    const answers = await Promise.all(
      ['my own long password', 'mallory owns this one'].map((password) =>
        webAt(server.origin, Object.fromEntries(client.jar)).post(page, { password, repeated: password, next: '', _csrf: token }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    expect((await webAt(server.origin, { plur_session: half }).get(page)).location).toMatch(/^\/auth\?/)
  })
})

describe('an authenticator app', () => {
  test('is asked for its code, which is good once', async () => {
    const org = await orgWith('alice')
    const app = await withApp(server, org, 'alice')
    const { client, answer } = await enter(server, org, { name: 'alice', next: '/me/sessions' })
    expect(answer.location).toBe('/auth/code?next=%2Fme%2Fsessions')
    const half = client.jar.get('plur_session')
    expect((await client.get('/me')).location).toMatch(/^\/auth\?/)
    const wrong = await client.submit('/auth/code', '/auth/code', { code: '000000', next: '' })
    expect([wrong.status, wrong.text]).toEqual([403, expect.stringContaining('The code is wrong')])
    const code = app.code()
    const right = await client.submit('/auth/code', '/auth/code', { code: `${code.slice(0, 3)} ${code.slice(3)}`, next: '/me/sessions' })
    expect([right.status, right.location]).toEqual([303, '/me/sessions'])
    expect(client.jar.get('plur_session')).not.toBe(half)
    expect((await client.get('/me/sessions')).text).toContain('password and authenticator app')
    const again = await enter(server, org, { name: 'alice' })
    const replayed = await again.client.submit('/auth/code', '/auth/code', { code, next: '' })
    expect([replayed.status, replayed.text]).toEqual([403, expect.stringContaining('used before')])
    // An earlier code that was not used is older than the one that was.
    expect((await again.client.submit('/auth/code', '/auth/code', { code: app.code(-1), next: '' })).status).toBe(403)
    expect((await again.client.submit('/auth/code', '/auth/code', { code: app.code(1), next: '' })).status).toBe(303)
  })

  test('of two sign-ins at once with one code lets one in', async () => {
    const org = await orgWith('alice')
    const app = await withApp(server, org, 'alice')
    const clients = [(await enter(server, org, { name: 'alice' })).client, (await enter(server, org, { name: 'alice' })).client]
    const code = app.code()
    const answers = await Promise.all(clients.map((client) => client.submit('/auth/code', '/auth/code', { code, next: '' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403])
  })

  test('that is lost is replaced by a recovery code, each good once', async () => {
    const org = await orgWith('alice')
    const { recoveryCodes } = await withApp(server, org, 'alice')
    const [first = ''] = recoveryCodes
    const use = async (code: string) => {
      const { client } = await enter(server, org, { name: 'alice' })
      return client.submit('/auth/recovery', '/auth/recovery', { code, next: '' })
    }
    expect((await use('abcd-abcd-abcd-abcd')).status).toBe(403)
    expect((await use(first.toUpperCase().replaceAll('-', ' '))).location).toBe('/me')
    const again = await use(first)
    expect([again.status, again.text]).toEqual([403, expect.stringContaining('used before')])
    expect((await use(recoveryCodes[1] ?? '')).status).toBe(303)
    expect((await audited(server, org, ['auth.totp.recovery.use'])).length).toBe(2)
    expect(await server.databaseContains(first)).toBe(false)
  })

  test('is kept sealed', async () => {
    const org = await orgWith('alice')
    const { secret, code } = await withApp(server, org, 'alice')
    const { client } = await enter(server, org, { name: 'alice' })
    await client.submit('/auth/code', '/auth/code', { code: code(), next: '' })
    expect(await server.databaseContains(secret)).toBe(false)
  })

  test('comes before the change of a password that somebody else knows', async () => {
    const org = await orgWith('alice', { mustChange: true })
    const app = await withApp(server, org, 'alice')
    const { client } = await enter(server, org, { name: 'alice' })
    expect((await client.get('/auth/new-password')).location).toBe('/auth/code')
    expect((await client.submit('/auth/code', '/auth/code', { code: app.code(), next: '' })).location).toBe('/auth/new-password')
    expect((await client.get('/me')).location).toMatch(/^\/auth\?/)
  })
})

test('a sign-in that is left half done is over after ten minutes', async () => {
  const org = await orgWith('alice')
  const app = await withApp(server, org, 'alice')
  const { client } = await enter(server, org, { name: 'alice' })
  const token = await client.tokenOn('/auth/code')
  const [left] = await server.rows(`select expires_at - created_at = interval '10 minutes' as minutes from sessions where org_id = $1`, [
    org.orgId,
  ])
  expect(left).toEqual({ minutes: true })
  await server.asOwner(`update sessions set expires_at = now() - interval '1 ms' where org_id = '${org.orgId}'`)
  expect((await client.post('/auth/code', { code: app.code(), next: '', _csrf: token })).location).toMatch(/^\/auth\?.*again/)
})

describe('guessing', () => {
  test('a password is stopped for that name, whoever guesses, until the time is over; the right one is not looked at then', async () => {
    const org = await orgWith('alice')
    for (let i = 0; i < 20; i++) expect((await enter(server, org, { name: 'alice', password: `guess ${i}` })).answer.status).toBe(403)
    const { answer } = await enter(server, org, { name: 'Alice' })
    expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([429, expect.closeTo(900, -2)])
    expect(answer.text).toContain('Too many attempts')
    // A name that nobody has is counted in the same way.
    for (let i = 0; i < 20; i++) await enter(server, org, { name: 'nobody', password: 'x' })
    expect((await enter(server, org, { name: 'nobody' })).answer.status).toBe(429)
    await server.asOwner('delete from rate_limits')
    expect((await enter(server, org, { name: 'alice' })).answer.status).toBe(303)
  })

  test('is counted for all processes together, and stops an address that tries many names', async () => {
    await server.asOwner('delete from rate_limits')
    const org = await orgWith('alice')
    const other = await server.another()
    for (let i = 0; i < 100; i++) {
      const client = webAt(i % 2 === 0 ? server.origin : other.origin)
      const answer = await client.submit('/auth', '/auth', { org: org.slug, name: `name${i}`, password: 'x', next: '' })
      expect(answer.status).toBe(403)
    }
    expect((await enter(server, org, { name: 'alice' })).answer.status).toBe(429)
    await server.asOwner('delete from rate_limits')
  })

  test('a code is stopped after ten', async () => {
    const org = await orgWith('alice')
    const app = await withApp(server, org, 'alice')
    const { client } = await enter(server, org, { name: 'alice' })
    const token = await client.tokenOn('/auth/code')
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push((await client.post('/auth/code', { code: '000000', next: '', _csrf: token })).status)
    expect(new Set(statuses)).toEqual(new Set([403]))
    expect((await client.post('/auth/code', { code: app.code(), next: '', _csrf: token })).status).toBe(429)
    await server.asOwner('delete from rate_limits')
  })

  test('names and addresses that were tried are not kept', async () => {
    const org = await orgWith('alice')
    await enter(server, org, { name: 'somebodys-secret-name' })
    expect(await server.databaseContains('somebodys-secret-name')).toBe(false)
  })
})

describe('somebody whom SCIM disabled cannot come back [C9 F1]', () => {
  /** A person with a local password whom the identity provider took over, as when a local account is linked. */
  async function takenOver(options: { mustChange?: boolean; app?: boolean } = {}) {
    const org = await server.org()
    await person(server, org, 'alice', options)
    const app = options.app === true ? await withApp(server, org, 'alice') : undefined
    await sql`update accounts set prelinked_at = now() where org_id = ${org.orgId} and user_name = 'alice'`.execute(
      graphOf(server, org).work.db,
    )
    const id = await org.user('alice')
    const disable = async () => expectStatus(await org.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }), 200)
    return { org, app, disable }
  }

  test('by the password', async () => {
    const { org, disable } = await takenOver()
    const client = await signedIn(server, org, 'alice')
    await disable()
    const { answer } = await enter(server, org, { name: 'alice' })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Your access has ended')])
    // Who does not know the password is told nothing of it.
    expect((await enter(server, org, { name: 'alice', password: 'wrong' })).answer.text).toContain('is wrong')
    expect((await client.get('/me')).text).toContain('Your access has ended')
    const rows = await server.eventually(
      `select actor, payload from audit_log where org_id = $1 and action = 'auth.failed' and channel = 'auth' and payload ->> 'reason' = 'disabled'`,
      [org.orgId],
    )
    expect(rows).toMatchObject([{ actor: { name: 'alice' } }])
  })

  test('by the code or a recovery code of a sign-in that was half done', async () => {
    const { org, app, disable } = await takenOver({ app: true })
    const { client } = await enter(server, org, { name: 'alice' })
    const token = await client.tokenOn('/auth/code')
    await disable()
    for (const [path, code] of [
      ['/auth/code', app?.code() ?? ''],
      ['/auth/recovery', app?.recoveryCodes[0] ?? ''],
    ] as const) {
      const answer = await webAt(server.origin, Object.fromEntries(client.jar)).post(path, { code, next: '', _csrf: token })
      expect([answer.status, answer.text], path).toEqual([403, expect.stringContaining('Your access has ended')])
    }
  })

  test('by choosing a password in a sign-in that was half done', async () => {
    const { org, disable } = await takenOver({ mustChange: true })
    const { client } = await enter(server, org, { name: 'alice' })
    const token = await client.tokenOn('/auth/new-password')
    await disable()
    const password = 'my own long password'
    const answer = await client.post('/auth/new-password', { password, repeated: password, next: '', _csrf: token })
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Your access has ended')])
    expect(await server.rows('select must_change from local_credentials where org_id = $1', [org.orgId])).toEqual([{ must_change: true }])
  })

  test('at the same moment, whichever was first', async () => {
    for (let round = 0; round < 10; round++) {
      const { org, disable } = await takenOver()
      const [{ client }] = await Promise.all([enter(server, org, { name: 'alice' }), disable()])
      expect((await client.get('/me')).status).not.toBe(200)
    }
  })
})

test('a browser at the root is led to its pages, anything else reads the text', async () => {
  const org = await orgWith('root', { admin: true })
  await person(server, org, 'alice')
  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  expect((await webAt(server.origin).get('/', html)).location).toBe('/auth')
  expect((await (await signedIn(server, org, 'root')).get('/', html)).location).toBe('/admin')
  expect((await (await signedIn(server, org, 'alice')).get('/', html)).location).toBe('/me')
  const text = await webAt(server.origin).get('/', { accept: '*/*' })
  expect([text.status, text.text]).toEqual([200, expect.stringContaining('/scim/v2')])
})
