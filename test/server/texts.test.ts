// Parts of names and addresses are found by an index, whatever the size of the directory; the plans are the server's own.
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { PlanRecorder, rowsRead, scannedTables, indexesOf, tellPlans } from '../support/plans.ts'
import { expectStatus, filterOf, list, text, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer({}, {}, tellPlans)
const PEOPLE = 20_000

let org: Org
let plans: PlanRecorder

beforeAll(async () => {
  org = await server.org()
  const { db } = server.app.storage.database.work
  // With names as different as people's are, in the form that the server writes.
  await sql`
    with people as (
      insert into scim_resources (org_id, id, type, unique_key, display_name_key, json, comparable)
      select ${org.orgId}::uuid, id, 'User', n || '@corp.example', n || ' person', json_build_object('schemas',
        json_build_array('urn:ietf:params:scim:schemas:core:2.0:User'), 'id', id, 'userName', n || '@corp.example', 'displayName', n || ' Person')::text, jsonb_build_object('userName', n || '@corp.example', 'displayName', n || ' person', 'emails',
        jsonb_build_array(jsonb_build_object('value', n || '@corp.example')))
      from (select gen_random_uuid() as id, md5(i::text) as n from generate_series(1, ${PEOPLE}::int) i) names
      returning org_id, id, unique_key, display_name_key
    ), keys as (insert into scim_email_keys (org_id, value_key, resource_id) select org_id, unique_key, id from people)
    insert into scim_texts (org_id, resource_id, texts) select org_id, id, unique_key || E'\n' || display_name_key from people`.execute(db)
  await server.asOwner('vacuum (analyze) scim_resources, scim_email_keys, scim_texts')
  plans = new PlanRecorder(server.app.storage.database.pool)
})

/** The MD5 of "7", which one of them is called. */
const NAME = '8f14e45fceea167a5a36dedd4bea2543'
const PART = NAME.slice(5, 20)

describe('a filter on a part of a text', () => {
  test.each([
    ['userName co', `userName co "${PART}"`],
    ['userName ew', `userName ew "${NAME.slice(10)}@corp.example"`],
    ['userName sw', `userName sw "${NAME.slice(0, 12)}"`],
    ['displayName co', `displayName co "${PART}"`],
    ['displayName ew', `displayName ew "${NAME.slice(10)} person"`],
    ['displayName sw', `displayName sw "${NAME.slice(0, 12)}"`],
    ['emails.value co', `emails.value co "${PART}"`],
    ['emails.value ew', `emails.value ew "${NAME.slice(10)}@corp.example"`],
    ['emails.value sw', `emails.value sw "${NAME.slice(0, 12)}"`],
    ['an element of emails', `emails[value co "${PART}" and not (type eq "home")]`],
    ['alternatives', `userName co "${PART}" or displayName co "nobody" or emails.value eq "nobody@corp.example"`],
    ['a part and more', `active ne true and displayName co "${PART}"`],
    ['nobody', 'userName co "nobody at all"'],
  ])('%s reads the few that can match, and scans no table', async (name, filter) => {
    // More often than a prepared statement is planned for its values, so that the plan for any values is seen too.
    for (let i = 0; i < 7; i++) {
      const recording = await plans.record(async () => {
        const answer = expectStatus(await org.get(`/Users?${filterOf(filter)}`), 200)
        expect(list(answer, '/Resources')).toHaveLength(name === 'nobody' ? 0 : 1)
      })
      expect(scannedTables(recording).filter((table) => !SMALL.has(table))).toEqual([])
      expect(rowsRead(recording)).toBeLessThan(PEOPLE / 100)
      expect(indexesOf(recording)).not.toEqual([])
    }
  })
})

/** Tables of a few rows here, which are best read whole. */
const SMALL = new Set(['orgs', 'scim_tokens', 'scim_resource_counts', 'scim_collisions', 'accounts', 'scim_group_members', 'scim_activity'])

describe('what was written', () => {
  const found = async (scim: Org, filter: string) =>
    list(expectStatus(await scim.get(`/Users?${filterOf(filter)}&attributes=userName`), 200), '/Resources').length

  test('is found from the next request on, and what it said before is not', async () => {
    const scim = await server.org()
    const created = expectStatus(await scim.post('/Users', { ...user('Zebulon.Pike'), displayName: 'Zebulon Pike' }), 201)
    const path = `/Users/${text(created, '/id')}`
    expect(await found(scim, 'userName co "EBULON.pik"')).toBe(1)
    expect(await found(scim, 'displayName co "lon pi"')).toBe(1)
    expectStatus(await scim.patch(path, { op: 'replace', path: 'displayName', value: 'Meriwether Lewis' }), 200)
    expect(await found(scim, 'displayName co "lon pi"')).toBe(0)
    expect(await found(scim, 'displayName co "wether"')).toBe(1)
    expectStatus(await scim.put(path, { ...user('sacagawea'), emails: [{ value: 'bird.woman@corp.example', type: 'work' }] }), 200)
    expect(await found(scim, 'userName co "ebulon"')).toBe(0)
    expect(await found(scim, 'emails.value ew "WOMAN@corp.example"')).toBe(1)
    expect(await found(scim, 'emails[value co "bird" and type eq "home"]')).toBe(0)
    expectStatus(await scim.delete(path), 204)
    expect(await found(scim, 'userName co "sacagawea"')).toBe(0)
    expect(await server.rows('select from scim_texts where org_id = $1', [scim.orgId])).toEqual([])
  })

  test('matches within one value only, and a part of three signs or fewer as well', async () => {
    const scim = await server.org()
    const id = await scim.user('alpha')
    expectStatus(await scim.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'beta%_x' }), 200)
    expect(await found(scim, 'userName co "beta"')).toBe(0)
    expect(await found(scim, 'userName co "alpha\\nbeta"')).toBe(0)
    for (const part of ['a', 'al', 'alp', '%']) expect(await found(scim, `userName co "${part}"`), part).toBe(part === '%' ? 0 : 1)
    for (const part of ['%', '_', '%_', 'TA%_']) expect(await found(scim, `displayName co "${part}"`), part).toBe(1)
  })

  test('of another organisation is not found', async () => {
    const [one, other] = [await server.org(), await server.org()]
    await one.user('wanderer')
    expect(await found(one, 'userName co "andere"')).toBe(1)
    expect(await found(other, 'userName co "andere"')).toBe(0)
  })
})
