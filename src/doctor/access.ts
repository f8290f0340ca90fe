// Who is let in: nobody without a token, this token, and a client without a User-Agent (idp-wire RC-9, RC-10, RC-25).
import { ERROR_URN, listAt, textAt, TransportError, type Exchange, type ScimClient } from '@plur-enterprise/scim/client'
import { failed, ok, warning, type Finding } from './finding.ts'
import { ask, detailOf, isList, notScim } from './visit.ts'

const PART = 'access'
const PATH = '/Users?count=1&startIndex=1'

/** What a request without a token is answered. */
export async function withoutToken(client: ScimClient): Promise<Finding> {
  const exchange = await send(client, null)
  if (exchange instanceof TransportError)
    return failed(PART, `no answer (${exchange.code})`, 'The server took the connection but did not answer: look at its log.')
  const foreign = notScim(exchange)
  if (foreign !== undefined) return failed(PART, foreign.text, foreign.advice)
  switch (exchange.status) {
    case 401:
      return challenge(exchange)
    case 200:
      return failed(PART, 'the server answers without a token', 'Anybody can read everybody: require a token before connecting an IdP.')
    case 404:
      return failed(
        PART,
        `404 for /Users${detailOf(exchange)}`,
        'There is no SCIM at this path: check the base URL, which at a PLUR server ends in /scim/v2.',
      )
    default:
      return failed(
        PART,
        `without a token: ${exchange.status} instead of 401${detailOf(exchange)}`,
        'Answer 401, so that an admin sees that the token is what is wrong.',
      )
  }
}

function challenge(exchange: Exchange): Finding {
  if (!exchange.headers.has('www-authenticate'))
    return warning(PART, 'without a token: 401, but no WWW-Authenticate', 'Send WWW-Authenticate: Bearer with it (RFC 7644 section 2).')
  if (!listAt(exchange.json, 'schemas').includes(ERROR_URN) || (textAt(exchange.json, 'detail') ?? '') === '')
    return warning(
      PART,
      'without a token: 401, but no SCIM error with a detail',
      'Okta shows the detail of the SCIM error to the admin: send one.',
    )
  return ok(PART, 'without a token: 401 as a SCIM error', exchange.ms)
}

/** Whether this token is let in. */
export async function withToken(client: ScimClient): Promise<Finding> {
  const exchange = await send(client, undefined)
  if (exchange instanceof TransportError)
    return failed(PART, `no answer (${exchange.code})`, 'The server took the connection but did not answer: look at its log.')
  const foreign = notScim(exchange)
  if (foreign !== undefined) return failed(PART, `with the token: ${foreign.text}`, foreign.advice)
  if (isList(exchange)) return ok(PART, 'the token is valid', exchange.ms)
  switch (exchange.status) {
    case 401:
      return failed(
        PART,
        `the token is refused${detailOf(exchange)}`,
        'It is unknown, expired or revoked, or belongs to another server: make a new one with scim-token create and put it into the IdP.',
      )
    case 403:
      return failed(PART, `the token may not read users${detailOf(exchange)}`, 'Use a token with the right to provision.')
    case 429:
      return failed(PART, 'the token is over its rate limit', 'Something else uses it: wait, or give each connection a token of its own.')
    case 503:
      return failed(PART, `the server is not ready${detailOf(exchange)}`, 'Look at /readyz and at the database; IdPs try again later.')
    default:
      return failed(
        PART,
        `with the token: ${exchange.status} instead of a list of users${detailOf(exchange)}`,
        'Look at the log of the server for this request.',
      )
  }
}

/** Entra's connection test was seen without a User-Agent, and a firewall refused it. */
export async function withoutUserAgent(client: ScimClient): Promise<Finding> {
  const judged = await ask(client, {
    part: PART,
    what: 'without a User-Agent',
    request: { method: 'GET', path: PATH, headers: { 'user-agent': '' } },
    status: [200],
    advice: 'Let no firewall refuse requests for a missing User-Agent: Entra’s connection test has none.',
  })
  return 'finding' in judged ? judged.finding : ok(PART, 'a request without a User-Agent is answered', judged.exchange.ms)
}

async function send(client: ScimClient, token: null | undefined): Promise<Exchange | TransportError> {
  try {
    return await client.send({ method: 'GET', path: PATH, ...(token === null ? { token } : {}) })
  } catch (error) {
    if (error instanceof TransportError) return error
    throw error
  }
}
