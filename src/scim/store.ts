// The protocol's storage port on our directory: one SCIM operation is one transaction with its audit rows, whatever its outcome.
import {
  conflict,
  type Creation,
  excerpt,
  type JsonObject,
  notFound,
  type Operation,
  type ResourceType,
  ScimError,
  type Store,
  type StoredResource,
  uniqueness,
} from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { append } from '../audit/append.ts'
import type { AuditEvent } from '../audit/event.ts'
import { uniqueViolation } from '../db/failures.ts'
import type { Work } from '../db/work.ts'
import { noteCollision } from '../directory/collisions.ts'
import { changeGroup } from '../lifecycle/group-sync.ts'
import { LocalAccountCollision, NameTaken } from '../lifecycle/joiner.ts'
import { remove } from '../lifecycle/removal.ts'
import { SharedWrites, writesIn } from '../lifecycle/user-writes.ts'
import { DomainError } from '../primitives/errors.ts'
import type { Turns } from '../primitives/turns.ts'
import { auditContext, certain, refuseDropped, type ScimCaller, sinceArrival } from './caller.ts'
import { advice, asResource, createColliding } from './colliding.ts'
import { createResource, createTogether } from './creates.ts'
import { deleted, read, refused } from './events.ts'
import { isId } from './filter-sql.ts'
import { queryResources } from './pages.ts'
import { findResource, isShared, nameAskedFor, SharedReads } from './point-reads.ts'
import { parseStored, text, uniqueAttribute } from './record.ts'
import { readAhead, type Update, updateResource } from './updates.ts'
import type { StoreSettings, WriteContext } from './write-context.ts'

export type ScimStoreOptions = StoreSettings & {
  readonly work: Work
  /** By organisation: costly operations of one leave the others their share of the database. */
  readonly turns: Turns<string>
  /** Told of what broke inside a Bulk, whose answer only says that something did. */
  readonly onFailure: (error: unknown, requestId: string) => void
}

export function createScimStore(options: ScimStoreOptions): Store<ScimCaller> {
  const { work, baseUrl, turns } = options
  const shared = { points: new SharedReads(work, baseUrl), writes: new SharedWrites(work, turns) }
  const store = storeOn({ work, ...shared, expected: new Map() }, options)
  const reads = { work, baseUrl, points: shared.points }
  const inTurn = <T>(caller: ScimCaller, run: () => Promise<T>) =>
    turns.run(caller.orgId, async () => {
      refuseDropped(caller)
      return run()
    })
  /** The one gate to everything that changes or records something. */
  const whenCertain = async <T>(caller: ScimCaller, run: () => Promise<T>): Promise<T> => {
    await certain(caller)
    return run()
  }
  return {
    // Questions about one resource share their statements, whoever asks: they take no place from anybody.
    find: (operation, resourceType, id, wanted) => {
      const run = () => store.find(operation, resourceType, id, wanted)
      return isShared(wanted) ? run() : inTurn(operation.caller, run)
    },
    query: (operation, query) => {
      const run = () => store.query(operation, query)
      return nameAskedFor(query) === undefined ? inTurn(operation.caller, run) : run()
    },
    // So do changes of people; what needs a connection of its own waits for its turn there.
    create: (operation, resourceType, draft, wanted) => {
      const run = () => store.create(operation, resourceType, draft, wanted)
      return whenCertain(operation.caller, () => (resourceType.name === 'User' ? run() : inTurn(operation.caller, run)))
    },
    update: (operation, request) => {
      if (request.resourceType.name !== 'User')
        return whenCertain(operation.caller, () => inTurn(operation.caller, () => store.update(operation, request)))
      const ahead = readAhead({ ...reads, orgId: operation.caller.orgId }, request)
      return whenCertain(operation.caller, () => store.update(operation, { ...request, ahead }))
    },
    delete: (operation, resourceType, id, precondition) =>
      whenCertain(operation.caller, () => inTurn(operation.caller, () => store.delete(operation, resourceType, id, precondition))),
    atomically: (caller, expected, run) => whenCertain(caller, () => inTurn(caller, () => store.atomically(caller, expected, run))),
    refused: (operation, error, cause) => whenCertain(operation.caller, async () => store.refused(operation, error, cause)),
  }
}

type StoreOn = Omit<Store<ScimCaller>, 'update'> & {
  update(operation: Operation<ScimCaller>, request: Update): Promise<StoredResource>
}

type Place = Pick<WriteContext, 'work' | 'points' | 'writes' | 'expected'>

