// The field-level difference of a write, for the audit trail: before → after, without personal values that nobody needs there.
import type { Json, JsonObject } from '@plur-enterprise/scim'
import type { PayloadValue, ScimPayload } from '../audit/event.ts'
import { object } from './record.ts'

type Changes = NonNullable<ScimPayload['changes']>
type Difference = { before?: PayloadValue; after?: PayloadValue }

/** Attributes whose change is told, but not their values: they say nothing about access. */
const PRIVATE = new Set(['phoneNumbers', 'ims', 'photos', 'addresses', 'x509Certificates', 'nickName', 'profileUrl', 'timezone', 'locale'])

/** Structure, not content. */
const SKIPPED = new Set(['schemas', 'id', 'meta'])

/** Differences by attribute path; sub-attributes of single complex attributes and of extensions each have their own. */
export function differences(before: JsonObject, after: JsonObject): Changes {
  const changes: Record<string, Difference> = {}
  collect(before, after, '', changes)
  return changes
}

function collect(before: JsonObject, after: JsonObject, prefix: string, changes: Record<string, Difference>): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (prefix === '' && SKIPPED.has(name)) continue
    const [old, now] = [before[name], after[name]]
    if (isSame(old, now)) continue
    const path = `${prefix}${name}`
    const [oldObject, nowObject] = [object(old), object(now)]
    if (PRIVATE.has(name)) changes[path] = {}
    else if (oldObject !== undefined || nowObject !== undefined)
      collect(oldObject ?? {}, nowObject ?? {}, `${path}${name.startsWith('urn:') ? ':' : '.'}`, changes)
    else changes[path] = { ...value('before', old), ...value('after', now) }
  }
}

function isSame(old: Json | undefined, now: Json | undefined): boolean {
  if (old === now) return true
  const bothComposed = typeof old === 'object' && typeof now === 'object'
  return bothComposed && JSON.stringify(old) === JSON.stringify(now)
}

function value(key: 'before' | 'after', json: Json | undefined): Difference {
  return json === undefined ? {} : { [key]: json }
}
