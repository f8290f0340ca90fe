// POST to /Bulk (RFC 7644 section 3.7): from the request to the BulkResponse, each operation done as if it were sent alone.
import { notImplemented } from '../errors.ts'
import { parseBulkRequest } from '../bulk/request.ts'
import { type BulkResult, runBulk } from '../bulk/run.ts'
import type { BulkWrite, BulkWriter, Prepared, Written } from '../bulk/unit.ts'
import { BULK_RESPONSE_URN } from '../urns.ts'
import { entityTag, parseCondition, writePrecondition } from './conditional.ts'
import { type Context, type Exchange, readBody, understand } from './context.ts'
import { locationOf } from './location.ts'
import type { ScimResponse } from './message.ts'
import { answersPatchWithBody } from './resources.ts'
import { jsonResponse } from './respond.ts'
import type { Router } from './route.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import type { Caller, Created, Operation, Store, Wanted } from './store.ts'
import { deleteResource, draftResource, modifyResource, replaceResource, type Understanding } from './write.ts'

export async function answerBulk<C extends Caller>(context: Context<C>, exchange: Exchange<C>, router: Router): Promise<ScimResponse> {
  const { limits } = context
  if (limits.bulkOperationsMax === 0) throw notImplemented('Bulk is switched off here; send the operations one by one.')
  const { profile } = understand(exchange)
  const body = readBody(exchange.request, limits.bulkBytesMax, limits)
  const request = parseBulkRequest(body, limits, router.target)
  const results = await runBulk(request, writerOf(context, exchange.caller, profile))
  return jsonResponse(200, exchange.type, JSON.stringify({ schemas: [BULK_RESPONSE_URN], Operations: results.map(resultBody) }))
}

const KINDS = { POST: 'create', PUT: 'replace', PATCH: 'modify', DELETE: 'delete' } as const

function writerOf<C extends Caller>(context: Context<C>, caller: C, profile: Caller['profile']): BulkWriter<C> {
  const { store, newId, baseUrl, limits } = context
  return {
    caller,
    store,
    newId,
    location: (resourceType, id) => locationOf(baseUrl, resourceType, id),
    // What cannot be told apart would at most have read something: it changed nothing.
    describe: ({ address }, id): Operation<C> => ({
      caller,
      kind: address === undefined ? 'read' : KINDS[address.method],
      resourceType: address?.resourceType,
      id,
      compat: new Set(),
    }),
    prepare: (operation, write) => prepare(context, { operation, profile, limits }, write),
    created: (resourceType, created) => written(context, { resourceType, status: 201 }, created),
  }
}

const NOTHING_WANTED: Wanted = new Set()

function prepare<C extends Caller>(
  context: Context<C>,
  understanding: Understanding<C>,
  { operation: { method, resourceType, version }, id, data }: BulkWrite,
): Prepared<C> {
  const conditions = { ifMatch: version === undefined ? undefined : parseCondition('version', version), ifNoneMatch: undefined }
  const target = { resourceType, id, precondition: method === 'POST' ? undefined : writePrecondition(conditions) }
  const body = data ?? null
  const on = (store: Store<C>) => ({ ...understanding, store, wanted: NOTHING_WANTED })
  const answer = (status: number, stored: Created) => written(context, { resourceType, status }, stored)
  switch (method) {
    case 'POST': {
      const { operation } = understanding
      const { draft } = draftResource(understanding, target, body)
      const run = async (store: Store<C>) => answer(201, await store.create(operation, resourceType, draft, NOTHING_WANTED))
      return { run, creation: { operation, resourceType, draft } }
    }
    case 'PUT':
      return alone(async (store) => answer(200, (await replaceResource(on(store), target, body)).stored))
    case 'PATCH':
      return alone(async (store) => {
        const { stored } = await modifyResource(on(store), target, body)
        return answer(answersPatchWithBody(resourceType) ? 200 : 204, stored)
      })
    case 'DELETE':
      return alone(async (store) => {
        await deleteResource(on(store), target)
        return { status: 204, id, location: locationOf(context.baseUrl, resourceType, id), version: undefined }
      })
  }
}

const alone = <C extends Caller>(run: Prepared<C>['run']): Prepared<C> => ({ run, creation: undefined })

function written<C extends Caller>(
  { baseUrl }: Context<C>,
  { resourceType, status }: { resourceType: ResourceType; status: number },
  { id, version }: Created,
): Written {
  return { status, id, location: locationOf(baseUrl, resourceType, id), version: entityTag(version) }
}

/** `status` is a string (RFC 7644 section 3.7.3); the body of the error is there exactly when the operation failed. */
function resultBody({ entry, status, location, version, error }: BulkResult) {
  return { location, method: entry.method, bulkId: entry.bulkId, version, status: String(status), response: error?.toBody() }
}
