// Who is asking at /api/v1, /me and /admin: an account, proven by an API key or a session. The one place that lets accounts in, with one
// query: credential, epoch and state of the account are read together, for every request.
import { sql } from 'kysely'
import type { AuthenticationFailure } from '../audit/event.ts'
import { list } from '../db/lists.ts'
import type { Work } from '../db/work.ts'
import { Coalescer } from '../primitives/coalesce.ts'
import { equalHashes, hashSecret, parseToken, tokenKind } from '../primitives/token.ts'
import { SESSION_FRESH, type Stage } from './sessions.ts'

/** What a request brought along. */
export type AccountCredentials = {
  /** All values of the Authorization header. */
  readonly authorization: readonly string[]
  /** The value of the session cookie, where a cookie may count. */
  readonly sessionCookie?: string | undefined
}

export type AccountPrincipal = {
  readonly orgId: string
  /** The organisation's slug. */
  readonly org: string
  readonly accountId: string
  readonly userName: string
  readonly displayName: string | null
  /** The last part of the account's own scope. */
  readonly slug: string
  readonly orgRole: 'member' | 'org_admin'
  /** Writes compare it again in their own transaction (permissions/access lockForWriting). */
  readonly credentialEpoch: number
  readonly credential: { readonly kind: 'api_key' | 'session'; readonly id: string; readonly name: string }
}

export type AccountRefusal = {
  readonly status: 400 | 401
  readonly reason: AuthenticationFailure
  /** For the client. The same for an unknown and a dead credential and for a wrong secret. */
  readonly detail: string
  /** `WWW-Authenticate` (RFC 6750 section 3). */
  readonly challenge: string
  /** Whose credential was tried, when there is one with that id; for the audit trail only. */
  readonly tried: AccountPrincipal | undefined
}

export type AccountAuthentication =
  | { readonly kind: 'known'; readonly principal: AccountPrincipal }
  | ({ readonly kind: 'refused' } & AccountRefusal)

/** A sign-in that has not come to its end. */
export type Unfinished = { readonly kind: 'unfinished'; readonly principal: AccountPrincipal; readonly stage: Exclude<Stage, 'full'> }

/** Compared with when there is no such credential, so that the time is the same. */
const NO_HASH = Buffer.alloc(32)

export class AccountAuthenticator {
  readonly #credentials: Coalescer<string, Row>

  constructor(work: Work) {
    this.#credentials = new Coalescer({ lookup: (keys) => findCredentials(work, keys) })
  }

  /** Never from memory: what was revoked or disabled before the request arrived is refused, in every process. */
  async authenticate(credentials: AccountCredentials): Promise<AccountAuthentication> {
    const found = await this.#find(credentials)
    return found.kind === 'unfinished' ? dead('unfinished', found.principal) : found
  }

  /** Whose sign-in waits for which step, for the pages that do that step: nothing else is open to such a session. */
  async findUnfinished(sessionCookie: string | undefined): Promise<Unfinished | ({ readonly kind: 'refused' } & AccountRefusal)> {
    const found = await this.#find({ authorization: [], sessionCookie })
    return found.kind === 'known' ? dead('unknown', undefined) : found
  }

  async #find(credentials: AccountCredentials): Promise<AccountAuthentication | Unfinished> {
    const presented = readCredentials(credentials)
    if (presented.kind === 'refused') return presented
    const { credential, id, secret } = presented
    const row = await this.#credentials.get(keyOf(credential, id))
    const matches = equalHashes(hashSecret(secret), row?.secretHash ?? NO_HASH)
    if (row === undefined) return dead('unknown', undefined)
    const { secretHash: _, revoked, expired, outdated, stage, ...principal } = row
    const tried = { ...principal, credential: { kind: credential, id, name: row.name } }
    if (!matches) return dead('wrong_secret', tried)
    if (outdated) return dead('disabled', tried)
    if (revoked) return dead('revoked', tried)
    if (expired) return dead('expired', tried)
    return stage === 'full' ? { kind: 'known', principal: tried } : { kind: 'unfinished', principal: tried, stage }
  }
}

type CredentialKind = 'api_key' | 'session'

type Row = Omit<AccountPrincipal, 'credential'> & {
  readonly name: string
  readonly secretHash: Buffer
  readonly revoked: boolean
  readonly expired: boolean
  /** The account is disabled, or was since. */
  readonly outdated: boolean
  readonly stage: Stage
}

