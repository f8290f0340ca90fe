// /api/v1/engrams: list, create, read, change, retire, feedback (contract 5.2 to 5.4). What may not be read is absent (404), what may not be
// written is refused (403). A write decides its scope in its own transaction.
import { z } from 'zod'
import { append } from '../audit/append.ts'
import type { AuditEvent, PayloadValue } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import type { HttpResponse } from '../http/message.ts'
import {
  contentOf,
  dataOf,
  type Engram,
  type EngramChange,
  engramCreateSchema,
  engramPatchSchema,
  feedbackSchema,
  type Status,
  STATUSES,
} from '../memory/engram.ts'
import { addFeedback, changeEngram, createEngram, findEngram, listEngrams, lockEngram } from '../memory/engrams.ts'
import { DomainError } from '../primitives/errors.ts'
import { type Attempt, named, readableScopes, type ScopeAccess, writableScope, writing } from './access.ts'
import type { Call } from './caller.ts'
import { bodyEndpoint, type Endpoint, json, plainEndpoint, queryEndpoint } from './endpoint.ts'
import { engramListQuery, engramPageSchema, engramRowSchema, feedbackAnswerSchema } from './schemas.ts'

const ALL_BUT_RETIRED: readonly Status[] = STATUSES.filter((status) => status !== 'retired')

type EngramAction = Exclude<Attempt['action'], 'episode.create'>

const list = queryEndpoint(
  {
    method: 'get',
    path: '/engrams',
    summary: 'Engrams of one scope or of all readable ones, in the order of their creation.',
    query: engramListQuery,
    answers: [{ status: 200, description: 'One page.', schema: engramPageSchema }],
  },
  async (call, { scope, status, limit, offset }) => {
    const readable = await readableScopes(call)
    const scopes = scope === undefined ? readable : [named(readable, scope) ?? absent('There is no such scope among those you may read.')]
    const statuses = status === undefined ? ALL_BUT_RETIRED : statusesOf(status)
    const { engrams, total } = await listEngrams(call.work, { orgId: call.principal.orgId, scopes, statuses, limit, offset })
    return json(200, { rows: engrams.map((engram) => rowOf(engram, scopes)), total_count: total })
  },
)

const create = bodyEndpoint(
  {
    method: 'post',
    path: '/engrams',
    summary: 'Learn an engram. The server gives it its id; the same create sent again answers with what it made.',
    body: engramCreateSchema,
    answers: [
      { status: 201, description: 'Learnt.', schema: engramRowSchema },
      { status: 200, description: 'Known already, from the same create.', schema: engramRowSchema },
    ],
  },
  (call, body) =>
    writing(call, { action: 'engram.create', target: { kind: 'engram' } }, async (work) => {
      const scope = await writableScope(work, call, body.scope)
      const content = contentOf(body)
      const { orgId, accountId } = call.principal
      const { engram, created } = await createEngram(work, {
        orgId,
        authorId: accountId,
        scopeId: scope.id,
        content,
        now: call.clock.now(),
      })
      await record(work, call, 'engram.create', { engram, scope, more: created ? {} : { repeated: true } })
      return json(created ? 201 : 200, rowOf(engram, [scope]))
    }),
)

const read = plainEndpoint(
  {
    method: 'get',
    path: '/engrams/{id}',
    summary: 'One engram, retired ones included.',
    answers: [{ status: 200, description: 'The engram.', schema: engramRowSchema }],
  },
  async (call) => {
    const scopes = await readableScopes(call)
    const engram = await findEngram(call.work, { orgId: call.principal.orgId, scopes, id: call.id })
    return json(200, rowOf(engram ?? absent(NO_ENGRAM), scopes))
  },
)

const change = bodyEndpoint(
  {
    method: 'patch',
    path: '/engrams/{id}',
    summary: 'Change an engram. What is not sent stays as it is; null takes a value away.',
    body: engramPatchSchema,
    answers: [{ status: 200, description: 'The engram after the change.', schema: z.object({ engram: engramRowSchema }) }],
  },
  (call, body) =>
    onEngram(call, actionOf(body), async (work, { engram, scope }) => {
      const after = await changeEngram(work, call.principal.orgId, { engram, change: body })
      await record(work, call, actionOf(body), { engram: after, scope, more: { changed: Object.keys(body) } })
      return json(200, { engram: rowOf(after, [scope]) })
    }),
)

