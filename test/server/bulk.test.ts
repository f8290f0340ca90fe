// Bulk (RFC 7644 section 3.7; rfc-checklist BLK).
import { BULK_REQUEST_URN, BULK_RESPONSE_URN, ENTERPRISE_USER_URN, ERROR_URN } from '@plur-enterprise/scim'
import { describe, expect, test } from 'vitest'
import { at, enterpriseUser, expectError, expectStatus, group, list, NOBODY, number, patchOf, text, texts, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import type { Answer } from '../support/wire.ts'
import type { ScimClient } from '../support/scim.ts'

const server = useServer()

const bulk = (scim: ScimClient, operations: readonly unknown[], more: object = {}): Promise<Answer> =>
  scim.post('/Bulk', { schemas: [BULK_REQUEST_URN], ...more, Operations: operations })
const make = (bulkId: string, data: object, path = '/Users') => ({ method: 'POST', path, bulkId, data })
const statuses = (answer: Answer) => list(expectStatus(answer, 200), '/Operations/*/status')
/** The id that an operation's location ends in, by bulkId. */
const idOf = (answer: Answer, bulkId: string): string => {
  const n = list(answer, '/Operations').findIndex((_, at_) => at(answer, `/Operations/${at_}/bulkId`) === bulkId)
  return text(answer, `/Operations/${n}/location`).split('/').at(-1) ?? ''
}

describe('the request', () => {
  test.each([
    {},
    { schemas: [] },
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [] },
    { schemas: [BULK_REQUEST_URN] },
    { schemas: [BULK_REQUEST_URN], Operations: {} },
  ])('%j answers 400 invalidSyntax [BLK-01 BLK-08]', async (body) => {
    expectError(await (await server.org()).post('/Bulk', body), 400, 'invalidSyntax')
  })

  test.each([
    ['GET', { method: 'GET', path: '/Users' }],
    ['no method', { path: '/Users', bulkId: 'a', data: user('a') }],
    ['no bulkId', { method: 'POST', path: '/Users', data: user('a') }],
    ['no path', { method: 'POST', bulkId: 'a', data: user('a') }],
    ['a path that is no text', { method: 'POST', path: 5, bulkId: 'a', data: user('a') }],
    ['Bulk in Bulk', { method: 'POST', path: '/Bulk', bulkId: 'a', data: {} }],
    ['PUT on a collection', { method: 'PUT', path: '/Users', data: user('a') }],
    ['an absolute URL', { method: 'POST', path: 'https://evil.example/Users', bulkId: 'a', data: user('a') }],
    ['a way out', { method: 'POST', path: '/../admin', bulkId: 'a', data: user('a') }],
    ['a query', { method: 'DELETE', path: `/Users/${NOBODY}?filter=x` }],
    ['discovery', { method: 'POST', path: '/Schemas', bulkId: 'a', data: {} }],
    ['a search', { method: 'POST', path: '/Users/.search', bulkId: 'a', data: {} }],
    ['no data', { method: 'POST', path: '/Users', bulkId: 'a' }],
    ['no data for PUT', { method: 'PUT', path: `/Users/${NOBODY}` }],
    ['no object at all', 'x'],
  ])('%s is refused as that operation, the next is done [BLK-02 BLK-03 BLK-04 BLK-05 I2 BLK-09]', async (_, operation) => {
    const scim = await server.org()
    const answer = await bulk(scim, [operation, make('good', user('good'))])
    if (answer.status === 200) {
      const [bad, good] = statuses(answer)
      expect(['400', '403', '404', '405', '501']).toContain(bad)
      expect(good).toBe('201')
      expect(await scim.find('/Users', 'userName pr')).toEqual(['good'])
    } else {
      expectError(answer, 400, 'invalidSyntax')
      expect(await scim.find('/Users', 'userName pr')).toEqual([])
    }
  })

  test('a bulkId twice is refused [BLK-03 I3]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [make('a', user('a')), make('a', user('b'))])
    if (answer.status === 200) expect(statuses(answer)).toContain('400')
    else expectError(answer, 400, 'invalidSyntax')
  })

  test.each(['x', -1, 1.5, '1'])('failOnErrors %j answers 400 [BLK-10]', async (failOnErrors) => {
    expect((await bulk(await server.org(), [make('a', user('a'))], { failOnErrors })).status).toBe(400)
  })
})

