// An identity provider for tests: the certified oidc-provider on a port of this machine. Whoever comes is signed in at once as the person that
// the test says, without a page of its own.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Configuration, Provider } from 'oidc-provider'
import { afterAll, beforeAll, vi } from 'vitest'
import { changeProvider, createProvider, noteTest, switchProvider, getProvider } from '../../src/auth/sso-providers.ts'
import { getServerSecret } from '../../src/db/server-secrets.ts'
import { adminContext, graphOf } from './graph.ts'
import type { Org, TestServer } from './server.ts'
import { type PageAnswer, type WebClient, webAt } from './web.ts'

export const CLIENT_ID = 'plur'
export const CLIENT_SECRET = 'secret-of-the-client-that-nobody-may-see'

/** What the identity provider says of whoever signs in there. */
export type IdpPerson = { readonly sub: string; readonly [claim: string]: unknown }

/** Starts one before the file's tests and stops it after them. */
export function useIdentityProvider() {
  let issuer = ''
  let person: IdpPerson = { sub: 'nobody' }
  let refuses = false
  const listener = createServer()
  beforeAll(async () => {
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${addressOf(listener.address()).port}`
    // It warns that what it keeps is kept in memory, which is what a test wants.
    const warnings = vi.spyOn(console, 'warn').mockReturnValue()
    const provider = new Provider(
      issuer,
      configurationOf(() => person),
    )
    warnings.mockRestore()
    // The id of a provider here, and so its redirect URI, is only known later.
    provider.Client.prototype.redirectUriAllowed = (uri: string) => uri.endsWith('/callback')
    const handle = provider.callback()
    listener.on('request', (request, response) => {
      if (request.url?.startsWith('/interaction/') !== true) return void handle(request, response)
      const result = refuses ? { error: 'access_denied', error_description: 'not assigned' } : { login: { accountId: person.sub } }
      void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    })
  })
  afterAll(() => {
    listener.close()
    listener.closeAllConnections()
  })
  return {
    get issuer() {
      return issuer
    },
    /** From now on this person is who signs in there. */
    is(next: IdpPerson): void {
      person = next
      refuses = false
    },
    /** From now on it says no. */
    refuse(): void {
      refuses = true
    },
  }
}

export type IdentityProvider = ReturnType<typeof useIdentityProvider>

function configurationOf(person: () => IdpPerson): Configuration {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code'],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    // Everything in the ID token, as Okta and Entra do.
    conformIdTokenClaims: false,
    claims: { profile: ['preferred_username', 'name', 'oid'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...person(), sub: id }) }),
    async loadExistingGrant({ oidc }) {
      const { client, provider, session } = oidc
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('a listener without a port')
  return address
}

export type SsoOptions = { readonly name?: string; readonly claim?: string; readonly enabled?: boolean; readonly secret?: string }

/** Sets the provider up for an organisation, as its admin would have; its id. */
export async function withSso(server: TestServer, org: Org, idp: IdentityProvider, options: SsoOptions = {}): Promise<string> {
  const { name = 'Test IdP', claim = 'sub', enabled = true, secret = CLIENT_SECRET } = options
  const { work } = graphOf(server, org)
  const context = adminContext(org)
  const { id } = await createProvider(work, context, { name, issuer: idp.issuer })
  const change = { name, clientId: CLIENT_ID, clientSecret: secret, claim }
  await changeProvider(work, context, { id, change, sealing: await getServerSecret(work, 'sealing') })
  if (enabled) {
    await noteTest(work, context, { tested: await getProvider(work, context, id), payload: {} })
    await switchProvider(work, context, { id, enabled: true })
  }
  return id
}

/** Follows the browser's way at the identity provider, with a jar of its own there, until it is sent back: the path of the callback. */
export async function throughIdp(idp: IdentityProvider, start: string): Promise<string> {
  const there = webAt(idp.issuer)
  for (let url = new URL(start), step = 0; step < 10; step++) {
    if (url.origin !== idp.issuer) return url.pathname + url.search
    const { status, location, text } = await there.get(url.pathname + url.search)
    if (location === undefined) throw new Error(`the identity provider stopped at ${url.pathname} with ${status}: ${text.slice(0, 500)}`)
    url = new URL(location, url)
  }
  throw new Error('the identity provider goes round in circles')
}

/** The whole way of somebody's browser: start, identity provider, callback. */
export async function signInAt(
  server: TestServer,
  idp: IdentityProvider,
  options: { id: string; next?: string; client?: WebClient },
): Promise<{ client: WebClient; answer: PageAnswer }> {
  const { id, next, client = webAt(server.origin) } = options
  const started = await client.get(`/auth/oidc/${id}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`)
  if (started.location === undefined) return { client, answer: started }
  return { client, answer: await client.get(await throughIdp(idp, started.location)) }
}