const retire = plainEndpoint(
  {
    method: 'delete',
    path: '/engrams/{id}',
    summary: 'Retire an engram: it is not recalled any more, and it stays readable.',
    answers: [{ status: 200, description: 'Retired, now or before.', schema: z.object({ engram: engramRowSchema }) }],
  },
  (call) =>
    onEngram(call, 'engram.retire', async (work, { engram, scope }) => {
      if (engram.status === 'retired') return json(200, { engram: rowOf(engram, [scope]) })
      const after = await changeEngram(work, call.principal.orgId, { engram, change: { status: 'retired' } })
      await record(work, call, 'engram.retire', { engram: after, scope, more: {} })
      return json(200, { engram: rowOf(after, [scope]) })
    }),
)

const feedback = bodyEndpoint(
  {
    method: 'post',
    path: '/engrams/{id}/feedback',
    summary: 'Say whether an engram helped.',
    body: feedbackSchema,
    answers: [{ status: 200, description: 'Counted.', schema: feedbackAnswerSchema }],
  },
  (call, { signal }) =>
    onEngram(call, 'engram.feedback', async (work, { engram, scope }) => {
      const after = await addFeedback(work, call.principal.orgId, { id: engram.id, signal })
      await record(work, call, 'engram.feedback', { engram: after, scope, more: { signal } })
      return json(200, { engram: rowOf(after, [scope]), signal })
    }),
)

export const engramEndpoints: readonly Endpoint[] = [list, create, read, change, retire, feedback]

/** A row as clients know it; its scope is one of those that were asked for. */
function rowOf(engram: Engram, scopes: readonly ScopeAccess[]) {
  const scope = scopes.find(({ id }) => id === engram.scopeId)
  if (scope === undefined) throw new Error('an engram came from a scope that was not asked for')
  return {
    id: engram.id,
    scope: scope.name,
    status: engram.status,
    data: dataOf(engram),
    created_at: engram.createdAt.toISOString(),
    updated_at: engram.updatedAt.toISOString(),
  }
}

type Held = { readonly engram: Engram; readonly scope: ScopeAccess }

/** A write to an existing engram: readable (else absent), its scope writable (else refused), then locked: account, group, engram. */
function onEngram(call: Call, action: EngramAction, run: (work: Work, held: Held) => Promise<HttpResponse>): Promise<HttpResponse> {
  const { orgId } = call.principal
  return writing(call, { action, target: { kind: 'engram', id: call.id } }, async (work) => {
    const scopes = await readableScopes(call, work)
    const seen = (await findEngram(work, { orgId, scopes, id: call.id })) ?? absent(NO_ENGRAM)
    const scope = await writableScope(work, call, scopes.find(({ id }) => id === seen.scopeId)?.name ?? '')
    const engram = (await lockEngram(work, { orgId, scopes: [scope], id: call.id })) ?? absent(NO_ENGRAM)
    return run(work, { engram, scope })
  })
}

const NO_ENGRAM = 'There is no such engram.'

function absent(detail: string): never {
  throw new DomainError('not_found', detail)
}

const statusesOf = (status: Status | 'all'): readonly Status[] => (status === 'all' ? STATUSES : [status])

function actionOf({ status, pinned }: EngramChange): EngramAction {
  if (status === 'retired') return 'engram.retire'
  if (pinned === undefined) return 'engram.update'
  return pinned ? 'engram.pin' : 'engram.unpin'
}

type Done = { readonly engram: Engram; readonly scope: ScopeAccess; readonly more: Readonly<Record<string, PayloadValue>> }

/** Ids, names of fields and of scopes only: what an engram says stays in its own row. */
async function record(work: Work, { context }: Call, action: EngramAction, { engram, scope, more }: Done): Promise<void> {
  const event: AuditEvent = {
    action,
    target: { kind: 'engram', id: engram.id },
    outcome: 'success',
    payload: { scope: { id: scope.id, name: scope.name }, version: engram.version, ...more },
  }
  await append(work.db, context, [event])
}
