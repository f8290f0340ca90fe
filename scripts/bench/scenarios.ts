// What IdPs do all day, one operation each.
import type { Http } from './load.ts'
import { property } from './server.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** A user of about 1 kB, as Okta and Entra send them. */
export const userBody = (name: string) => ({
  schemas: [USER, ENTERPRISE],
  externalId: `ext-${name}`,
  userName: `${name}@bench.example`,
  name: { givenName: 'Alice', familyName: `Andersen ${name}`, formatted: `Alice Andersen ${name}` },
  displayName: `Alice Andersen ${name}`,
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

/** Creates users over Bulk until there are `count`; gives their ids. */
export async function seedUsers(http: Http, count: number, progress: (done: number) => void): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const size = Math.min(1000, count - ids.length)
    const Operations = Array.from({ length: size }, (_, i) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${i}`,
      data: userBody(`seed-${ids.length + i}`),
    }))
    const reply = await http.send('POST', '/Bulk', { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations })
    if (reply.status !== 200) throw new Error(`Bulk answered ${reply.status}: ${reply.body.slice(0, 300)}`)
    const locations = [...reply.body.matchAll(/"location":"[^"]*\/Users\/([0-9a-f-]{36})"/g)].map((match) => match[1] ?? '')
    if (locations.length !== size) throw new Error(`Bulk created ${locations.length} of ${size}: ${reply.body.slice(0, 300)}`)
    ids.push(...locations)
    progress(ids.length)
  }
  return ids
}

/** A group with the first `size` of these users. */
export async function makeGroup(http: Http, displayName: string, members: readonly string[]): Promise<string> {
  const id = property(JSON.parse((await checked(http, 'POST', '/Groups', { schemas: [GROUP], displayName })).body), 'id')
  for (let from = 0; from < members.length; from += 10_000) {
    const value = members.slice(from, from + 10_000).map((member) => ({ value: member }))
    await checked(http, 'PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value }))
  }
  return id
}

export const patch = (...operations: readonly object[]) => ({ schemas: [PATCH], Operations: operations })

/** Sends, and fails on anything but a success: a wrong answer is no measurement. */
export async function checked(http: Http, method: string, path: string, body?: object) {
  const reply = await http.send(method, path, body)
  if (reply.status < 200 || reply.status > 299) throw new Error(`${method} ${path} answered ${reply.status}: ${reply.body.slice(0, 300)}`)
  return reply
}

export type Scenario = { readonly name: string; readonly limit: 'read' | 'write'; readonly run: (index: number) => Promise<unknown> }

export function scenarios(http: Http, ids: readonly string[]): readonly Scenario[] {
  const id = (index: number) => ids[index % ids.length] ?? ''
  const filter = (name: string) => `/Users?filter=${encodeURIComponent(`userName eq "${name}@bench.example"`)}`
  const run = crypto.randomUUID().slice(0, 8)
  return [
    { name: 'GET /Users/{id}', limit: 'read', run: (i) => checked(http, 'GET', `/Users/${id(i)}`) },
    { name: 'filter userName eq, hit', limit: 'read', run: (i) => checked(http, 'GET', filter(`seed-${i % ids.length}`)) },
    { name: 'filter userName eq, miss', limit: 'read', run: (i) => checked(http, 'GET', filter(`nobody-${i}`)) },
    { name: 'GET /Users?count=1', limit: 'read', run: () => checked(http, 'GET', '/Users?count=1&startIndex=1') },
    { name: 'POST /Users', limit: 'write', run: (i) => checked(http, 'POST', '/Users', userBody(`${run}-${i}`)) },
    {
      name: 'PATCH active',
      limit: 'write',
      run: (i) =>
        checked(http, 'PATCH', `/Users/${id(i)}`, patch({ op: 'replace', path: 'active', value: Math.floor(i / ids.length) % 2 === 1 })),
    },
    {
      name: 'PUT /Users/{id}',
      limit: 'write',
      run: (i) => checked(http, 'PUT', `/Users/${id(i)}`, { ...userBody(`seed-${i % ids.length}`), title: `Engineer ${i}` }),
    },
  ]
}
