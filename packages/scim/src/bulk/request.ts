// Bulk requests (RFC 7644 section 3.7): the request as a whole is accepted or refused, each operation is judged on its own.
import { excerpt, invalidSyntax, invalidValue, payloadTooLarge, ScimError } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { BULK_REQUEST_URN } from '../urns.ts'
import { bulkIdOf, referencesIn } from './references.ts'

export const BULK_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
export type BulkMethod = (typeof BULK_METHODS)[number]

export type BulkRequest = {
  /** How many errors end the request; undefined for no limit. */
  readonly failOnErrors: number | undefined
  readonly operations: readonly BulkEntry[]
}

/** An operation as sent. `method` and `bulkId` are echoed in its result when they are texts; the fault of a bad one is `content`. */
export type BulkEntry = {
  readonly method: string | undefined
  readonly bulkId: string | undefined
  /** What its path addresses, as far as that can be told. */
  readonly address: BulkAddress | undefined
  readonly content: BulkOperation | ScimError
}

/** `id` is undefined for POST; it may still be a reference such as `bulkId:qwerty`. */
export type BulkAddress = { readonly method: BulkMethod; readonly resourceType: ResourceType; readonly id: string | undefined }

export type BulkOperation = BulkAddress & {
  /** The condition of PUT, PATCH and DELETE, in the form of If-Match. */
  readonly version: string | undefined
  /** Undefined for DELETE. */
  readonly data: JsonObject | undefined
  /** bulkIds that the operation needs, in its data or its path. */
  readonly references: ReadonlySet<string>
}

/** What a path addresses; throws a ScimError when it addresses nothing. */
export type FindTarget = (path: string) => { readonly resourceType: ResourceType; readonly id?: string }

/**
 * Reads a Bulk request.
 * @throws ScimError 400 when it is none, 413 when it holds too many operations. Faults of one operation are in its entry.
 */
export function parseBulkRequest(body: Json, limits: Limits, findTarget: FindTarget): BulkRequest {
  if (!isObject(body)) throw invalidSyntax('A Bulk request is a JSON object with schemas and Operations.')
  checkSchemas(body)
  const operations = member(body, 'Operations')
  if (!isArray(operations)) throw invalidSyntax('Operations must be an array of operations.')
  if (operations.length > limits.bulkOperationsMax) {
    throw payloadTooLarge(`${operations.length} operations are more than the ${limits.bulkOperationsMax} that one Bulk request may hold.`)
  }
  const failOnErrors = parseFailOnErrors(member(body, 'failOnErrors'))
  const repeated = repeatedBulkIds(operations)
  return { failOnErrors, operations: operations.map((operation) => parseEntry(operation, repeated, findTarget)) }
}

function checkSchemas(body: JsonObject): void {
  const schemas = member(body, 'schemas')
  const isBulk = isArray(schemas) && schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === BULK_REQUEST_URN.toLowerCase())
  if (!isBulk) throw invalidSyntax(`schemas must be ["${BULK_REQUEST_URN}"].`)
}

function parseFailOnErrors(value: Json | undefined): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidValue('failOnErrors must be a whole number of errors; 0 or nothing means no limit.')
  }
  return value
}

/** A bulkId that two creations carry means neither. */
function repeatedBulkIds(operations: readonly Json[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const operation of operations) {
    if (!isObject(operation) || member(operation, 'method') !== 'POST') continue
    const bulkId = member(operation, 'bulkId')
    if (typeof bulkId !== 'string') continue
    if (seen.has(bulkId)) repeated.add(bulkId)
    seen.add(bulkId)
  }
  return repeated
}

function parseEntry(operation: Json, repeated: ReadonlySet<string>, findTarget: FindTarget): BulkEntry {
  if (!isObject(operation)) {
    const fault = invalidSyntax('An operation is an object with method and path.')
    return { method: undefined, bulkId: undefined, address: undefined, content: fault }
  }
  const method = textMember(operation, 'method')
  const bulkId = textMember(operation, 'bulkId')
  const address = resultOf(() => parseAddress(operation, findTarget))
  if (address instanceof ScimError) return { method, bulkId, address: undefined, content: address }
  return { method, bulkId, address, content: resultOf(() => parseContent(operation, address, repeated)) }
}

function resultOf<T>(parse: () => T): T | ScimError {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

function parseAddress(operation: JsonObject, findTarget: FindTarget): BulkAddress {
  const method = parseMethod(member(operation, 'method'))
  const { resourceType, id } = parsePath(member(operation, 'path'), method, findTarget)
  return { method, resourceType, id }
}

function parseContent(operation: JsonObject, address: BulkAddress, repeated: ReadonlySet<string>): BulkOperation {
  const { method, id } = address
  if (method === 'POST') checkBulkId(member(operation, 'bulkId'), repeated)
  const version = parseVersion(member(operation, 'version'))
  const data = parseData(member(operation, 'data'), method)
  const references = new Set(data === undefined ? [] : referencesIn(data, method))
  const target = id === undefined ? undefined : bulkIdOf(id)
  if (target !== undefined) references.add(target)
  return { ...address, version, data, references }
}

function parseMethod(value: Json | undefined): BulkMethod {
  const method = BULK_METHODS.find((candidate) => candidate === value)
  if (method === undefined) throw invalidValue(`method must be ${BULK_METHODS.join(', ')}.`)
  return method
}

/** Only `/Type` and `/Type/id` can be addressed: no absolute URI, no query, no way to another part of the server. */
function parsePath(value: Json | undefined, method: BulkMethod, findTarget: FindTarget): ReturnType<FindTarget> {
  if (typeof value !== 'string' || !value.startsWith('/') || /[?#\\]/.test(value)) {
    throw invalidValue('path must be a text such as /Users, or /Users/2819c223 for an existing resource, without query and host.')
  }
  const target = findTarget(value)
  if (method === 'POST' && target.id !== undefined) {
    throw invalidValue(`POST goes to ${target.resourceType.endpoint}, not to a resource.`)
  }
  if (method !== 'POST' && target.id === undefined) {
    throw invalidValue(`${method} needs a resource, as in ${target.resourceType.endpoint}/2819c223.`)
  }
  return target
}

function checkBulkId(value: Json | undefined, repeated: ReadonlySet<string>): void {
  if (typeof value !== 'string' || value === '') throw invalidValue('A POST needs a bulkId: a text that is unique in the request.')
  if (repeated.has(value)) throw invalidValue(`The bulkId \`${excerpt(value)}\` stands for more than one creation.`)
}

function parseVersion(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalidValue('version must be a text such as W/"3".')
  return value
}

function parseData(value: Json | undefined, method: BulkMethod): JsonObject | undefined {
  if (method === 'DELETE') return undefined
  if (value === undefined || !isObject(value)) throw invalidSyntax(`${method} needs data: the object that it would send as its body.`)
  return value
}

function textMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' ? value : undefined
}
