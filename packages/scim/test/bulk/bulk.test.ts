import { type Caller, conflict, ScimError, type Store } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { TEST_URN } from '../test-resource.ts'
import {
  at,
  BASE,
  containing,
  ENTERPRISE,
  group,
  type Harness,
  harness,
  type HarnessOptions,
  holding,
  lacking,
  listAt,
  matching,
  patch,
  type TestCaller,
  user,
} from '../provider/harness.ts'

const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const bulk = (operations: readonly unknown[], rest: object = {}) => ({ schemas: [REQUEST], Operations: operations, ...rest })
const post = (bulkId: string, data: Readonly<Record<string, unknown>>, path = data['userName'] === undefined ? '/Groups' : '/Users') => ({
  method: 'POST',
  path,
  bulkId,
  data,
})

async function run(h: Harness, operations: readonly unknown[], rest: object = {}): Promise<readonly unknown[]> {
  const answer = await h.send('POST', '/Bulk', { body: bulk(operations, rest) })
  if (answer.status !== 200) throw new Error(answer.text)
  return listAt(answer.json, 'Operations')
}

const statuses = (results: readonly unknown[]) => results.map((result) => at(result, 'status'))
const idIn = (result: unknown) => String(at(result, 'location')).split('/').at(-1)
const total = async (h: Harness) => at((await h.send('GET', '/?count=0')).json, 'totalResults')
const members = async (h: Harness, id: unknown) =>
  listAt((await h.send('GET', `/Groups/${String(id)}`)).json, 'members').map((member) => at(member, 'value'))

