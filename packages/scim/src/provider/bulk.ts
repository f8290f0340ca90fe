// POST to /Bulk (RFC 7644 section 3.7): from the request to the BulkResponse, each operation done as if it were sent alone.
import { notImplemented } from '../errors.ts'
import { parseBulkRequest } from '../bulk/request.ts'
import { type BulkResult, runBulk } from '../bulk/run.ts'
import type { BulkWrite, BulkWriter, Written } from '../bulk/unit.ts'
import { BULK_RESPONSE_URN } from '../urns.ts'
import { entityTag, parseCondition, writePrecondition } from './conditional.ts'
import { type Context, type Exchange, readBody, understand } from './context.ts'
import { locationOf } from './location.ts'
import type { ScimResponse } from './message.ts'
import { answersPatchWithBody } from './resources.ts'
import { jsonResponse } from './respond.ts'
import type { Router } from './route.ts'
import type { Caller, Operation } from './store.ts'
import { createResource, deleteResource, modifyResource, replaceResource, type Writing } from './write.ts'

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
    write: (inner, operation, write) => writeOne(context, { store: inner, operation, profile, limits, wanted: new Set() }, write),
  }
}

async function writeOne<C extends Caller>(
  { baseUrl }: Context<C>,
  writing: Writing<C>,
  { operation, id, data }: BulkWrite,
): Promise<Written> {
  const { method, resourceType, version } = operation
  const conditions = { ifMatch: version === undefined ? undefined : parseCondition('version', version), ifNoneMatch: undefined }
  const target = { resourceType, id, precondition: method === 'POST' ? undefined : writePrecondition(conditions) }
  const body = data ?? null
  const written = (status: number, { stored }: Awaited<ReturnType<typeof createResource>>): Written => {
    const location = locationOf(baseUrl, resourceType, stored.id)
    return { status, id: stored.id, location, version: entityTag(stored.version) }
  }
  switch (method) {
    case 'POST':
      return written(201, await createResource(writing, target, body))
    case 'PUT':
      return written(200, await replaceResource(writing, target, body))
    case 'PATCH':
      return written(answersPatchWithBody(resourceType) ? 200 : 204, await modifyResource(writing, target, body))
    case 'DELETE':
      await deleteResource(writing, target)
      return { status: 204, id, location: locationOf(baseUrl, resourceType, id), version: undefined }
  }
}

/** `status` is a string (RFC 7644 section 3.7.3); the body of the error is there exactly when the operation failed. */
function resultBody({ entry, status, location, version, error }: BulkResult) {
  return { location, method: entry.method, bulkId: entry.bulkId, version, status: String(status), response: error?.toBody() }
}
