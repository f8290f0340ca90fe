import { describe, expect, test } from 'vitest'
import { TEST_URN } from '../test-resource.ts'
import { at, containing, ENTERPRISE, GROUP, group, type Harness, harness, listAt, type Sent, someText, USER, user } from './harness.ts'

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

const names = (json: unknown) =>
  listAt(json, 'Resources').map((resource) => at(resource, 'userName') ?? at(resource, 'displayName') ?? at(resource, 'code'))
const query = async (h: Harness, target: string, sent?: Sent) => {
  const answer = await h.send('GET', target, sent)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json
}
const encoded = (filter: string) => `filter=${encodeURIComponent(filter)}`

async function withUsers(...userNames: readonly string[]): Promise<Harness> {
  const h = harness()
  for (const userName of userNames) await h.create('/Users', user(userName))
  return h
}

describe('a list', () => {
  test('has the envelope of RFC 7644 with numbers and an array [QRY-01 QRY-02 QRY-03 QRY-04 JSN-10 RC-3 OK-70]', async () => {
    const { send } = await withUsers('a', 'b', 'c')
    const { json, text, headers } = await send('GET', '/Users?count=2')
    expect(json).toMatchObject({
      schemas: [LIST],
      totalResults: 3,
      startIndex: 1,
      itemsPerPage: 2,
      Resources: [{ userName: 'a' }, { userName: 'b' }],
    })
    expect(text).toContain('"totalResults":3,"startIndex":1,"itemsPerPage":2,')
    expect(headers).toEqual({ 'Content-Type': 'application/scim+json; charset=utf-8' })
  })

  test.each([
    ['no one matches', 'filter=userName+eq+%22nobody%22', 0],
    ['nothing is asked for', 'count=0', 3],
    ['less than nothing is asked for', 'count=-1', 3],
  ])('is 200 with an empty array when %s [QRY-02 QRY-03 QRY-05 PAG-03 RC-1 OK-74 EN-62]', async (_what, parameters, total) => {
    const h = await withUsers('a', 'b', 'c')
    expect(await query(h, `/Users?${parameters}`)).toEqual({
      schemas: [LIST],
      totalResults: total,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    })
  })

  test.each([
    ['startIndex=2&count=2', 2, ['b', 'c']],
    ['startIndex=0', 1, ['a', 'b', 'c', 'd', 'e']],
    ['startIndex=-5&count=1', 1, ['a']],
    ['startIndex=5', 5, ['e']],
    ['startIndex=9999', 9999, []],
    ['count=1000000', 1, ['a', 'b', 'c', 'd', 'e']],
    ['foo=1&aadOptscim062020&&', 1, ['a', 'b', 'c', 'd', 'e']],
    ['', 1, ['a', 'b', 'c', 'd', 'e']],
  ])('for ?%s starts at %i [PAG-01 PAG-02 PAG-04 QRY-06 RC-20 RC-22 EN-85 CUR-11]', async (parameters, startIndex, expected) => {
    const h = await withUsers('a', 'b', 'c', 'd', 'e')
    const json = await query(h, `/Users?${parameters}`)
    expect(json).toMatchObject({ totalResults: 5, startIndex, itemsPerPage: expected.length })
    expect(names(json)).toEqual(expected)
    expect(json).not.toHaveProperty('nextCursor')
  })

  test('never holds more than the largest page [PAG-02 J1]', async () => {
    const h = harness({ limits: { pageSizeMax: 3, pageSizeDefault: 2 } })
    for (const name of ['a', 'b', 'c', 'd', 'e']) await h.create('/Users', user(name))
    expect(await query(h, '/Users')).toMatchObject({ totalResults: 5, itemsPerPage: 2 })
    expect(await query(h, '/Users?count=3')).toMatchObject({ itemsPerPage: 3 })
    expect(await query(h, '/Users?count=4')).toMatchObject({ itemsPerPage: 3 })
  })

  test('counts what the filter finds on every page, inactive users too [PAG-06 FLT-01 RC-13 EN-46 OK-31]', async () => {
    const h = harness()
    for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries())
      await h.create('/Users', user(name, { active: index > 1, title: index === 4 ? 'x' : 'y' }))
    for (const startIndex of [1, 3])
      expect(await query(h, `/Users?${encoded('title eq "y"')}&startIndex=${startIndex}&count=2`)).toMatchObject({ totalResults: 4 })
    expect(names(await query(h, `/Users?${encoded('active eq false')}`))).toEqual(['a', 'b'])
  })

  test('shows what is asked for of each resource [PRJ-01 PRJ-04 PRJ-06 PRJ-08]', async () => {
    const h = await withUsers('a')
    expect(Object.keys(listAt(await query(h, '/Users?attributes=userName,bogus'), 'Resources')[0] ?? {})).toEqual([
      'schemas',
      'id',
      'userName',
    ])
    expect(Object.keys(listAt(await query(h, '/Users?excludedAttributes=userName,id,meta'), 'Resources')[0] ?? {})).toEqual([
      'schemas',
      'id',
      'active',
    ])
    expect(await h.send('GET', '/Users?attributes=userName&excludedAttributes=id')).toMatchObject({
      status: 400,
      json: { scimType: 'invalidValue' },
    })
  })
})

