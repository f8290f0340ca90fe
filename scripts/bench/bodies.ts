// What identity providers send.
import type { Http, Reply } from './load.ts'
import { property } from './server.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

/** A user of about 1 kB, as Okta and Entra send them. */
export const userBody = (name: string, { given = 'Alice', family = 'Andersen' } = {}) => ({
  schemas: [USER, ENTERPRISE],
  externalId: `ext-${name}`,
  userName: `${name}@bench.example`,
  name: { givenName: given, familyName: family, formatted: `${given} ${family}` },
  displayName: `${given} ${family}`,
  title: 'Engineer',
  preferredLanguage: 'en-US',
  active: true,
  emails: [{ value: `${name}@bench.example`, type: 'work', primary: true }],
  phoneNumbers: [
    { value: '+1 555 0100', type: 'work' },
    { value: '+1 555 0101', type: 'mobile' },
  ],
  addresses: [{ type: 'work', streetAddress: '1 Main Street', locality: 'Springfield', postalCode: '94105', country: 'US' }],
  [ENTERPRISE]: { employeeNumber: name, department: 'Platform', organization: 'Bench', costCenter: '4130' },
})

export const patch = (...operations: readonly object[]) => ({ schemas: [PATCH], Operations: operations })

/** A Bulk that creates these users. */
export const bulk = (names: readonly string[]) => ({
  schemas: [BULK],
  Operations: names.map((name, i) => ({ method: 'POST', path: '/Users', bulkId: `b${i}`, data: userBody(name) })),
})

/** Sends, and fails on anything but a success: a wrong answer is no measurement. */
export async function checked(http: Http, method: string, path: string, body?: object): Promise<Reply> {
  const reply = await http.send(method, path, body)
  if (reply.status < 200 || reply.status > 299) throw new Error(`${method} ${path} answered ${reply.status}: ${reply.body.slice(0, 300)}`)
  return reply
}

/** A new resource's id. */
export async function create(http: Http, path: '/Users' | '/Groups', body: object): Promise<string> {
  const made: unknown = JSON.parse((await checked(http, 'POST', path, body)).body)
  return property(made, 'id')
}

/** A group with these members. */
export async function makeGroup(http: Http, displayName: string, members: readonly string[]): Promise<string> {
  return create(http, '/Groups', { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) })
}

export const filtered = (filter: string, more = '') => `/Users?filter=${encodeURIComponent(filter)}${more}`

/** A number at the top of an answer, such as totalResults. */
export function numberIn(reply: Reply, name: string): number {
  const found = new RegExp(`"${name}":(\\d+)`).exec(reply.body)?.[1]
  if (found === undefined) throw new Error(`no ${name} in ${reply.body.slice(0, 300)}`)
  return Number(found)
}

/** How many resources an answer holds. */
export const resourcesIn = (reply: Reply): number => reply.body.split('"meta":').length - 1