describe('results', () => {
  test('stand for every operation, as if it were sent alone [BLK-08 BLK-11 BLK-17 BLK-18 BLK-24]', async () => {
    const scim = await server.org()
    const id = await scim.user('old')
    const answer = await bulk(scim, [
      make('q', user('new')),
      { method: 'PUT', path: `/Users/${id}`, data: user('old', { title: 't' }) },
      { method: 'PATCH', path: `/Users/${id}`, data: patchOf({ op: 'replace', path: 'title', value: 'u' }) },
      { method: 'DELETE', path: `/Users/${NOBODY}` },
    ])
    expect(statuses(answer)).toEqual(['201', '200', '200', '404'])
    expect(at(answer, '/schemas')).toEqual([BULK_RESPONSE_URN])
    expect(answer.text).not.toContain('failOnErrors')
    expect(list(answer, '/Operations/*/method')).toEqual(['POST', 'PUT', 'PATCH', 'DELETE'])
    expect(at(answer, '/Operations/0/bulkId')).toBe('q')
    const location = text(answer, '/Operations/0/location')
    expect((await scim.get(location.slice(scim.base.length))).header('etag')).toBe(at(answer, '/Operations/0/version'))
    expect(at(answer, '/Operations/2/version')).toBe((await scim.get(`/Users/${id}`)).header('etag'))
    expect(at(answer, '/Operations/1/location')).toBe(`${scim.base}/Users/${id}`)
  })

  test('of failures hold the error, and a location unless it was a create [BLK-06 BLK-07 BLK-19 BLK-23 BLK-11]', async () => {
    const scim = await server.org()
    const id = await scim.user('taken')
    const answer = await bulk(scim, [
      make('q', user('TAKEN')),
      { method: 'PUT', path: `/Users/${id}`, version: 'W/"999"', data: user('x') },
    ])
    expect(statuses(answer)).toEqual(['409', '412'])
    for (const n of [0, 1]) {
      expect(at(answer, `/Operations/${n}/response/schemas`)).toEqual([ERROR_URN])
      expect(at(answer, `/Operations/${n}/response/status`)).toBe(at(answer, `/Operations/${n}/status`))
      expect(text(answer, `/Operations/${n}/response/detail`)).not.toBe('')
    }
    expect(at(answer, '/Operations/0/location')).toBeUndefined()
    expect(at(answer, '/Operations/0/bulkId')).toBe('q')
    expect(at(answer, '/Operations/1/location')).toBe(`${scim.base}/Users/${id}`)
  })

  test('of a job in which everything failed are still 200 [BLK-08 BLK-09]', async () => {
    expect(
      statuses(await bulk(await server.org(), [{ method: 'DELETE', path: `/Users/${NOBODY}` }, make('a', { schemas: user('x').schemas })])),
    ).toEqual(['404', '400'])
  })
})

describe('failOnErrors', () => {
  test('stops there: what was not processed has no result and no effect [BLK-10 I5]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [make('bad', {}), make('good', user('good'))], { failOnErrors: 1 })
    expect(statuses(answer)).toHaveLength(1)
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
    expect(statuses(await bulk(scim, [make('bad', {}), make('good', user('good'))], { failOnErrors: 2 }))).toEqual(['400', '201'])
  })
})