describe("a value path in attributes, as in Microsoft's SCIM collection", () => {
  const work = { value: 'a@x.io', type: 'work' }
  const withEmails = async () => {
    const h = harness()
    const id = await h.create('/Users', user('a', { emails: [work, { value: 'b@x.io', type: 'home' }], title: 't' }))
    await h.create('/Users', user('b', { emails: [{ value: 'c@x.io', type: 'home' }] }))
    return { ...h, id, group: await h.create('/Groups', group('g', id)) }
  }

  test.each(['type eq "work"', 'value eq "a@X.io"'])('emails[%s] shows the e-mails it selects [PRJ-02 PRJ-05 SEA-04]', async (filter) => {
    const h = await withEmails()
    const found = [{ schemas: [USER], id: h.id, emails: [work] }, { schemas: [USER] }]
    const parameters = `attributes=${encodeURIComponent(`emails[${filter}]`)}`
    const search = { schemas: [SEARCH], attributes: [`emails[${filter}]`] }
    for (const json of [
      await query(h, `/Users?${parameters}`),
      (await h.send('POST', '/Users/.search', { body: search })).json,
      (await h.send('POST', '/Users/.search', { body: { ...search, attributes: `emails[${filter}]` } })).json,
    ]) {
      expect(json).toMatchObject({ totalResults: 2, Resources: found })
      expect(listAt(json, 'Resources')[1]).not.toHaveProperty('emails')
      expect(h.log().at(-1)?.operation.compat).toEqual(new Set(['value-path-in-attributes']))
    }
    expect((await h.send('GET', `/Users/${h.id}?${parameters}`)).json).toEqual(found[0])
    expect(h.log().at(-1)?.operation.compat).toEqual(new Set(['value-path-in-attributes']))
  })

  test('shows members and groups that it selects [PRJ-02 PRJ-09]', async () => {
    const h = await withEmails()
    const asked = (path: string) => encodeURIComponent(path)
    const member = await h.send('GET', `/Groups/${h.group}?attributes=${asked(`members[value eq "${h.id}"].value`)}`)
    expect(member.json).toEqual({ schemas: [GROUP], id: h.group, members: [{ value: h.id }] })
    const groups = await h.send('GET', `/Users/${h.id}?attributes=${asked('groups[type eq "Direct"].type')}`)
    expect(groups.json).toEqual({ schemas: [USER], id: h.id, groups: [{ type: 'direct' }] })
  })

  test.each([
    ['attributes', 'emails[type eq work]', 'invalidFilter'],
    ['attributes', 'emails[type eq "work"', 'invalidFilter'],
    ['excludedAttributes', 'emails[type eq "work"]', 'invalidValue'],
  ])('in %s, %s is refused as %s, by GET and by search [PRJ-03]', async (parameter, name, scimType) => {
    const h = await withEmails()
    const refusal = { status: 400, json: { scimType, detail: containing(parameter) } }
    expect(await h.send('GET', `/Users?${parameter}=${encodeURIComponent(name)}`)).toMatchObject(refusal)
    expect(await h.send('GET', `/Users/${h.id}?${parameter}=${encodeURIComponent(name)}`)).toMatchObject(refusal)
    expect(await h.send('POST', '/.search', { body: { schemas: [SEARCH], [parameter]: [name] } })).toMatchObject(refusal)
  })
})

