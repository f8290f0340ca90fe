// Users by the million in a minute: one is created over HTTP, and its rows are cloned in SQL, so that they have the form that the server
// writes, whatever that is. Only its audit row is not cloned: what the log costs has scenarios of its own. Afterwards a random sample has to
// answer over HTTP as if it had been created there.
import { createHash, randomInt } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../../src/db/postgres.ts'
import { recount } from '../../test/support/counts.ts'
import { checked, create, filtered, makeGroup, numberIn, userBody } from './bodies.ts'
import type { Http } from './load.ts'

export type People = {
  /** How many were seeded: they have the numbers from 0. */
  readonly count: number
  readonly idOf: (number: number) => string
  readonly nameOf: (number: number) => string
}

/** All of one length, so that a clone's text is the template's with other letters. */
export const nameOf = (number: number) => `seed-${String(number).padStart(8, '0')}`
/** Ids are UUIDs of version 7, in the order of creation; the clones were made one a millisecond from here on. */
const FIRST_MS = Date.UTC(2025, 0, 1)

/** The id of a clone; the same is computed in SQL. */
export function idOf(number: number): string {
  const time = (FIRST_MS + number).toString(16).padStart(12, '0')
  const random = createHash('md5').update(`user ${number}`).digest('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}
const ID = `(select left(t, 8) || '-' || right(t, 4) || '-7' || left(h, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12)
  from (select lpad(to_hex(${FIRST_MS} + n.i), 12, '0') as t, md5('user ' || n.i) as h) x)`

const GIVEN = [
  'Ada',
  'Grace',
  'Alan',
  'Katherine',
  'Edsger',
  'Barbara',
  'Margaret',
  'Radia',
  'Zoe',
  'Linus',
  'Noor',
  'Yusuf',
  'Mei',
  'Tariq',
]
const FAMILY = ['Lovelace', 'Hopper', 'Turing', 'Johnson', 'Dijkstra', 'Liskov', 'Hamilton', 'Perlman', 'Mueller', 'Torvalds', 'Okafor']
/** How many people have the same display name, when there are `count`. */
export const namesakes = (count: number) => count / (GIVEN.length * FAMILY.length)
/** A display name that some of them have. */
export const DISPLAY_NAME = `${GIVEN[7]} ${FAMILY[7]}`

/** What each clone has of its own, as columns of SQL over its number. */
const OWN = `n.i, ${ID} as id, 'seed-' || lpad(n.i::text, 8, '0') as name,
  (array[${GIVEN.map((name) => `'${name}'`).join()}])[1 + n.i % ${GIVEN.length}] as given,
  (array[${FAMILY.map((name) => `'${name}'`).join()}])[1 + n.i / ${GIVEN.length} % ${FAMILY.length}] as family`

/** Where it stands in the texts of the template; folded text has it in lower case. */
const placesOf = (template: { readonly id: string; readonly name: string }): ReadonlyMap<string, string> =>
  new Map([
    [template.id, 'n.id'],
    [template.name, 'n.name'],
    ['Xgivenx', 'n.given'],
    ['xgivenx', 'lower(n.given)'],
    ['Xfamilyx', 'n.family'],
    ['xfamilyx', 'lower(n.family)'],
  ])

/** Adds the users up to `count` to those that there are. */
export async function seedPeople(bench: { http: Http; database: Database; orgId: string }, from: number, count: number): Promise<People> {
  const { http, database, orgId } = bench
  // Of a name that no earlier one had: who comes back is not made as others are.
  const name = `template-${from}-x`
  const template = await create(http, '/Users', userBody(name, { given: 'Xgivenx', family: 'Xfamilyx' }))
  const aside = await putIndexesAside(database)
  try {
    const numbers = `generate_series(${from}, ${count - 1}) n (i)`
    const cloning = { database, orgId, numbers, template: { id: template, name } }
    await clone(cloning, 'accounts', { id: accountId, created_at: createdAt(count) })
    await clone(cloning, 'scim_resources', { account_id: accountId, created_at: createdAt(count), last_modified_at: createdAt(count) })
    await clone(cloning, 'scim_email_keys', {})
    await clone(cloning, 'scim_texts', {})
  } finally {
    for (const statement of aside) await sql.raw(statement).execute(database.kysely)
  }
  await checked(http, 'DELETE', `/Users/${template}`)
  await recount(database.work, orgId)
  await sql`vacuum (analyze) accounts, scim_resources, scim_email_keys, scim_texts`.execute(database.kysely)
  const people = { count, idOf, nameOf }
  await checkSample(http, people, from)
  return people
}

const accountId = `md5('account ' || n.i)::uuid`
const createdAt = (count: number) => `now() - (${count} - n.i) * interval '1 ms'`

type Cloning = {
  readonly database: Database
  readonly orgId: string
  readonly numbers: string
  readonly template: { readonly id: string; readonly name: string }
}
/** Which row of each table is the template's. */
const TEMPLATE_ROW = {
  accounts: `t.id = (select account_id from scim_resources where org_id = t.org_id and id = $template)`,
  scim_resources: `t.id = $template`,
  scim_email_keys: `t.resource_id = $template`,
  scim_texts: `t.resource_id = $template`,
  scim_group_members: `t.member_id = $template`,
} as const

/** Copies the template's row for each number, in which every text has what is each one's own. */
async function clone(
  { database, orgId, numbers, template }: Cloning,
  table: keyof typeof TEMPLATE_ROW,
  special: Readonly<Record<string, string>>,
): Promise<void> {
  const { kysely } = database
  const { rows: columns } = await sql<{ name: string; type: string }>`
    select attname::text as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`.execute(kysely)
  const row = `from ${table} t where t.org_id = '${orgId}' and ${TEMPLATE_ROW[table].replaceAll('$template', `'${template.id}'`)}`
  const texts = columns.map(({ name }) => `t."${name}"::text as "${name}"`).join()
  const { rows: found } = await sql.raw<Readonly<Record<string, string | null>>>(`select ${texts} ${row}`).execute(kysely)
  const [like] = found
  if (like === undefined) throw new Error(`the template has no row in ${table}`)
  const places = placesOf(template)
  const anyPlace = new RegExp(`(${[...places.keys()].join('|')})`)
  const value = ({ name, type }: { name: string; type: string }): string => {
    const text = like[name]
    if (special[name] !== undefined) return special[name]
    if (text === null || text === undefined) return `null::${type}`
    return `(${text
      .split(anyPlace)
      .map((part) => places.get(part) ?? quoted(part))
      .join(' || ')})::${type}`
  }
  const names = columns.map(({ name }) => `"${name}"`).join()
  await sql
    .raw(`insert into ${table} (${names}) select ${columns.map(value).join()} from (select ${OWN} from ${numbers}) n order by n.i`)
    .execute(kysely)
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

const TABLES = ['accounts', 'scim_resources', 'scim_email_keys', 'scim_texts']

/** Indexes that are quicker made at the end; returns the statements that make them. */
async function putIndexesAside({ kysely }: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string; statement: string }>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as statement from pg_index i
    where i.indrelid::regclass::text = any (${TABLES}::text[]) and not i.indisprimary
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`.execute(kysely)
  for (const { name } of rows) await sql.raw(`drop index ${name}`).execute(kysely)
  return rows.map(({ statement }) => statement)
}

const SAMPLE = 50

/** A sample of the users seeded from a number on, and the totals, over HTTP. */
async function checkSample(http: Http, { count, idOf, nameOf }: People, from: number): Promise<void> {
  const total = numberIn(await checked(http, 'GET', '/Users?count=0'), 'totalResults')
  if (total < count) throw new Error(`${count} users were seeded, and the server counts ${total}`)
  for (let i = 0; i < SAMPLE; i++) {
    const number = i === 0 ? count - 1 : randomInt(from, count)
    const [id, userName] = [idOf(number), `${nameOf(number)}@bench.example`]
    for (const path of [`/Users/${id}`, filtered(`userName eq "${userName}"`), filtered(`emails.value eq "${userName}"`)]) {
      const { body } = await checked(http, 'GET', path)
      for (const expected of [`"id":"${id}"`, `"userName":"${userName}"`, `"externalId":"ext-${nameOf(number)}"`, `/Users/${id}"`])
        if (!body.includes(expected)) throw new Error(`${path} of a seeded user has no ${expected}: ${body.slice(0, 400)}`)
    }
    const known = await http.send('POST', '/Users', userBody(nameOf(number)))
    if (known.status !== 409) throw new Error(`creating the seeded ${userName} again answered ${known.status}`)
  }
}