/** Waits for nothing. What finds and queries comes before the caller is certain, and may only read; all else comes after. */
function storeOn(place: Place, options: ScimStoreOptions): StoreOn {
  const { work, points, expected } = place
  const { baseUrl } = options
  const colliding = createColliding(work)
  const reader = (operation: Operation<ScimCaller>) => ({ work, points, orgId: operation.caller.orgId, baseUrl })
  const recorded = ({ caller }: Operation<ScimCaller>) => {
    caller.trail.recorded = true
    return auditContext(caller)
  }
  const recordRead = ({ caller: { trail } }: Operation<ScimCaller>, event: AuditEvent) => {
    trail.recorded = true
    trail.reads.push(event)
  }
  const writer = (operation: Operation<ScimCaller>): WriteContext => {
    recorded(operation)
    return { ...place, operation, settings: options }
  }
  return {
    async find(operation, resourceType, id, wanted) {
      const found =
        (await findResource(reader(operation), resourceType, { id, wanted })) ?? (await findColliding(operation, resourceType, id))
      if (found !== undefined) recordRead(operation, read(operation, {}))
      return found
    },

    async query(operation, query) {
      const page = await queryResources(reader(operation), query)
      const hidden = page.total === 0 ? await colliding.askedFor(operation.caller.orgId, query) : undefined
      const shown = hidden === undefined ? page : { total: 1, resources: query.count > 0 ? [hidden] : [], next: undefined }
      recordRead(operation, read(operation, { total: shown.total, returned: shown.resources.length }))
      return shown
    },

    async create(operation, resourceType, draft, wanted) {
      try {
        return await work.retrying(() => createResource(writer(operation), resourceType, { draft, wanted }))
      } catch (error) {
        throw translated(error, resourceType, draft.resource)
      }
    },

    async update(operation, request) {
      let { ahead } = request
      const run = () => {
        // Good for one attempt: the next one reads for itself.
        const found = ahead
        ahead = undefined
        return updateResource(writer(operation), { ...request, ahead: found })
      }
      try {
        return await work.retrying(run)
      } catch (error) {
        throw await orAdvice(operation, request.resourceType, translated(error, request.resourceType))
      }
    },

    async delete(operation, resourceType, id, precondition) {
      try {
        const run = (tx: Work) =>
          deleteResource({ ...writer(operation), work: tx, points: undefined, writes: writesIn(tx) }, resourceType, { id, precondition })
        if (resourceType.name !== 'Group' || !isId(id)) await work.atomically(run)
        else await changeGroup(work, { context: auditContext(operation.caller), groupId: id }, run)
      } catch (error) {
        throw await orAdvice(operation, resourceType, translated(error, resourceType))
      }
    },

    atomically: (_caller, more, run) =>
      work.atomically((tx) => {
        const inner = storeOn({ work: tx, points: undefined, writes: writesIn(tx), expected: new Map([...expected, ...more]) }, options)
        return run({ ...inner, createTogether: (creations) => together(tx, creations) })
      }),

    async refused(operation, error, cause) {
      if (cause !== undefined) options.onFailure(cause, operation.caller.requestId)
      const event = refused(operation, error)
      if (operation.kind === 'read' || operation.kind === 'query') return recordRead(operation, event)
      try {
        await append(work.db, recorded(operation), [event])
      } catch (failure) {
        // What was refused stays refused, and what a Bulk has done before stays told.
        options.onFailure(failure, operation.caller.requestId)
        operation.caller.trail.late.push(event)
        return
      }
      if (error?.cause instanceof LocalAccountCollision) await noteCollision(work, operation.caller.orgId, error.cause)
    },
  }

  function together(tx: Work, creations: readonly Creation<ScimCaller>[]) {
    for (const { operation } of creations) recorded(operation)
    return createTogether(tx, creations)
  }

  async function findColliding({ caller }: Operation<ScimCaller>, resourceType: ResourceType, id: string) {
    const collision = await colliding.byId(caller.orgId, resourceType, id)
    return collision === undefined ? undefined : asResource(collision, resourceType)
  }

  /** A write to a colliding local account gets the advice instead of a 404. */
  async function orAdvice(operation: Operation<ScimCaller>, resourceType: ResourceType, error: unknown): Promise<unknown> {
    if (!(error instanceof ScimError) || error.status !== 404 || operation.id === undefined) return error
    const found = await colliding.byId(operation.caller.orgId, resourceType, operation.id)
    return found === undefined ? error : advice(found.account.userName)
  }
}

async function deleteResource(
  { work, operation, settings }: WriteContext,
  resourceType: ResourceType,
  { id, precondition }: { id: string; precondition: ((version: number) => void) | undefined },
): Promise<void> {
  const gone = () => notFound(`there is no ${resourceType.name} with id ${id.slice(0, 80)}`)
  if (!isId(id)) throw gone()
  const { orgId } = operation.caller
  await sql`select from scim_resources where org_id = ${orgId}::uuid and id = ${id}::uuid for update`.execute(work.db)
  const current = await findResource({ work, orgId, baseUrl: settings.baseUrl }, resourceType, { id, wanted: new Set() })
  if (current === undefined) throw gone()
  precondition?.(current.version)
  const event = deleted(operation, resourceType, { resource: parseStored(current.json), hard: settings.hardDelete })
  const removal = {
    orgId,
    id,
    type: resourceType.name,
    hard: settings.hardDelete,
    context: auditContext(operation.caller),
    event,
    sinceArrivalMs: sinceArrival(operation.caller),
  }
  if (!(await remove(work, removal))) throw gone()
}

/** What the domain and the database refuse, in the protocol's words. */
function translated(error: unknown, resourceType: ResourceType, resource?: JsonObject): unknown {
  if (error instanceof LocalAccountCollision) return advice(error.account.userName, error)
  if (error instanceof NameTaken) return taken(resourceType, resource)
  if (error instanceof DomainError) return error.code === 'not_found' ? notFound(error.message) : conflict(error.message)
  const constraint = uniqueViolation(error)
  return constraint === 'scim_resources_unique_key' || constraint === 'accounts_user_name' ? taken(resourceType, resource) : error
}

function taken(resourceType: ResourceType, resource: JsonObject | undefined): ScimError {
  const name = uniqueAttribute(resourceType)?.name ?? 'id'
  const value = text(resource?.[name])
  const shown = value === undefined ? `this ${name}` : `${name} "${excerpt(value)}"`
  return uniqueness(
    `another ${resourceType.name} already has ${shown}; names compare without regard to case. Use the existing one or choose another.`,
  )
}
