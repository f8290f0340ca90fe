// One request for a page, as handlers see it.
import type { AuditContext } from '../audit/event.ts'
import type { AuditBuffer } from '../audit/buffer.ts'
import type { AccountPrincipal } from '../auth/authenticate-account.ts'
import type { Work } from '../db/work.ts'
import type { Org } from '../directory/orgs.ts'
import type { HttpRequest } from '../http/message.ts'
import type { Clock } from '../primitives/clock.ts'
import type { Assets } from './assets.ts'
import type { Cookies } from './cookies.ts'
import type { Notice } from './notice.ts'

/** What pages work with, whoever asks. */
export type WebServices = {
  readonly work: Work
  readonly audit: AuditBuffer
  readonly clock: Clock
  readonly cookies: Cookies
  readonly assets: Assets
  /** Without a slash at its end; what IdPs and clients are told to use. */
  readonly publicUrl: string
  /** The organisation that addresses without one mean. */
  readonly homeOrg: Org
  /** How long SCIM tokens live for which nobody says otherwise. */
  readonly scimTokenDays: number
}

export type Visit = WebServices & {
  readonly request: HttpRequest
  readonly query: URLSearchParams
  /** Where the request comes from, for audit rows. */
  readonly trace: Pick<AuditContext, 'ip' | 'userAgent' | 'requestId'>
  /** For the forms of the page. */
  readonly csrfToken: string
  /** What the action before this page did; shown once. */
  readonly notice: Notice | undefined
  /** `Set-Cookie` headers that the answer needs beside its own. */
  readonly setCookies: readonly string[]
}

/** A visit of somebody who signed in. */
export type MemberVisit = Visit & {
  readonly principal: AccountPrincipal
  /** For audit rows: who does it, through which channel, under which request id. */
  readonly context: AuditContext
}
