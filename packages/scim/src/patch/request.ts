// A PATCH request (RFC 7644 section 3.5.2): its message, its limits, and its operations understood against the schemas.
import { invalidSyntax, payloadTooLarge, ScimError } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { PATCH_OP_URN } from '../urns.ts'
import type { Context } from './context.ts'
import { acceptNoOperations, effectiveProfile } from './dialect.ts'
import type { PatchOperation } from './operation.ts'
import { parseOperation } from './parse-operation.ts'
import type { Profile } from './profile.ts'

export type PatchOptions = {
  readonly resourceType: ResourceType
  /** As set on the client's token; marks inside the request may switch `generic` to `entra`. */
  readonly profile: Profile
  /** Gets the names of the tolerances used. */
  readonly compat: Set<string>
  readonly limits: Limits
  /** Whether the request carries the flag of Entra's tenant URL, `aadOptscim062020`. */
  readonly entraFlag: boolean
}

export type PatchRequest = {
  readonly operations: readonly PatchOperation[]
  /** True when all operations concern collections alone, so that the resource itself need not be read. */
  readonly stepsOnly: boolean
  /** Top-level attributes that the request sets, `URN:name` in extensions: those returned on request are shown then. */
  readonly touched: ReadonlySet<string>
}

/**
 * Reads the body of a PATCH.
 * @throws ScimError 400 of any kind that RFC 7644 section 3.5.2 knows, 413 for too many operations or collection elements. What
 * concerns one operation names its number.
 */
export function parsePatch(body: Json, options: PatchOptions): PatchRequest {
  const given = parseMessage(body, options.limits)
  const { resourceType, compat, limits } = options
  const context: Context = { resourceType, compat, limits, profile: effectiveProfile(options.profile, options.entraFlag, given) }
  if (given.length === 0) {
    acceptNoOperations(context)
  }
  const operations = given.flatMap((operation, index) => parseNumbered(operation, index + 1, context))
  checkElements(operations, limits)
  return {
    operations,
    stepsOnly: operations.every((operation) => operation.kind === 'steps'),
    touched: new Set(operations.flatMap(touchedBy)),
  }
}

/** Member names count without regard to case, as in `operations` (ZZ-1). */
function parseMessage(body: Json, { patchOperationsMax }: Limits): readonly Json[] {
  if (!isObject(body)) {
    throw invalidSyntax('The body of a PATCH must be an object with `schemas` and `Operations`.')
  }
  checkSchemas(body)
  const operations = member(body, 'Operations')
  if (!isArray(operations)) {
    throw invalidSyntax('`Operations` must be an array of operations.')
  }
  if (operations.length > patchOperationsMax) {
    throw payloadTooLarge(`The request holds ${operations.length} operations; at most ${patchOperationsMax} are accepted.`)
  }
  return operations
}

function checkSchemas(body: JsonObject): void {
  const schemas = member(body, 'schemas')
  const wanted = PATCH_OP_URN.toLowerCase()
  if (!isArray(schemas) || !schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === wanted)) {
    throw invalidSyntax(`\`schemas\` must hold "${PATCH_OP_URN}".`)
  }
}

function parseNumbered(operation: Json, number: number, context: Context): readonly PatchOperation[] {
  try {
    return parseOperation(operation, context).map((action) => ({ ...action, number }))
  } catch (error) {
    throw error instanceof ScimError ? error.at(`operation ${number}`) : error
  }
}

function checkElements(operations: readonly PatchOperation[], { collectionElementsMax }: Limits): void {
  let count = 0
  for (const operation of operations) {
    for (const step of operation.kind === 'steps' ? operation.steps : []) {
      count += 'elements' in step ? step.elements.length : 0
      count += 'values' in step ? step.values.length : 0
    }
  }
  if (count > collectionElementsMax) {
    throw payloadTooLarge(`The request names ${count} values of collections; at most ${collectionElementsMax} are accepted.`)
  }
}

function touchedBy(operation: PatchOperation): readonly string[] {
  switch (operation.kind) {
    case 'add':
    case 'replace':
    case 'remove': {
      const { extension, attribute } = operation.target
      return [extension === undefined ? attribute.name : `${extension}:${attribute.name}`]
    }
    case 'removeExtension':
      return operation.extension.attributes.map(({ name }) => `${operation.extension.id}:${name}`)
    case 'steps':
      return operation.steps.map((step) => step.attribute)
    case 'keepId':
      return []
  }
}
