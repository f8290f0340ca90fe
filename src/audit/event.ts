// What the audit log can say (design section 7): who, where from, what to whom, with which outcome. Audit rows are data, not log lines:
// a row is written in the transaction of what it tells about.

/** Values of `payload`; JSON that the writer made itself. */
export type PayloadValue = string | number | boolean | null | readonly PayloadValue[] | { readonly [name: string]: PayloadValue }

export type Actor =
  | { readonly kind: 'scim_token'; readonly id: string; readonly name: string }
  | { readonly kind: 'cli'; readonly user: string }
  | { readonly kind: 'account'; readonly id: string; readonly name: string }
  /** The server by itself, such as at its first start. */
  | { readonly kind: 'system' }
  /** Nobody that could be identified: failed authentications. */
  | { readonly kind: 'unknown' }

export type Channel = 'scim' | 'cli' | 'admin' | 'api' | 'auth' | 'system'

/** One request or command; all rows it leaves share it. */
export type AuditContext = {
  readonly orgId: string
  /** The organisation's slug, kept so that a row can be read without a join. */
  readonly org: string
  readonly actor: Actor
  readonly channel: Channel
  /** As it may be kept: already hashed when the settings ask for it. */
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
  readonly requestId: string
}

/** `denied`: refused on purpose. `failure`: a bug or an outage. */
export type Outcome = 'success' | 'denied' | 'failure'

export type Target = { readonly kind: string; readonly id?: string; readonly name?: string }

/** Of one SCIM operation. */
export type ScimPayload = {
  /** Names of the tolerances used for this client's dialect (compat-decisions). */
  readonly compat?: readonly string[]
  /** Attribute path → value before and after; secrets and unneeded personal values left out. */
  readonly changes?: { readonly [path: string]: { readonly before?: PayloadValue; readonly after?: PayloadValue } }
  /** Why the operation was refused. */
  readonly error?: { readonly status: number; readonly scimType?: string; readonly detail: string }
  readonly [name: string]: PayloadValue | undefined
}

export type Payload = { readonly [name: string]: PayloadValue | undefined }

export type ScimWriteAction =
  | `scim.user.${'create' | 'update' | 'disable' | 'enable' | 'delete' | 'restore'}`
  | `scim.group.${'create' | 'update' | 'delete'}`
  | `scim.group.member.${'add' | 'remove'}`
  | `scim.resource.${'create' | 'update' | 'delete'}`

/** `scim.resource.*` stands for other resource types and for queries at the service root. */
export type ScimReadAction = `scim.${'user' | 'group' | 'resource'}.${'read' | 'list'}`

/** Why a request got 401; the response never says which. */
export type AuthenticationFailure =
  | 'missing'
  | 'malformed'
  | 'checksum'
  | 'api_key'
  | 'session'
  | 'cookie'
  | 'query_token'
  | 'several_headers'
  | 'unknown'
  | 'wrong_secret'
  | 'revoked'
  | 'expired'
  /** A SCIM token where an account is asked for. */
  | 'scim_token'
  /** The account behind the credential is disabled, or was since the credential was made. */
  | 'disabled'
  /** A session whose sign-in lacks a step. */
  | 'unfinished'
  | SignInFailure

/** Why somebody could not sign in; the page says less. */
export type SignInFailure =
  | 'unknown_name'
  | 'no_password'
  | 'wrong_password'
  | 'wrong_code'
  /** A code that was taken before. */
  | 'used_code'
  /** Too many attempts: what was entered was not looked at. */
  | 'throttled'
  /** The identity provider said no, or what it said did not hold. */
  | 'sso_refused'
  /** Confirmed by the identity provider, and nobody here. */
  | 'sso_nobody'
  /** Matches somebody who signs in as another subject, or several people. */
  | 'sso_conflict'

type Event<Action extends string, P> = {
  readonly action: Action
  readonly target: Target
  readonly outcome: Outcome
  readonly payload: P
}

export type AuditEvent =
  | Event<ScimWriteAction | ScimReadAction, ScimPayload>
  | Event<'scim.bulk', ScimPayload>
  /** A page or an action that somebody signed in may not have. */
  | Event<'auth.denied', Payload>
  | Event<'scim.auth.failed' | 'auth.failed', Payload & { readonly reason: AuthenticationFailure; readonly times: number }>
  | Event<`scim.token.${'issue' | 'rotate' | 'revoke' | 'expire'}`, Payload>
  | Event<`account.${'create' | 'update' | 'disable' | 'enable' | 'delete' | 'link' | 'unlink' | 'collision' | 'restore'}`, Payload>
  | Event<'auth.session.issue' | 'auth.session.revoke' | 'apikey.issue' | 'apikey.revoke', Payload>
  /** A sign-in that is complete, and its end by whoever signed in. */
  | Event<'auth.login' | 'auth.logout', Payload>
  | Event<'auth.password.change' | `auth.totp.${'enable' | 'disable' | 'recovery.use' | 'recovery.renew'}`, Payload>
  | Event<`sso.provider.${'create' | 'update' | 'test' | 'enable' | 'disable' | 'delete'}` | 'sso.link' | 'sso.unlink', Payload>
  | Event<`scim.group.${'select' | 'unselect' | 'hold'}`, Payload>
  | Event<`scope.${'create' | 'rename' | 'open' | 'close' | 'grant' | 'ungrant'}`, Payload>
  | Event<`group.${'create' | 'update' | 'delete' | 'member.add' | 'member.remove'}`, Payload>
  | Event<'permission.settings.update', Payload>
  | Event<'org.create', Payload>
  | Event<`engram.${'create' | 'update' | 'retire' | 'pin' | 'unpin' | 'feedback'}` | 'episode.create', Payload>
  /** Somebody took rows out as a file; a month that was past keeping went. */
  | Event<'audit.export' | 'audit.retention', Payload>
  /** The buffer was full: this many reads have no row of their own. */
  | Event<'audit.overflow', { readonly dropped: number }>

export type AuditAction = AuditEvent['action']
