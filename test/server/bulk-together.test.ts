// Users that a Bulk creates together fare as each would alone (docs/decisions/0026; threats I3, I4, I5, L3).
import { BULK_REQUEST_URN, ENTERPRISE_USER_URN } from '@plur-enterprise/scim'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prelinkAccount } from '../../src/directory/accounts.ts'
import { at, enterpriseUser, expectStatus, group, list, number, text, texts, user } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'

const server = useServer()

const bulk = (org: Org, operations: readonly unknown[], more: object = {}): Promise<Answer> =>
  org.post('/Bulk', { schemas: [BULK_REQUEST_URN], ...more, Operations: operations })
const make = (bulkId: string, data: object, path = '/Users') => ({ method: 'POST', path, bulkId, data })
const makeAll = (people: readonly object[]) => people.map((person, n) => make(`${n}`, person))
const statuses = (answer: Answer) => list(expectStatus(answer, 200), '/Operations/*/status')
const idOf = (answer: Answer, nth: number) => text(answer, `/Operations/${nth}/location`).split('/').at(-1) ?? ''
const named = (names: readonly string[]) => names.map((name) => user(name, { externalId: `e-${name}` }))

const auditOf = (org: Org, answer: Answer) =>
  server.rows(
    `select action, outcome, target ->> 'name' as name, target ->> 'id' as id, payload -> 'error' ->> 'status' as error from audit_log
     where org_id = $1 and request_id = $2 order by outcome desc, target ->> 'name', payload -> 'error' ->> 'status'`,
    [org.orgId, answer.header('x-request-id')],
  )

/** Everything that creations leave, by names: ids and times differ from run to run. */
async function left(org: Org) {
  const users = await server.rows(
    `select r.unique_key, r.external_id, r.version, r.comparable ->> 'active' as active, a.user_name, a.origin, a.status, a.former_user_name_key,
       regexp_replace(a.slug, '-[0-9a-f]{8}$', '-…') as slug, boss.unique_key as boss,
       (select count(*) from scim_email_keys k where k.org_id = r.org_id and k.resource_id = r.id) as addresses,
       (select count(*) from scim_texts t where t.org_id = r.org_id and t.resource_id = r.id) as texts
     from scim_resources r left join accounts a on a.org_id = r.org_id and a.id = r.account_id
       left join scim_resources boss on boss.org_id = r.org_id and boss.id = r.manager_id
     where r.org_id = $1 order by r.unique_key`,
    [org.orgId],
  )
  const [accounts] = await server.rows('select count(*) from accounts where org_id = $1', [org.orgId])
  const returners = await server.rows(
    `select a.user_name, f.user_name as former from possible_returners p join accounts a on a.org_id = p.org_id and a.id = p.account_id
       join accounts f on f.org_id = p.org_id and f.id = p.former_account_id where p.org_id = $1 order by 1, 2`,
    [org.orgId],
  )
  const collisions = await server.rows('select user_name, times from scim_collisions where org_id = $1 order by 1', [org.orgId])
  const counted = number(await org.get('/Users?count=0'), '/totalResults')
  const audit = await server.rows(
    `select action, outcome, target ->> 'name' as name, payload -> 'error' ->> 'detail' as error, payload -> 'account' is not null as known, count(*)
     from audit_log where org_id = $1 and action like 'scim.user.%' and action <> 'scim.user.list' group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`,
    [org.orgId],
  )
  return { users, accounts, returners, collisions, counted, audit }
}

