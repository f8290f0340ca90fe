// Bulk on a store that creates several resources at once: what it does together and what it leaves must come out as one by one.
import { type Caller, type Creation, ScimError, type Store } from '@plur-enterprise/scim'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, ENTERPRISE, group, type Harness, harness, holding, listAt, patch, type TestCaller, user } from '../provider/harness.ts'

const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const post = (bulkId: string, data: Readonly<Record<string, unknown>>) => ({
  method: 'POST',
  path: data['userName'] === undefined ? '/Groups' : '/Users',
  bulkId,
  data,
})

async function run(h: Harness, operations: readonly unknown[], rest: object = {}): Promise<readonly unknown[]> {
  const { json } = await h.send('POST', '/Bulk', { body: { schemas: [REQUEST], Operations: operations, ...rest } })
  return listAt(json, 'Operations')
}

const statuses = (results: readonly unknown[]) => results.map((result) => at(result, 'status'))
const idIn = (result: unknown) => String(at(result, 'location')).split('/').at(-1)
const nameOf = ({ draft }: Creation<TestCaller>) => String(draft.resource['userName'] ?? draft.resource['displayName'])
const people = (count: number) => Array.from({ length: count }, (_none, index) => post(`u${index}`, user(`u${index}`)))

type Ways = {
  /** Whom the store leaves to be created alone. */
  readonly leaves?: (name: string) => boolean
  readonly before?: (names: readonly string[]) => void
}

/** A provider whose store creates together what it can; `seen` has the names that it was given at a time, and those created alone. */
function together({ leaves = () => false, before = () => undefined }: Ways = {}) {
  const seen = { together: new Array<readonly string[]>(), alone: new Array<string>(), transactions: 0 }
  const wrap = (store: Store<TestCaller>, depth = 0): Store<TestCaller> => ({
    find: (...args) => store.find(...args),
    query: (...args) => store.query(...args),
    create: (operation, resourceType, draft, wanted) => {
      seen.alone.push(nameOf({ operation, resourceType, draft }))
      return store.create(operation, resourceType, draft, wanted)
    },
    update: (...args) => store.update(...args),
    delete: (...args) => store.delete(...args),
    refused: (...args) => store.refused(...args),
    atomically: (caller, expected, work) => {
      if (depth === 0) seen.transactions += 1
      return store.atomically(caller, expected, (inner) => work(wrap(inner, depth + 1)))
    },
    ...(depth > 0 && { createTogether: (creations) => createTogether(store, creations) }),
  })

  async function createTogether(store: Store<TestCaller>, creations: readonly Creation<TestCaller>[]) {
    seen.together.push(creations.map(nameOf))
    before(creations.map(nameOf))
    const names = new Set<string>()
    const created = []
    for (const creation of creations) {
      const name = nameOf(creation).toLowerCase()
      created.push(names.has(name) || leaves(name) ? undefined : await tried(store, creation))
      names.add(name)
    }
    return created
  }
  return { seen, h: harness({ wrap }) }
}

async function tried<C extends Caller>(store: Store<C>, { operation, resourceType, draft }: Creation<C>) {
  try {
    return await store.atomically(operation.caller, new Map(), (inner) => inner.create(operation, resourceType, draft, new Set()))
  } catch (error) {
    if (error instanceof ScimError) return undefined
    throw error
  }
}

