// Who may see which page, and which forms are carried out, over HTTP as browsers and others ask.
import { expect, test } from 'vitest'
import { keyOf } from '../support/api.ts'
import { type Org, useServer } from '../support/server.ts'
import { signedInAs, webAt } from '../support/web.ts'

const server = useServer()

async function orgWithAdmin(): Promise<Org> {
  const org = await server.org()
  await server.localAccount(org.orgId, 'root', { admin: true })
  await org.user('alice')
  return org
}

const PAGES = ['/admin', '/admin/users', '/admin/nothing', '/me', '/me/api-keys']

test.each(PAGES)('%s sends somebody unknown to the sign-in page, and back afterwards', async (path) => {
  const answer = await webAt(server.origin).get(`${path}?a=1`)
  expect([answer.status, answer.location]).toEqual([303, `/auth?${new URLSearchParams({ next: `${path}?a=1` })}`])
})

test('an admin sees the admin pages, a member does not, not even which there are [A9]', async () => {
  const org = await orgWithAdmin()
  expect((await (await signedInAs(server, org, 'root')).get('/admin')).status).toBe(200)
  const member = await signedInAs(server, org, 'alice')
  for (const path of ['/admin', '/admin/nothing', '/admin/scim/tokens']) expect((await member.get(path)).status, path).toBe(403)
  const [row] = await server.eventually(`select outcome, actor, target from audit_log where action = 'auth.denied' and org_id = $1`, [
    org.orgId,
  ])
  expect(row).toMatchObject({ outcome: 'denied', actor: { name: 'alice' }, target: { name: '/admin' } })
})

test('keys and SCIM tokens open no page [A3]', async () => {
  const org = await orgWithAdmin()
  for (const credential of [org.token, await keyOf(server, org, 'root')]) {
    for (const path of PAGES) {
      expect((await webAt(server.origin).get(path, { authorization: `Bearer ${credential}` })).status, path).toBe(401)
      const inCookie = await webAt(server.origin, { plur_session: credential }).get(path)
      expect([inCookie.status, inCookie.location?.startsWith('/auth?')], path).toEqual([303, true])
    }
  }
})

test('the session of a leaver ends on a page that says so [F1]', async () => {
  const org = await orgWithAdmin()
  const alice = await signedInAs(server, org, 'alice')
  expect((await alice.get('/me')).status).toBe(200)
  const [found] = await server.rows(`select r.id from scim_resources r where r.org_id = $1 and r.unique_key = 'alice'`, [org.orgId])
  await org.patch(`/Users/${String(found?.['id'])}`, { op: 'replace', path: 'active', value: false })
  const answer = await alice.get('/me')
  expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Your access has ended')])
  expect(alice.jar.has('plur_session')).toBe(false)
})

test('a form without a token of its own page is refused, and nothing happens [L5]', async () => {
  const org = await orgWithAdmin()
  const root = await signedInAs(server, org, 'root')
  const other = await signedInAs(server, org, 'alice')
  const right = await root.tokenOn('/me')
  const foreign = await other.tokenOn('/me')
  for (const fields of [{}, { _csrf: '' }, { _csrf: 'x' }, { _csrf: foreign }, { _csrf: `${right}x` }]) {
    expect((await root.post('/me/sign-out', fields)).status, JSON.stringify(fields)).toBe(403)
  }
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]) {
    expect((await root.post('/me/sign-out', { _csrf: right }, headers)).status, JSON.stringify(headers)).toBe(403)
  }
  expect((await root.get('/me')).status).toBe(200)
  expect((await root.post('/me/sign-out', { _csrf: right }, { origin: server.origin, 'sec-fetch-site': 'same-origin' })).status).toBe(303)
  expect((await root.get('/me')).status).toBe(303)
})

test.each([
  ['JSON', 'application/json', '{}', 415],
  ['more than a form may hold', 'application/x-www-form-urlencoded', 'a'.repeat(300_000), 413],
])('%s is no form', async (_, type, body, status) => {
  const org = await orgWithAdmin()
  const answer = await (await signedInAs(server, org, 'root')).send('POST', '/me/sign-out', { body, headers: { 'content-type': type } })
  expect(answer.status).toBe(status)
})

test('pages carry no inline code and may not be framed, cached or sent elsewhere [L1 K7]', async () => {
  const org = await orgWithAdmin()
  const { headers, text } = await (await signedInAs(server, org, 'root')).get('/admin')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('cache-control')).toBe('no-store')
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:/i)
})

test('assets are kept for ever under names that change with them, and need nobody', async () => {
  const { text } = await webAt(server.origin).get('/auth')
  const hrefs = [...text.matchAll(/(?:href|src)="(\/assets\/[^"#]+)"/g)].map(([, href]) => href ?? '')
  expect(hrefs.length).toBeGreaterThan(3)
  for (const href of hrefs) {
    const { status, headers } = await webAt(server.origin).get(href)
    expect([status, headers.get('cache-control')], href).toEqual([200, 'public, max-age=31536000, immutable'])
  }
  const style = await webAt(server.origin).get(hrefs.find((href) => href.includes('.css')) ?? '')
  const fonts = [...style.text.matchAll(/url\(["']?([^)"']+)/g)].map(([, name]) => name ?? '')
  expect(fonts.length).toBeGreaterThan(1)
  for (const font of fonts) expect((await webAt(server.origin).get(`/assets/${font}`)).status, font).toBe(200)
  const css = hrefs.find((href) => href.endsWith('.css')) ?? ''
  for (const [accepted, encoding] of [
    ['br', 'br'],
    ['gzip, deflate, br;q=0.5', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
    ['', null],
  ] as const) {
    const { headers, text: style } = await webAt(server.origin).get(css, { 'accept-encoding': accepted })
    expect([headers.get('content-encoding'), headers.get('vary'), style.includes('--accent')], accepted).toEqual([
      encoding,
      'Accept-Encoding',
      true,
    ])
  }
  expect((await webAt(server.origin).get('/assets/../package.json')).status).toBe(404)
  expect((await webAt(server.origin).get('/assets/app.000000000000.css')).status).toBe(404)
})

test('a method that a page does not have is refused with those it has', async () => {
  const org = await orgWithAdmin()
  const root = await signedInAs(server, org, 'root')
  const answer = await root.send('DELETE', '/me')
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})
