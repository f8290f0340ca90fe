// What this server takes from an identity provider that is wrong, hostile or away: nothing. The provider here is a few handlers, so that every
// part of its answers can be falsified.
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Begun, discoverIssuer, Oidc } from '../../src/auth/oidc.ts'
import { systemClock } from '../../src/primitives/clock.ts'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })

type Claims = Record<string, unknown>
type Answers = {
  discovery: (own: Claims, response: ServerResponse) => unknown
  idToken: (claims: Claims) => string
  token: (response: ServerResponse) => unknown
}

let issuer = ''
let answers: Answers
let asked: string[] = []
const listener = createServer((request, response) => {
  const path = request.url ?? ''
  asked.push(path)
  const send = (value: unknown) => {
    if (value === undefined || response.writableEnded) return
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(value))
  }
  if (path.endsWith('/.well-known/openid-configuration')) send(answers.discovery(metadata(), response))
  else if (path === '/jwks') send({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] })
  else if (path === '/token') send(answers.token(response))
  else response.writeHead(404).end()
})

const metadata = (): Claims => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  id_token_signing_alg_values_supported: ['RS256'],
})

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => {
  listener.close()
  listener.closeAllConnections()
})
beforeEach(() => {
  asked = []
  answers = {
    discovery: (own) => own,
    idToken: (claims) => signed(claims),
    token: () => ({ access_token: 'a', token_type: 'Bearer', id_token: '' }),
  }
})

