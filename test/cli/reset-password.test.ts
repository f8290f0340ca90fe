// plur user reset-password: for whoever locked themselves out.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
let plur: ReturnType<typeof commandLine>
beforeAll(async () => {
  database = await testDatabase()
  plur = commandLine({ PLUR_DATABASE_URL: database.url, PLUR_PUBLIC_URL: 'https://plur.example.com' })
})
afterAll(() => database.drop())

test('prints a password once, which has to be changed, and says where', async () => {
  await plur.json('user', 'create', 'alice')
  const first = await plur.json<{ password: string }>('user', 'reset-password', 'ALICE')
  expect(first).toEqual({
    user: 'alice',
    password: expect.stringMatching(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/),
    url: 'https://plur.example.com/auth',
  })
  const { stdout } = await plur.run('user', 'reset-password', 'alice')
  expect(stdout).toContain('https://plur.example.com/auth')
  expect(stdout).not.toContain(first.password)
  expect(await plur.json('sql', 'select must_change from local_credentials')).toEqual([{ must_change: true }])
  const audited = await plur.json<{ payload: unknown }[]>(
    'sql',
    `select payload, actor from audit_log where action = 'auth.password.change'`,
  )
  expect(audited).toMatchObject([{ payload: { because: 'reset' }, actor: { user: 'tester' } }, {}])
  expect(JSON.stringify(audited)).not.toContain(first.password)
})

test('nobody unknown, and nobody whom an identity provider manages, gets one [C5]', async () => {
  await expect(plur.json('user', 'reset-password', 'nobody')).rejects.toThrow(/There is no account "nobody"/)
})
