// What people do for themselves, over HTTP without script: why they see what they see, keys, sessions, password and second factor.
import { describe, expect, test } from 'vitest'
import { PasswordHasher } from '../../src/auth/password-hash.ts'
import { resetPassword } from '../../src/auth/passwords.ts'
import { newTotpSecret } from '../../src/auth/totp.ts'
import { apiAt, team } from '../support/api.ts'
import { adminContext, graphOf } from '../support/graph.ts'
import { audited, codeOf, enter, PASSWORD, person, signedIn, withApp } from '../support/people.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, type WebClient } from '../support/web.ts'

const server = useServer()

describe('/me', () => {
  test('lists what a person reads and writes, each with the way to why', async () => {
    const { org } = await team(server)
    const { text } = await (await signedInAs(server, org, 'alice')).get('/me')
    for (const scope of ['global', `org:${org.slug}`, `user:${org.slug}:alice`, 'group:engineering/platform']) {
      expect(text).toContain(`<code>${scope}</code>`)
    }
    expect(text).toContain('href="/me/why?scope=group%3Aengineering%2Fplatform"')
  })
})

describe('/me/why', () => {
  test('shows the way from a person to a scope, with who made it, when and by which request', async () => {
    const { org } = await team(server)
    const alice = await signedInAs(server, org, 'alice')
    const { text } = await alice.get('/me/why?scope=group:engineering/platform')
    const [made] = await server.rows('select added_request_id as id from scim_group_members where org_id = $1 limit 1', [org.orgId])
    for (const part of [
      'You',
      'member of',
      'Engineering/Platform',
      'as editor',
      'added by the connection “test connection”',
      String(made?.['id']),
      'which carries',
      'switched on by admin on the command line',
    ]) {
      expect(text).toContain(part)
    }
  })

  test('does not tell a scope that one may not see from one that is not there', async () => {
    const { org } = await team(server)
    const carol = await signedInAs(server, org, 'carol')
    const [hidden, missing] = [await carol.get('/me/why?scope=group:engineering/platform'), await carol.get('/me/why?scope=group:nothing')]
    const plain = (text: string) => text.replaceAll(/group:[a-z/]+|value="[^"]*"/g, '')
    expect(plain(hidden.text)).toContain('You cannot')
    expect(plain(hidden.text)).toBe(plain(missing.text))
  })

  test.each([
    ['nothing', ''],
    ['NUL', '\0'],
    ['markup', '<script>alert(1)</script>'],
    ['a long text', 'a'.repeat(5000)],
    ['a picture', 'group:\u{1F600}'],
  ])('answers for %s', async (_, scope) => {
    const { org } = await team(server)
    const { status, text } = await (await signedInAs(server, org, 'carol')).get(`/me/why?scope=${encodeURIComponent(scope)}`)
    expect(status).toBe(200)
    expect(text).not.toContain('<script>alert')
  })
})

describe('/me/api-keys', () => {
  const make = (client: WebClient, fields: Record<string, string>) =>
    client.submit('/me/api-keys', '/me/api-keys', { life: '90', ...fields })

  test('makes a key that is shown once, works, and dies when it is revoked [A4 A5]', async () => {
    const { org, scope } = await team(server)
    const alice = await signedInAs(server, org, 'alice')
    const made = await make(alice, { name: 'laptop' })
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const key = /plur_sk_\w+/.exec(made.text)?.[0] ?? ''
    expect(made.text).toContain(`scope: ${scope}`)
    const api = apiAt(server.origin, key)
    expect((await api.get('/me')).status).toBe(200)
    const listed = await alice.get('/me/api-keys')
    expect(listed.text).toContain('laptop')
    expect(listed.text).not.toContain(key)
    const [row] = await server.rows(`select id, expires_at - created_at = interval '90 days' as kept from api_keys where org_id = $1`, [
      org.orgId,
    ])
    expect(row).toMatchObject({ kept: true })
    expect((await alice.submit('/me/api-keys', `/me/api-keys/${String(row?.['id'])}/revoke`)).location).toBe('/me/api-keys')
    expect((await api.get('/me')).status).toBe(401)
    const rows = await audited(server, org, ['apikey.issue', 'apikey.revoke'])
    expect(rows).toMatchObject([{ actor: { name: 'alice' }, channel: 'admin' }, { actor: { name: 'alice' } }])
    expect(JSON.stringify(rows)).not.toContain(key.split('_')[3])
  })

  test.each([
    ['a blank name', { name: ' ' }, 'Give it a name'],
    ['a long name', { name: 'a'.repeat(201) }, 'at most 200'],
    ['a name that turns the text around', { name: 'a\u202Eb' }, 'visible characters'],
    ['a life that is not offered', { name: 'laptop', life: '9999' }, 'Choose how long'],
  ])('%s is refused beside the field', async (_, fields, problem) => {
    const { org } = await team(server)
    const answer = await make(await signedInAs(server, org, 'alice'), fields)
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(problem)])
    expect(await server.rows('select id from api_keys where org_id = $1', [org.orgId])).toEqual([])
  })

  test('shows and revokes nobody else’s keys', async () => {
    const { org } = await team(server)
    const [alice, bob] = [await signedInAs(server, org, 'alice'), await signedInAs(server, org, 'bob')]
    const key = /plur_sk_\w+/.exec((await make(alice, { name: 'alices laptop' })).text)?.[0] ?? ''
    expect((await bob.get('/me/api-keys')).text).not.toContain('alices laptop')
    expect((await bob.submit('/me/api-keys', `/me/api-keys/${key.split('_')[2]}/revoke`)).status).toBe(404)
    expect((await apiAt(server.origin, key).get('/me')).status).toBe(200)
  })
})