const without = (claims: Claims, name: string): Claims => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed(claims: Claims, { key = keys.privateKey, header = {} }: { key?: typeof keys.privateKey; header?: Claims } = {}): string {
  const text = `${base64({ alg: 'RS256', kid: 'one', ...header })}.${base64(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** One sign-in, with the ID token that the test makes of the right claims. */
async function signIn(make: (right: Claims, begun: Begun) => string) {
  const oidc = new Oidc({ clock: systemClock })
  const client = { issuer, clientId: 'plur', clientSecret: 'secret' }
  const redirect = 'http://127.0.0.1:1/callback'
  const { url, begun } = await oidc.begin(client, redirect)
  expect(new URL(url).searchParams.get('nonce')).toBe(begun.nonce)
  const seconds = Math.floor(Date.now() / 1000)
  const right = { iss: issuer, aud: 'plur', sub: 'alice', nonce: begun.nonce, iat: seconds, exp: seconds + 300 }
  answers.token = () => ({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: make(right, begun) })
  return oidc.end(client, new URL(`${redirect}?${new URLSearchParams({ code: 'c', state: begun.state })}`), begun)
}

describe('an ID token', () => {
  test('that is right says who it is', async () => {
    expect(await signIn((right) => signed(right))).toMatchObject({ sub: 'alice' })
  })

  test.each<[string, (right: Claims) => string, RegExp]>([
    ['of another issuer', (right) => signed({ ...right, iss: 'https://evil.example' }), /another client or another sign-in/],
    ['for another client', (right) => signed({ ...right, aud: 'other' }), /another client/],
    ['of another sign-in', (right) => signed({ ...right, nonce: 'other' }), /another sign-in/],
    ['without a nonce', (right) => signed(without(right, 'nonce')), /protocol|another sign-in/],
    ['that is too old', (right) => signed({ ...right, exp: 1000 }), /clock/],
    ['signed by somebody else', (right) => signed(right, { key: otherKeys.privateKey }), /protocol/],
    ['signed with an unknown key', (right) => signed(right, { key: otherKeys.privateKey, header: { kid: 'two' } }), /key/],
    ['with no signature', (right) => `${base64({ alg: 'none' })}.${base64(right)}.`, /protocol/],
    ['without a subject', (right) => signed(without(right, 'sub')), /protocol/],
    ['that is none', () => 'x', /protocol/],
  ])('%s is refused', async (_, make, text) => {
    await expect(signIn(make)).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(text) })
  })
})

describe('an identity provider', () => {
  test.each<[string, Partial<Answers>, RegExp]>([
    ['that names another issuer', { discovery: (own) => ({ ...own, issuer: 'https://evil.example' }) }, /another issuer/],
    ['that speaks for all its tenants', { discovery: (own) => ({ ...own, issuer: 'https://login.example/{tenantid}/v2.0' }) }, /issuer/],
    ['without a token endpoint', { discovery: (own) => without(own, 'token_endpoint') }, /no token endpoint/],
    ['that answers with no JSON', { discovery: (_, response) => void response.end('<html>') }, /something else than JSON/],
    ['that answers with an error', { discovery: (_, response) => void response.writeHead(500).end() }, /no OpenID discovery document/],
    [
      'that sends the browser of the server elsewhere',
      { discovery: (_, response) => void response.writeHead(302, { location: `${issuer}/elsewhere` }).end() },
      /no OpenID discovery document/,
    ],
    ['that never stops', { discovery: (own) => ({ ...own, filler: 'x'.repeat(1024 * 1024) }) }, /longer than any/],
  ])('%s is refused', async (_, wrong, text) => {
    Object.assign(answers, wrong)
    await expect(discoverIssuer(issuer)).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(text) })
    expect(asked).toEqual(['/.well-known/openid-configuration'])
  })

  test.each(['token_endpoint', 'authorization_endpoint', 'jwks_uri'])(
    'whose %s is in clear beyond this machine is not gone to',
    async (name) => {
      answers.discovery = (own) => ({ ...own, [name]: 'http://plain.example/x' })
      await expect(signIn((right) => signed(right))).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(/not https/) })
    },
  )

  test('that is away is said to be', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const address = closed.address()
    await new Promise((resolve) => closed.close(resolve))
    await expect(discoverIssuer(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)).rejects.toMatchObject({
      code: 'invalid',
      message: 'The identity provider cannot be reached: nothing listens there.',
    })
  })

  test.each<[string, Answers['discovery']]>([
    ['does not answer', () => undefined],
    ['never ends its answer', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{')],
  ])('that %s is waited for no longer than it may take', async (_, discovery) => {
    answers.discovery = discovery
    const oidc = new Oidc({ clock: systemClock, timeoutSeconds: 0.2 })
    await expect(oidc.begin({ issuer, clientId: 'plur', clientSecret: undefined }, 'http://127.0.0.1:1/callback')).rejects.toMatchObject({
      code: 'invalid',
      message: 'The identity provider does not answer in time.',
    })
  })

  test.each([
    '',
    'example.okta.com',
    'http://example.okta.com',
    'http://192.168.0.1',
    'ftp://example.com',
    'https://user:password@example.com',
    'https://example.com/?tenant=1',
    'javascript:alert(1)',
  ])('at %j is not asked', async (address) => {
    await expect(discoverIssuer(address)).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(/begins with https/) })
  })

  test('may be entered with what discovery adds to it, and is asked once for many sign-ins', async () => {
    expect(await discoverIssuer(` ${issuer}/.well-known/openid-configuration`)).toBe(issuer)
    asked = []
    const oidc = new Oidc({ clock: systemClock })
    const client = { issuer, clientId: 'plur', clientSecret: undefined }
    await oidc.begin(client, 'http://127.0.0.1:1/callback')
    await oidc.begin(client, 'http://127.0.0.1:1/callback')
    expect(asked).toEqual(['/.well-known/openid-configuration'])
  })

  test('that was away is asked again', async () => {
    const oidc = new Oidc({ clock: systemClock })
    const client = { issuer, clientId: 'plur', clientSecret: undefined }
    answers.discovery = (_, response) => void response.writeHead(503).end()
    await expect(oidc.begin(client, 'http://127.0.0.1:1/callback')).rejects.toMatchObject({ code: 'invalid' })
    answers.discovery = (own) => own
    expect((await oidc.begin(client, 'http://127.0.0.1:1/callback')).url).toMatch(/authorize/)
  })
})
