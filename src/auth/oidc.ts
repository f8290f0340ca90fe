// OpenID Connect as a relying party: authorization code with PKCE, state and nonce (openid-client). The only requests that this server makes
// of its own accord, to hosts that an organisation's admin named; each is bounded in time and size and goes by https.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  customFetch,
  type CustomFetchOptions,
  discovery,
  enableNonRepudiationChecks,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Clock } from '../primitives/clock.ts'
import { DomainError } from '../primitives/errors.ts'
import { hashSecret } from '../primitives/token.ts'
import { explainOidc } from './oidc-errors.ts'

const TIMEOUT_SECONDS = 10
const ANSWER_BYTES_MAX = 1024 * 1024
const SCOPE = 'openid profile email'
/** For metadata alone, before there is a client. */
const NO_CLIENT = 'plur-enterprise'
/** How long what an identity provider says of itself is believed, and of how many. */
const KNOWN_MS = 10 * 60_000
const KNOWN_MAX = 100

export type Client = { readonly issuer: string; readonly clientId: string; readonly clientSecret: string | undefined }

/** What has to be kept, in the browser that began, until it comes back. */
export type Begun = { readonly state: string; readonly nonce: string; readonly verifier: string }

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string }

type Known = { readonly configuration: Promise<Configuration>; readonly until: number }

export class Oidc {
  readonly #clock: Clock
  readonly #timeoutSeconds: number
  /** By client, secret included. */
  readonly #known = new Map<string, Known>()

  constructor({ clock, timeoutSeconds = TIMEOUT_SECONDS }: { clock: Clock; timeoutSeconds?: number }) {
    this.#clock = clock
    this.#timeoutSeconds = timeoutSeconds
  }

  /** Where to send the browser. Throws a `DomainError` `invalid` when the identity provider cannot be asked. */
  async begin(client: Client, redirectUri: string): Promise<{ url: string; begun: Begun }> {
    const begun = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const url = buildAuthorizationUrl(await this.#configure(client), {
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: SCOPE,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    })
    if (!isAllowed(url, parseIssuer(client.issuer))) throw notHttps()
    return { url: url.href, begun }
  }

  /**
   * Who came back. `returned` is the redirect URI with everything that the identity provider added. Throws a `DomainError` `invalid` that
   * says what did not hold.
   */
  async end(client: Client, returned: URL, { state, nonce, verifier }: Begun): Promise<Claims> {
    const configuration = await this.#configure(client)
    try {
      const tokens = await authorizationCodeGrant(configuration, returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new DomainError('invalid', 'The identity provider sent no ID token.')
      return claims
    } catch (error) {
      throw explainOidc(error)
    }
  }

  #configure({ issuer, clientId, clientSecret }: Client): Promise<Configuration> {
    const key = JSON.stringify([issuer, clientId, clientSecret === undefined ? null : hashSecret(clientSecret).toString('base64url')])
    const known = this.#known.get(key)
    if (known !== undefined && known.until > this.#clock.monotonicMs()) return known.configuration
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    const auth = clientSecret === undefined ? None() : secretAuth(clientSecret)
    const configuration = configure(parseIssuer(issuer), { clientId, auth, timeoutSeconds: this.#timeoutSeconds })
    this.#known.set(key, { configuration, until: this.#clock.monotonicMs() + KNOWN_MS })
    // What failed is asked again by the next one.
    configuration.catch(() => this.#known.delete(key))
    return configuration
  }
}

/**
 * The issuer behind an address that an admin entered, as its discovery document names it. Throws a `DomainError` `invalid` that says what
 * is wrong.
 */
export async function discoverIssuer(address: string): Promise<string> {
  const metadata = (
    await configure(parseIssuer(address), { clientId: NO_CLIENT, auth: None(), timeoutSeconds: TIMEOUT_SECONDS })
  ).serverMetadata()
  if (metadata.authorization_endpoint === undefined || metadata.token_endpoint === undefined || metadata.jwks_uri === undefined) {
    throw new DomainError('invalid', 'Its discovery document names no place to sign in, no token endpoint or no keys.')
  }
  return metadata.issuer
}

/** Https, or this machine for a try; without what discovery adds. Throws a `DomainError` `invalid`. */
function parseIssuer(address: string): URL {
  const url = URL.parse(address.trim().replace(/\/\.well-known\/openid-configuration$/, ''))
  if (url === null || !isAllowed(url, url) || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new DomainError('invalid', 'Enter the issuer as an address that begins with https://, such as https://example.okta.com.')
  }
  return url
}

/** By HTTP Basic where the identity provider takes it, which is the default of the protocol, else in the body. */
function secretAuth(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported
    const chosen = methods === undefined || methods.includes('client_secret_basic') ? basic : post
    chosen(server, client, body, headers)
  }
}

type Asking = { readonly clientId: string; readonly auth: ClientAuth; readonly timeoutSeconds: number }

async function configure(issuer: URL, { clientId, auth, timeoutSeconds }: Asking): Promise<Configuration> {
  try {
    const configuration = await discovery(issuer, clientId, undefined, auth, {
      timeout: timeoutSeconds,
      [customFetch]: (url, options) => fetchWithin(issuer, url, options),
      // What an ID token says counts only with the identity provider's own signature, not for the way it came.
      execute: [enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : [])],
    })
    // The library lets some providers speak for all of their tenants, whose people are not this organisation's.
    const { issuer: named } = configuration.serverMetadata()
    if (URL.parse(named)?.href !== issuer.href) {
      throw new DomainError(
        'invalid',
        `Its discovery document names another issuer, ${named.slice(0, 200)}: enter that one, if it is yours alone.`,
      )
    }
    return configuration
  } catch (error) {
    throw explainOidc(error)
  }
}

const notHttps = () => new DomainError('invalid', 'Its discovery document names an address that is not https.')

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)

/** Https anywhere; this machine in clear, when the issuer itself is here. */
function isAllowed(url: URL, issuer: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url) && isLoopback(issuer))
}

/** One request, to an allowed address, whose answer is read up to a limit. Redirects are not followed. */
async function fetchWithin(issuer: URL, address: string, { body, headers, method, signal }: CustomFetchOptions): Promise<Response> {
  if (!isAllowed(new URL(address), issuer)) throw notHttps()
  const form = body instanceof URLSearchParams || typeof body === 'string' ? body : null
  const response = await fetch(address, { body: form, headers, method, redirect: 'manual', signal: signal ?? null })
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) throw new DomainError('invalid', 'Its answer is longer than any that belongs here.')
    chunks.push(chunk)
  }
  const hasBody = response.status >= 200 && ![204, 205, 304].includes(response.status)
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status: response.status, headers: response.headers })
}