describe('a filter', () => {
  test.each([
    ['userName eq "BOB"', ['bob']],
    ['not (userName eq "bob")', ['eve']],
    ['emails[type eq "work"].value eq "b@x.io"', ['bob']],
    ['emails co "x.io" and userName sw "b"', ['bob']],
    ['manager eq "boss"', ['bob']],
    ['groups pr', []],
    [`${ENTERPRISE}:manager.value eq "boss"`, ['bob']],
    ['meta.resourceType eq "User"', ['bob', 'eve']],
    ['title ne "x"', ['bob', 'eve']],
  ])('%s finds %j [FLT-01 FLT-22 FLT-33 FLT-38 EN-14 OK-18]', async (filter, expected) => {
    const h = harness()
    await h.create('/Users', user('bob', { emails: [{ value: 'b@x.io', type: 'work' }], [ENTERPRISE]: { manager: { value: 'boss' } } }))
    await h.create('/Users', user('eve'))
    expect(names(await query(h, `/Users?${encoded(filter)}`))).toEqual(expected)
    expect(h.log().at(-1)?.operation).toMatchObject({ kind: 'query', filter })
  })

  test('on membership finds groups without showing members [FLT-39 EN-29 EN-36 PRJ-09]', async () => {
    const h = harness()
    const id = await h.create('/Users', user('a'))
    await h.create('/Groups', group('g', id))
    await h.create('/Groups', group('h'))
    for (const filter of [`members[value eq "${id}"]`, `members.value eq "${id}"`, `members eq "${id}"`]) {
      const json = await query(h, `/Groups?excludedAttributes=members&${encoded(filter)}`)
      expect(names(json)).toEqual(['g'])
      expect(listAt(json, 'Resources')[0]).not.toHaveProperty('members')
    }
  })

  test.each([
    '',
    '%20',
    'userName',
    'usrName+eq+%22a%22',
    'userName+eq+%22a',
    'userName+eq+bob',
    'active+eq+%22true%22',
    'password+eq+%22x%22',
    'userName+eq+%22x%22+and+foo+eq+%22y%22',
  ])('"%s" is refused, never passed over [FLT-02 FLT-37 FLT-40 RC-14 G3 B8]', async (filter) => {
    const h = await withUsers('a')
    expect(await h.send('GET', `/Users?filter=${filter}`)).toMatchObject({
      status: 400,
      json: { scimType: 'invalidFilter', detail: someText },
    })
    expect(h.log().at(-1)).toMatchObject({ operation: { kind: 'query' }, outcome: { scimType: 'invalidFilter' } })
  })

  test.each<[string, string, Sent]>([
    ['for a token of profile entra', '', { profile: 'entra' }],
    ["under Entra's flag", '&aadOptscim062020', {}],
    ["under Entra's flag with a value and in another case", '&AADOPTSCIM062020=', {}],
  ])('without quotes or with a boolean as text is understood %s, and it is noted [EN-10 EN-14 EN-47]', async (_what, mark, sent) => {
    const h = await withUsers('bob', 'eve')
    expect(names(await query(h, `/Users?filter=userName+eq+bob${mark}`, sent))).toEqual(['bob'])
    expect(h.log().at(-1)?.operation.compat).toContain('unquoted-filter-value')
    expect(names(await query(h, `/Users?filter=active+eq+%22True%22${mark}`, sent))).toEqual(['bob', 'eve'])
  })

  test.each(['generic', 'okta'] as const)(
    "without quotes is refused for a token of profile %s, with Entra's flag only for okta [PI-1 AU-4]",
    async (profile) => {
      const h = await withUsers('bob')
      expect((await h.send('GET', '/Users?filter=userName+eq+bob', { profile })).status).toBe(400)
      expect((await h.send('GET', '/Users?filter=userName+eq+bob&aadOptscim062020', { profile })).status).toBe(
        profile === 'okta' ? 400 : 200,
      )
    },
  )
})

