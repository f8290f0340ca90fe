// Changing SCIM resources: read, let the protocol decide, write if nobody else was faster.
import {
  type Change,
  comparableResource,
  type JsonObject,
  notFound,
  type ResourceType,
  ScimError,
  type StoredResource,
  type UpdateRequest,
} from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { append, auditPart } from '../audit/append.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Work } from '../db/work.ts'
import { inputPart } from '../directory/input.ts'
import { updateResourcesPart, updateTextsPart } from '../directory/resources.ts'
import type { ResourceRecord, Written } from '../directory/resource.ts'
import { changeGroup } from '../lifecycle/group-sync.ts'
import { auditContext, sinceArrival } from './caller.ts'
import { unchanged, updated } from './events.ts'
import { isId } from './filter-sql.ts'
import { applySteps, groupOf } from './membership.ts'
import { findResource } from './point-reads.ts'
import { emailKeys, parseStored, toPerson, toRecord } from './record.ts'
import type { ReadContext } from './stored.ts'
import { readContext, type WriteContext } from './write-context.ts'

/** How often a change is computed anew because another writer came in between; each round means that somebody else got through. */
const ROUNDS_MAX = 100

const NOTHING: ReadonlySet<string> = new Set()

/** With what was read of the resource, if that began before; good for one round, whose write finds out whether it still holds. */
export type Update = UpdateRequest & { readonly ahead?: Promise<Ahead> | undefined }
type Ahead = { readonly found: StoredResource | undefined } | { readonly error: unknown }

/** Begins to read what is to be changed. Never rejects. */
export function readAhead(context: ReadContext, { resourceType, id, wanted }: UpdateRequest): Promise<Ahead> {
  return findResource(context, resourceType, { id, wanted }).then(
    (found) => ({ found }),
    (error: unknown) => ({ error }),
  )
}

export async function updateResource(context: WriteContext, request: Update): Promise<StoredResource> {
  if (!isId(request.id)) throw missing(request)
  // What was read before the change was read with everything that the answer shows.
  if (request.resourceType.collections.length === 0) return updatePlain(context, context.work, request)
  const stored = await updateGroup(context, request)
  if (request.wanted.size === 0 || Object.keys(stored.elements).length > 0) return stored
  return (await findResource(readContext(context), request.resourceType, request)) ?? stored
}

const missing = ({ resourceType, id }: UpdateRequest) => notFound(`there is no ${resourceType.name} with id ${id.slice(0, 80)}`)

// --- resources without collections ---

async function updatePlain(context: WriteContext, work: Work, request: Update): Promise<StoredResource> {
  const { resourceType, id, wanted, precondition } = request
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const current =
      round === 0 && request.ahead !== undefined
        ? resultOf(await request.ahead)
        : await findResource(readContext(context, work), resourceType, { id, wanted })
    if (current === undefined) throw missing(request)
    precondition?.(current.version)
    const before = parseStored(current.json)
    const change = request.change(before)
    if (change.resource === undefined) {
      await noteNothing(context, work, unchanged(context.operation, resourceType, before))
      return current
    }
    const step = stepOf(context, { resourceType, before, after: change.resource, basedOn: current.version })
    const written = await write(context, work, step)
    if (written !== undefined) return afterWrite(context, work, { request, current, record: step.record, written })
  }
  throw new Error(`${resourceType.name} ${id} changed ${ROUNDS_MAX} times while it was being changed`)
}

function resultOf(ahead: Ahead): StoredResource | undefined {
  if ('error' in ahead) throw ahead.error
  return ahead.found
}

/** Of users together with others, like their changes; whatever else is changed holds its turn already. */
async function noteNothing({ operation, writes }: WriteContext, work: Work, event: AuditEvent): Promise<void> {
  const context = auditContext(operation.caller)
  await (operation.resourceType?.name === 'User' ? writes.note(context, event) : append(work.db, context, [event]))
}

type AttributeChange = {
  readonly resourceType: ResourceType
  readonly before: JsonObject
  readonly after: JsonObject
  readonly basedOn: number
}
/** A change of attributes, with what the directory is to keep. */
type Step = AttributeChange & { readonly record: ResourceRecord }

const stepOf = ({ operation }: WriteContext, change: AttributeChange): Step => ({
  ...change,
  record: toRecord(operation.caller.orgId, change.resourceType, change.after),
})

async function write(
  { operation, writes }: WriteContext,
  work: Work,
  { resourceType, before, after, basedOn, record }: Step,
): Promise<Written | undefined> {
  const { caller } = operation
  const events = updated(operation, resourceType, { before, after })
  const context = auditContext(caller)
  if (resourceType.name !== 'User') return writeRow(work, { record, basedOn }, { context, events })
  return writes.change({
    record,
    before: toPerson(before),
    person: toPerson(after),
    basedOn,
    names: sameNames(before, after) ? 'kept' : { emailKeysGone: emailKeysGone(before, { resourceType, record }) },
    context,
    events,
    sinceArrivalMs: sinceArrival(caller),
  })
}

/** Whether nothing has changed that people are looked for by: then the keys, texts and account made from it stay, as they were once folded. */
const sameNames = (before: JsonObject, after: JsonObject): boolean =>
  before['userName'] === after['userName'] &&
  before['displayName'] === after['displayName'] &&
  JSON.stringify(before['emails']) === JSON.stringify(after['emails'])

function emailKeysGone(before: JsonObject, { resourceType, record }: Pick<Step, 'resourceType' | 'record'>): readonly string[] {
  const kept = new Set(record.emailKeys)
  return emailKeys(resourceType, comparableResource(resourceType, before)).filter((key) => !kept.has(key))
}