const keyOf = (kind: CredentialKind, id: string): string => `${kind}:${id}`

async function findCredentials(work: Work, keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  const idsOf = (kind: CredentialKind) => keys.flatMap((key) => (key.startsWith(`${kind}:`) ? [key.slice(kind.length + 1)] : []))
  const { rows } = await sql<Row & { key: string }>`
    select c.key, c.name, c.secret_hash as "secretHash", c.revoked, c.expired, c.stage, c.org_id::text as "orgId", o.slug as org, a.id::text as "accountId",
      a.user_name as "userName", a.display_name as "displayName", a.slug, a.org_role as "orgRole", a.credential_epoch as "credentialEpoch",
      a.status <> 'active' or a.credential_epoch <> c.credential_epoch as outdated
    from (
      select 'api_key:' || k.id as key, k.org_id, k.account_id, k.name, k.secret_hash, k.credential_epoch, k.revoked_at is not null as revoked,
        coalesce(k.expires_at <= now(), false) as expired, 'full' as stage
      from unnest(${list(idsOf('api_key'), 'text')}) p (id) join api_keys k on k.id = p.id
      union all
      select 'session:' || s.id, s.org_id, s.account_id, s.method, s.secret_hash, s.credential_epoch, s.ended_at is not null, not ${SESSION_FRESH},
        s.stage
      from unnest(${list(idsOf('session'), 'text')}) p (id) join sessions s on s.id = p.id
    ) c join accounts a on a.org_id = c.org_id and a.id = c.account_id join orgs o on o.org_id = c.org_id`.execute(work.db)
  return new Map(rows.map(({ key, ...row }) => [key, row]))
}

type Presented =
  | { readonly kind: 'credential'; readonly credential: CredentialKind; readonly id: string; readonly secret: string }
  | ({ readonly kind: 'refused' } & AccountRefusal)

function readCredentials({ authorization, sessionCookie }: AccountCredentials): Presented {
  const [value, ...others] = authorization
  if (value === undefined) return sessionCookie === undefined ? refused('missing', EXPECTED) : readToken(sessionCookie)
  if (others.length > 0) return refused('several_headers', 'The Authorization header came more than once; send it once.')
  const space = value.indexOf(' ')
  const text = space === -1 ? '' : value.slice(space).trim()
  if (value.slice(0, space).toLowerCase() !== 'bearer' || text === '') {
    return refused('malformed', `The Authorization header is not "Bearer <key>". ${EXPECTED}`)
  }
  return readToken(text)
}

function readToken(text: string): Presented {
  const token = parseToken(text)
  if (token !== undefined && token.kind !== 'scim')
    return { kind: 'credential', credential: token.kind, id: token.id, secret: token.secret }
  switch (tokenKind(text)) {
    case 'scim':
      return refused('scim_token', 'A SCIM token opens nothing but /scim/v2: use an API key, which begins with plur_sk_.')
    case 'api_key':
      return refused('checksum', 'The API key is mistyped or cut off: its checksum is wrong. Copy it again, whole.')
    case 'session':
      return refused('checksum', 'The session token is cut off: its checksum is wrong. Sign in again.')
    case undefined:
      return refused('malformed', 'This is not an API key of this server: those begin with plur_sk_.')
  }
}

const EXPECTED = 'Send an API key in the header "Authorization: Bearer <key>".'

/** RFC 6750 section 3.1: no error code for a request that brought no credentials. */
function refused(reason: AuthenticationFailure, detail: string): Presented {
  const code = reason === 'several_headers' ? 'invalid_request' : 'invalid_token'
  const challenge = `Bearer realm="plur"${reason === 'missing' ? '' : `, error="${code}"`}`
  return { kind: 'refused', status: reason === 'several_headers' ? 400 : 401, reason, detail, challenge, tried: undefined }
}

function dead(reason: AuthenticationFailure, tried: AccountPrincipal | undefined): { readonly kind: 'refused' } & AccountRefusal {
  return {
    kind: 'refused',
    status: 401,
    reason,
    detail: 'The API key or session is not valid: it is unknown, expired or revoked, or its account is disabled.',
    challenge: 'Bearer realm="plur", error="invalid_token"',
    tried,
  }
}
