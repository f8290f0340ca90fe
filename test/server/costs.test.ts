// What each operation costs the database: the table of docs/performance.md, held against what PostgreSQL says the server asked of it. Never
// time, which belongs to a machine.
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { bulk, userBody } from '../../scripts/bench/bodies.ts'
import { PlanRecorder, type Recording, rowsRead, rowsWritten, tellPlans } from '../support/plans.ts'
import { expectStatus, filterOf, list, text } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

// Answers name the server, and a port may have four digits or five.
const server = useServer({ PLUR_PUBLIC_URL: 'https://plur.example.com' }, {}, tellPlans)
/** So many that no table is read from end to end because it is small. */
const PEOPLE = 5_000
/** A prepared statement is planned for its values five times before a plan for any values may take over. */
const WARM_UP = 8
const MEASURED = 7

type Cost = { readonly statements: number; readonly read: number; readonly written: string; readonly bytes: number }

let org: Org
let plans: PlanRecorder
/** A user of the form that IdPs send, a group of five thousand, and somebody who comes and goes. */
const known = { user: '', group: '', member: '' }
let made = 0

beforeAll(async () => {
  org = await server.org()
  known.group = await org.group('everybody')
  await server.fillGroup(org.orgId, known.group, PEOPLE)
  known.member = await org.user('member')
  known.user = text(expectStatus(await org.post('/Users', userBody('person')), 201), '/id')
  await completeDirectory()
  await server.asOwner('vacuum (analyze)')
  plans = new PlanRecorder(server.app.storage.database.pool)
})

/** What the helpers leave out: accounts, texts, addresses, and people who were there once. */
async function completeDirectory(): Promise<void> {
  const { db } = server.app.storage.database.work
  await sql`insert into scim_texts (org_id, resource_id, texts) select org_id, id, unique_key from scim_resources on conflict do nothing`.execute(
    db,
  )
  await sql`
    insert into scim_email_keys (org_id, value_key, resource_id) select org_id, unique_key, id from scim_resources where type = 'User' on conflict do nothing
  `.execute(db)
  await sql`
    insert into accounts (org_id, id, user_name, user_name_key, slug, origin) select org_id, id, unique_key, unique_key, unique_key, 'scim'
    from scim_resources where type = 'User' and account_id is null`.execute(db)
  await sql`update scim_resources set account_id = id where type = 'User' and account_id is null`.execute(db)
  await sql`
    insert into scim_tombstones (org_id, id, type, external_id) select org_id, gen_random_uuid(), 'User', 'gone-' || id from scim_resources`.execute(
    db,
  )
}

const next = () => `new-${String((made += 1)).padStart(6, '0')}`
const person = () => `/Users/${known.user}`
const group = () => `/Groups/${known.group}`
const setActive = (value: boolean) => org.patch(person(), { op: 'replace', path: 'active', value })

type Operation = {
  /** Brings about what the operation needs; not measured. */
  readonly before?: () => Promise<unknown>
  readonly run: () => Promise<Answer>
  readonly status: number
}

let created = ''
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET a user': { run: () => org.get(person()), status: 200 },
  'filter `userName eq`, hit': { run: () => org.get(`/Users?${filterOf('userName eq "person@bench.example"')}`), status: 200 },
  'filter `userName eq`, miss': { run: () => org.get(`/Users?${filterOf('userName eq "nobody@bench.example"')}`), status: 200 },
  'filter `userName co`, one match': { run: () => org.get(`/Users?${filterOf('userName co "perso"')}`), status: 200 },
  'GET a group without its 5,000 members': { run: () => org.get(`${group()}?excludedAttributes=members`), status: 200 },
  'GET a group with its 5,000 members': { run: () => org.get(group()), status: 200 },
  'first page of 100 users': { run: () => org.get('/Users?count=100'), status: 200 },
  'index page of 100 users after 4,000': { run: () => org.get('/Users?startIndex=4001&count=100'), status: 200 },
  'count=0': { run: () => org.get('/Users?count=0'), status: 200 },
  'POST a user': { run: () => org.post('/Users', userBody(next())), status: 201 },
  'Bulk of 100 user creates': {
    run: async () => {
      const answer = await org.post('/Bulk', bulk(Array.from({ length: 100 }, next)))
      expect(new Set(list(answer, '/Operations/*/status'))).toEqual(new Set(['201']))
      return answer
    },
    status: 200,
  },
  'PUT a user, another title': {
    run: () => org.put(person(), { ...userBody('person'), title: `title ${next()}` }),
    status: 200,
  },
  'PUT a user, nothing new': { run: () => org.put(person(), userBody('person')), status: 200 },
  'PATCH a user, `active` to false': { before: () => setActive(true), run: () => setActive(false), status: 200 },
  'PATCH a user, `active` to true': { before: () => setActive(false), run: () => setActive(true), status: 200 },
  'PATCH a group of 5,000, one member in': {
    before: () => org.patch(group(), { op: 'remove', path: `members[value eq "${known.member}"]` }),
    run: () => org.patch(group(), { op: 'add', path: 'members', value: [{ value: known.member }] }),
    status: 204,
  },
  'PATCH a group of 5,000, one member out': {
    before: () => org.patch(group(), { op: 'add', path: 'members', value: [{ value: known.member }] }),
    run: () => org.patch(group(), { op: 'remove', path: `members[value eq "${known.member}"]` }),
    status: 204,
  },
  'DELETE a user': {
    before: async () => {
      created = text(expectStatus(await org.post('/Users', userBody(next())), 201), '/id')
    },
    run: () => org.delete(`/Users/${created}`),
    status: 204,
  },
}