describe('conflicts between creations', () => {
  test('are of those alone, in the order of the request; the others are made, each with its row [BLK-09 I4 L3 C2]', async () => {
    const org = await server.org({ idp: 'okta' })
    await server.localAccount(org.orgId, 'local')
    await org.user('taken')
    const restored = await org.user('was inactive', { externalId: 'e-inactive', active: false })
    const gone = await org.user('was deleted', { externalId: 'e-deleted' })
    expectStatus(await org.delete(`/Users/${gone}`), 204)
    const people = [
      ...named(['a', 'TAKEN', 'b', 'local', 'B', 'c@y.io', 'c@x.io']),
      user('back again', { externalId: 'e-inactive' }),
      user('back too', { externalId: 'e-deleted' }),
      user('z', { active: false, externalId: 'e-z' }),
      user('z2', { externalId: 'e-z' }),
      user('', {}),
      user('d', { emails: [{ value: 'local' }] }),
      // The same name, from which another slug is made.
      user('c＠x.io'),
      ...named(['e']),
    ]
    const answer = await bulk(org, makeAll(people))
    const expected = ['201', '409', '201', '409', '409', '201', '201', '201', '201', '201', '201', '400', '409', '409', '201']
    expect(statuses(answer)).toEqual(expected)
    expect(list(answer, '/Operations/*/bulkId')).toEqual(people.map((_, n) => `${n}`))
    expect(idOf(answer, 7)).toBe(restored)
    expect(idOf(answer, 10)).toBe(idOf(answer, 9))
    expect(list(answer, '/Operations/*/version').filter((version) => version === 'W/"2"')).toHaveLength(2)
    for (const nth of [0, 2, 5, 6, 8, 14])
      expect((await org.get(`/Users/${idOf(answer, nth)}`)).header('etag')).toBe(at(answer, `/Operations/${nth}/version`))
    const slugs = await server.rows(`select slug from accounts where org_id = $1 and user_name like 'c@%' order by user_name desc`, [
      org.orgId,
    ])
    expect(slugs[0]).toEqual({ slug: 'c' })
    expect(String(slugs[1]?.['slug'])).toMatch(/^c-[0-9a-f]{8}$/)
    const audit = await auditOf(org, answer)
    expect(audit.filter(({ action }) => String(action).startsWith('scim.user.'))).toHaveLength(people.length)
    expect(audit.filter(({ outcome }) => outcome === 'denied').map(({ error }) => error)).toEqual([
      '400',
      '409',
      '409',
      '409',
      '409',
      '409',
    ])
    const made = expected.flatMap((status, nth) => (status === '201' ? [idOf(answer, nth)] : []))
    expect(
      audit
        .filter(({ outcome }) => outcome === 'success')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(made.toSorted())
  })

  test('of the same Bulk twice at once leave what some order gives [I4]', async () => {
    const org = await server.org()
    const names = Array.from({ length: 150 }, (_, n) => `u${n}`)
    const [one, two] = await Promise.all([bulk(org, makeAll(named(names))), bulk(org, makeAll(named(names.toReversed())))])
    const [first, second] = [statuses(one), statuses(two).toReversed()]
    for (const [nth, status] of first.entries()) expect([status, second[nth]].toSorted()).toEqual(['201', '409'])
    expect(number(await org.get('/Users'), '/totalResults')).toBe(150)
    const [audit] = await server.rows(
      `select count(*) filter (where outcome = 'success')::int as made, count(*) filter (where outcome = 'denied')::int as refused
       from audit_log where org_id = $1 and action = 'scim.user.create'`,
      [org.orgId],
    )
    expect(audit).toEqual({ made: 150, refused: 150 })
  })

  test('with requests of their own at the same time leave one of each name, and nobody waits for ever [I4 L3]', async () => {
    const org = await server.org()
    const names = Array.from({ length: 100 }, (_, n) => `u${n}`)
    const [answer, ...singles] = await Promise.all([
      bulk(org, makeAll(named(names))),
      ...named(names.toReversed()).map((body) => org.post('/Users', body)),
    ])
    const inBulk = statuses(answer)
    for (const [nth, { status }] of singles.toReversed().entries()) expect([inBulk[nth], String(status)].toSorted()).toEqual(['201', '409'])
    expect(number(await org.get('/Users'), '/totalResults')).toBe(100)
    const audit = await server.rows(
      `select outcome, count(*)::int from audit_log where org_id = $1 and action = 'scim.user.create' group by 1 order by 1`,
      [org.orgId],
    )
    expect(audit).toEqual([
      { outcome: 'denied', count: 100 },
      { outcome: 'success', count: 100 },
    ])
  })

  test('a former account that one takes back is not listed for who takes its name after that', async () => {
    for (const backFirst of [true, false]) {
      const org = await server.org({ idp: 'okta' })
      // The account's slug is made of its first name, and stays.
      const id = await org.user('first name', { externalId: 'e' })
      expectStatus(await org.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'was here' }), 200)
      expectStatus(await org.delete(`/Users/${id}`), 204)
      const people = [user('renamed', { externalId: 'e' }), user('was here')]
      expect(statuses(await bulk(org, makeAll(backFirst ? people : people.toReversed())))).toEqual(['201', '201'])
      expect((await left(org)).returners).toEqual(backFirst ? [] : [{ user_name: 'was here', former: 'renamed' }])
    }
  })

  test('do not change their order in lists', async () => {
    const org = await server.org()
    const names = ['m', 'z', 'a', 'k', 'b']
    await bulk(org, makeAll(named(names)))
    expect(list(await org.get('/Users'), '/Resources/*/userName')).toEqual(names)
  })

  test('with another organisation there are none [B2 B4]', async () => {
    const [one, two] = [await server.org(), await server.org()]
    const people = makeAll(named(['a', 'b', 'c']))
    for (const answer of await Promise.all([bulk(one, people), bulk(two, people)]))
      expect(new Set(statuses(answer))).toEqual(new Set(['201']))
    for (const org of [one, two]) expect(number(await org.get('/Users'), '/totalResults')).toBe(3)
  })
})

