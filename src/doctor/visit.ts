// What the checks over HTTP share: the client, how to tell what answered, and how a request is judged.
import {
  isObject,
  listAt,
  LIST_RESPONSE_URN,
  textAt,
  TransportError,
  type ClientRequest,
  type Exchange,
  type ScimClient,
} from '@plur-enterprise/scim/client'
import { failed, type Finding } from './finding.ts'

export type Visit = {
  readonly client: ScimClient
  /** Stands in the names of all probe resources. */
  readonly mark: string
  /** The ServiceProviderConfig, once it was read. */
  readonly provider: unknown
}

/** Why something that should be SCIM is not; undefined when it is. Redirects and web pages come from what stands in front. */
export function notScim(exchange: Exchange): { readonly text: string; readonly advice: string } | undefined {
  const { status, headers, text, json } = exchange
  if (status >= 300 && status < 400)
    return {
      text: `${status} redirects to ${headers.get('location') ?? 'nowhere'}`,
      advice: 'Use the address it redirects to, and let no sign-in page stand before /scim/v2.',
    }
  const type = headers.get('content-type') ?? 'nothing'
  if (isObject(json) || (text === '' && status === 204)) return undefined
  if (/html/i.test(type) || /^\s*</.test(text)) {
    const who = headers.get('server')
    return {
      text: `${status} is a web page${who === null ? '' : ` from ${who}`}, not SCIM`,
      advice:
        status === 403
          ? 'A proxy or firewall blocks the request: exempt /scim/v2 from its bot and browser checks.'
          : 'Something else answers at this address: check the path, and that the proxy passes /scim/v2 on unchanged.',
    }
  }
  return {
    text: `${status} with ${type} is no SCIM answer`,
    advice: 'IdPs read JSON only: check what stands between them and the SCIM server.',
  }
}

/** The detail of a SCIM error, in brackets, or nothing. */
export function detailOf(exchange: Exchange): string {
  const detail = textAt(exchange.json, 'detail')
  return detail === undefined ? '' : ` (${detail})`
}

export function isList(exchange: Exchange): boolean {
  return exchange.status === 200 && listAt(exchange.json, 'schemas').includes(LIST_RESPONSE_URN)
}

export type Judged = { readonly exchange: Exchange } | { readonly finding: Finding }

export type Ask = {
  readonly part: string
  readonly what: string
  readonly request: ClientRequest
  readonly status: readonly number[]
  /** What else is wrong with the answer, or undefined. */
  readonly wrong?: (exchange: Exchange) => string | undefined
  readonly advice: string
}

/** Sends one request; what is not as it should be becomes a finding with the advice. */
export async function ask(client: ScimClient, { part, what, request, status, wrong, advice }: Ask): Promise<Judged> {
  try {
    const exchange = await client.send(request)
    const foreign = notScim(exchange)
    if (foreign !== undefined) return { finding: failed(part, `${what}: ${foreign.text}`, foreign.advice) }
    if (exchange.status === 429)
      return {
        finding: failed(
          part,
          `${what}: 429 too many requests`,
          'Wait, or raise the rate limit of the token: IdPs pause for minutes after a 429.',
        ),
      }
    if (!status.includes(exchange.status))
      return { finding: failed(part, `${what}: ${exchange.status} instead of ${status.join(' or ')}${detailOf(exchange)}`, advice) }
    const problem = wrong?.(exchange)
    return problem === undefined ? { exchange } : { finding: failed(part, `${what}: ${problem}`, advice) }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return {
      finding: failed(
        part,
        `${what}: no answer (${error.code})`,
        'The connection broke or took too long: look at the log of the server and of the proxy in front of it.',
      ),
    }
  }
}
