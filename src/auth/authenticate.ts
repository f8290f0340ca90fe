// Who is asking at /scim/v2 (RFC 6750; RFC 7644 section 2). Only `Authorization: Bearer <SCIM token>` counts; everything else a client
// may try is refused with a sentence that helps an admin, and never one that tells an unknown token from a dead one.
import { isDeepStrictEqual } from 'node:util'
import type { AuthenticationFailure } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { Coalescer } from '../primitives/coalesce.ts'
import { equalHashes, hashSecret, parseToken, tokenKind } from '../primitives/token.ts'
import { findPresentedTokens, type PresentedToken } from './scim-tokens.ts'

/** What a request brought along. */
export type Credentials = {
  /** All values of the Authorization header. */
  readonly authorization: readonly string[]
  readonly hasCookie: boolean
  /** Whether the query holds `access_token`. */
  readonly hasQueryToken: boolean
}

export type Refusal = {
  readonly status: 400 | 401
  readonly reason: AuthenticationFailure
  /** For the client. The same for an unknown, a revoked and an expired token and for a wrong secret. */
  readonly detail: string
  /** `WWW-Authenticate` (RFC 6750 section 3). */
  readonly challenge: string
  /** The token that was tried, when there is one with that id; for the audit trail only. */
  readonly tried: PresentedToken | undefined
}

export type Authentication = { readonly kind: 'known'; readonly token: PresentedToken } | ({ readonly kind: 'refused' } & Refusal)

export type Asked = {
  /**
   * The token as it was when it was last looked up and good, if the secret is its secret. The database may be read for it in the meantime; nothing
   * may be answered, changed or recorded before the verdict, whose token is this very object if nothing has changed.
   */
  readonly presumed: PresentedToken | undefined
  readonly verdict: Promise<Authentication>
}

/** Compared with when there is no such token, so that the time is the same. */
const NO_HASH = Buffer.alloc(32)
/** Tokens remembered; past it the one goes that came first. */
const TOKENS_MAX = 1_000

export class ScimAuthenticator {
  readonly #tokens: Coalescer<string, PresentedToken>
  /** By id, the tokens that were good when they were last looked up. */
  readonly #lately = new Map<string, PresentedToken>()

  constructor(work: Work) {
    this.#tokens = new Coalescer({ lookup: (ids) => findPresentedTokens(work, ids) })
  }

  /** Reads the token's row for every request, never from memory: a token revoked before the request arrived is refused. */
  authenticate(credentials: Credentials): Asked {
    const presented = readCredentials(credentials)
    if (presented.kind === 'refused') return { presumed: undefined, verdict: Promise.resolve(presented) }
    const { id } = presented
    const hash = hashSecret(presented.secret)
    const last = this.#lately.get(id)
    const presumed = last !== undefined && equalHashes(hash, last.secretHash) ? last : undefined
    return { presumed, verdict: this.#judge(id, hash, presumed) }
  }

  async #judge(id: string, hash: Buffer, presumed: PresentedToken | undefined): Promise<Authentication> {
    const token = await this.#look(id)
    const matches = equalHashes(hash, token?.secretHash ?? NO_HASH)
    if (token === undefined) return dead('unknown', undefined)
    if (!matches) return dead('wrong_secret', token)
    if (token.revoked) return dead('revoked', token)
    if (token.expired) return dead('expired', token)
    const isUnchanged = presumed !== undefined && isDeepStrictEqual(presumed, token)
    if (!isUnchanged) this.#remember(token)
    return { kind: 'known', token: isUnchanged ? presumed : token }
  }

  /** The row, and forgets it unless it is good. */
  async #look(id: string): Promise<PresentedToken | undefined> {
    let token: PresentedToken | undefined
    try {
      token = await this.#tokens.get(id)
      return token
    } finally {
      if (token === undefined || token.revoked || token.expired) this.#lately.delete(id)
    }
  }

  #remember(token: PresentedToken): void {
    const [oldest] = this.#lately.keys()
    if (this.#lately.size >= TOKENS_MAX && oldest !== undefined) this.#lately.delete(oldest)
    this.#lately.set(token.id, token)
  }
}