describe('failOnErrors', () => {
  test('leaves nothing of what stands behind the last error, in no table [BLK-10 I5]', async () => {
    const org = await server.org()
    await org.user('taken')
    const answer = await bulk(org, makeAll(named(['behold', 'taken', 'after-one', 'after-two'])), { failOnErrors: 1 })
    expect(statuses(answer)).toEqual(['201', '409'])
    expect(await org.find('/Users', 'userName pr')).toEqual(['behold', 'taken'])
    expect(number(await org.get('/Users?count=0'), '/totalResults')).toBe(2)
    expect(await server.databaseContains('after-one', org.orgId)).toBe(false)
    expect((await org.get(`/Users/${idOf(answer, 0)}`)).status).toBe(200)
    expect((await auditOf(org, answer)).map(({ name, outcome }) => [name, outcome])).toEqual([
      ['behold', 'success'],
      [null, 'denied'],
    ])
  })
})

describe('bulkIds of users that were made together', () => {
  test('stand for them in groups and managers that come later, also when they came back [BLK-12 BLK-14 BLK-15 ENT-04]', async () => {
    const org = await server.org({ idp: 'okta' })
    const restored = await org.user('old', { externalId: 'e-old', active: false })
    const answer = await bulk(org, [
      make('staff', group('staff', { members: ['a', 'back', 'taken'].map((id) => ({ value: `bulkId:${id}` })) }), '/Groups'),
      make('a', user('a')),
      make('back', user('new', { externalId: 'e-old' })),
      make('b', enterpriseUser('b', { manager: { value: 'bulkId:a' } })),
      make('c', enterpriseUser('c', { manager: { value: 'bulkId:back' } })),
      make('team', group('team', { members: ['b', 'c', 'back'].map((id) => ({ value: `bulkId:${id}` })) }), '/Groups'),
      make('taken', user('A')),
    ])
    expect(statuses(answer)).toEqual(['409', '201', '201', '201', '201', '201', '409'])
    const [a, back, b, c] = [1, 2, 3, 4].map((nth) => idOf(answer, nth))
    expect(back).toBe(restored)
    expect(new Set(texts(await org.get(`/Groups/${idOf(answer, 5)}`), '/members/*/value'))).toEqual(new Set([b, c, restored]))
    expect(at(await org.get(`/Users/${b}`), `/${ENTERPRISE_USER_URN}/manager/value`)).toBe(a)
    expect(at(await org.get(`/Users/${c}`), `/${ENTERPRISE_USER_URN}/manager/value`)).toBe(restored)
  })
})

