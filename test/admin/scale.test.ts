// What the admin pages cost where there is much: statements and rows are counted, not time.
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { loadTree } from '../../src/admin/idp-groups/load-tree.ts'
import { readActivity } from '../../src/auth/scim-activity.ts'
import { readStrangers, readTrail } from '../../src/auth/token-trail.ts'
import type { Work } from '../../src/db/work.ts'
import { readDecisions } from '../../src/lifecycle/decisions.ts'
import { listLeavers } from '../../src/lifecycle/leavers.ts'
import { readSubtree } from '../../src/permissions/idp-group-tree.ts'
import { countIdpGroups } from '../../src/permissions/idp-groups.ts'
import { switchGroups } from '../../src/permissions/selecting.ts'
import { recount } from '../support/counts.ts'
import { graphOf } from '../support/graph.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()

const GROUPS = 10_000
const AUDIT_ROWS = 200_000
/** Of each table, what a page of a few dozen lines may touch. */
const ROWS_MAX = 3_000
/** The latest hundred refusals of a token, of each outcome. */
const AUDIT_ROWS_MAX = 250

let org: Org
beforeAll(async () => {
  org = await server.org()
  const { work } = graphOf(server, org)
  await sql`
    insert into scim_resources (org_id, id, type, unique_key, json, comparable)
    select ${org.orgId}::uuid, gen_random_uuid(), 'Group', lower(g.name), json_build_object('displayName', g.name)::text, '{}'
    from (select 'Division ' || i % 40 || '/Department ' || i % 400 || '/Team ' || i as name from generate_series(1, ${GROUPS}::integer) i) g`.execute(
    work.db,
  )
  await recount(work, org.orgId)
  // Half of the rows are of another connection, a fifth of the rows was refused.
  await sql`
    insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome, payload, request_id)
    select now() - make_interval(secs => i), ${org.orgId}::uuid, ${org.slug},
      jsonb_build_object('kind', 'scim_token', 'id', case when i % 2 = 0 then ${org.tokenId} else 'another' end, 'name', 'x'),
      (array['scim.user.update', 'scim.group.member.add', 'account.disable', 'scim.user.create'])[i % 4 + 1], '{"kind": "scim_user", "id": "x"}', 'scim',
      case when i % 10 < 2 then 'denied' else 'success' end, '{"error": {"status": 400, "detail": "x"}}', 'r' || i
    from generate_series(1, ${AUDIT_ROWS}::integer) i`.execute(work.db)
  await server.asOwner('analyze scim_resources, audit_log')
}, 120_000)

/** Rows that `run` reads of the tables whose names begin so, whichever way. */
async function rowsRead(tables: string, run: (work: Work) => Promise<unknown>): Promise<number> {
  return graphOf(server, org).work.atomically(async (tx) => {
    // The numbers of a session go on from what it did before.
    const before = await counter(tx, tables)
    await run(tx)
    return (await counter(tx, tables)) - before
  })
}

async function counter({ db }: Work, tables: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int as n from pg_stat_xact_user_tables
    where starts_with(relname, ${tables})`.execute(db)
  return rows[0]?.n ?? 0
}

/** Statements that `run` sends. */
async function statements(run: (work: Work) => Promise<unknown>): Promise<number> {
  let sent = 0
  const counting = (work: Work): Work => ({
    ...work,
    db: work.db.withPlugin({
      transformQuery: ({ node }) => {
        sent += 1
        return node
      },
      transformResult: async ({ result }) => result,
    }),
    atomically: (inside) => work.atomically((tx) => inside(counting(tx))),
  })
  await run(counting(graphOf(server, org).work))
  return sent
}

const tree = (work: Work, query: string) => loadTree({ work, query: new URLSearchParams(query), principal: { orgId: org.orgId } }, '/')

const OPEN = 'open=division+0/&open=division+0/department+0/&open=division+1/'

test.each(['', OPEN, 'under=division+3/', 'from=division+2'])(
  'a page of the tree of 10,000 groups reads what it shows: ?%s',
  async (query) => {
    const found = await tree(graphOf(server, org).work, query)
    expect(found.rows.length).toBeGreaterThan(5)
    expect(await statements((work) => tree(work, query))).toBeLessThanOrEqual(8)
    // The counts beside closed folders look at each group below once, by its index.
    expect(await rowsRead('scim_resources', (work) => tree(work, query))).toBeLessThanOrEqual(GROUPS + ROWS_MAX)
  },
)

test('the totals of groups are sums, not counts of groups', async () => {
  expect(await countIdpGroups(graphOf(server, org).work, org.orgId)).toMatchObject({ all: GROUPS, on: 0 })
  expect(await rowsRead('scim_resources', (work) => countIdpGroups(work, org.orgId))).toBe(0)
})

test('switching a folder takes as many statements as switching one group', async () => {
  const { work, context } = graphOf(server, org)
  const groups = await readSubtree(work, org.orgId, { prefix: 'division 5/', separator: '/' })
  expect(groups).toHaveLength(GROUPS / 40)
  const [one, ...others] = groups
  const turn = (ids: readonly string[], switched: 'on' | 'off') =>
    statements((on) =>
      switchGroups(
        on,
        context,
        ids.map((id) => ({ id, switched })),
      ),
    )
  const few = await turn([one?.id ?? ''], 'on')
  expect(
    await turn(
      others.map(({ id }) => id),
      'on',
    ),
  ).toBe(few)
})

test.each<[string, (work: Work) => Promise<unknown>]>([
  ['the first steps of a connection', (work) => readTrail(work, org.orgId, org.tokenId)],
  ['who knocked without a token', (work) => readStrangers(work, org.orgId, new Date(0))],
  ['who left', (work) => listLeavers(work, org.orgId, { since: new Date(0), limit: 11 })],
  ['the activity of weeks', (work) => readActivity(work, org.orgId, new Date(0))],
  ['what waits for a decision', (work) => readDecisions(work, org.orgId)],
])('%s is found among 200,000 audit rows without reading them', async (_, run) => {
  expect(await rowsRead('audit_log', run)).toBeLessThanOrEqual(AUDIT_ROWS_MAX)
})