describe('a Bulk request', () => {
  test.each([
    ['no JSON', '{', 'invalidSyntax'],
    ['no object', [], 'invalidSyntax'],
    ['no schemas', { Operations: [] }, 'invalidSyntax'],
    ['schemas of another message', { schemas: [TEST_URN], Operations: [] }, 'invalidSyntax'],
    ['no Operations', { schemas: [REQUEST] }, 'invalidSyntax'],
    ['Operations that are no array', { schemas: [REQUEST], Operations: {} }, 'invalidSyntax'],
    ['failOnErrors as a text', bulk([], { failOnErrors: 'x' }), 'invalidValue'],
    ['negative failOnErrors', bulk([], { failOnErrors: -1 }), 'invalidValue'],
    ['failOnErrors with a fraction', bulk([], { failOnErrors: 1.5 }), 'invalidValue'],
  ])('with %s is refused as a whole [BLK-01 BLK-08 BLK-10]', async (_what, body, scimType) => {
    expect(await harness().send('POST', '/Bulk', { body })).toMatchObject({ status: 400, json: { scimType } })
  })

  test('past a limit is refused with the number before anything runs, at the limit it runs [BLK-21 BLK-22 I1]', async () => {
    const operations = [post('a', user('a')), post('b', user('b')), post('c', user('c'))]
    for (const [limits, status, named] of [
      [{ bulkOperationsMax: 3 }, 200, ''],
      [{ bulkOperationsMax: 2 }, 413, '2'],
      [{ bulkBytesMax: JSON.stringify(bulk(operations)).length, bodyBytesMax: 1 }, 200, ''],
      [{ bulkBytesMax: JSON.stringify(bulk(operations)).length - 1 }, 413, String(JSON.stringify(bulk(operations)).length - 1)],
    ] as const) {
      const h = harness({ limits })
      const answer = await h.send('POST', '/Bulk', { body: bulk(operations) })
      expect(answer.status).toBe(status)
      if (status === 413) expect(answer.json).toMatchObject({ status: '413', detail: containing(named) })
      expect(await total(h)).toBe(status === 413 ? 0 : 3)
    }
  })

  test('switched off answers 501 and says so beforehand [BLK-25]', async () => {
    const { send } = harness({ limits: { bulkOperationsMax: 0 } })
    expect(await send('POST', '/Bulk', { body: bulk([]) })).toMatchObject({ status: 501, json: { status: '501' } })
    expect((await send('GET', '/ServiceProviderConfig')).json).toMatchObject({ bulk: { supported: false } })
  })

  test('without operations has no results', async () => {
    const answer = await harness().send('POST', '/Bulk', { body: bulk([]) })
    expect(answer).toMatchObject({ status: 200, json: { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'], Operations: [] } })
  })

  test('may spell its members in any case [JSN-03 ZZ-1]', async () => {
    const operation = { Method: 'POST', PATH: '/Users', BulkID: 'a', Data: user('a') }
    const { json } = await harness().send('POST', '/Bulk', { body: { SCHEMAS: [REQUEST.toUpperCase()], operations: [operation] } })
    expect(json).toMatchObject({ Operations: [{ status: '201', bulkId: 'a' }] })
  })
})

describe('results', () => {
  test('tell for each operation what it would have answered alone [BLK-06 BLK-07 BLK-11 BLK-17 BLK-18 BLK-19 BLK-23 BLK-24]', async () => {
    const h = harness()
    const [a, b, g] = [await h.create('/Users', user('a')), await h.create('/Users', user('b')), await h.create('/Groups', group('g'))]
    const { json, headers } = await h.send('POST', '/Bulk', {
      body: bulk(
        [
          post('n', user('n')),
          { method: 'PUT', path: `/Users/${a}`, version: 'W/"1"', bulkId: 'mine', data: user('a2') },
          { method: 'PATCH', path: `/Users/${a}`, data: patch({ op: 'add', path: 'title', value: 't' }) },
          { method: 'PATCH', path: `/Groups/${g}`, data: patch({ op: 'add', path: 'members', value: [{ value: a }] }) },
          { method: 'DELETE', path: `/Users/${b}`, version: '"1"' },
          post('x', user('n')),
          { method: 'PUT', path: `/Users/${a}`, version: 'W/"1"', data: user('a3') },
          { method: 'DELETE', path: '/Users/nobody' },
        ],
        { failOnErrors: 100 },
      ),
    })
    const refused = (status: string, rest = {}) => ({
      status,
      response: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status, detail: matching(/./), ...rest },
    })
    expect(headers['Content-Type']).toBe('application/scim+json; charset=utf-8')
    expect(json).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: [
        { method: 'POST', bulkId: 'n', status: '201', version: 'W/"1"', location: matching(`^${BASE}/Users/`) },
        { method: 'PUT', bulkId: 'mine', status: '200', version: 'W/"2"', location: `${BASE}/Users/${a}` },
        { method: 'PATCH', status: '200', version: 'W/"3"', location: `${BASE}/Users/${a}` },
        { method: 'PATCH', status: '204', version: 'W/"2"', location: `${BASE}/Groups/${g}` },
        { method: 'DELETE', status: '204', location: `${BASE}/Users/${b}` },
        { method: 'POST', bulkId: 'x', ...refused('409', { scimType: 'uniqueness' }) },
        { method: 'PUT', location: `${BASE}/Users/${a}`, ...refused('412') },
        { method: 'DELETE', location: `${BASE}/Users/nobody`, ...refused('404') },
      ],
    })
    expect((await h.send('GET', `/Users/${a}`)).headers['ETag']).toBe('W/"3"')
    expect((await h.send('GET', `/Users/${b}`)).status).toBe(404)
  })

  test('of failed operations alone still come with 200 [BLK-08]', async () => {
    expect(statuses(await run(harness(), [post('a', group('')), { method: 'DELETE', path: '/Users/1' }]))).toEqual(['400', '404'])
  })

  const id = '00000000-0000-4000-8000-000000000001'
  test.each<[string, unknown, string]>([
    ['no object', 'x', '400'],
    ['an empty object', {}, '400'],
    ['no method', { path: '/Users', bulkId: 'a', data: user('x') }, '400'],
    ['a GET', { method: 'GET', path: `/Users/${id}` }, '400'],
    ['a method in lower case', { method: 'post', path: '/Users', bulkId: 'a', data: user('x') }, '400'],
    ['no path', { method: 'POST', bulkId: 'a', data: user('x') }, '400'],
    ['a path that is no text', { method: 'DELETE', path: ['/Users/1'] }, '400'],
    ['an absolute URL', { method: 'DELETE', path: `${BASE}/Users/${id}` }, '400'],
    ['a URL without scheme', { method: 'DELETE', path: `//evil/Users/${id}` }, '404'],
    ['a relative path', { method: 'DELETE', path: `Users/${id}` }, '400'],
    ['a query', { method: 'DELETE', path: `/Users/${id}?x` }, '400'],
    ['a fragment', { method: 'DELETE', path: `/Users/${id}#x` }, '400'],
    ['a way up', { method: 'DELETE', path: '/Users/../admin' }, '404'],
    ['a way up in a Bulk path', { method: 'DELETE', path: '/../x' }, '404'],
    ['a broken escape', { method: 'DELETE', path: '/Users/%' }, '400'],
    ['another endpoint', { method: 'POST', path: '/Schemas', bulkId: 'a', data: {} }, '404'],
    ['a Bulk inside', { method: 'POST', path: '/Bulk', bulkId: 'a', data: bulk([]) }, '404'],
    ['a search inside', { method: 'POST', path: '/.search', bulkId: 'a', data: {} }, '404'],
    ['a search of a type inside', { method: 'POST', path: '/Users/.search', bulkId: 'a', data: {} }, '400'],
    ['/Me', { method: 'DELETE', path: '/Me' }, '404'],
    ['PUT on a collection', { method: 'PUT', path: '/Users', data: user('x') }, '400'],
    ['POST on a resource', { method: 'POST', path: `/Users/${id}`, bulkId: 'a', data: user('x') }, '400'],
    ['POST without bulkId', { method: 'POST', path: '/Users', data: user('x') }, '400'],
    ['POST with an empty bulkId', { method: 'POST', path: '/Users', bulkId: '', data: user('x') }, '400'],
    ['POST with a bulkId that is no text', { method: 'POST', path: '/Users', bulkId: 1, data: user('x') }, '400'],
    ['POST without data', { method: 'POST', path: '/Users', bulkId: 'a' }, '400'],
    ['PUT with data that is no object', { method: 'PUT', path: `/Users/${id}`, data: 'x' }, '400'],
    ['PATCH with the bare operations', { method: 'PATCH', path: `/Users/${id}`, data: [{ op: 'add' }] }, '400'],
    ['a version that is no text', { method: 'DELETE', path: `/Users/${id}`, version: 1 }, '400'],
    ['a version that is no tag', { method: 'DELETE', path: `/Users/${id}`, version: '1' }, '400'],
    ['what the schema refuses', { method: 'POST', path: '/Users', bulkId: 'a', data: user('') }, '400'],
  ])(
    'of %s is an error of that operation, and the next one goes on [BLK-02 BLK-03 BLK-04 BLK-05 BLK-07 BLK-09 I2]',
    async (_what, operation, status) => {
      const h = harness()
      await h.create('/Users', user('first'))
      const seen = h.log().length
      const results = await run(h, [operation, post('good', user('good'))])
      expect(statuses(results)).toEqual([status, '201'])
      expect(results[0]).toMatchObject({ response: { status, detail: matching(/.{10}/) } })
      expect(
        h
          .log()
          .slice(seen)
          .filter(({ outcome }) => outcome instanceof ScimError),
      ).toHaveLength(1)
      expect(await total(h)).toBe(2)
    },
  )

  test('of the same bulkId twice are errors of both, and of what refers to it [BLK-03]', async () => {
    const h = harness()
    const results = await run(h, [post('a', user('a')), post('a', user('b')), post('g', group('g', 'bulkId:a')), post('c', user('c'))])
    expect(statuses(results)).toEqual(['400', '400', '409', '201'])
    expect(await total(h)).toBe(1)
  })

  test('count for the audit trail like requests of their own [L3 I5]', async () => {
    const h = harness()
    const results = await run(h, [
      post('a', user('a')),
      { method: 'PATCH', path: '/Users/bulkId:a', data: patch({ op: 'Add', path: 'title', value: 't' }) },
      post('b', user('A')),
    ])
    expect(
      h
        .log()
        .map(({ operation, outcome }) => [
          operation.kind,
          operation.id,
          outcome instanceof ScimError ? outcome.status : outcome,
          [...operation.compat],
        ]),
    ).toEqual([
      ['create', undefined, 'done', []],
      ['modify', idIn(results[0]), 'done', ['op-case']],
      ['create', undefined, 409, []],
    ])
  })
})