describe('sorting', () => {
  const people = async () => {
    const h = harness()
    await h.create(
      '/Users',
      user('c', {
        title: 'y',
        name: { givenName: 'Z' },
        emails: [{ value: '1@x.io' }, { value: '9@x.io', primary: true }],
        externalId: 'a',
      }),
    )
    await h.create('/Users', user('a', { name: { givenName: 'y' }, emails: [{ value: '5@x.io' }], externalId: 'B' }))
    await h.create('/Users', user('B', { title: 'X', emails: [{ value: '3@x.io' }], externalId: 'b' }))
    return h
  }

  test.each([
    ['sortBy=userName', ['a', 'B', 'c']],
    ['sortBy=userName&sortOrder=descending', ['c', 'B', 'a']],
    ['sortBy=title', ['B', 'c', 'a']],
    ['sortBy=title&sortOrder=descending', ['a', 'c', 'B']],
    ['sortBy=externalId', ['a', 'c', 'B']],
    ['sortBy=name.givenName', ['a', 'c', 'B']],
    ['sortBy=emails.value', ['B', 'a', 'c']],
    ['sortBy=emails', ['B', 'a', 'c']],
    ['sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName', ['a', 'B', 'c']],
    ['sortBy=meta.created&sortOrder=descending', ['B', 'a', 'c']],
    ['sortOrder=descending', ['c', 'a', 'B']],
    [`sortBy=${ENTERPRISE}:department`, ['c', 'a', 'B']],
  ])('by ?%s gives %j [SRT-01 SRT-02 SRT-03 SRT-04 SRT-05 SRT-06 SRT-07]', async (parameters, expected) => {
    expect(names(await query(await people(), `/Users?${parameters}`))).toEqual(expected)
  })

  test.each([
    'sortBy=name',
    'sortBy=bogus',
    'sortBy=userName.x',
    'sortBy=password',
    'sortBy=groups.value',
    'sortBy=emails[0]',
    'sortBy=__proto__',
    'sortBy=userName&sortOrder=up',
  ])('by ?%s is refused [SRT-05 SRT-07 USR-13 B8 G5]', async (parameters) => {
    const { send } = await people()
    expect(await send('GET', `/Users?${parameters}`)).toMatchObject({ status: 400, json: { scimType: 'invalidValue' } })
  })

  test('by what is never returned or kept apart is refused on any type [SRT-05 B8]', async () => {
    const { send } = harness()
    for (const name of ['secret', 'blind', 'hidden', 'vault.key', 'parts.value', 'owners.value']) {
      expect(await send('GET', `/TestResources?sortBy=${name}`)).toMatchObject({ status: 400, json: { scimType: 'invalidValue' } })
    }
  })

  test('of equal values is stable across pages [SRT-09]', async () => {
    const h = harness()
    for (let index = 0; index < 25; index += 1) await h.create('/Users', user(`u${index}`, { title: 'same' }))
    const pages = await Promise.all([1, 11, 21].map((startIndex) => query(h, `/Users?sortBy=title&startIndex=${startIndex}&count=10`)))
    expect(new Set(pages.flatMap(names)).size).toBe(25)
  })
})

describe('a query over all types', () => {
  const everything = async () => {
    const h = harness()
    await h.create('/Users', user('xa', { displayName: 'x user' }))
    await h.create('/Groups', group('x group'))
    await h.create('/TestResources', { schemas: [TEST_URN], code: 'xt' })
    return h
  }

  test.each([
    ['', ['xa', 'x group', 'xt']],
    ['displayName sw "x"', ['xa', 'x group']],
    ['userName pr', ['xa']],
    ['not (userName pr)', ['x group', 'xt']],
    ['userName ne "xa"', ['x group', 'xt']],
    ['meta.resourceType eq "Group"', ['x group']],
    ['code eq "xt" or members.value eq "x"', ['xt']],
  ])('with %j finds %j, by GET and by POST [QRY-07 QRY-09 QRY-10 SCM-09 SEA-01]', async (filter, expected) => {
    const h = await everything()
    const found = await query(h, `/${filter === '' ? '' : `?${encoded(filter)}`}`)
    expect(names(found)).toEqual(expected)
    const posted = await h.send('POST', '/.search', { body: { schemas: [SEARCH], ...(filter === '' ? {} : { filter }) } })
    expect(posted.json).toEqual(found)
  })

  test('sorts types that lack the attribute as without value [QRY-10 SRT-06]', async () => {
    const h = await everything()
    expect(names(await query(h, '/?sortBy=displayName&sortOrder=descending'))).toEqual(['xt', 'xa', 'x group'])
  })

  test('refuses an attribute that no type has [QRY-10 FLT-37 SRT-05]', async () => {
    const { send } = await everything()
    expect(await send('GET', `/?${encoded('not (bogus pr) and userName pr')}`)).toMatchObject({
      status: 400,
      json: { scimType: 'invalidFilter' },
    })
    expect(await send('GET', '/?sortBy=bogus')).toMatchObject({ status: 400, json: { scimType: 'invalidValue' } })
  })

  test('projects each type by its own schema [PRJ-02]', async () => {
    const h = await everything()
    const resources = listAt(await query(h, '/?attributes=displayName'), 'Resources')
    expect(resources.map((resource) => Object.keys(resource ?? {}))).toEqual([
      ['schemas', 'id', 'displayName'],
      ['schemas', 'id', 'displayName'],
      ['schemas', 'id'],
    ])
  })
})

