// From a canonical SCIM resource to what the directory keeps of it, and to the person its account takes over.
import {
  type Attribute,
  comparableResource,
  ENTERPRISE_USER_URN,
  fold,
  invalidValue,
  payloadTooLarge,
  type Json,
  type JsonObject,
  type ResourceType,
} from '@plur-enterprise/scim'
import type { Person, ResourceRecord } from '../directory/resource.ts'
import { isId } from './filter-sql.ts'

export function toRecord(orgId: string, resourceType: ResourceType, resource: JsonObject): ResourceRecord {
  const comparable = comparableResource(resourceType, resource)
  const id = text(resource['id']) ?? ''
  const unique = uniqueAttribute(resourceType)
  const uniqueKey = (unique === undefined ? undefined : text(comparable[unique.name])) ?? id
  const displayNameKey = text(comparable['displayName'])
  const externalId = text(comparable['externalId'])
  const keys = emailKeys(resourceType, comparable)
  refuseLongKeys({ [unique?.name ?? 'id']: uniqueKey, displayName: displayNameKey, externalId })
  for (const key of keys) refuseLongKeys({ 'emails.value': key })
  const managerId = text(object(object(resource[ENTERPRISE_USER_URN])?.['manager'])?.['value'])
  return {
    orgId,
    id,
    type: resourceType.name,
    uniqueKey,
    displayNameKey,
    externalId,
    managerId: managerId !== undefined && isId(managerId) ? managerId : undefined,
    json: servedText(resource),
    comparable,
    emailKeys: keys,
  }
}

/** The attribute whose folded value is unique per organisation: userName of users, displayName of groups. */
export function uniqueAttribute(resourceType: ResourceType): Attribute | undefined {
  return resourceType.schema.attributes.find(
    (attribute) => attribute.uniqueness !== 'none' && attribute.type === 'string' && !attribute.multiValued,
  )
}

/** UTF-8 bytes of a folded value that an index serves: an index row of PostgreSQL holds about 2,700 in all. */
export const INDEXED_BYTES_MAX = 2000

/** UTF-8 bytes of one stored resource, members apart: as much as one request may bring, so that many small ones cannot grow more. */
export const RESOURCE_BYTES_MAX = 1024 * 1024

function servedText(resource: JsonObject): string {
  const json = JSON.stringify(resource)
  const bytes = Buffer.byteLength(json)
  if (bytes <= RESOURCE_BYTES_MAX) return json
  throw payloadTooLarge(`The resource would have ${bytes} bytes; one may have at most ${RESOURCE_BYTES_MAX}, its members not counted.`)
}

function refuseLongKeys(keys: { readonly [attribute: string]: string | undefined }): void {
  for (const [attribute, key] of Object.entries(keys)) {
    const bytes = key === undefined ? 0 : Buffer.byteLength(key)
    if (bytes > INDEXED_BYTES_MAX) throw invalidValue(`${attribute} is ${bytes} bytes long; it may have at most ${INDEXED_BYTES_MAX}.`)
  }
}

/** The folded addresses, each once; only users have them indexed. */
export function emailKeys(resourceType: ResourceType, comparable: JsonObject): readonly string[] {
  if (resourceType.name !== 'User') return []
  const keys = list(comparable['emails']).map((email) => text(object(email)?.['value']))
  return [...new Set(keys.filter((key) => key !== undefined))]
}

/** The resource in a stored text, which is always one that this server wrote. */
export function parseStored(json: string): JsonObject {
  const parsed: unknown = JSON.parse(json)
  if (!isJsonObject(parsed)) throw new TypeError('A stored resource is not a JSON object')
  return parsed
}

const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

export function toPerson(user: JsonObject): Person {
  const userName = text(user['userName']) ?? ''
  const email = mainEmail(user)
  return {
    userName,
    userNameKey: fold(userName),
    displayName: text(user['displayName']) ?? fullName(user),
    email,
    emailKey: email === undefined ? undefined : fold(email),
    active: user['active'] === true,
  }
}

/** The primary address, else the first. */
function mainEmail(user: JsonObject): string | undefined {
  const emails = list(user['emails']).map(object)
  const main = emails.find((email) => email?.['primary'] === true) ?? emails[0]
  return text(main?.['value'])
}

function fullName(user: JsonObject): string | undefined {
  const name = object(user['name'])
  const parts = [text(name?.['givenName']), text(name?.['familyName'])].filter((part) => part !== undefined)
  return text(name?.['formatted']) ?? (parts.length === 0 ? undefined : parts.join(' '))
}

export const text = (json: Json | undefined): string | undefined => (typeof json === 'string' && json !== '' ? json : undefined)

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

const list = (json: Json | undefined): readonly Json[] => (isList(json) ? json : [])

export function object(json: Json | undefined): JsonObject | undefined {
  return typeof json === 'object' && json !== null && !isList(json) ? json : undefined
}