function costOf(recording: Recording, answer: Answer): Cost {
  const written = Object.entries(rowsWritten(recording))
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => `${rows} ${table}`)
    .toSorted()
  return {
    statements: recording.statements.length,
    read: Math.round(rowsRead(recording)),
    written: written.join(', ') || 'none',
    bytes: Buffer.byteLength(answer.text),
  }
}

async function measure({ before, run, status }: Operation): Promise<Cost> {
  const costs: Cost[] = []
  for (let i = 0; i < WARM_UP + MEASURED; i++) {
    await before?.()
    let answer: Answer | undefined
    const recording = await plans.record(async () => {
      answer = expectStatus(await run(), status)
    })
    if (answer !== undefined && i >= WARM_UP) costs.push(costOf(recording, answer))
  }
  return mostOften(costs)
}

/** What is written now and then beside requests comes along with one or two. */
function mostOften(costs: readonly Cost[]): Cost {
  const alike = [...Map.groupBy(costs, ({ statements, written, bytes }) => `${statements} ${written} ${bytes}`).values()]
  const [most] = alike.toSorted((a, b) => b.length - a.length)
  return most!.toSorted((a, b) => a.read - b.read)[0]!
}

/** The lines of the table, by operation. */
function documented(): ReadonlyMap<string, string> {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  const lines = page.slice(page.indexOf('## What an operation costs')).split('\n')
  const rows = lines.filter((line) => line.startsWith('| ') && !line.startsWith('| operation')).slice(0, Object.keys(OPERATIONS).length)
  return new Map(rows.map((line) => [line.split(' | ')[0]?.slice(2) ?? '', line]))
}

const lineOf = (name: string, { statements, read, written, bytes }: Cost) => `| ${name} | ${statements} | ${read} | ${written} | ${bytes} |`

test('the table names these operations and no others', () => {
  expect([...documented().keys()]).toEqual(Object.keys(OPERATIONS))
})

// Counters are kept in shards, of which more or fewer are there to be read: so many rows at most, everything else exactly.
test.each(Object.keys(OPERATIONS))('%s costs what docs/performance.md says', async (name) => {
  const line = documented().get(name) ?? ''
  const cost = await measure(OPERATIONS[name]!)
  const readMax = Number(line.split(' | ')[2])
  expect(cost.read).toBeLessThanOrEqual(readMax)
  expect(lineOf(name, { ...cost, read: readMax })).toBe(line)
})

const TOGETHER = 16

/** Rows read for one of several changes of names that come at the same time, at best. */
async function readForEachOf(people: readonly string[]): Promise<number> {
  const reads: number[] = []
  for (let i = 0; i < WARM_UP + MEASURED; i++) {
    const recording = await plans.record(() =>
      Promise.all(
        people.map(async (id) =>
          expectStatus(await org.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: `name ${next()}` }), 200),
        ),
      ),
    )
    if (i >= WARM_UP) reads.push(rowsRead(recording) / people.length)
  }
  return Math.min(...reads)
}

test('changes that share a statement read no more than each alone', async () => {
  const people = await Promise.all(Array.from({ length: TOGETHER }, () => org.user(next())))
  const alone = await readForEachOf(people.slice(0, 1))
  expect(await readForEachOf(people)).toBeLessThanOrEqual(alone)
})