describe('POST to /.search', () => {
  test('finds what GET finds and creates nothing [SEA-01 SEA-04]', async () => {
    const h = await withUsers('a', 'b', 'c')
    const body = {
      schemas: [SEARCH],
      filter: 'userName gt "a"',
      sortBy: 'userName',
      sortOrder: 'descending',
      startIndex: 1,
      count: 1,
      attributes: ['userName'],
    }
    const posted = await h.send('POST', '/Users/.search', { body })
    const parameters = `${encoded('userName gt "a"')}&sortBy=userName&sortOrder=descending&startIndex=1&count=1&attributes=userName`
    expect(posted).toMatchObject({ status: 200, json: { totalResults: 2, Resources: [{ userName: 'c' }] } })
    expect(posted.json).toEqual(await query(h, `/Users?${parameters}`))
    expect(await query(h, '/Users?count=0')).toMatchObject({ totalResults: 3 })
  })

  test.each([
    [{ schemas: [LIST] }, 'invalidSyntax'],
    [{}, 'invalidSyntax'],
    [[], 'invalidSyntax'],
    ['{', 'invalidSyntax'],
    ['', 'invalidSyntax'],
    [{ schemas: [SEARCH], filter: 'userName' }, 'invalidFilter'],
    [{ schemas: [SEARCH], filter: '' }, 'invalidFilter'],
    [{ schemas: [SEARCH], count: 'x' }, 'invalidValue'],
    [{ schemas: [SEARCH], attributes: 1 }, 'invalidValue'],
  ])('with %j is refused [SEA-02 SEA-03 SEA-05]', async (body, scimType) => {
    const h = harness()
    expect(await h.send('POST', '/Users/.search', { body })).toMatchObject({ status: 400, json: { scimType } })
    expect(h.log()).toMatchObject([{ operation: { kind: 'query' }, outcome: { scimType } }])
  })

  test('with too many names is refused, with as many as allowed answered [G5]', async () => {
    const { send } = harness({ limits: { projectionNamesMax: 3 } })
    const asking = (count: number) =>
      send('POST', '/Users/.search', { body: { schemas: [SEARCH], attributes: Array.from({ length: count }, () => '__proto__') } })
    expect((await asking(3)).status).toBe(200)
    expect(await asking(4)).toMatchObject({ status: 400, json: { detail: containing('3') } })
  })
})