describe('/me/sessions', () => {
  async function withSessions(count: number): Promise<{ org: Org; clients: WebClient[] }> {
    const org = await server.org()
    await person(server, org, 'alice')
    const clients: WebClient[] = []
    for (let i = 0; i < count; i++) clients.push(await signedIn(server, org, 'alice'))
    return { org, clients }
  }
  const statuses = (clients: readonly WebClient[]) => Promise.all(clients.map(async (client) => (await client.get('/me')).status))
  const idOf = (client: WebClient | undefined) => client?.jar.get('plur_session')?.split('_')[2] ?? ''

  test('ends one, all others, or all', async () => {
    const { org, clients } = await withSessions(4)
    const [here, other] = clients
    expect((await here?.get('/me/sessions'))?.text.match(/>this one</g)).toHaveLength(1)
    await here?.submit('/me/sessions', `/me/sessions/${idOf(other)}/end`)
    expect(await statuses(clients)).toEqual([200, 303, 200, 200])
    await here?.submit('/me/sessions', '/me/sessions/end-all', { which: 'others' })
    expect(await statuses(clients)).toEqual([200, 303, 303, 303])
    const gone = await here?.submit('/me/sessions', '/me/sessions/end-all')
    expect([gone?.location, here?.jar.has('plur_session')]).toEqual([`/auth?org=${org.slug}`, false])
    expect((await audited(server, org, ['auth.session.revoke'])).length).toBe(4)
  })

  test('signing out ends this one, and says so in the audit log', async () => {
    const { org, clients } = await withSessions(2)
    const [here] = clients
    const token = here?.jar.get('plur_session') ?? ''
    await here?.submit('/me', '/me/sign-out')
    here?.jar.set('plur_session', token)
    expect(await statuses(clients)).toEqual([303, 200])
    expect(await audited(server, org, ['auth.logout'])).toMatchObject([{ actor: { name: 'alice' }, payload: { because: 'signed_out' } }])
  })

  test('ends nobody else’s', async () => {
    const { org, clients } = await withSessions(1)
    await person(server, org, 'bob')
    const bob = await signedIn(server, org, 'bob')
    await bob.submit('/me/sessions', `/me/sessions/${idOf(clients[0])}/end`)
    expect(await statuses(clients)).toEqual([200])
  })

  test('half-finished sign-ins are not listed, and end with the others', async () => {
    const org = await server.org()
    await person(server, org, 'alice')
    const app = await withApp(server, org, 'alice')
    const { client: half } = await enter(server, org, { name: 'alice' })
    const { client: here } = await enter(server, org, { name: 'alice' })
    await here.submit('/auth/code', '/auth/code', { code: app.code(), next: '' })
    expect((await here.get('/me/sessions')).text).not.toContain('Sign out everywhere else')
    await here.submit('/me/sessions', '/me/sessions/end-all', { which: 'others' })
    expect((await half.get('/auth/code')).location).toMatch(/^\/auth\?/)
  })
})

