// The command line for keys and groups: what opens and closes access to memories.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiKey } from '../../src/auth/api-keys.ts'
import { parseToken } from '../../src/primitives/token.ts'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let plur: ReturnType<typeof commandLine>
beforeAll(async () => {
  server = await testDatabase()
  plur = commandLine({ PLUR_DATABASE_URL: server.url })
})
afterAll(() => server.drop())

test('a key is printed once, listed without its secret, and revoked [A4]', async () => {
  await plur.json('user', 'create', 'alice')
  const { id, key } = await plur.json<{ id: string; key: string }>('api-key', 'create', '--user', 'ALICE', '--name', 'laptop')
  const parsed = parseToken(key)
  expect(parsed).toMatchObject({ kind: 'api_key', id })
  const listed = await plur.json<ApiKey[]>('api-key', 'list', '--user', 'alice')
  expect(listed).toMatchObject([{ id, name: 'laptop', state: 'active' }])
  expect(JSON.stringify(listed)).not.toContain(parsed?.secret)
  expect(await plur.json('api-key', 'revoke', id)).toMatchObject({ id, state: 'revoked' })
  const audited = await plur.json<{ action: string }[]>('sql', `select action from audit_log where action like 'apikey.%' order by ts, id`)
  expect(audited.map(({ action }) => action)).toEqual(['apikey.issue', 'apikey.revoke'])
})

test('a group that the identity provider never pushed cannot be switched on', async () => {
  expect(await plur.json('scim-group', 'list')).toEqual([])
  await expect(plur.json('scim-group', 'enable', 'Engineering')).rejects.toThrow(/There is no SCIM group/)
})

test('a local account is disabled and enabled, with a receipt of what ended; what a deletion would do is told before [F3]', async () => {
  await plur.json('user', 'create', 'temp')
  await plur.json('api-key', 'create', '--user', 'temp', '--name', 'laptop')
  await expect(plur.json('user', 'show', 'temp', '--receipt')).rejects.toThrow(/temp never left/)
  expect(await plur.json('user', 'show', 'temp', '--delete-preview')).toMatchObject({
    ownEngrams: 0,
    episodes: 0,
    sharedEngrams: 0,
    apiKeys: 1,
  })
  expect(await plur.json('user', 'disable', 'temp')).toMatchObject({ status: 'disabled' })
  expect(await plur.json('user', 'show', 'temp', '--receipt')).toMatchObject({
    because: 'disabled',
    sessions: [],
    apiKeys: [{ name: 'laptop' }],
  })
  expect(await plur.json('user', 'enable', 'temp')).toMatchObject({ status: 'active' })
  expect(await plur.json('api-key', 'list', '--user', 'temp')).toMatchObject([{ state: 'revoked' }])
  expect((await plur.run('user', 'show', 'temp', '--receipt', '--delete-preview')).code).toBe(2)
})
