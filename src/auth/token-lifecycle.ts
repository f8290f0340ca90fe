// The life of a SCIM token: issued, rotated, revoked; each with its audit row in the same transaction. Who may do so is for the caller
// to know: the command line by being there, the admin pages by their gate.
import { append } from '../audit/append.ts'
import type { AuditContext, AuditEvent, Payload } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { DomainError } from '../primitives/errors.ts'
import { mintToken } from '../primitives/token.ts'
import {
  countLiveTokens,
  type Idp,
  insertScimToken,
  lockScimToken,
  revokeScimTokenRow,
  type ScimToken,
  supersedeScimToken,
} from './scim-tokens.ts'

/** Live tokens of one organisation. */
export const LIVE_TOKENS_MAX = 100
const NAME_LENGTH_MAX = 200
/** Requests a second of a token for which nobody said otherwise. */
export const RATE_PER_SECOND_DEFAULT = 100

/** Names of other ways to sign in: a connection named so could be taken for them. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(
  'password credential credentials local email magic-link magic_link passkey otp totp sso saml oidc oauth oauth2 google github gitlab microsoft apple facebook okta-login system admin'.split(
    ' ',
  ),
)

export type TokenRequest = {
  readonly name: string
  readonly idp: Idp
  /** Null: never. */
  readonly lifetimeSeconds: number | null
  /** Undefined: as is usual for the IdP. */
  readonly externalIdImmutable?: boolean | undefined
  /** Requests a second; null: no limit. */
  readonly ratePerSecond: number | null
}

/** A token's text leaves the server here and never again. */
export type IssuedToken = { readonly token: string; readonly row: ScimToken }

/** Okta's externalId is its user's id for ever; Entra's default mapping is a mail nickname, which is given to the next person. */
export function isExternalIdImmutable(idp: Idp): boolean {
  return idp === 'okta'
}

/** Throws a `DomainError`: `invalid` name, `limit_exceeded`. */
export function issueScimToken(work: Work, context: AuditContext, request: TokenRequest): Promise<IssuedToken> {
  checkName(request.name)
  return work.atomically(async (work) => {
    await checkRoom(work, context.orgId)
    const issued = await insert(work, context, request)
    await append(work.db, context, [event('scim.token.issue', issued.row, described(issued.row))])
    return issued
  })
}

/**
 * Mints a successor with the same settings; both live for the overlap. Throws a `DomainError`: `not_found`, `conflict` when the token
 * was revoked or has a successor already.
 */
export function rotateScimToken(
  work: Work,
  context: AuditContext,
  rotation: { id: string; overlapSeconds: number; lifetimeSeconds: number | null },
): Promise<IssuedToken> {
  const { id, overlapSeconds, lifetimeSeconds } = rotation
  return work.atomically(async (work) => {
    const old = await lock(work, context.orgId, id)
    if (old.state === 'revoked') throw new DomainError('conflict', `Token ${id} is revoked: create a new one instead.`)
    if (old.rotatedTo !== null) throw new DomainError('conflict', `Token ${id} was already rotated to ${old.rotatedTo}: rotate that one.`)
    await checkRoom(work, context.orgId)
    const issued = await insert(work, context, { ...old, lifetimeSeconds })
    await supersedeScimToken(work, context.orgId, { id, successor: issued.row.id, overlapSeconds })
    await append(work.db, context, [
      event('scim.token.rotate', old, { successor: issued.row.id, overlapSeconds }),
      event('scim.token.issue', issued.row, { ...described(issued.row), predecessor: id }),
    ])
    return issued
  })
}

/** Kills a token: the next request with it is refused, by every process. Revoking twice changes nothing. Throws `not_found`. */
export function revokeScimToken(work: Work, context: AuditContext, id: string): Promise<ScimToken> {
  return work.atomically(async (work) => {
    const token = await lock(work, context.orgId, id)
    if (token.state === 'revoked') return token
    await revokeScimTokenRow(work, context.orgId, id)
    await append(work.db, context, [event('scim.token.revoke', token, {})])
    return lock(work, context.orgId, id)
  })
}

async function insert(work: Work, context: AuditContext, request: TokenRequest): Promise<IssuedToken> {
  const { name, idp, lifetimeSeconds, ratePerSecond, externalIdImmutable = isExternalIdImmutable(request.idp) } = request
  const { id, secretHash, token } = mintToken('scim')
  const createdBy = describeActor(context)
  const values = { id, secretHash, name, idp, lifetimeSeconds, ratePerSecond, externalIdImmutable, createdBy }
  return { token, row: await insertScimToken(work, context.orgId, values) }
}

async function lock(work: Work, orgId: string, id: string): Promise<ScimToken> {
  const token = await lockScimToken(work, orgId, id)
  if (token === undefined)
    throw new DomainError('not_found', `There is no SCIM token with the id "${id.slice(0, 80)}" in this organisation.`)
  return token
}

async function checkRoom(work: Work, orgId: string): Promise<void> {
  if ((await countLiveTokens(work, orgId)) < LIVE_TOKENS_MAX) return
  throw new DomainError('limit_exceeded', `This organisation has ${LIVE_TOKENS_MAX} live SCIM tokens: revoke those that are not used.`)
}

function checkName(name: string): void {
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX) {
    throw new DomainError('invalid', `A token needs a name of 1 to ${NAME_LENGTH_MAX} characters, such as "Okta production".`)
  }
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(name))
    throw new DomainError('invalid', 'A token name may not hold control or invisible characters.')
  if (RESERVED_NAMES.has(name.trim().toLowerCase())) {
    throw new DomainError('invalid', `"${name}" is the name of a way to sign in. Choose another, such as "Okta production".`)
  }
}

function describeActor({ actor }: AuditContext): string {
  switch (actor.kind) {
    case 'cli':
      return `cli:${actor.user}`
    case 'account':
      return `account:${actor.id}`
    case 'scim_token':
      return `scim_token:${actor.id}`
    case 'system':
    case 'unknown':
      return actor.kind
  }
}

function described({ idp, externalIdImmutable, ratePerSecond, expiresAt }: ScimToken): Payload {
  return { idp, externalIdImmutable, ratePerSecond, expiresAt: expiresAt?.toISOString() ?? 'never' }
}

function event(
  action: 'scim.token.issue' | 'scim.token.rotate' | 'scim.token.revoke',
  { id, name }: ScimToken,
  payload: Payload,
): AuditEvent {
  return { action, target: { kind: 'scim_token', id, name }, outcome: 'success', payload }
}
