// Making the server work for nothing (threats G1, G4, G6, G7, H4, J1 to J3, K5).
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, filterOf, list, patchOf, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

const server = useServer({}, { timeouts: { headersMs: 2000, bodyMs: 1500, requestMs: 4000, keepAliveMs: 5000 } })
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

/** The answer and how much of the processor it took, in milliseconds. */
async function timed<T>(run: () => Promise<T>): Promise<[T, number]> {
  const cpuMs = cpuClock()
  const answer = await run()
  return [answer, cpuMs()]
}

const deep = (count: number): [string, string][] => [
  ['parentheses', `${'('.repeat(count)}userName pr${')'.repeat(count)}`],
  ['not', `${'not ('.repeat(count)}userName pr${')'.repeat(count)}`],
  ['open parentheses', '('.repeat(count)],
  ['and', `userName pr${' and userName pr'.repeat(count)}`],
  ['dots', `a${'.a'.repeat(count)} pr`],
  ['brackets', `emails[${'emails['.repeat(count)}value pr${']'.repeat(count)}]`],
]

describe('nesting', () => {
  test.each(deep(10_000))('ten thousand %s are refused at once, in a search [G1 FLT-12]', async (_, filter) => {
    const scim = await server.org()
    const [answer, ms] = await timed(() => scim.post('/Users/.search', { schemas: [SEARCH], filter }))
    expectError(answer, 400, 'invalidFilter')
    expect(ms).toBeLessThan(500)
    expect(answer.text.length).toBeLessThan(1000)
  })

  test.each(deep(100_000).slice(0, 3))('a hundred thousand %s are refused in a PATCH path [G1 H4]', async (_, filter) => {
    const scim = await server.org()
    const id = await scim.user('a')
    const [answer, ms] = await timed(() => scim.patch(`/Users/${id}`, { op: 'remove', path: `emails[${filter}]` }))
    expect([400, 413]).toContain(answer.status)
    expect(ms).toBeLessThan(500)
    expectStatus(await scim.get(`/Users/${id}`), 200)
  })

  test.each(deep(800).slice(0, 4))('as many %s as a URL can hold are refused in a query [G1]', async (_, filter) => {
    const scim = await server.org()
    const [answer, ms] = await timed(() => scim.get(`/Users?${filterOf(filter)}`))
    expect([400, 414]).toContain(answer.status)
    expect(ms).toBeLessThan(500)
  })
})

describe('long texts', () => {
  test.each(['a', '"', '\\', ' ', '[', 'é', '(a eq "'])('64 KiB of %j are read in linear time [G4]', async (unit) => {
    const scim = await server.org()
    const filter = unit.repeat(65_536 / unit.length)
    const [answer, ms] = await timed(() => scim.post('/Users/.search', { schemas: [SEARCH], filter }))
    expectError(answer, 400, 'invalidFilter')
    expect(ms).toBeLessThan(500)
    const [patched, patchMs] = await timed(() => scim.patch('/Users/x', { op: 'remove', path: filter }))
    expect([400, 404]).toContain(patched.status)
    expect(patchMs).toBeLessThan(500)
  })

  test('a path of a megabyte, five megabytes of text and a hundred thousand members are refused or done in time [H4 K5]', async () => {
    const scim = await server.org()
    const id = await scim.user('a')
    const staff = await scim.group('staff')
    expect([400, 413]).toContain((await scim.patch(`/Users/${id}`, { op: 'remove', path: 'x'.repeat(1_000_000) })).status)
    expectError(await scim.post('/Users', user('x'.repeat(5_000_000))), 413)
    const many = Array.from({ length: 20_000 }, () => ({ value: crypto.randomUUID() }))
    const [answer, ms] = await timed(() => scim.patch(`/Groups/${staff}`, { op: 'add', path: 'members', value: many }))
    expect([400, 413]).toContain(answer.status)
    expect(answer.text.length).toBeLessThan(20_000)
    expect(ms).toBeLessThan(5000)
  })

  test('values of the wrong kind are 400, without a word from inside [G7 K5]', async () => {
    const scim = await server.org()
    const filters = [
      'active gt true',
      'userName eq 5',
      'meta.created gt "2011-05-13T06:42:34"',
      `userName eq ${'9'.repeat(400)}`,
      'userName eq NaN',
      'userName eq 1e999',
      'userName eq -0',
      'meta.created eq 5',
      'emails.primary eq "x"',
      'meta.created gt "9999999-01-01T00:00:00Z"',
      'meta.created gt "2011-02-30T00:00:00Z"',
      'meta.created gt "0000-00-00T00:00:00Z"',
    ]
    for (const filter of filters) {
      const answer = await scim.get(`/Users?${filterOf(filter)}`)
      if (answer.status === 200) expect(list(answer, '/Resources')).toEqual([])
      else expectError(answer, 400, 'invalidFilter')
    }
    for (const body of [
      { addresses: [[[{}]]] },
      { emails: 'x' },
      { emails: [[]] },
      { userName: ['x'] },
      { userName: { a: 1 } },
      { userName: true },
    ]) {
      expectError(await scim.post('/Users', { ...user('w'), ...body }), 400, 'invalidValue')
    }
  })
})

