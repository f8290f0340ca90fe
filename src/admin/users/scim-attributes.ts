// The attributes of a SCIM user that say who somebody is at work, from the resource as it is served.
import { ENTERPRISE_USER_URN } from '@plur-enterprise/scim'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const objectIn = (of: Json | undefined, name: string): Json | undefined => {
  const value = of?.[name]
  return isObject(value) ? value : undefined
}

/** Names and values; what the resource does not have is left out. */
export function attributesOf(json: string): readonly (readonly [name: string, value: string])[] {
  const parsed: unknown = JSON.parse(json)
  const user = isObject(parsed) ? parsed : {}
  const enterprise = objectIn(user, ENTERPRISE_USER_URN)
  const manager = objectIn(enterprise, 'manager')
  const found: readonly (readonly [string, unknown])[] = [
    ['Title', user['title']],
    ['Department', enterprise?.['department']],
    ['Division', enterprise?.['division']],
    ['Organisation', enterprise?.['organization']],
    ['Employee number', enterprise?.['employeeNumber']],
    ['Kind of employment', user['userType']],
    ['Manager', manager?.['displayName'] ?? manager?.['value']],
    ['active', typeof user['active'] === 'boolean' ? String(user['active']) : 'not assigned, which counts as no'],
  ]
  return found.flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value] as const] : []))
}