describe('a statement that fails', () => {
  test('because of one leaves the others as they would be alone [L3]', async () => {
    const org = await server.org()
    const nowhere = await org.group('g')
    // A resource without an account: its name is found out to be taken by a constraint only.
    const [name = ''] = await server.fillGroup(org.orgId, nowhere, 1)
    const answer = await bulk(org, makeAll(named(['a', name, 'b'])))
    expect(statuses(answer)).toEqual(['201', '409', '201'])
    expect((await auditOf(org, answer)).map((row) => [row['name'], row['outcome']])).toEqual([
      ['a', 'success'],
      ['b', 'success'],
      [null, 'denied'],
    ])
    expect(await server.rows('select user_name from accounts where org_id = $1 order by 1', [org.orgId])).toEqual([
      { user_name: 'a' },
      { user_name: 'b' },
    ])
  })

  test('for several and never for one is not noticed', async () => {
    const org = await server.org()
    await server.asOwner(`
      create function public.refuse_several() returns trigger language plpgsql as $$
      begin
        if (select count(*) from made where user_name like 'several-%') > 1 then raise exception 'no' using errcode = 'check_violation'; end if;
        return null;
      end $$;
      create trigger refuse_several after insert on accounts referencing new table as made for each statement execute function public.refuse_several()`)
    try {
      const names = Array.from({ length: 20 }, (_, n) => `several-${n}`)
      const answer = await bulk(org, makeAll(named([...names, 'several-3'])))
      expect(statuses(answer)).toEqual([...names.map(() => '201'), '409'])
      expect(number(await org.get('/Users'), '/totalResults')).toBe(20)
      expect(await auditOf(org, answer)).toHaveLength(21)
    } finally {
      await server.asOwner('drop trigger refuse_several on accounts; drop function public.refuse_several()')
    }
  })
})

describe('any creations', () => {
  const person = fc.record(
    {
      userName: fc.constantFrom(
        'a',
        'A',
        'b',
        'b@x.io',
        'b@y.io',
        'b＠x.io',
        'local',
        'linked',
        'taken',
        'inactive',
        'deleted',
        'first name',
        'new',
        '',
      ),
      externalId: fc.constantFrom('e1', 'e2', 'e-inactive', 'e-deleted', 'e-linked', 'e-taken'),
      active: fc.boolean(),
      emails: fc.constantFrom([{ value: 'local@x.io' }], [{ value: 'b@x.io', type: 'work' }, { value: 'c@x.io' }]),
      displayName: fc.constantFrom('d', '', 'ü'.repeat(1024)),
      title: fc.constantFrom('t', 'x'.repeat(3000)),
    },
    { requiredKeys: ['userName'] },
  )

  async function world(idp: 'okta' | 'entra'): Promise<Org> {
    const org = await server.org({ idp })
    const { work } = server.app.storage.database
    await server.localAccount(org.orgId, 'local', { email: 'local@x.io' })
    const linked = await server.localAccount(org.orgId, 'linked')
    await prelinkAccount(work, org.orgId, { id: linked, externalId: undefined })
    const promised = await server.localAccount(org.orgId, 'promised')
    await prelinkAccount(work, org.orgId, { id: promised, externalId: 'e-linked' })
    await org.user('taken', { externalId: 'e-taken' })
    await org.user('inactive', { externalId: 'e-inactive', active: false })
    const deleted = await org.user('first name', { externalId: 'e-deleted' })
    expectStatus(await org.patch(`/Users/${deleted}`, { op: 'replace', path: 'userName', value: 'deleted' }), 200)
    expectStatus(await org.delete(`/Users/${deleted}`), 204)
    return org
  }

  test('end as if sent one after another [BLK-09 BLK-18 I4 L3]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 5, maxLength: 25, size: 'max' }),
        fc.constantFrom('okta', 'entra'),
        async (people, idp) => {
          const [alone, together] = [await world(idp), await world(idp)]
          const bodies = people.map(({ userName, ...more }) => user(userName, more))
          const answers: Answer[] = []
          for (const body of bodies) answers.push(await alone.post('/Users', body))
          const answer = await bulk(together, makeAll(bodies))
          const told = bodies.map((_, nth) => [
            at(answer, `/Operations/${nth}/status`),
            at(answer, `/Operations/${nth}/version`),
            at(answer, `/Operations/${nth}/response/detail`),
          ])
          expect(told).toEqual(
            answers.map((one) => [String(one.status), one.header('etag'), one.status === 201 ? undefined : at(one, '/detail')]),
          )
          expect(await left(together)).toEqual(await left(alone))
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)
})
