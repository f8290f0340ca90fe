// The one error type of the protocol and its constructors (RFC 7644 section 3.12, RFC 9865 section 2.1).
import { ERROR_URN } from './urns.ts'

export const SCIM_TYPES = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
] as const
export type ScimType = (typeof SCIM_TYPES)[number]

export type ErrorBody = { schemas: [typeof ERROR_URN]; status: string; scimType?: ScimType; detail: string }

/** A refusal with its HTTP status. `detail` reaches the client: it says what was wrong, where, and what would be right. */
export class ScimError extends Error {
  readonly status: number
  readonly scimType: ScimType | undefined
  /** Response headers this error needs, such as `Allow` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, detail: string, options: { scimType?: ScimType; headers?: Record<string, string>; cause?: unknown } = {}) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'ScimError'
    this.status = status
    this.scimType = options.scimType
    this.headers = options.headers ?? {}
  }

  /** The JSON body of RFC 7644 section 3.12; `status` is a string there. */
  toBody(): ErrorBody {
    const { status, scimType, message } = this
    return { schemas: [ERROR_URN], status: String(status), ...(scimType === undefined ? {} : { scimType }), detail: message }
  }

  /** The same refusal with its place in front, as in `operation 2: …`. */
  at(place: string): ScimError {
    const options = { headers: { ...this.headers }, cause: this, ...(this.scimType === undefined ? {} : { scimType: this.scimType }) }
    return new ScimError(this.status, `${place}: ${this.message}`, options)
  }
}

const badRequest = (scimType: ScimType) => (detail: string) => new ScimError(400, detail, { scimType })

export const invalidFilter = badRequest('invalidFilter')
export const invalidSyntax = badRequest('invalidSyntax')
export const invalidPath = badRequest('invalidPath')
export const invalidValue = badRequest('invalidValue')
export const noTarget = badRequest('noTarget')
export const mutability = badRequest('mutability')
export const tooMany = badRequest('tooMany')
export const invalidVersion = badRequest('invalidVers')
export const invalidCursor = badRequest('invalidCursor')
export const expiredCursor = badRequest('expiredCursor')
export const invalidCount = badRequest('invalidCount')

export const uniqueness = (detail: string) => new ScimError(409, detail, { scimType: 'uniqueness' })
export const conflict = (detail: string) => new ScimError(409, detail)
export const forbidden = (detail: string) => new ScimError(403, detail)
export const notFound = (detail: string) => new ScimError(404, detail)
export const methodNotAllowed = (detail: string, allow: readonly string[]) =>
  new ScimError(405, detail, { headers: { Allow: allow.join(', ') } })
export const notAcceptable = (detail: string) => new ScimError(406, detail)
export const preconditionFailed = (detail: string) => new ScimError(412, detail)
export const payloadTooLarge = (detail: string) => new ScimError(413, detail)
export const uriTooLong = (detail: string) => new ScimError(414, detail)
export const unsupportedMediaType = (detail: string) => new ScimError(415, detail)
export const notImplemented = (detail: string) => new ScimError(501, detail)

/** Shortens client text for use in a detail, so that an error never echoes a hostile body. */
export function excerpt(text: string, lengthMax = 80): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax).toWellFormed()}…`
}