/** A group of the first `size` people: one member over HTTP, the others cloned from its row. */
export async function seedGroup(
  { http, database, people, orgId }: { http: Http; database: Database; people: People; orgId: string },
  displayName: string,
  size: number,
): Promise<string> {
  const first = people.idOf(0)
  const group = await makeGroup(http, displayName, [first])
  await sql`
    insert into scim_group_members (org_id, group_id, member_id, member_type, display, display_key, added_at, added_request_id, added_token_id)
    select t.org_id, t.group_id, r.id, t.member_type, t.display, t.display_key, t.added_at, t.added_request_id, t.added_token_id
    from scim_group_members t join scim_resources r on r.org_id = t.org_id and r.type = 'User' and r.id <> t.member_id
      and r.unique_key between ${`${people.nameOf(0)}@`} and ${`${people.nameOf(size - 1)}@bench.example`}
    where t.org_id = ${orgId}::uuid and t.group_id = ${group}::uuid`.execute(database.kysely)
  await sql`analyze scim_group_members`.execute(database.kysely)
  const last = people.idOf(size - 1)
  const { body } = await checked(http, 'GET', `/Users/${last}`)
  if (!body.includes(group)) throw new Error(`the last of ${size} members is not in the group: ${body.slice(0, 400)}`)
  return group
}
