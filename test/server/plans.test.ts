// What runs all day is planned once for each connection: a plan for every run takes several times as long as the run itself. PostgreSQL makes
// five plans for the values of a prepared statement, and then one for any values unless those seem cheaper.
import { expect, test } from 'vitest'
import { userBody } from '../../scripts/bench/bodies.ts'
import type { Database } from '../../src/db/postgres.ts'
import { apiAt, team } from '../support/api.ts'
import { expectStatus, filterOf, text } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

const PEOPLE = 2_000
const RUNS = 60
/** For the values of the first runs, and some more while tables grow and a plan for any values seems dearer than those of the first runs. */
const PLANS_MAX = 20

/** What is known of the tables stays as it is: else plans are made anew in the middle. */
const KEEP_STATISTICS = `do $$ declare t regclass; begin
  for t in select oid from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace loop
    execute format('alter table %s set (autovacuum_enabled = off)', t);
  end loop;
end $$`

test('no statement that runs all day is planned for each run', async () => {
  const { org: known, as, scope, group } = await team(server)
  const { key } = await as('alice')
  await server.fillGroup(known.orgId, group, PEOPLE)
  const user = text(expectStatus(await known.post('/Users', userBody('person')), 201), '/id')
  await server.asOwner(KEEP_STATISTICS)
  await server.asOwner('vacuum (analyze)')
  // With connections that have made no plans while there was nobody.
  const fresh = await server.another()
  const org = fresh.clientOf(known)
  const alice = apiAt(fresh.origin, key)
  for (let i = 0; i < RUNS; i++) {
    expectStatus(await org.get(`/Users/${user}`), 200)
    expectStatus(await org.get(`/Users?${filterOf('userName eq "person@bench.example"')}`), 200)
    expectStatus(await org.get(`/Users?${filterOf('userName eq "nobody@bench.example"')}`), 200)
    expectStatus(await org.get(`/Groups/${group}?excludedAttributes=members`), 200)
    expectStatus(await org.get(`/Groups/${group}`), 200)
    expectStatus(await org.get('/Users?count=10'), 200)
    expectStatus(await org.put(`/Users/${user}`, { ...userBody('person'), title: `title ${i}` }), 200)
    expectStatus(await org.patch(`/Users/${user}`, { op: 'replace', path: 'active', value: i % 2 === 1 }), 200)
    expectStatus(await org.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: user }] }), 204)
    expectStatus(await org.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${user}"]` }), 204)
    const leaver = text(expectStatus(await org.post('/Users', userBody(`leaver-${i}`)), 201), '/id')
    expectStatus(await org.delete(`/Users/${leaver}`), 204)
    expect((await alice.get('/me')).status).toBe(200)
    await alice.learn(scope, `Deploys happen on day ${i}`)
    await alice.recall('deploys')
  }
  const statements = await prepared(fresh.app.storage.database)
  const often = new Set(statements.filter(({ runs }) => runs > PLANS_MAX).map(({ statement }) => statement))
  expect(often.size, 'statements that ran often').toBeGreaterThan(15)
  expect(statements.filter(({ plans }) => plans > PLANS_MAX)).toEqual([])
})

type Prepared = { readonly statement: string; readonly runs: number; readonly plans: number }

/** What is prepared on each connection of the server. */
async function prepared({ pool }: Database): Promise<readonly Prepared[]> {
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()))
  const found = await Promise.all(
    clients.map((client) =>
      client.query<Prepared>(
        'select statement, (generic_plans + custom_plans)::int as runs, custom_plans::int as plans from pg_prepared_statements',
      ),
    ),
  )
  for (const client of clients) client.release()
  return found.flatMap(({ rows }) => rows)
}