describe('failOnErrors', () => {
  const bad = (bulkId: string) => post(bulkId, user(''))
  const good = (name: string) => post(name, user(name))

  test.each([
    [1, [bad('1'), good('a')], ['400'], 0],
    [1, [good('a'), bad('1'), good('b')], ['201', '400'], 1],
    [2, [bad('1'), good('a'), bad('2'), good('b'), bad('3')], ['400', '201', '400'], 1],
    [0, [bad('1'), bad('2'), good('a')], ['400', '400', '201'], 1],
    [null, [bad('1'), good('a')], ['400', '201'], 1],
    [undefined, [bad('1'), good('a')], ['400', '201'], 1],
  ])(
    'of %j stops there, and what was not processed has neither result nor effect [BLK-10 I5]',
    async (failOnErrors, operations, expected, left) => {
      const h = harness()
      expect(statuses(await run(h, operations, { failOnErrors }))).toEqual(expected)
      expect(await total(h)).toBe(left)
    },
  )

  test('counts across batches', async () => {
    const h = harness()
    const operations = Array.from({ length: 350 }, (_none, index) => (index % 100 === 99 ? bad(`x${index}`) : good(`u${index}`)))
    const results = await run(h, operations, { failOnErrors: 3 })
    expect(results).toHaveLength(300)
    expect(await total(h)).toBe(297)
  })
})

