// What no answer may be, whatever was asked.
import { TextDecoder } from 'node:util'
import type { Target } from './target.ts'
import type { Answer, Outcome } from './wire.ts'

const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error'
/** 501: `/Me`. 505: versions of HTTP that nobody speaks. */
const EXPECTED: ReadonlySet<number> = new Set([501, 505])
/** Signs of the inside: stacks, paths, SQL, errors of the engine and of PostgreSQL. */
const INSIDE =
  /\n\s+at |\(node:|node_modules|\/src\/|\/dist\/|\.[tj]s:\d|Cannot read propert|is not (a function|iterable|defined)|undefined is not|at or near|violates |relation "|column "|invalid byte sequence|pg_catalog|select .+ from .+ where/i
const SCIM_TYPES: ReadonlySet<unknown> = new Set([
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
])
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Why the outcome is not acceptable; undefined when it is. */
export function judge(outcome: Outcome, target: Pick<Target, 'raw'>): string | undefined {
  if (outcome.kind !== 'answer') {
    if (outcome.kind === 'late') return 'no answer within a minute'
    // Bytes that are no request may be answered by the end of the connection (RFC 9112 section 2.2).
    return target.raw === true ? undefined : 'the connection ended without an answer'
  }
  const { status } = outcome
  if (!(status >= 200 && status <= 599)) return `the status is ${status}`
  if (status >= 500 && !EXPECTED.has(status)) return `status ${status}`
  return judgeBody(outcome)
}

function judgeBody({ status, head, body }: Answer): string | undefined {
  if (body.length === 0) return undefined
  let text
  try {
    text = utf8.decode(body)
  } catch {
    return 'the body is not UTF-8'
  }
  if (!/^content-type: application\/(scim\+)?json/im.test(head))
    return status >= 400 && INSIDE.test(text) ? 'the inside of the server shows' : undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'the body is not JSON'
  }
  return status >= 400 ? judgeError(status, json) : undefined
}

function judgeError(status: number, json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return 'an error is not an object'
  // Those of paths that belong to no wire, and of /api/v1.
  if (!('schemas' in json) && 'detail' in json && 'status' in json && json.status === status) {
    return typeof json.detail === 'string' && !INSIDE.test(json.detail) ? undefined : 'the inside of the server shows'
  }
  if ('error' in json) return typeof json.error === 'string' && !INSIDE.test(json.error) ? undefined : 'the inside of the server shows'
  if (!('schemas' in json) || !Array.isArray(json.schemas) || json.schemas[0] !== ERROR_URN) return 'an error does not say that it is one'
  if (!('status' in json) || json.status !== String(status)) return 'the error names another status'
  if ('scimType' in json && !SCIM_TYPES.has(json.scimType)) return `scimType is ${JSON.stringify(json.scimType)}`
  if (!('detail' in json) || typeof json.detail !== 'string' || json.detail === '') return 'an error has no detail'
  return INSIDE.test(json.detail) ? `the inside of the server shows: ${json.detail.slice(0, 200)}` : undefined
}
