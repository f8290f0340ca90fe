// The replay of corpus files finds what it is there to find: proven against a peer that misbehaves on demand.
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replay, startReplay } from './corpus.ts'
import { fillAll, parseCorpus } from './corpus-format.ts'
import { violation } from './assertion.ts'
import { valueAt } from './json-pointer.ts'
import type { AuditRow } from './audit-ledger.ts'
import type { Tenant } from './corpus.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
type Reply = { status: number; body?: unknown; text?: string; headers?: Record<string, string> }
let reply: (attempt: number) => Reply = () => ({ status: 204 })
let attempts = 0

const peer = createServer((incoming, outgoing) => {
  incoming.resume().on('end', () => {
    attempts += 1
    const { status, body, text, headers } = reply(attempts)
    const written = text ?? (body === undefined ? '' : JSON.stringify(body))
    outgoing
      .writeHead(status, {
        ...(written === '' ? {} : { 'content-type': 'application/scim+json; charset=utf-8' }),
        'x-request-id': `r${attempts}`,
        ...headers,
      })
      .end(written)
  })
})
let origin = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
  const address = peer.address()
  if (typeof address === 'object' && address !== null) origin = `http://127.0.0.1:${address.port}`
})
afterAll(() => {
  peer.closeAllConnections()
  peer.close()
})

const alice = { schemas: [USER], id: 'u1', userName: 'alice', meta: { location: 'http://x/scim/v2/Users/u1' } }
const row: AuditRow = { action: 'scim.user.create', outcome: 'success', targetId: 'u1', requestId: 'r1', payload: '{}' }
const create = { facts: ['RC-4'], req: { method: 'POST', path: '/Users', body: { userName: 'alice' } }, expect: { status: 201 } }
const read = { facts: [], req: { method: 'GET', path: '/Users/u1' }, expect: { status: 200 } }

function play(steps: unknown[], answers: Reply[], options: { rows?: AuditRow[]; mode?: 'fresh' | 'repeated' } = {}): Promise<void> {
  attempts = 0
  reply = (attempt) => answers[attempt - 1] ?? { status: 500 }
  const corpus = parseCorpus(JSON.stringify({ idp: 'x', dialect: 'x', title: 'x', profile: 'generic', source: ['RC-4'], steps }), 'x.json')
  const rows = options.rows ?? []
  const tenant: Tenant = {
    origin,
    root: '/scim/v2',
    base: 'http://x/scim/v2',
    token: 't',
    auditRows: () => Promise.resolve(rows),
  }
  return replay(corpus, tenant, options.mode)
}