type Presented = { readonly kind: 'token'; readonly id: string; readonly secret: string } | ({ readonly kind: 'refused' } & Refusal)

function readCredentials({ authorization, hasCookie, hasQueryToken }: Credentials): Presented {
  const [value, ...others] = authorization
  if (value === undefined || value === '') return withoutHeader(hasCookie, hasQueryToken)
  if (others.length > 0) return refused('several_headers', 'The Authorization header came more than once; send it once.')
  const space = value.indexOf(' ')
  const scheme = space === -1 ? value : value.slice(0, space)
  const text = space === -1 ? '' : value.slice(space).trim()
  if (scheme.toLowerCase() !== 'bearer') return withoutScheme(scheme)
  if (text === '') return refused('missing', `The Authorization header has no token after "Bearer". ${EXPECTED}`)
  if (text.toLowerCase().startsWith('bearer')) {
    return refused('malformed', 'The Authorization header says "Bearer" twice; enter only the token where the scheme is added for you.')
  }
  return readToken(text)
}

function withoutHeader(hasCookie: boolean, hasQueryToken: boolean): Presented {
  if (hasQueryToken) {
    return refused('query_token', `A token in the URL is not accepted, and may have been logged on its way: rotate it. ${EXPECTED}`)
  }
  if (hasCookie) return refused('cookie', `A session does not open SCIM. ${EXPECTED}`)
  return refused('missing', EXPECTED)
}

function withoutScheme(scheme: string): Presented {
  if (scheme.includes(':') || !/^[A-Za-z][A-Za-z0-9-]{0,30}$/.test(scheme) || tokenKind(scheme) !== undefined) {
    return refused('malformed', `The Authorization header lacks the scheme "Bearer" in front of the token. ${EXPECTED}`)
  }
  return refused(
    'malformed',
    `The Authorization scheme "${scheme}" is not supported, or the scheme "Bearer" is missing in front of a token. ${EXPECTED}`,
  )
}

function readToken(text: string): Presented {
  const token = parseToken(text)
  if (token?.kind === 'scim') return { kind: 'token', id: token.id, secret: token.secret }
  switch (tokenKind(text)) {
    case 'api_key':
      return refused('api_key', 'An API key does not open SCIM: use a SCIM token, which begins with plur_scim_.')
    case 'session':
      return refused('session', 'A session does not open SCIM: use a SCIM token, which begins with plur_scim_.')
    case 'scim':
      return refused('checksum', 'The SCIM token is mistyped or cut off: its checksum is wrong. Copy it again, whole.')
    case undefined:
      return refused('malformed', 'This is not a SCIM token of this server: those begin with plur_scim_.')
  }
}

const EXPECTED = 'Send the SCIM token in the header "Authorization: Bearer <token>".'

/** RFC 6750 section 3.1: no error code for a request that brought no credentials. */
function refused(reason: AuthenticationFailure, detail: string): Presented {
  const silent = reason === 'missing' || reason === 'cookie' || reason === 'query_token'
  const code = reason === 'several_headers' ? 'invalid_request' : 'invalid_token'
  const challenge = `Bearer realm="scim"${silent ? '' : `, error="${code}"`}`
  return { kind: 'refused', status: reason === 'several_headers' ? 400 : 401, reason, detail, challenge, tried: undefined }
}

function dead(reason: AuthenticationFailure, tried: PresentedToken | undefined): Authentication {
  return {
    kind: 'refused',
    status: 401,
    reason,
    detail: 'The SCIM token is not valid: it is unknown, expired or revoked.',
    challenge: 'Bearer realm="scim", error="invalid_token"',
    tried,
  }
}
