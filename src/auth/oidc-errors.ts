// What went wrong between this server and an identity provider, in words that its admin can act on. Nothing of a token or a secret is in
// these texts.
import { AuthorizationResponseError, ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { DomainError } from '../primitives/errors.ts'

const TEXT_LENGTH_MAX = 300

/** The refusal that a person is told; what nobody foresaw stays what it was. */
export function explainOidc(error: unknown): unknown {
  if (error instanceof DomainError) return error
  const text = explanation(error)
  return text === undefined ? error : new DomainError('invalid', text, { cause: error })
}

function explanation(error: unknown): string | undefined {
  if (error instanceof AuthorizationResponseError) return said(error.error, error.error_description)
  if (error instanceof ResponseBodyError) {
    const advice =
      error.error === 'invalid_client' || error.error === 'unauthorized_client' ? ' Check the client id and the client secret.' : ''
    return said(error.error, error.error_description) + advice
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return 'The identity provider refuses the client. Check the client id and the client secret.'
  if (error instanceof ClientError) return clientError(error)
  if (error instanceof Error && error.name === 'TimeoutError') return 'The identity provider does not answer in time.'
  if (error instanceof TypeError) return networkError(error)
  return undefined
}

/** RFC 6749 sections 4.1.2.1 and 5.2; the texts are the identity provider's, so they are cut and cannot steer anything. */
function said(code: string, description: string | undefined): string {
  const text = `${code}${description === undefined ? '' : `: ${description}`}`.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, TEXT_LENGTH_MAX)
  return `The identity provider says no: ${text}.`
}

const BY_CODE: Readonly<Record<string, string>> = {
  OAUTH_TIMEOUT: 'The identity provider does not answer in time.',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'There is no OpenID discovery document below this address, or what is there does not follow the protocol.',
  OAUTH_RESPONSE_IS_NOT_JSON: 'What is at this address is not an OpenID identity provider: it answers with something else than JSON.',
  OAUTH_PARSE_ERROR: 'The identity provider sent JSON that cannot be read.',
  OAUTH_INVALID_RESPONSE: 'What the identity provider sent does not follow the protocol, or belongs to another sign-in.',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'Its discovery document names another issuer. Enter the issuer exactly as that document has it.',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'The ID token is for another client or another sign-in.',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED:
    'The ID token is not valid at this time: the clock of this server or of the identity provider is wrong.',
  OAUTH_KEY_SELECTION_FAILED: 'The ID token is signed with a key that the identity provider does not publish.',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'Its discovery document names an address that is not https.',
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: 'Its discovery document names an address that is not https.',
  OAUTH_MISSING_SERVER_METADATA: 'Its discovery document lacks something that signing in needs.',
  OAUTH_INVALID_SERVER_METADATA: 'Its discovery document has something in it that cannot be right.',
}

function clientError({ code = '', cause }: ClientError): string | undefined {
  // The library wraps what it met on the way.
  const inner = cause instanceof Error && !Object.hasOwn(BY_CODE, code) ? explanation(cause) : undefined
  if (inner !== undefined) return inner
  if (cause instanceof DomainError) return cause.message
  return Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : 'What the identity provider sent does not follow the protocol.'
}

const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
}

/** Node puts the reason into the cause. */
function networkError({ cause, message }: TypeError): string | undefined {
  if (message !== 'fetch failed') return undefined
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const reason = NETWORK[code] ?? (/CERT|SSL|TLS|SIGNATURE/.test(code) ? `its certificate is not trusted (${code})` : code)
  return `The identity provider cannot be reached${reason === '' ? '' : `: ${reason}`}.`
}