describe('what is handed over', () => {
  test('are creations side by side, up to a hundred at a time [BLK-09 I3]', async () => {
    const { seen, h } = together()
    expect(new Set(statuses(await run(h, people(250))))).toEqual(new Set(['201']))
    expect(seen.together.map(({ length }) => length)).toEqual([100, 100, 50])
    expect(seen).toMatchObject({ alone: [], transactions: 3 })
  })

  test('are not those that refer to one of them, nor what stands behind another operation [BLK-12 BLK-14 BLK-15]', async () => {
    const { seen, h } = together()
    const id = await h.create('/Users', user('old'))
    const results = await run(h, [
      post('a', user('a')),
      post('b', user('b')),
      post('c', user('c', { [ENTERPRISE]: { manager: { value: 'bulkId:b' } } })),
      post('d', user('d', { [ENTERPRISE]: { manager: { value: 'bulkId:a' } } })),
      { method: 'PATCH', path: `/Users/${id}`, data: patch({ op: 'add', path: 'title', value: 't' }) },
      post('e', user('e')),
      post('g', group('g', 'bulkId:c', 'bulkId:e')),
      post('x', group('x', 'bulkId:y')),
      post('y', group('y', 'bulkId:x')),
      post('f', user('f')),
      { method: 'POST', path: '/Users' },
      post('i', user('i')),
    ])
    expect(statuses(results)).toEqual(['201', '201', '201', '201', '200', '201', '201', '201', '201', '201', '400', '201'])
    expect(seen.together).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['f', 'i'],
    ])
    expect((await h.send('GET', `/Users/${idIn(results[2])}`)).json).toMatchObject({
      [ENTERPRISE]: { manager: { value: idIn(results[1]) } },
    })
    const members = listAt((await h.send('GET', `/Groups/${idIn(results[6])}`)).json, 'members')
    expect(members.map((member) => at(member, 'value'))).toEqual([idIn(results[2]), idIn(results[5])])
  })

  test('keeps its ids when a later operation carries the same bulkId [BLK-14]', async () => {
    const { h } = together()
    const retitle = { method: 'PATCH', path: '/Users/bulkId:u0', bulkId: 'u0', data: patch({ op: 'add', path: 'title', value: 't' }) }
    const results = await run(h, [
      ...people(2),
      post('g', group('g', 'bulkId:u0')),
      { method: 'DELETE', path: '/Users', bulkId: 'u0' },
      post('h', group('h', 'bulkId:u0')),
      ...people(120).slice(2),
      retitle,
      post('i', group('i', 'bulkId:u0')),
    ])
    const refused = statuses(results).flatMap((status, nth) => (status === '201' ? [] : [[nth, status]]))
    expect(refused).toEqual([
      [3, '400'],
      [123, '200'],
    ])
  })

  test('weighs little: who waits for the server does not wait for all of it', async () => {
    const { seen, h } = together()
    const heavy = (name: string) =>
      post(name, user(name, { ims: Array.from({ length: 100 }, (_none, n) => ({ value: `${n}${'x'.repeat(1000)}` })) }))
    const results = await run(h, [heavy('a'), heavy('b'), heavy('c'), post('d', user('d')), heavy('e'), heavy('f')])
    expect(new Set(statuses(results))).toEqual(new Set(['201']))
    expect(seen.together).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
    expect(seen.alone).toEqual(['f'])
  })
})

describe('what the store leaves', () => {
  test('is created afterwards, in order and each by itself [BLK-09 BLK-11 BLK-24]', async () => {
    const { seen, h } = together({ leaves: (name) => name.startsWith('left') })
    const first = await h.create('/Users', user('taken'))
    const results = await run(h, [
      post('1', user('left1')),
      post('2', user('a')),
      post('3', user('A')),
      post('4', user('Taken')),
      post('5', user('')),
      post('6', user('left2')),
      post('7', user('b')),
    ])
    expect(statuses(results)).toEqual(['201', '201', '409', '409', '400', '201', '201'])
    expect(results.map((result) => at(result, 'bulkId'))).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    expect(results[1]).toEqual({ method: 'POST', bulkId: '2', status: '201', version: 'W/"1"', location: at(results[1], 'location') })
    expect((await h.send('GET', `/Users/${idIn(results[1])}`)).json).toMatchObject({ userName: 'a' })
    expect(results[3]).toMatchObject({ response: { scimType: 'uniqueness' } })
    expect(seen.alone).toEqual(['taken', 'left1', 'A', 'Taken', 'left2'])
    expect((await h.send('GET', `/Users/${first}`)).headers['ETag']).toBe('W/"1"')
  })

  test('counts in the audit trail like the rest: once each [L3 I5]', async () => {
    const { h } = together({ leaves: (name) => name === 'b' })
    await run(h, [post('1', user('a')), post('2', user('b')), post('3', user('A')), post('4', user(''))])
    const told = h.log().map(({ outcome }) => (outcome instanceof ScimError ? outcome.status : outcome))
    expect(told.toSorted()).toEqual([400, 409, 'done', 'done'])
  })
})

describe('failOnErrors', () => {
  test.each([
    [1, ['a', 'b', 'A', 'c'], ['201', '201', '409']],
    [1, ['a', '', 'b', 'c'], ['201', '400']],
    [2, ['a', '', 'b', 'A', 'c', 'd'], ['201', '400', '201', '409']],
    [2, ['a', 'A', '', 'c', 'd'], ['201', '409', '400']],
    [1, ['a', 'b', 'A'], ['201', '201', '409']],
    [3, ['a', 'A', 'b', '', 'c'], ['201', '409', '201', '400', '201']],
  ])('of %d among %j leaves nothing that stands behind the last error [BLK-10 I5]', async (failOnErrors, names, expected) => {
    const { h } = together()
    const results = await run(
      h,
      names.map((name, nth) => post(`${nth}`, user(name))),
      { failOnErrors },
    )
    expect(statuses(results)).toEqual(expected)
    expect(at((await h.send('GET', '/Users?count=0')).json, 'totalResults')).toBe(expected.filter((status) => status === '201').length)
    for (const result of results.filter((one) => at(one, 'status') === '201'))
      expect((await h.send('GET', `/Users/${idIn(result)}`)).status).toBe(200)
    const told = h.log().filter(({ outcome }) => outcome instanceof ScimError)
    expect(told).toHaveLength(expected.filter((status) => status !== '201').length)
  })
})