describe('bulkIds', () => {
  test('become ids, in any order of the operations [BLK-12 BLK-14]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [make('g', group('staff', { members: [{ value: 'bulkId:u' }] }), '/Groups'), make('u', user('a'))])
    expect(new Set(statuses(answer))).toEqual(new Set(['201']))
    const read = await scim.get(`/Groups/${idOf(answer, 'g')}`)
    expect(at(read, '/members/0')).toMatchObject({
      value: idOf(answer, 'u'),
      $ref: `${scim.base}/Users/${idOf(answer, 'u')}`,
      type: 'User',
    })
    expect(read.text).not.toContain('bulkId')
  })

  test('work in extensions and in PATCH [BLK-15 ENT-04 BLK-05]', async () => {
    const scim = await server.org()
    const staff = await scim.group('staff')
    const answer = await bulk(scim, [
      make('alice', user('alice')),
      make('bob', enterpriseUser('bob', { manager: { value: 'bulkId:alice' } })),
      { method: 'PATCH', path: `/Groups/${staff}`, data: patchOf({ op: 'add', path: 'members', value: [{ value: 'bulkId:bob' }] }) },
    ])
    expect(statuses(answer).slice(0, 2)).toEqual(['201', '201'])
    expect(at(await scim.get(`/Users/${idOf(answer, 'bob')}`), `/${ENTERPRISE_USER_URN}/manager/value`)).toBe(idOf(answer, 'alice'))
    expect(texts(await scim.get(`/Groups/${staff}`), '/members/*/value')).toEqual([idOf(answer, 'bob')])
  })

  test('may go in a circle [BLK-13 GRP-05 E5]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [
      make('A', group('A', { members: [{ value: 'bulkId:B', type: 'Group' }] }), '/Groups'),
      make('B', group('B', { members: [{ value: 'bulkId:A', type: 'Group' }] }), '/Groups'),
    ])
    expect(statuses(answer)).toEqual(['201', '201'])
    const [a, b] = [idOf(answer, 'A'), idOf(answer, 'B')]
    expect(texts(await scim.get(`/Groups/${a}`), '/members/*/value')).toEqual([b])
    expect(texts(await scim.get(`/Groups/${b}`), '/members/*/value')).toEqual([a])
  })

  test('that lead nowhere fail their operation and leave nothing half-made [BLK-16 I3]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [
      make('bad', {}),
      make('g', group('one', { members: [{ value: 'bulkId:bad' }] }), '/Groups'),
      make('h', group('two', { members: [{ value: 'bulkId:none' }] }), '/Groups'),
    ])
    for (const status of statuses(answer).slice(1)) expect(['400', '409']).toContain(status)
    expect(number(await scim.get('/Groups'), '/totalResults')).toBe(0)
    expect(await server.databaseContains('bulkId:none', scim.orgId, ['audit_log'])).toBe(false)
  })

  test('in long chains and to themselves end in time [I3]', async () => {
    const scim = await server.org()
    const chain = Array.from({ length: 300 }, (_, n) =>
      make(`g${n}`, group(`g${n}`, n === 299 ? {} : { members: [{ value: `bulkId:g${n + 1}`, type: 'Group' }] }), '/Groups'),
    )
    const answer = await bulk(scim, chain)
    expect(new Set(statuses(answer))).toEqual(new Set(['201']))
    const self = await bulk(scim, [make('s', group('self', { members: [{ value: 'bulkId:s', type: 'Group' }] }), '/Groups')])
    expect(['201', '400', '409']).toContain(statuses(self)[0])
  })

  test('keep the order of operations on one resource [BLK-12 I4]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const retitle = (value: string) => ({ method: 'PATCH', path: `/Users/${id}`, data: patchOf({ op: 'replace', path: 'title', value }) })
    expect(statuses(await bulk(scim, [retitle('1'), retitle('2'), retitle('3')]))).toEqual(['200', '200', '200'])
    expect(at(await scim.get(`/Users/${id}`), '/title')).toBe('3')
    expect(statuses(await bulk(scim, [{ method: 'DELETE', path: `/Users/${id}` }, retitle('4')]))).toEqual(['204', '404'])
  })

  test('a create, a change and a delete of one person leave no one [I4]', async () => {
    const scim = await server.org()
    const answer = await bulk(scim, [
      make('a', user('a')),
      { method: 'PATCH', path: '/Users/bulkId:a', data: patchOf({ op: 'replace', path: 'active', value: false }) },
      { method: 'DELETE', path: '/Users/bulkId:a' },
    ])
    expect(statuses(answer)[0]).toBe('201')
    if (statuses(answer)[2] === '204') expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
    else expect(number(await scim.get('/Users'), '/totalResults')).toBe(1)
  })
})

describe('limits', () => {
  test('are published and held, with the number in the detail [BLK-20 BLK-21 BLK-22 I1 DSC-04]', async () => {
    const scim = await server.org()
    const config = await scim.get('/ServiceProviderConfig')
    const most = number(config, '/bulk/maxOperations')
    expect(most).toBeGreaterThan(0)
    const tooMany = await bulk(
      scim,
      Array.from({ length: most + 1 }, (_, n) => make(`b${n}`, user(`u${n}`))),
    )
    expectError(tooMany, 413)
    expect(text(tooMany, '/detail')).toMatch(new RegExp(String(most).replace(/(\d)(?=(\d{3})+$)/g, '$1[,]?')))
    const bytes = number(config, '/bulk/maxPayloadSize')
    expect(bytes).toBeGreaterThan(0)
    const padding = 'x'.repeat(bytes)
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const tooBig = await scim.post('/Bulk', `{"schemas":["${BULK_REQUEST_URN}"],"Operations":[],"x":"${padding}"}`, headers)
      expectError(tooBig, 413)
      expect(text(tooBig, '/detail')).toMatch(/\d/)
    }
    expect(number(await scim.get('/Users'), '/totalResults')).toBe(0)
  })

  test('another organisation’s ids are unknown here [I2 B3 TEN-03]', async () => {
    const [one, two] = [await server.org(), await server.org()]
    const foreign = await two.user('victim')
    const answer = await bulk(one, [
      { method: 'DELETE', path: `/Users/${foreign}` },
      { method: 'PATCH', path: `/Users/${foreign}`, data: patchOf({ op: 'replace', path: 'active', value: false }) },
      make('g', group('staff', { members: [{ value: foreign }] }), '/Groups'),
    ])
    expect(statuses(answer)).toEqual(['404', '404', '400'])
    expect(at(await two.get(`/Users/${foreign}`), '/active')).toBe(true)
  })
})
