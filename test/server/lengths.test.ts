// Sizes and limits (rfc-checklist LEN, JSN-29; threats J1 to J3, K5, H4).
import { describe, expect, test } from 'vitest'
import { at, expectError, expectStatus, list, text, user } from '../support/scim.ts'
import { useServer } from '../support/server.ts'
import { cpuClock } from '../../packages/scim/test/cpu.ts'

const server = useServer()
const STRING_BYTES_MAX = 64 * 1024

describe('texts', () => {
  test('at the limit are kept whole, one octet past it refused, never cut [LEN-01 K5]', async () => {
    const scim = await server.org()
    const longest = 'x'.repeat(STRING_BYTES_MAX)
    const created = expectStatus(await scim.post('/Users', user('a', { title: longest })), 201)
    expect(text(created, '/title')).toBe(longest)
    expectError(await scim.post('/Users', user('b', { title: `${longest}x` })), 400, 'invalidValue')
    expectError(
      await scim.patch(`/Users/${text(created, '/id')}`, { op: 'replace', path: 'title', value: `${longest}x` }),
      400,
      'invalidValue',
    )
    expectError(await scim.post('/Users', user('c', { title: `${'é'.repeat(STRING_BYTES_MAX / 2)}é` })), 400, 'invalidValue')
  })

  test('an over-long userName is refused, and a long one unique as a whole [LEN-01]', async () => {
    const scim = await server.org()
    expectError(await scim.post('/Users', user('x'.repeat(STRING_BYTES_MAX + 300))), 400, 'invalidValue')
    const answers = [await scim.post('/Users', user(`${'x'.repeat(3000)}1`)), await scim.post('/Users', user(`${'x'.repeat(3000)}2`))]
    for (const answer of answers) expect([201, 400]).toContain(answer.status)
    expect(answers[0]?.status).toBe(answers[1]?.status)
  })

  test.each(['userName', 'externalId', 'displayName', 'nickName', 'title'])(
    'an %s of ten thousand random letters is kept or refused, never a 500 [LEN-01]',
    async (name) => {
      const scim = await server.org()
      const value = Array.from({ length: 10_000 }, () => Math.random().toString(36).charAt(2)).join('')
      const answer = await scim.post('/Users', user('a', { [name]: value }))
      expect([201, 400]).toContain(answer.status)
      if (answer.status === 201) expect(await scim.find('/Users', `${name} eq "${value.slice(0, 7000)}"`)).toEqual([])
    },
  )

  test('an address of 254 octets passes [LEN-03]', async () => {
    const scim = await server.org()
    const value = `${'l'.repeat(64)}@${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(58)}.io`
    expect(value).toHaveLength(254)
    const id = await scim.user('a', { emails: [{ value }] })
    expect(at(await scim.get(`/Users/${id}`), '/emails/0/value')).toBe(value)
    expect(await scim.find('/Users', `emails.value eq "${value.toUpperCase()}"`)).toEqual(['a'])
  })
})

describe('bodies', () => {
  test.each(['/Users', '/Groups', '/Users/.search', '/.search'])('of 20 MB are refused with 413 at %s [LEN-02 BLK-22 J3]', async (path) => {
    const answer = await (await server.org()).post(path, `{"x":"${'x'.repeat(20_000_000)}"}`)
    expectError(answer, 413)
    expect(text(answer, '/detail')).toMatch(/\d/)
  })

  test('without a length are counted as they come [LEN-02 J3]', async () => {
    const answer = await (await server.org()).post('/Users', `{"x":"${'x'.repeat(2_000_000)}"}`, { 'transfer-encoding': 'chunked' })
    expectError(answer, 413)
  })

  test.each([
    ['[', ''],
    ['{"a":', ''],
    ['[', ']'],
    ['{"name":{"givenName":[', ''],
  ])('a hundred thousand times %s is refused fast [JSN-29 J3 K5]', async (open, close) => {
    const scim = await server.org()
    const cpuMs = cpuClock()
    const answer = await scim.post('/Users', open.repeat(100_000) + close.repeat(100_000))
    expect([400, 413]).toContain(answer.status)
    expect(cpuMs()).toBeLessThan(1000)
  })

  test('of deep or wide values are refused or kept, never a 500 [K5 JSN-29]', async () => {
    const scim = await server.org()
    const wide = Array.from({ length: 5000 }, (_, n) => ({ value: `a${n}@x.io` }))
    expect([201, 400, 413]).toContain((await scim.post('/Users', user('wide', { emails: wide }))).status)
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n]))
    expect([201, 400]).toContain((await scim.post('/Users', user('many', many))).status)
  })
})

describe('members', () => {
  test('ten thousand in one operation are added in time [LEN-04 J2]', async () => {
    const scim = await server.org()
    const [source, target] = [await scim.group('source'), await scim.group('target')]
    const ids = await server.fillGroup(scim.orgId, source, 10_000)
    expectStatus(await scim.patch(`/Groups/${target}`, { op: 'add', path: 'members', value: ids.map((value) => ({ value })) }), 204)
    const read = expectStatus(await scim.get(`/Groups/${target}`), 200)
    expect(list(read, '/members')).toHaveLength(10_000)
  })
})