describe('failures', () => {
  test('of several together leave each its own try, without a word of why [ERR-04]', async () => {
    const { seen, h } = together({
      before: () => {
        throw new Error('secret')
      },
    })
    const results = await run(h, [post('a', user('a')), post('b', user('A')), post('g', group('g', 'bulkId:a'))])
    expect(statuses(results)).toEqual(['201', '409', '201'])
    expect(seen.alone).toEqual(['a', 'A', 'g'])
    expect(at((await h.send('GET', '/?count=0')).json, 'totalResults')).toBe(2)
  })

  test('a transaction that is run again tells no id of the attempt before [BLK-16]', async () => {
    let attempts = 0
    const wrap = (store: Store<TestCaller>): Store<TestCaller> => ({
      ...store,
      atomically: async (caller, expected, work) => {
        try {
          return await store.atomically(caller, expected, async (inner) => {
            await work(inner)
            attempts += 1
            throw new Error('lost a race')
          })
        } catch {
          // Meanwhile somebody else takes a name.
          await h.create('/Users', user('a'))
          return store.atomically(caller, expected, work)
        }
      },
    })
    const h = harness({ wrap })
    const results = await run(h, [post('a', user('a')), post('g', group('g', 'bulkId:a'))])
    expect(attempts).toBe(1)
    expect(statuses(results)).toEqual(['409', '409'])
    expect(results[1]).toMatchObject({ response: holding({ detail: 'Refers to bulkId `a`, which was not created.' }) })
  })

  test('results that are not one for each creation are a bug, not a success', async () => {
    const wrap = (store: Store<TestCaller>): Store<TestCaller> => ({
      ...store,
      atomically: (caller, expected, work) =>
        store.atomically(caller, expected, (inner) =>
          work({
            find: (...args) => inner.find(...args),
            query: (...args) => inner.query(...args),
            create: (...args) => inner.create(...args),
            update: (...args) => inner.update(...args),
            delete: (...args) => inner.delete(...args),
            refused: (...args) => inner.refused(...args),
            atomically: (...args) => inner.atomically(...args),
            createTogether: () => Promise.resolve([]),
          }),
        ),
    })
    const h = harness({ wrap })
    expect(statuses(await run(h, [post('a', user('a')), post('b', user('b'))]))).toEqual(['201', '201'])
    expect(h.log()).toHaveLength(2)
  })
})

describe('any request', () => {
  const name = fc.constantFrom('a', 'A', 'b', 'c', 'd', 'e', 'f', 'taken', '')
  const reference = fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 3 })
  const creation = fc.record({ kind: fc.constantFrom('user', 'user', 'user', 'group', 'patch', 'delete'), name, reference })
  type Some = { readonly kind: string; readonly name: string; readonly reference: number | undefined }

  const toOperation = ({ kind, name: named, reference: to }: Some, nth: number) => {
    const value = `bulkId:${to ?? nth}`
    if (kind === 'patch') return { method: 'PATCH', path: `/Users/${value}`, data: patch({ op: 'add', path: 'title', value: 't' }) }
    if (kind === 'delete') return { method: 'DELETE', path: `/Users/${value}` }
    if (kind === 'group') return post(`${nth}`, to === undefined ? group(named) : group(named, value))
    return post(`${nth}`, user(named, to === undefined ? {} : { [ENTERPRISE]: { manager: { value } } }))
  }

  async function end(h: Harness, operations: readonly unknown[], failOnErrors: number) {
    await h.create('/Users', user('taken'))
    const results = await run(h, operations, { failOnErrors })
    const names = new Map(results.map((result, nth) => [idIn(result), `#${nth}`]))
    const told = JSON.stringify(results.map((result) => ({ ...holdingOf(result), location: names.get(idIn(result)) })))
    const resources = JSON.stringify(listAt((await h.send('GET', '/?count=100')).json, 'Resources'), withoutTimes)
    const left = JSON.stringify(JSON.parse(resources.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => names.get(id) ?? '?')), inAnyOrder)
    const outcomes = h.log().map(({ operation, outcome }) => `${operation.kind} ${outcome instanceof ScimError ? outcome.status : outcome}`)
    return { told, left, outcomes: outcomes.toSorted() }
  }
  const withoutTimes = (key: string, value: unknown) => (key === 'meta' ? undefined : value)
  /** Lists are in the order of creation, in which those that the store left come later. */
  const inAnyOrder = (_key: string, value: unknown): unknown =>
    Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value
  const holdingOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})

  test('ends as on a store that creates one by one [BLK-09 BLK-10 BLK-12]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(creation, { maxLength: 12 }),
        fc.nat({ max: 3 }),
        fc.func(fc.boolean()),
        async (some, failOnErrors, leaves) => {
          const operations = some.map(toOperation)
          const expected = await end(harness(), operations, failOnErrors)
          expect(await end(together({ leaves }).h, operations, failOnErrors)).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })
})
