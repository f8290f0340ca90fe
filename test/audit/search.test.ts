// Searching the audit log: every filter against the rows it means, page by page, and how far back a search goes at once.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readKinds } from '../../src/audit/kinds.ts'
import { type AuditRow, type AuditSearch, type Position, searchAudit } from '../../src/audit/search.ts'
import { readTimeline } from '../../src/audit/timeline.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { makeRows, type MadeRow } from '../support/audit-rows.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let db: Database
const org = { orgId: randomUUID(), slug: 'acme' }
const other = { orgId: randomUUID(), slug: 'other' }
const NOW = new Date()
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)

const OKTA = { kind: 'scim_token', id: 'oktaToken0000000', name: 'Okta' }
const ALICE = { kind: 'account', id: randomUUID(), name: 'alice' }
const BOB = { kind: 'scim_user', id: randomUUID(), name: 'bob' }

/** Several rows share a moment, so that pages have to tell them apart. */
const ROWS: readonly (MadeRow & { readonly n: number })[] = Array.from({ length: 400 }, (_, n) => ({
  n,
  ts: minutesAgo(Math.floor(n / 3) * 7),
  channel: n % 10 === 0 ? 'admin' : 'scim',
  action: n % 10 === 0 ? 'account.update' : n % 7 === 0 ? 'scim.user.create' : 'scim.user.update',
  outcome: n % 31 === 0 ? 'denied' : n % 97 === 0 ? 'failure' : 'success',
  actor: n % 10 === 0 ? ALICE : OKTA,
  target: n % 13 === 0 ? BOB : { kind: 'scim_user', id: randomUUID(), name: `user-${n}` },
  payload: n === 222 ? { changes: { title: { before: 'The "Boss"', after: 'Ünique' } }, n } : { n },
  requestId: `request-${Math.floor(n / 4)}`,
}))

beforeAll(async () => {
  server = await testDatabase()
  db = createDatabase({ connection: server.connection, poolSize: 4 })
  await makeRows(db.work, org, ROWS)
  await makeRows(db.work, other, ROWS.slice(0, 50))
})
afterAll(async () => {
  await db.close()
  await server.drop()
})

async function all(search: AuditSearch, limit = 7): Promise<readonly AuditRow[]> {
  const found: AuditRow[] = []
  let before: Position | undefined
  do {
    const page = await searchAudit(db.work, org.orgId, { search, page: { before, limit } })
    found.push(...page.rows)
    before = page.next
  } while (before !== undefined)
  return found
}

const numbers = (rows: readonly AuditRow[]) => rows.map(({ payload }) => Number(payload['n'])).sort((a, b) => a - b)
const [ALL_OF_ALICE, ALL_OF_BOB] = [[ALICE.id], [BOB.id]]

const CASES: readonly [what: string, search: AuditSearch, means: (row: (typeof ROWS)[number]) => boolean][] = [
  ['everything', {}, () => true],
  ['a channel', { channel: 'admin' }, (row) => row.channel === 'admin'],
  ['an outcome', { outcome: 'denied' }, (row) => row.outcome === 'denied'],
  ['an action', { action: 'scim.user.create' }, (row) => row.action === 'scim.user.create'],
  ['the beginning of an action', { action: 'scim.*' }, (row) => row.action?.startsWith('scim.') === true],
  ['a channel and an outcome', { channel: 'scim', outcome: 'failure' }, (row) => row.channel === 'scim' && row.outcome === 'failure'],
  ['a kind that is not there', { channel: 'api' }, () => false],
  ['an actor', { actorKeys: ALL_OF_ALICE }, (row) => row.actor === ALICE],
  ['several actors', { actorKeys: [ALICE.id, OKTA.id] }, () => true],
  ['an actor by a name nobody bears', { actorName: 'ALICE' }, (row) => row.actor === ALICE],
  ['a target', { targetKeys: ALL_OF_BOB }, (row) => row.target === BOB],
  ['a target and a channel', { targetKeys: ALL_OF_BOB, channel: 'admin' }, (row) => row.target === BOB && row.channel === 'admin'],
  [
    'an actor and an action',
    { actorKeys: [OKTA.id], action: 'scim.user.create' },
    (row) => row.actor === OKTA && row.action === 'scim.user.create',
  ],
  ['an actor and a target', { actorKeys: [OKTA.id], targetKeys: ALL_OF_BOB }, (row) => row.actor === OKTA && row.target === BOB],
  ['a request', { requestId: 'request-55' }, (row) => row.requestId === 'request-55'],
  ['a request and an outcome', { requestId: 'request-0', outcome: 'denied' }, (row) => row.n === 0],
  ['a time', { from: minutesAgo(140), to: minutesAgo(70) }, ({ ts }) => ts >= minutesAgo(140) && ts < minutesAgo(70)],
  ['text in a name', { text: 'USER-3' }, (row) => row.target !== BOB && String(row.n).startsWith('3')],
  ['text with a quotation mark', { text: 'the "boss"' }, (row) => row.n === 222],
  ['text beyond ASCII, in any case', { text: 'ÜNIQUE' }, (row) => row.n === 222],
  ['text that is a pattern elsewhere', { text: 'user-%' }, () => false],
  [
    'text and a channel',
    { text: 'request-1', channel: 'admin' },
    (row) => row.channel === 'admin' && row.requestId?.startsWith('request-1') === true,
  ],
]