describe('references', () => {
  test('in values, extensions, PATCH and paths become the permanent id, whatever the order [BLK-12 BLK-14 BLK-15 ENT-04]', async () => {
    const h = harness()
    const results = await run(h, [
      post('g', group('g', 'bulkId:bob')),
      { method: 'PATCH', path: '/Groups/bulkId:g', data: patch({ op: 'add', path: 'members', value: [{ value: 'bulkId:eve' }] }) },
      { method: 'PATCH', path: '/Groups/bulkId:g', data: patch({ op: 'remove', path: 'members[value eq "bulkId:bob"]' }) },
      post('bob', user('bob', { [ENTERPRISE]: { manager: { value: 'bulkId:eve' } } })),
      post('eve', user('eve')),
      { method: 'PUT', path: '/Users/bulkId:eve', data: user('eva') },
    ])
    expect(statuses(results)).toEqual(['201', '204', '204', '201', '201', '200'])
    const [g, , , bob, eve] = results.map(idIn)
    expect(await members(h, g)).toEqual([eve])
    expect((await h.send('GET', `/Users/${bob}`)).json).toMatchObject({ [ENTERPRISE]: { manager: { value: eve } } })
    expect((await h.send('GET', `/Users/${eve}`)).json).toMatchObject({ userName: 'eva' })
    expect(results[5]).toMatchObject({ location: `${BASE}/Users/${eve}`, version: 'W/"2"' })
  })

  test.each([
    ['nobody', [post('g', group('g', 'bulkId:nobody'))], ['400']],
    ['nobody, in a path', [{ method: 'DELETE', path: '/Users/bulkId:nobody' }], ['400']],
    ['an existing id', [post('g', group('g', 'bulkId:00000000-0000-4000-8000-000000000001'))], ['400']],
    [
      'a PUT',
      [
        { method: 'PUT', path: '/Users/00000000-0000-4000-8000-000000000001', bulkId: 'p', data: user('p') },
        post('g', group('g', 'bulkId:p')),
      ],
      ['200', '400'],
    ],
    [
      'a creation that fails',
      [post('u', user('')), post('g', group('g', 'bulkId:u')), { method: 'DELETE', path: '/Groups/bulkId:g' }],
      ['400', '409', '409'],
    ],
    ['a later creation that fails', [post('g', group('g', 'bulkId:u')), post('u', user('first'))], ['409', '409']],
    ['a resource of another type, by path', [post('u', user('u')), { method: 'DELETE', path: '/Groups/bulkId:u' }], ['201', '404']],
  ])('to %s fail, and nothing is half created [BLK-16 I3]', async (_what, operations, expected) => {
    const h = harness()
    await h.create('/Users', user('first'))
    const results = await run(h, operations)
    expect(statuses(results)).toEqual(expected)
    for (const [index, operation] of operations.entries()) {
      if (operation.method === 'POST' && expected[index] !== '201') expect(results[index]).not.toHaveProperty('location')
    }
    expect((await h.send('GET', '/Groups')).json).toMatchObject({ totalResults: 0 })
  })

  test('by names of members of all objects are only names [H1 I3]', async () => {
    const h = harness()
    const results = await run(h, [
      post('__proto__', user('a')),
      post('constructor', user('b')),
      post('g', group('g', 'bulkId:__proto__', 'bulkId:constructor')),
      post('h', group('h', 'bulkId:toString')),
    ])
    expect(statuses(results)).toEqual(['201', '201', '201', '400'])
    expect(await members(h, idIn(results[2]))).toEqual([idIn(results[0]), idIn(results[1])])
  })

  test('in a chain of a thousand are resolved, also backwards [I3]', async () => {
    for (const direction of [1, -1]) {
      const h = harness()
      const operations = Array.from({ length: 1000 }, (_none, index) =>
        post(`g${index}`, index === 0 ? group('g0') : group(`g${index}`, `bulkId:g${index - 1}`)),
      )
      const results = await run(h, direction === 1 ? operations : operations.toReversed())
      expect(new Set(statuses(results))).toEqual(new Set(['201']))
      expect(await members(h, idIn(results[direction === 1 ? 999 : 0]))).toEqual([idIn(results[direction === 1 ? 998 : 1])])
    }
  }, 60_000)
})