/** A resource without an account and without addresses: groups and other types. */
async function writeRow(
  work: Work,
  { record, basedOn }: { record: ResourceRecord; basedOn: number },
  { context, events }: { context: Parameters<typeof auditPart>[0]; events: readonly AuditEvent[] },
): Promise<Written | undefined> {
  const { rows } = await sql<{ version: string; created_at: Date; last_modified_at: Date }>`
    with ${inputPart([{ record, basedOn }])},
    target as (
      select r.id from input i join scim_resources r on r.org_id = i.org_id and r.id = i.id and r.version = i.based_on for update of r
    ),
    resource as (${updateResourcesPart(sql`target`)}),
    texts as (${updateTextsPart(sql`resource`)}),
    audited as (${auditPart(context, events, sql`exists (select from resource)`)})
    select version, created_at, last_modified_at from resource`.execute(work.db)
  const [row] = rows
  return row === undefined ? undefined : { version: Number(row.version), createdAt: row.created_at, lastModifiedAt: row.last_modified_at }
}

/** The answer to a write without reading again, unless it shows what other resources say (a manager's name). */
async function afterWrite(
  context: WriteContext,
  work: Work,
  { request, current, record, written }: { request: UpdateRequest; current: StoredResource; record: ResourceRecord; written: Written },
): Promise<StoredResource> {
  const { resourceType } = request
  if (record.managerId !== undefined) {
    const found = await findResource(readContext(context, work), resourceType, request)
    if (found !== undefined) return found
  }
  return { resourceType, id: current.id, ...written, json: record.json, elements: current.elements }
}

// --- groups ---

async function updateGroup(context: WriteContext, request: UpdateRequest): Promise<StoredResource> {
  const locked = () => changeGroup(context.work, groupChange(context, request), (work) => updateLocked(context, work, request))
  if (request.precondition !== undefined) return locked()
  if (request.stepsOnly) return applyChange(context, request.change({}), request)
  const { resourceType, id } = request
  const current = await findResource(readContext(context), resourceType, { id, wanted: NOTHING })
  if (current === undefined) throw missing(request)
  const change = request.change(parseStored(current.json))
  // A whole group is one thing: its name must not be that of one request and its members those of another.
  if (change.resource === undefined && !replaces(change)) return applyChange(context, change, request)
  return locked()
}

/** All members give way to others: of two such changes the result is one's, never a mixture. */
const replaces = ({ steps }: Change) => steps.some(({ kind }) => kind === 'set')

const groupChange = ({ operation }: WriteContext, { id }: UpdateRequest) => ({ context: auditContext(operation.caller), groupId: id })

/** A change of members alone: one statement when there is one step. Changes of groups as members take the permission graph along. */
async function applyChange(context: WriteContext, change: Change, request: UpdateRequest): Promise<StoredResource> {
  const { steps } = change
  const isOne = steps.length === 1 && !replaces(change)
  const run = async (work: Work, nesting: 'allowed' | 'refused') => {
    if (replaces(change)) await holdMembers(context, work, request)
    const { changed, last } = await applySteps(context, work, { groupId: request.id, steps, nesting })
    const group = last === undefined ? undefined : groupOf(context, last, request.id)
    if (group === undefined) throw missing(request)
    if (!changed) await noteUnchanged(context, work, request)
    return group
  }
  if (steps.length > 0) {
    try {
      return await (isOne ? run(context.work, 'refused') : context.work.atomically((work) => run(work, 'refused')))
    } catch (error) {
      // Missing, or groups would come or go as members.
      if (!(error instanceof ScimError) || error.status !== 404) throw error
      return changeGroup(context.work, groupChange(context, request), (work) => run(work, 'allowed'))
    }
  }
  const current = await findResource(readContext(context), request.resourceType, { id: request.id, wanted: NOTHING })
  if (current === undefined) throw missing(request)
  await noteUnchanged(context, context.work, request)
  return current
}

/** Until the end of the transaction nobody else replaces the members, by what would not see them; who adds or removes one is not kept waiting. */
async function holdMembers({ operation }: WriteContext, work: Work, { id }: UpdateRequest): Promise<void> {
  const { orgId } = operation.caller
  await sql`select from scim_resources where org_id = ${orgId}::uuid and id = ${id}::uuid for no key update`.execute(work.db)
}

const noteUnchanged = ({ operation }: WriteContext, work: Work, { resourceType }: UpdateRequest) =>
  append(work.db, auditContext(operation.caller), [unchanged(operation, resourceType, undefined)])

/** With the group's row locked against everybody: conditions are judged and attributes changed on what nobody else can move. */
async function updateLocked(context: WriteContext, work: Work, request: UpdateRequest): Promise<StoredResource> {
  const { resourceType, id, precondition } = request
  const { orgId } = context.operation.caller
  const reader = readContext(context, work)
  const locked = await sql<{ version: string }>`
    select version from scim_resources where org_id = ${orgId}::uuid and id = ${id}::uuid and type = ${resourceType.name} for update
  `.execute(work.db)
  const [row] = locked.rows
  const current = row === undefined ? undefined : await findResource(reader, resourceType, { id, wanted: NOTHING })
  if (row === undefined || current === undefined) throw missing(request)
  precondition?.(current.version)
  const before = parseStored(current.json)
  const change = request.change(before)
  if (change.resource !== undefined)
    await write(context, work, stepOf(context, { resourceType, before, after: change.resource, basedOn: Number(row.version) }))
  const { changed } = await applySteps(context, work, { groupId: id, steps: change.steps })
  if (!changed && change.resource === undefined) await noteUnchanged(context, work, request)
  return (await findResource(reader, resourceType, { id, wanted: NOTHING })) ?? current
}