describe('/me/security', () => {
  async function alone(): Promise<{ org: Org; client: WebClient }> {
    const org = await server.org()
    await person(server, org, 'alice')
    return { org, client: await signedIn(server, org, 'alice') }
  }
  const NEW = 'my own long password'

  test('changes the password with the present one, and signs all other browsers out', async () => {
    const { org, client } = await alone()
    const other = await signedIn(server, org, 'alice')
    const change = (fields: Record<string, string>) =>
      client.submit('/me/security', '/me/security/password', { current: PASSWORD, password: NEW, repeated: NEW, ...fields })
    for (const [fields, problem] of [
      [{ current: 'wrong' }, 'not your password'],
      [{ repeated: 'something else' }, 'not the same'],
      [{ password: 'short', repeated: 'short' }, 'at least 12'],
      [{ password: PASSWORD, repeated: PASSWORD }, 'the password you have'],
    ] as const) {
      const answer = await change(fields)
      expect([answer.status, answer.text], problem).toEqual([400, expect.stringContaining(problem)])
      expect(answer.text).not.toContain(NEW)
    }
    expect((await change({})).location).toBe('/me/security')
    expect([(await client.get('/me')).status, (await other.get('/me')).status]).toEqual([200, 303])
    expect((await enter(server, org, { name: 'alice' })).answer.status).toBe(403)
    expect((await enter(server, org, { name: 'alice', password: NEW })).answer.status).toBe(303)
  })

  test('sets up an authenticator app with a code and the password, and gives recovery codes once', async () => {
    const { org, client } = await alone()
    const page = await client.get('/me/security/totp')
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page.text)?.[1] ?? ''
    const secret = /<code>([A-Z2-7 ]{30,})<\/code>/.exec(page.text)?.[1]?.replaceAll(' ', '') ?? ''
    expect(page.text).toContain('<svg class="qr-code"')
    const send = (fields: Record<string, string>) =>
      client.post('/me/security/totp', {
        _csrf: field('_csrf'),
        enrolment: field('enrolment'),
        current: PASSWORD,
        code: codeOf(secret),
        ...fields,
      })
    for (const [fields, problem] of [
      [{ code: codeOf(newTotpSecret()) }, 'not the code'],
      [{ current: 'wrong' }, 'not your password'],
    ] as const) {
      const answer = await send(fields)
      expect([answer.status, answer.text], problem).toEqual([400, expect.stringContaining(problem)])
    }
    // What is being set up belongs to this account, and cannot be made up.
    expect((await send({ enrolment: secret })).location).toBe('/me/security/totp')
    const code = codeOf(secret)
    const done = await send({ code })
    const codes = done.text.match(/[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}/g) ?? []
    expect(new Set(codes).size).toBe(10)
    expect((await client.get('/me/security')).text).toContain('Recovery codes left')
    expect((await client.get('/me/security/totp')).location).toBe('/me/security')
    // The code that proved the app signs nobody in.
    const { client: again } = await enter(server, org, { name: 'alice' })
    expect((await again.submit('/auth/code', '/auth/code', { code, next: '' })).status).toBe(403)
    expect((await again.submit('/auth/recovery', '/auth/recovery', { code: codes[0] ?? '', next: '' })).location).toBe('/me')
  })

  test('makes new recovery codes and switches the app off, with the password', async () => {
    const org = await server.org()
    await person(server, org, 'alice')
    const app = await withApp(server, org, 'alice')
    const client = await signedInAs(server, org, 'alice')
    expect((await client.submit('/me/security', '/me/security/totp/disable', { 'disable-current': 'wrong' })).location).toBe('/me/security')
    expect((await client.get('/me/security')).text).toContain('Nothing was changed')
    const renewed = await client.submit('/me/security', '/me/security/totp/codes', { 'codes-current': PASSWORD })
    expect(renewed.text).toContain('New recovery codes')
    const { client: late } = await enter(server, org, { name: 'alice' })
    expect((await late.submit('/auth/recovery', '/auth/recovery', { code: app.recoveryCodes[0] ?? '', next: '' })).status).toBe(403)
    await client.submit('/me/security', '/me/security/totp/disable', { 'disable-current': PASSWORD })
    expect((await enter(server, org, { name: 'alice' })).answer.location).toBe('/me')
    const rows = await audited(server, org, ['auth.totp.enable', 'auth.totp.recovery.renew', 'auth.totp.disable'])
    expect(rows.map(({ action }) => action)).toEqual(['auth.totp.enable', 'auth.totp.recovery.renew', 'auth.totp.disable'])
  })

  test('asks for the password no more often than a sign-in does', async () => {
    const { org, client } = await alone()
    const fields = { password: NEW, repeated: NEW }
    for (let i = 0; i < 20; i++) await client.submit('/me/security', '/me/security/password', { ...fields, current: 'wrong' })
    const answer = await client.submit('/me/security', '/me/security/password', { ...fields, current: PASSWORD })
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Too many attempts')])
    expect((await enter(server, org, { name: 'alice' })).answer.status).toBe(429)
    await server.asOwner('delete from rate_limits')
  })

  test('has no password for whom an identity provider asks for it, and nobody can make one [C5]', async () => {
    const org = await server.org()
    await org.user('alice')
    const client = await signedInAs(server, org, 'alice')
    expect((await client.get('/me/security')).text).toContain('You have no password here')
    expect((await client.get('/me/security/totp')).status).toBe(409)
    const fields = { current: 'x', password: NEW, repeated: NEW }
    expect((await client.submit('/me/sessions', '/me/security/password', fields)).status).toBe(409)
    const { work, accountId } = graphOf(server, org)
    const account = { id: await accountId('alice'), userName: 'alice', origin: 'scim' }
    await expect(resetPassword(work, adminContext(org), { hasher: new PasswordHasher(), account })).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

test('forms of these pages need their own token [L5]', async () => {
  const org = await server.org()
  await person(server, org, 'alice')
  const client = await signedIn(server, org, 'alice')
  for (const path of [
    '/me/api-keys',
    '/me/api-keys/x/revoke',
    '/me/sessions/x/end',
    '/me/sessions/end-all',
    '/me/security/password',
    '/me/security/totp',
    '/me/security/totp/codes',
    '/me/security/totp/disable',
  ]) {
    expect((await client.post(path, { _csrf: 'x' })).status, path).toBe(403)
  }
})
