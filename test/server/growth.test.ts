// Many small requests cannot make what one large request may not (J1).
import { expect, test } from 'vitest'
import { expectError, expectStatus, list } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

test('a resource that would outgrow its limit is refused with 413, and stays as it was [J1]', async () => {
  const org = await server.org()
  const path = `/Users/${await org.user('a')}`
  const entitlements = (round: number) => Array.from({ length: 10 }, (_, n) => ({ value: `${round}-${n}-${'x'.repeat(60_000)}` }))
  expectStatus(await org.patch(path, { op: 'add', path: 'entitlements', value: entitlements(1) }), 200)
  expectError(await org.patch(path, { op: 'add', path: 'entitlements', value: entitlements(2) }), 413)
  expect(list(await org.get(path), '/entitlements')).toHaveLength(10)
})

test.each(['userName', 'externalId', 'displayName'])(
  'a %s that no index can hold is refused, one that it can is kept [LEN-01]',
  async (name) => {
    const org = await server.org()
    const path = `/Users/${await org.user('a')}`
    expectError(await org.patch(path, { op: 'replace', path: name, value: 'x'.repeat(2001) }), 400, 'invalidValue')
    expectStatus(await org.patch(path, { op: 'replace', path: name, value: 'x'.repeat(2000) }), 200)
  },
)