describe('replay', () => {
  test('passes when all is well, and hands captured values on', async () => {
    const second = {
      ...read,
      req: { method: 'GET', path: '/Users/{{alice}}' },
      expect: { status: 200, json: [{ path: '/id', op: 'equals', value: '{{alice}}' }] },
    }
    await play(
      [{ ...create, capture: { alice: '/id' } }, second],
      [
        { status: 201, body: alice },
        { status: 200, body: alice },
      ],
      { rows: [row] },
    )
    expect(attempts).toBe(2)
  })

  const failures: [string, Reply, string][] = [
    ['a wrong status', { status: 204 }, 'status is 204'],
    ['no JSON', { status: 200, text: '<html>' }, 'not JSON'],
    ['another content type', { status: 200, body: alice, headers: { 'content-type': 'text/plain' } }, 'Content-Type'],
    ['no schemas', { status: 200, body: { ...alice, schemas: [] } }, 'no schemas'],
    ['no id', { status: 200, body: { ...alice, id: 7 } }, 'no id'],
    ['a foreign location', { status: 200, body: { ...alice, meta: { location: 'http://evil/Users/u1' } } }, 'meta.location'],
    ['a password', { status: 200, body: { ...alice, emails: [{ Password: 'x' }] } }, 'password'],
    ['an error that is none', { status: 404, body: alice }, 'does not say that it is one'],
  ]
  test.each(failures)('reports %s', async (_, answer, message) => {
    await expect(play([read], [answer])).rejects.toThrow(message)
  })

  test('reports a stack trace in a detail', async () => {
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '500', detail: 'boom at f (/srv/x.js:1:2)' }
    await expect(play([{ ...read, expect: { status: 500 } }], [{ status: 500, body }])).rejects.toThrow('inside of the server')
  })

  test('reports a second success of a create', async () => {
    const twice = [
      { status: 201, body: alice },
      { status: 201, body: alice },
    ]
    await expect(play([create], twice, { mode: 'repeated', rows: [row] })).rejects.toThrow('status is 201, not 409')
  })

  test('reports a version that moved without a change', async () => {
    const answers = ['W/"1"', 'W/"2"'].map((etag) => ({ status: 200, body: alice, headers: { etag } }))
    await expect(play([read], answers, { mode: 'repeated' })).rejects.toThrow('the version went from W/"1" to W/"2"')
  })

  test.each([
    ['no row', [], 'left no audit row'],
    ['a row written twice', [row, row], 'written twice'],
    ['a row of another outcome', [{ ...row, outcome: 'denied' }], 'another outcome'],
    ['a row of another request', [row, { ...row, requestId: 'r2' }], 'nothing that was sent left'],
  ])('reports %s in the audit log', async (_, rows, message) => {
    await expect(play([create], [{ status: 201, body: alice }], { rows: [...rows] })).rejects.toThrow(message)
  })

  test('plays a step once for each number', async () => {
    const each = { ...read, each: { from: 1, to: 3 }, req: { method: 'GET', path: '/Users/u{{n}}' } }
    await play(
      [each],
      [1, 2, 3].map(() => ({ status: 200, body: alice })),
    )
    expect(attempts).toBe(3)
  })

  test('refuses a variable that nobody captured', async () => {
    await expect(play([{ ...read, req: { method: 'GET', path: '/Users/{{bob}}' } }], [])).rejects.toThrow('{{bob}} was never captured')
  })

  test('can be driven step by step', async () => {
    reply = () => ({ status: 200, body: alice })
    const corpus = parseCorpus(
      JSON.stringify({ idp: 'x', dialect: 'x', title: 'x', profile: 'okta', source: ['RC-4'], steps: [read, read] }),
      'x.json',
    )
    const playing = startReplay(corpus, { origin, root: '', base: 'http://x/scim/v2', token: 't', auditRows: () => Promise.resolve([]) })
    expect([await playing.next(), await playing.next(), await playing.next()]).toEqual([true, true, false])
  })
})

describe('assertions', () => {
  const body = {
    n: 3,
    list: [{ value: 'a', type: 'work' }, { value: 'b' }],
    text: 'Alice',
    'urn:x:2.0:User': { department: 'D' },
    none: '',
  }
  test.each([
    ['/n', 'equals', 3, true],
    ['/n', 'atLeast', 4, false],
    ['/urn:x:2.0:User/department', 'equals', 'D', true],
    ['/list', 'includes', { value: 'a' }, true],
    ['/list', 'includes', { value: 'a', type: 'home' }, false],
    ['/list', 'excludes', { value: 'c' }, true],
    ['/list/*/value', 'sameSet', ['b', 'a'], true],
    ['/list/*/value', 'sameSet', ['a'], false],
    ['/list/1/type', 'absent', undefined, true],
    ['/none', 'empty', undefined, true],
    ['/text', 'empty', undefined, false],
    ['/list', 'length', 2, true],
    ['/text', 'matches', '^A', true],
    ['/missing', 'sameSet', [], true],
    ['/list', 'type', 'array', true],
  ])('%s %s %j is %s', (path, op, value, holds) => {
    expect(violation({ path, op, value }, body) === undefined).toBe(holds)
  })

  test('an inherited name is not a member', () => {
    expect(valueAt({}, '/constructor')).toBeUndefined()
  })

  test('a variable may be named by another', () => {
    const variables = new Map([
      ['n', '7'],
      ['user7', 'u7'],
    ])
    expect(fillAll('{{user{{n}}}}', variables)).toBe('u7')
  })

  test('variables reach into names and nested values', () => {
    expect(fillAll({ '{{a}}': [{ b: 'x{{a}}' }], n: 1 }, new Map([['a', 'A']]))).toEqual({ A: [{ b: 'xA' }], n: 1 })
  })
})
