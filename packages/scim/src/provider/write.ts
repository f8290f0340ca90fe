// Single writes on the store: a resource is created, replaced, modified or deleted (RFC 7644 sections 3.3, 3.5 and 3.6). The same
// for requests of their own and for operations of a Bulk request.
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Limits } from '../limits.ts'
import { applyPatch } from '../patch/apply.ts'
import type { Profile } from '../patch/profile.ts'
import { parsePatch } from '../patch/request.ts'
import { assemble, withDefaults } from '../resource/assemble.ts'
import type { Change, CollectionStep } from '../resource/change.ts'
import { type ParsedResource, parseResource } from '../resource/parse.ts'
import { replace, sameResource } from '../resource/replace.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import type { Caller, Draft, Operation, Precondition, Store, StoredResource, Wanted } from './store.ts'

/** How what a client sent is understood. */
export type Understanding<C extends Caller> = {
  readonly operation: Operation<C>
  readonly profile: Profile
  readonly limits: Limits
}

/** Where and for whom a write happens. */
export type Writing<C extends Caller> = Understanding<C> & { readonly store: Store<C>; readonly wanted: Wanted }

/** Which resource is written. For a creation, `id` is the one to give it. */
export type WriteTarget = { readonly resourceType: ResourceType; readonly id: string; readonly precondition: Precondition | undefined }

/** A stored resource and the attributes that the request itself set, `URN:name` in extensions. */
export type WriteResult = { readonly stored: StoredResource; readonly requested: ReadonlySet<string> }

/** @throws ScimError 400, 409, 413. */
export async function createResource<C extends Caller>(writing: Writing<C>, target: WriteTarget, body: Json): Promise<WriteResult> {
  const { store, operation, wanted } = writing
  const { draft, requested } = draftResource(writing, target, body)
  return { stored: await store.create(operation, target.resourceType, draft, wanted), requested }
}

/**
 * What a creation is to store.
 * @throws ScimError 400, 413.
 */
export function draftResource<C extends Caller>(
  writing: Understanding<C>,
  { resourceType, id }: Pick<WriteTarget, 'resourceType' | 'id'>,
  body: Json,
): { readonly draft: Draft } & Pick<WriteResult, 'requested'> {
  const parsed = parse(writing, { resourceType, body, method: 'create' })
  const resource = assemble({ resourceType, id, attributes: withDefaults(resourceType, parsed) })
  const steps = resourceType.collections.flatMap((attribute): readonly CollectionStep[] => {
    const elements = parsed.collections[attribute] ?? []
    return elements.length === 0 ? [] : [{ kind: 'add', attribute, elements }]
  })
  return { draft: { id, resource, steps }, requested: namesOf(parsed) }
}

/** @throws ScimError 400, 404, 409, 412, 413. */
export async function replaceResource<C extends Caller>(writing: Writing<C>, target: WriteTarget, body: Json): Promise<WriteResult> {
  const { store, operation, wanted } = writing
  const { resourceType } = target
  const parsed = parse(writing, { resourceType, body, method: 'replace' })
  // A PUT without a collection empties it (idp-wire RC-29).
  const steps = resourceType.collections.map(
    (attribute): CollectionStep => ({ kind: 'set', attribute, elements: parsed.collections[attribute] ?? [] }),
  )
  const change = (current: JsonObject): Change => {
    const resource = replace(current, parsed, resourceType)
    return sameResource(current, resource) ? { steps } : { resource, steps }
  }
  const stored = await store.update(operation, { ...target, change, stepsOnly: false, wanted })
  return { stored, requested: namesOf(parsed) }
}

/** @throws ScimError 400, 404, 409, 412, 413. */
export async function modifyResource<C extends Caller>(writing: Writing<C>, target: WriteTarget, body: Json): Promise<WriteResult> {
  const { store, operation, profile, limits, wanted } = writing
  // The flag of the query string has decided the profile already.
  const options = { resourceType: target.resourceType, profile, compat: operation.compat, limits, entraFlag: false }
  const patch = parsePatch(body, options)
  const change = (current: JsonObject): Change => applyPatch(patch, current, options)
  const stored = await store.update(operation, { ...target, change, stepsOnly: patch.stepsOnly, wanted })
  return { stored, requested: patch.touched }
}

/** @throws ScimError 404, 409, 412. */
export async function deleteResource<C extends Caller>(
  writing: Writing<C>,
  { resourceType, id, precondition }: WriteTarget,
): Promise<void> {
  await writing.store.delete(writing.operation, resourceType, id, precondition)
}

type Body = { readonly resourceType: ResourceType; readonly body: Json; readonly method: 'create' | 'replace' }

function parse<C extends Caller>({ operation, profile, limits }: Understanding<C>, { resourceType, body, method }: Body): ParsedResource {
  return parseResource(body, { resourceType, limits, profile, method, compat: operation.compat })
}

function namesOf({ attributes, collections }: ParsedResource): ReadonlySet<string> {
  const names = new Set(Object.keys(collections))
  for (const [name, value] of Object.entries(attributes)) {
    names.add(name)
    // Only extensions have names with colons; others do no harm.
    if (isObject(value)) for (const inner of Object.keys(value)) names.add(`${name}:${inner}`)
  }
  return names
}
