// Creating SCIM resources.
import {
  type Created,
  type Creation,
  type Draft,
  type JsonObject,
  type Operation,
  type ResourceType,
  ScimError,
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
import type { Joiner, JoinOutcome } from '../lifecycle/joiner.ts'
import { joinTogether } from '../lifecycle/user-writes.ts'
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
    if (steps.length > 0) await applySteps(context, work, { groupId: draft.id, steps, creating: true })
    return stored
  }
  const stored = await whole(context, { resourceType, draft, needsTransaction: steps.length > 0 }, create)
  if (steps.length === 0 || wanted.size === 0) return stored
  // After the transaction: the members of a large group are read while they are sent.
  return (await findResource(readContext(context), resourceType, { id: draft.id, wanted })) ?? stored
}

/** A group takes the permission graph along. */
function whole(
  { work, operation }: WriteContext,
  { resourceType, draft, needsTransaction }: { resourceType: ResourceType; draft: Draft; needsTransaction: boolean },
  create: (work: Work) => Promise<StoredResource>,
): Promise<StoredResource> {
  if (resourceType.name === 'Group') return changeGroup(work, { context: auditContext(operation.caller), groupId: draft.id }, create)
  return needsTransaction ? work.atomically(create) : create(work)
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

/** Users about whom nothing is known; undefined for the others and for other types. Inside a transaction. */
export async function createTogether(work: Work, creations: readonly Creation<ScimCaller>[]): Promise<readonly (Created | undefined)[]> {
  const joiners = creations.map(plainJoiner)
  const joined = await joinTogether(
    work,
    joiners.filter((joiner) => joiner !== undefined),
  )
  const made = new Map(joined.flatMap((one) => (one === undefined ? [] : [[one.id, one]])))
  return joiners.map((joiner) => (joiner === undefined ? undefined : made.get(joiner.record.id)))
}

/** Undefined for what is no user, or one that will be refused when it is looked at alone. */
function plainJoiner({ operation, resourceType, draft }: Creation<ScimCaller>): Joiner | undefined {
  if (resourceType.name !== 'User') return undefined
  try {
    return toJoiner(operation, resourceType, draft.resource)
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

function toJoiner(operation: Operation<ScimCaller>, resourceType: ResourceType, resource: JsonObject): Joiner {
  const { caller } = operation
  return {
    record: toRecord(caller.orgId, resourceType, resource),
    person: toPerson(resource),
    externalIdImmutable: caller.token.externalIdImmutable,
    context: auditContext(caller),
    sinceArrivalMs: sinceArrival(caller),
    event: (outcome) => joinEvent(operation, resourceType, { resource, outcome }),
  }
}

async function createUser(
  context: WriteContext,
  resourceType: ResourceType,
  { draft, wanted }: { draft: Draft; wanted: Wanted },
): Promise<StoredResource> {
  const joiner = toJoiner(context.operation, resourceType, draft.resource)
  const { record } = joiner
  const joined = await context.writes.join(joiner)
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