describe('expensive questions', () => {
  test('a filter that no index serves does not stop the others [G6]', async () => {
    const [greedy, other] = [await server.org(), await server.org()]
    await server.fillGroup(greedy.orgId, await greedy.group('crowd'), 5000)
    const filter = Array.from({ length: 50 }, (_, n) => `nickName co "${n}x"`).join(' or ')
    const busy = Promise.all(Array.from({ length: 10 }, () => greedy.get(`/Users?${filterOf(filter)}`)))
    expectStatus(await other.get('/Users?count=1'), 200)
    for (const one of await busy) expect([200, 503]).toContain(one.status)
  })

  test.each(['', 'count=2147483647', 'count=9007199254740991', 'startIndex=2147483647', 'startIndex=-9007199254740991'])(
    'a list is never longer than a page: "%s" [J1 PAG-02]',
    async (query) => {
      const scim = await server.org()
      await server.fillGroup(scim.orgId, await scim.group('crowd'), 1200)
      const answer = expectStatus(await scim.get(`/Users?attributes=id&${query}`), 200)
      expect(list(answer, '/Resources').length).toBeLessThanOrEqual(1000)
      expect(at(answer, '/totalResults')).toBeTypeOf('number')
    },
  )

  test('a page of groups costs the page, not its members; one member costs one member [J2]', async () => {
    const scim = await server.org()
    const crowd = await scim.group('crowd')
    await server.fillGroup(scim.orgId, crowd, 50_000)
    const alice = await scim.user('alice')
    const [, small] = await timed(() => scim.get('/Groups?excludedAttributes=members'))
    expect(small).toBeLessThan(300)
    const [added, ms] = await timed(() => scim.patch(`/Groups/${crowd}`, { op: 'add', path: 'members', value: [{ value: alice }] }))
    expectStatus(added, 204)
    expect(ms).toBeLessThan(300)
    const [removed, removeMs] = await timed(() => scim.patch(`/Groups/${crowd}`, { op: 'remove', path: `members[value eq "${alice}"]` }))
    expectStatus(removed, 204)
    expect(removeMs).toBeLessThan(300)
    const read = expectStatus(await scim.get(`/Groups/${crowd}`), 200)
    expect(list(read, '/members')).toHaveLength(50_000)
  })
})

describe('slow clients', () => {
  /** Sends bytes and waits for the other side to end the connection; what it said. */
  const dribble = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.origin)
      const socket = connect(Number(port), hostname, () => socket.write(bytes))
      let said = ''
      socket.on('data', (chunk) => (said += chunk.toString('utf8')))
      socket.on('close', () => resolve(said))
      socket.on('error', reject)
    })

  test('a body that never comes ends in a timeout, with a SCIM answer [J3 K6]', async () => {
    const scim = await server.org()
    const head = `POST ${server.root}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${scim.token}\r\nContent-Type: application/scim+json\r\nContent-Length: 1000\r\n\r\n{"a`
    const said = await dribble(head)
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(said).toContain('urn:ietf:params:scim:api:messages:2.0:Error')
  })

  test('headers that never end are cut [J3]', async () => {
    await dribble(`GET ${server.root}/Users HTTP/1.1\r\nHost: x\r\nX-A: `)
    expectStatus(await (await server.org()).get('/Users'), 200)
  })

  test('a length that lies smuggles nothing [K4]', async () => {
    const scim = await server.org()
    const inner = `DELETE ${server.root}/Users/x HTTP/1.1\r\nHost: x\r\n\r\n`
    const head = `POST ${server.root}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${scim.token}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`
    const said = await dribble(head)
    expect(said.match(/^HTTP\/1\.1 (\d+)/)?.[1]).toBe('400')
  })
})

test('everything is still there afterwards [G1 J3]', async () => {
  const scim = await server.org()
  const id = await scim.user('a')
  const patched = await scim.send('PATCH', `/Users/${id}`, { body: patchOf({ op: 'add', path: 'title', value: 't' }) })
  expect(text(expectStatus(patched, 200), '/title')).toBe('t')
})
