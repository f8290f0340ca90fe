// POST /api/v1/recall (contract 5.5): keyword search inside the readable scopes. Scopes that may not be read are named and never refused.
import { dataOf } from '../memory/engram.ts'
import { fitting, QUERY_LENGTH_MAX, RECALL_BYTES_MAX, recall, type Recalled } from '../memory/recall.ts'
import { HttpError } from '../http/message.ts'
import { named, readableScopes, type ScopeAccess } from './access.ts'
import { bodyEndpoint, type Endpoint, jsonText } from './endpoint.ts'
import { recallAnswerSchema, recallSchema } from './schemas.ts'

/** Of each of the two lists of scope names. */
const NAMES_BYTES_MAX = 16 * 1024

export const recallEndpoint: Endpoint = bodyEndpoint(
  {
    method: 'post',
    path: '/recall',
    summary: 'Find active engrams by the words of a question, best first.',
    body: recallSchema,
    texts: 'lenient',
    answers: [{ status: 200, description: 'What was found, at most 128 KiB of it.', schema: recallAnswerSchema }],
  },
  async (call, { query, mode, limit, scopes }) => {
    if (query.length > QUERY_LENGTH_MAX)
      throw new HttpError({ status: 400, detail: `The query is longer than ${QUERY_LENGTH_MAX} characters.` })
    const readable = await readableScopes(call)
    const asked = scopes ?? []
    const found = asked.map((name) => ({ name, scope: named(readable, name) }))
    const effective = asked.length === 0 ? readable : unique(found.flatMap(({ scope }) => scope ?? []))
    const dropped = [...new Set(found.filter(({ scope }) => scope === undefined).map(({ name }) => name.toWellFormed()))]
    const results = await recall(call.work, { orgId: call.principal.orgId, scopes: effective, query, limit })
    return jsonText(200, answerOf({ results, effective, dropped, mode }))
  },
)

type Found = {
  readonly results: readonly Recalled[]
  readonly effective: readonly ScopeAccess[]
  readonly dropped: readonly string[]
  readonly mode: string
}

/** The answer as text, cut so that all of it stays within the bytes that clients take. */
function answerOf({ results, effective, dropped, mode }: Found): string {
  const names = new Map(effective.map(({ id, name }) => [id, name]))
  const effectiveNames = effective.map(({ name }) => JSON.stringify(name))
  const droppedNames = dropped.map((name) => JSON.stringify(name))
  const effectiveKept = fitting(effectiveNames, NAMES_BYTES_MAX)
  const droppedKept = fitting(droppedNames, NAMES_BYTES_MAX)
  const envelope = (kept: readonly string[]) => {
    const truncated =
      kept.length < results.length || effectiveKept.length < effectiveNames.length || droppedKept.length < droppedNames.length
    return `{"results":[${kept.join(',')}],"count":${kept.length},"mode":"keyword","requested_mode":${JSON.stringify(mode)},"vector":false,"effective_scopes":[${effectiveKept.join(',')}],"dropped_scopes":[${droppedKept.join(',')}],"truncated":${truncated}}`
  }
  // Room for a count of three digits and for either word of `truncated`.
  const spare = Buffer.byteLength(envelope([])) + 8
  return envelope(
    fitting(
      results.map((result) => JSON.stringify(flat(result, names.get(result.scopeId)))),
      RECALL_BYTES_MAX - spare,
    ),
  )
}

/** What the server says wins over what a writer sent under the same name. */
function flat(result: Recalled, scope: string | undefined) {
  return { ...dataOf(result), id: result.id, scope, status: result.status, score: result.score }
}

const unique = (scopes: readonly ScopeAccess[]): readonly ScopeAccess[] => [...new Map(scopes.map((scope) => [scope.id, scope])).values()]
