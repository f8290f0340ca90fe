// Creating SCIM resources.
import {
  type Draft,
  type JsonObject,
  type Operation,
  type ResourceType,
  type StoredResource,
  uniqueness,
  type Wanted,
} from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { auditPart } from '../audit/append.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { inputPart } from '../directory/input.ts'
import { countPart, insertResourcesPart, insertTextsPart } from '../directory/resources.ts'
import { changeGroup } from '../lifecycle/group-sync.ts'
import type { JoinOutcome } from '../lifecycle/joiner.ts'
import { auditContext, type ScimCaller, sinceArrival } from './caller.ts'
import { created, restored } from './events.ts'
import { applySteps } from './membership.ts'
import { findResource } from './point-reads.ts'
import { toPerson, toRecord } from './record.ts'
import { readContext, type WriteContext } from './write-context.ts'

export async function createResource(
  context: WriteContext,
  resourceType: ResourceType,
  { draft, wanted }: { draft: Draft; wanted: Wanted },
): Promise<StoredResource> {
  if (resourceType.name === 'User') return createUser(context, resourceType, { draft, wanted })
  const steps = draft.steps.filter((step) => step.kind === 'removeWhere' || step.kind === 'remove' || step.elements.length > 0)
  const create = async (work: Work): Promise<StoredResource> => {
    const stored = await insertPlain(context, work, { resourceType, draft })
    if (steps.length === 0) return stored
    await applySteps(context, work, { groupId: draft.id, steps, creating: true })
    const found = wanted.size > 0 ? await findResource(readContext(context, work), resourceType, { id: draft.id, wanted }) : undefined
    return found ?? stored
  }
  if (resourceType.name === 'Group')
    return changeGroup(context.work, { context: auditContext(context.operation.caller), groupId: draft.id }, create)
  return steps.length === 0 ? create(context.work) : context.work.atomically(create)
}

/** A resource without an account: groups and other types. */
async function insertPlain(
  { operation }: WriteContext,
  work: Work,
  { resourceType, draft }: { resourceType: ResourceType; draft: Draft },
): Promise<StoredResource> {
  const { caller } = operation
  const record = toRecord(caller.orgId, resourceType, draft.resource)
  const { rows } = await sql<{ created_at: Date; last_modified_at: Date }>`
    with ${inputPart([{ record }])},
    resource as (${insertResourcesPart(sql`input`)}),
    texts as (${insertTextsPart(sql`resource`)}),
    counted as (${countPart(1, sql`resource`)}),
    audited as (${auditPart(auditContext(caller), [created(operation, resourceType, draft)])})
    select created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  if (row === undefined) throw uniqueness(`the ${resourceType.name} was not created`)
  return {
    resourceType,
    id: record.id,
    version: 1,
    createdAt: row.created_at,
    lastModifiedAt: row.last_modified_at,
    json: record.json,
    elements: {},
  }
}

async function createUser(
  context: WriteContext,
  resourceType: ResourceType,
  { draft, wanted }: { draft: Draft; wanted: Wanted },
): Promise<StoredResource> {
  const { operation, writes } = context
  const { caller } = operation
  const { resource } = draft
  const record = toRecord(caller.orgId, resourceType, resource)
  const joined = await writes.join({
    record,
    person: toPerson(resource),
    externalIdImmutable: caller.token.externalIdImmutable,
    context: auditContext(caller),
    sinceArrivalMs: sinceArrival(caller),
    event: (outcome) => joinEvent(operation, resourceType, { resource, outcome }),
  })
  const known = joined.outcome.kind !== 'created'
  if (known || record.managerId !== undefined) {
    const found = await findResource(readContext(context), resourceType, { id: joined.id, wanted })
    if (found !== undefined) return found
  }
  const { id, version, createdAt, lastModifiedAt } = joined
  return { resourceType, id, version, createdAt, lastModifiedAt, json: record.json, elements: {} }
}

function joinEvent(
  operation: Operation<ScimCaller>,
  resourceType: ResourceType,
  { resource, outcome }: { resource: JsonObject; outcome: JoinOutcome },
): AuditEvent {
  switch (outcome.kind) {
    case 'created':
      return created(operation, resourceType, { resource })
    case 'restored':
      return restored(operation, resourceType, { ...resource, id: outcome.id })
    case 'adopted':
    case 'returned':
      return created(operation, resourceType, { resource, account: { [outcome.kind]: outcome.accountId } })
  }
}