describe('a circle of references', () => {
  const circle = [post('a', group('A', 'bulkId:b')), post('b', group('B', 'bulkId:a'))]

  test('of two groups is created with both memberships [BLK-13 GRP-05 I3]', async () => {
    const h = harness()
    const results = await run(h, circle)
    expect(statuses(results)).toEqual(['201', '201'])
    const [a, b] = results.map(idIn)
    expect([await members(h, a), await members(h, b)]).toEqual([[b], [a]])
  })

  test('of one group with itself, and of three with others around, are created too [BLK-13 I3]', async () => {
    const h = harness()
    const results = await run(h, [
      post('s', group('S', 'bulkId:s')),
      post('x', group('X', 'bulkId:y', 'bulkId:u')),
      post('y', group('Y', 'bulkId:z')),
      { method: 'PATCH', path: '/Groups/bulkId:x', data: patch({ op: 'add', path: 'members', value: [{ value: 'bulkId:s' }] }) },
      post('z', group('Z', 'bulkId:x')),
      post('u', user('u')),
    ])
    expect(statuses(results)).toEqual(['201', '201', '201', '204', '201', '201'])
    const [s, x, y, , z, u] = results.map(idIn)
    expect([await members(h, s), await members(h, x), await members(h, y), await members(h, z)]).toEqual([[s], [y, u, s], [z], [x]])
  })

  test('with one bad creation leaves nothing, names it, and the rest goes on [BLK-13 BLK-16]', async () => {
    const h = harness()
    await h.create('/Groups', group('b'))
    const seen = h.log().length
    const results = await run(h, [...circle, post('u', user('u')), post('c', group('C', 'bulkId:a'))])
    expect(statuses(results)).toEqual(['409', '409', '201', '409'])
    expect(results[1]).toMatchObject({ response: { scimType: 'uniqueness' } })
    expect(results[0]).toMatchObject({ response: { detail: containing('`b`') } })
    expect(results[0]).not.toHaveProperty('response.scimType')
    expect(names(await h.send('GET', '/Groups'))).toEqual(['b'])
    expect(
      h
        .log()
        .slice(seen)
        .filter(({ outcome }) => outcome instanceof ScimError),
    ).toHaveLength(3)
  })

  const names = ({ json }: { json: unknown }) => listAt(json, 'Resources').map((resource) => at(resource, 'displayName'))

  /** A store that gives the group `A` an id of its own, as for a resource that comes back. */
  const restoring = (idFor: (chosen: string) => string): HarnessOptions => ({
    wrap: function wrap(store: Store<TestCaller>): Store<TestCaller> {
      return {
        ...bound(store),
        create: (operation, type, draft, wanted) => {
          const id = draft.resource['displayName'] === 'A' ? idFor(draft.id) : draft.id
          return store.create(operation, type, { ...draft, id, resource: { ...draft.resource, id } }, wanted)
        },
        atomically: (caller, expected, work) => store.atomically(caller, expected, (inner) => work(wrap(inner))),
      }
    },
  })

  test('in which a resource comes back under its old id refers to that id [BLK-13]', async () => {
    const h = harness(restoring(() => 'old'))
    const results = await run(h, [...circle, post('c', group('C', 'bulkId:a'))])
    expect(statuses(results)).toEqual(['201', '201', '201'])
    expect(idIn(results[0])).toBe('old')
    expect([await members(h, 'old'), await members(h, idIn(results[1])), await members(h, idIn(results[2]))]).toEqual([
      [idIn(results[1])],
      ['old'],
      ['old'],
    ])
  })

  test('that never keeps its ids ends as a conflict [BLK-13]', async () => {
    const h = harness(restoring((chosen) => `${chosen}x`))
    expect(statuses(await run(h, circle))).toEqual(['409', '409'])
    expect(await total(h)).toBe(0)
  })
})