describe('a search', () => {
  test.each(CASES)('for %s finds those rows, each once, the newest first', async (_what, search, means) => {
    const found = await all(search)
    expect(numbers(found)).toEqual(ROWS.filter(means).map(({ n }) => n))
    const order = found.map(({ micros, id }) => [BigInt(micros), BigInt(id)] as const)
    expect(
      order.every((here, i) => i === 0 || order[i - 1]![0] > here[0] || (order[i - 1]![0] === here[0] && order[i - 1]![1] > here[1])),
    ).toBe(true)
  })

  test('never crosses to another organisation [B2]', async () => {
    const rows = await searchAudit(db.work, other.orgId, { search: {}, page: { before: undefined, limit: 1000 } })
    expect(rows.rows.length).toBe(50)
    expect((await searchAudit(db.work, randomUUID(), { search: {}, page: { before: undefined, limit: 10 } })).rows).toEqual([])
  })

  test('knows which kinds of rows there are', async () => {
    const { rows } = await sql<object>`select distinct channel, outcome, action from audit_log where org_id = ${org.orgId}`.execute(
      db.kysely,
    )
    const found = await readKinds(db.work, org.orgId)
    expect(found.length).toBe(rows.length)
    expect(found).toEqual(expect.arrayContaining(rows))
  })

  test('that has to read rows stops after enough of them, says how far back that was, and goes on from there', async () => {
    const many = { orgId: randomUUID(), slug: 'many' }
    const needle = { ts: minutesAgo(20_000), payload: { note: 'needle' } }
    await makeRows(db.work, many, Array.from({ length: 12_000 }, (_, n) => ({ ts: minutesAgo(n) })).concat([needle]))
    const search = { text: 'needle' }
    const first = await searchAudit(db.work, many.orgId, { search, page: { before: undefined, limit: 50 } })
    expect(first.rows).toEqual([])
    expect(first.searchedBackTo?.getTime()).toBe(minutesAgo(9_999).getTime())
    const second = await searchAudit(db.work, many.orgId, { search, page: { before: first.next, limit: 50 } })
    expect(second.rows).toMatchObject([{ payload: { note: 'needle' } }])
    expect([second.next, second.searchedBackTo]).toEqual([undefined, undefined])
    const farther = await searchAudit(db.work, many.orgId, { search, page: { before: undefined, limit: 50, reach: 1 } })
    expect(farther.rows.length).toBe(1)
  })
})

describe('a timeline', () => {
  test.each(CASES)('of %s counts those rows by outcome', async (_what, search, means) => {
    const wanted = ROWS.filter(means)
    const timeline = await readTimeline(db.work, org.orgId, { search, now: NOW, kinds: await readKinds(db.work, org.orgId) })
    const sums = (timeline?.buckets ?? []).reduce(
      (sum, { success, denied, failure }) => ({
        success: sum.success + success,
        denied: sum.denied + denied,
        failure: sum.failure + failure,
      }),
      { success: 0, denied: 0, failure: 0 },
    )
    const count = (outcome: string) => wanted.filter((row) => row.outcome === outcome).length
    expect(sums).toEqual({ success: count('success'), denied: count('denied'), failure: count('failure') })
  })

  test('has a bar for each step, also where nothing happened, and at most sixty', async () => {
    const timeline = await readTimeline(db.work, org.orgId, {
      search: { from: minutesAgo(60 * 24 * 10) },
      now: NOW,
      kinds: await readKinds(db.work, org.orgId),
    })
    const begins = timeline?.buckets.map((bucket) => bucket.begins.getTime()) ?? []
    expect(timeline?.partial).toBe(false)
    expect(begins.length).toBeLessThanOrEqual(61)
    expect(new Set(begins.map((at, i) => (i === 0 ? 0 : at - begins[i - 1]!)).slice(1))).toEqual(
      new Set([(timeline?.stepSeconds ?? 0) * 1000]),
    )
    expect(begins[0]).toBeLessThanOrEqual(minutesAgo(60 * 24 * 10).getTime())
  })

  test('counts the newest part where there are too many rows, and says so', async () => {
    for (const search of [{}, { channel: 'scim' }, { actorKeys: [OKTA.id] }]) {
      const timeline = await readTimeline(db.work, org.orgId, {
        search,
        now: NOW,
        kinds: await readKinds(db.work, org.orgId),
        rowsMax: 100,
      })
      const counted = timeline?.buckets.reduce((sum, bucket) => sum + bucket.success + bucket.denied + bucket.failure, 0) ?? 0
      expect([timeline?.partial, counted > 80, counted <= 110], JSON.stringify(search)).toEqual([true, true, true])
    }
  })
})