describe('cursor paging', () => {
  async function walk(h: Harness, parameters: string) {
    const pages: unknown[] = []
    for (let cursor = ''; pages.length < 20; ) {
      const page = await query(h, `/Users?${parameters}&cursor=${cursor}`)
      pages.push(page)
      const next = at(page, 'nextCursor')
      if (typeof next !== 'string') return pages
      expect(next).toMatch(/^[A-Za-z0-9\-._~]+$/)
      cursor = next
    }
    throw new Error('The pages do not end')
  }

  test.each([
    ['count=2', [['a', 'c'], ['b', 'e'], ['d']]],
    ['count=5', [['a', 'c', 'b', 'e', 'd']]],
    ['count=2&sortBy=userName', [['a', 'b'], ['c', 'd'], ['e']]],
    [
      'count=3&sortBy=userName&sortOrder=descending',
      [
        ['e', 'd', 'c'],
        ['b', 'a'],
      ],
    ],
    [`count=2&${encoded('userName ge "c"')}`, [['c', 'e'], ['d']]],
    [`count=1&sortBy=title`, [['a'], ['c'], ['b'], ['e'], ['d']]],
    ['count=0', [[]]],
    ['count=-3', [[]]],
  ])('with ?%s gives the pages %j [CUR-01 CUR-02 CUR-03 CUR-04 CUR-05 CUR-06 CUR-08 CUR-10]', async (parameters, expected) => {
    const h = await withUsers('a', 'c', 'b', 'e', 'd')
    const pages = await walk(h, parameters)
    expect(pages.map(names)).toEqual(expected)
    for (const page of pages) {
      expect(at(page, 'totalResults')).toBe(parameters.includes('filter') ? 3 : 5)
      for (const name of ['startIndex', 'previousCursor']) expect(page).not.toHaveProperty(name)
    }
  })

  test('neither repeats nor skips when resources come before the cursor [CUR-10]', async () => {
    const h = await withUsers('b', 'd', 'f')
    const first = await query(h, '/Users?sortBy=userName&count=2&cursor')
    await h.create('/Users', user('a'))
    const second = await query(h, `/Users?sortBy=userName&count=2&cursor=${String(at(first, 'nextCursor'))}`)
    expect([names(first), names(second)]).toEqual([['b', 'd'], ['f']])
  })

  test('works through /.search, and a cursor of one way continues the other [CUR-13]', async () => {
    const h = await withUsers('a', 'b', 'c')
    const body = { schemas: [SEARCH], count: 2, cursor: '' }
    const first = await h.send('POST', '/Users/.search', { body })
    const second = await h.send('POST', '/Users/.search', { body: { ...body, cursor: at(first.json, 'nextCursor') } })
    expect([names(first.json), names(second.json)]).toEqual([['a', 'b'], ['c']])
  })

  test('refuses forged and foreign cursors and other parameters in the same words [CUR-07 CUR-09 CUR-15 CUR-18 B6]', async () => {
    const h = await withUsers('a', 'b', 'c')
    const cursor = String(at(await query(h, '/Users?count=1&cursor'), 'nextCursor'))
    const theirs = String(at(await query(h, '/Users?count=1&cursor', { caller: 'two' }), 'nextCursor'))
    const answers = await Promise.all(
      [
        '/Users?count=1&cursor=garbage',
        `/Users?count=1&cursor=${theirs}`,
        `/Users?count=1&cursor=${cursor.slice(0, -8)}`,
        `/Users?count=1&cursor=${cursor}&filter=userName+pr`,
        `/Users?count=1&cursor=${cursor}&sortBy=userName`,
        `/Users?count=1&cursor=${cursor}&attributes=userName`,
        `/Groups?count=1&cursor=${cursor}`,
        `/?count=1&cursor=${cursor}`,
      ].map((target) => h.send('GET', target)),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 400, json: { scimType: 'invalidCursor' } })
  })

  test.each([
    ['another count', 'count=2', 0, 'invalidCount'],
    ['no count', '', 0, 'invalidCount'],
    ['a count that is none', 'count=x', 0, 'invalidCount'],
    ['startIndex beside it', 'count=1&startIndex=1', 0, 'invalidValue'],
    ['an hour and a second later', 'count=1', 3601, 'expiredCursor'],
  ])('refuses a cursor with %s [CUR-07 CUR-09 CUR-12 CUR-14]', async (_what, parameters, seconds, scimType) => {
    const h = await withUsers('a', 'b', 'c')
    const cursor = String(at(await query(h, '/Users?count=1&cursor'), 'nextCursor'))
    h.wait(seconds)
    expect(await h.send('GET', `/Users?${parameters}&cursor=${cursor}`)).toMatchObject({ status: 400, json: { scimType } })
  })

  test('has no successor to a page of nothing, whatever the store says [CUR-02]', async () => {
    const h = harness({ wrap: (store) => ({ ...store, query: () => Promise.resolve({ total: 3, resources: [], next: [1] }) }) })
    expect(await query(h, '/Users?cursor&count=0')).not.toHaveProperty('nextCursor')
    expect(await query(h, '/Users?cursor&count=1')).toHaveProperty('nextCursor')
  })

  test('takes a cursor that is nearly as old as allowed [CUR-14]', async () => {
    const h = await withUsers('a', 'b', 'c')
    const cursor = String(at(await query(h, '/Users?count=1&cursor'), 'nextCursor'))
    h.wait(3599)
    expect(names(await query(h, `/Users?count=1&cursor=${cursor}`))).toEqual(['b'])
  })
})