/** The methods of a store as functions, so that a store in front of it can take some of them over. */
function bound<C extends Caller>(store: Store<C>): Store<C> {
  return {
    find: (...args) => store.find(...args),
    query: (...args) => store.query(...args),
    create: (...args) => store.create(...args),
    update: (...args) => store.update(...args),
    delete: (...args) => store.delete(...args),
    atomically: (...args) => store.atomically(...args),
    refused: (...args) => store.refused(...args),
  }
}

describe('transactions', () => {
  /** Counts the transactions that are committed, and lets something happen in them. */
  function counted(happen: { create?: (userName: unknown, depth: number) => void; commit?: (depth: number) => void } = {}) {
    const seen = { transactions: 0, told: new Array<[unknown, unknown]>() }
    const wrap = (store: Store<TestCaller>, depth = 0): Store<TestCaller> => ({
      ...bound(store),
      create: async (operation, type, draft, wanted) => {
        happen.create?.(draft.resource['userName'], depth)
        return store.create(operation, type, draft, wanted)
      },
      atomically: async (caller, expected, work) => {
        if (depth === 0) seen.transactions += 1
        return store.atomically(caller, expected, async (inner) => {
          const result = await work(wrap(inner, depth + 1))
          happen.commit?.(depth)
          return result
        })
      },
      refused: (operation, error, cause) => {
        seen.told.push([error, cause])
        return store.refused(operation, error)
      },
    })
    return { seen, h: harness({ wrap }) }
  }

  test('are few for many creations [BLK-09 I3]', async () => {
    const { seen, h } = counted()
    expect(
      await run(
        h,
        Array.from({ length: 1000 }, (_none, index) => post(`u${index}`, user(`u${index}`))),
      ),
    ).toHaveLength(1000)
    expect(seen.transactions).toBe(10)
  }, 60_000)

  test('lose only the refused operation, not those beside it [BLK-09]', async () => {
    const { seen, h } = counted()
    expect(statuses(await run(h, [post('a', user('a')), post('b', user('A')), post('c', user('c'))]))).toEqual(['201', '409', '201'])
    expect(seen.transactions).toBe(1)
    expect(await total(h)).toBe(2)
  })

  test('that break in the middle are undone and tried operation by operation; what breaks alone is 500 without a word of why [ERR-04 L3]', async () => {
    const outage = new Error('secret text about the database')
    const { seen, h } = counted({
      create: (userName) => {
        if (userName === 'b') throw outage
      },
    })
    const results = await run(h, [post('a', user('a')), post('b', user('b')), post('g', group('g', 'bulkId:b')), post('c', user('c'))])
    expect(statuses(results)).toEqual(['201', '500', '409', '201'])
    expect(results[1]).toMatchObject({ response: { status: '500', detail: lacking('secret') } })
    expect(await total(h)).toBe(2)
    expect(seen.told).toEqual([
      [undefined, outage],
      [holding({ status: 409 }), undefined],
    ])
    expect(
      h
        .log()
        .map(({ outcome }) => (outcome instanceof ScimError ? outcome.status : outcome))
        .slice(0, 4),
    ).toEqual(['done', 'done', 'failed', 409])
  })

  test.each([new Error('deadlock'), new ScimError(503, 'Try again.')])('that break only in company (%s) succeed alone', async (error) => {
    const { h } = counted({
      create: (_userName, depth) => {
        if (depth > 0) throw error
      },
    })
    expect(statuses(await run(h, [post('a', user('a')), post('g', group('g', 'bulkId:a'))]))).toEqual(['201', '201'])
  })

  test.each([
    [new Error('connection lost'), '500', undefined],
    [conflict('Somebody was faster.'), '409', 'Somebody was faster.'],
  ])('whose commit fails (%s) are reported as failed and not done again', async (error, status, detail) => {
    const { seen, h } = counted({
      commit: (depth) => {
        if (depth === 0) throw error
      },
    })
    const results = await run(h, [post('a', user('a')), post('b', user('')), post('c', group('g', 'bulkId:a'))])
    expect(statuses(results)).toEqual([status, '400', status])
    if (detail !== undefined) expect(results[0]).toMatchObject({ response: { detail } })
    expect(results[0]).not.toHaveProperty('location')
    expect(await total(h)).toBe(0)
    expect(seen.transactions).toBe(1)
    expect(seen.told).toHaveLength(3)
  })

  test('are no longer tried once three operations in a row have broken alone', async () => {
    let tries = 0
    const { h } = counted({
      create: (_userName, depth) => {
        if (depth === 0) tries += 1
        throw new ScimError(503, 'The database is away.')
      },
    })
    const results = await run(
      h,
      Array.from({ length: 250 }, (_none, index) => post(`u${index}`, user(`u${index}`))),
    )
    expect(statuses(results)).toEqual(Array.from({ length: 250 }, () => '503'))
    expect(tries).toBe(3)
  })

  test('go on when broken operations stand between others', async () => {
    const { h } = counted({
      create: (userName) => {
        if (String(userName).startsWith('bad')) throw new Error('a bug')
      },
    })
    const names = ['bad1', 'bad2', 'a', 'bad3', 'bad4', 'b']
    const results = await run(
      h,
      names.map((name) => post(name, user(name))),
    )
    expect(statuses(results)).toEqual(['500', '500', '201', '500', '500', '201'])
  })

  test('that cannot even begin leave each operation its own try', async () => {
    const wrap = (store: Store<TestCaller>): Store<TestCaller> => ({
      ...bound(store),
      atomically: () => Promise.reject(new Error('no connection')),
    })
    const h = harness({ wrap })
    expect(statuses(await run(h, [post('a', user('a')), post('b', group('B', 'bulkId:b'))]))).toEqual(['201', '500'])
  })
})

describe('operations on one resource', () => {
  test('keep their order [BLK-12 I4]', async () => {
    const h = harness()
    const id = await h.create('/Users', user('a'))
    const results = await run(h, [
      { method: 'PATCH', path: `/Users/${id}`, data: patch({ op: 'replace', value: { title: 'bulkId:late' } }) },
      { method: 'PATCH', path: `/Users/${id}`, data: patch({ op: 'replace', value: { title: 'two' } }) },
      { method: 'DELETE', path: `/Users/${id}` },
      { method: 'PATCH', path: `/Users/${id}`, data: patch({ op: 'replace', value: { title: 'three' } }) },
      post('late', user('late')),
      post('again', user('a')),
    ])
    expect(statuses(results)).toEqual(['200', '200', '204', '404', '201', '201'])
    expect(results.slice(0, 2)).toMatchObject([{ version: 'W/"2"' }, { version: 'W/"3"' }])
  })

  test('of the same request sent twice at once leave what some order gives [I4]', async () => {
    const h = harness()
    const operations = [post('a', user('a')), post('g', group('g', 'bulkId:a'))]
    const results = (await Promise.all([run(h, operations), run(h, operations)])).map(statuses)
    expect(new Set(results.map(String))).toEqual(new Set(['201,201', '409,409']))
    expect(await total(h)).toBe(2)
  })
})
