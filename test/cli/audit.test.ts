// plur audit …: the same rows as the page shows, and a word on the log itself.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../src/audit/verify.ts'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let plur: ReturnType<typeof commandLine>
beforeAll(async () => {
  server = await testDatabase()
  plur = commandLine({ PLUR_DATABASE_URL: server.url })
  await plur.json('user', 'create', 'alice')
  await plur.json('user', 'create', 'bob')
  await plur.json('api-key', 'create', '--user', 'alice', '--name', '=cmd()')
})
afterAll(() => server.drop())

type Row = { readonly action: string; readonly target: { readonly name?: string }; readonly request_id: string }

test('an export holds what its filter means, by names as people write them', async () => {
  const created = await plur.json<Row[]>('audit', 'export', '--action', 'account.create')
  expect(created.map(({ target }) => target.name)).toEqual(['bob', 'alice'])
  expect(await plur.json<Row[]>('audit', 'export', '--target', 'ALICE', '--channel', 'cli')).toMatchObject([{ action: 'account.create' }])
  expect((await plur.json<Row[]>('audit', 'export', '--actor', 'tester', '--last', '1h')).length).toBeGreaterThan(3)
  const requestId = created[0]?.request_id ?? ''
  expect(await plur.json<Row[]>('audit', 'export', '--request-id', requestId)).toHaveLength(1)
  expect(await plur.json<Row[]>('audit', 'export', '--text', 'nowhere to be found', '--to', '2020-01-01')).toEqual([])
})

test('without a format it writes one JSON object a line, with csv a table that no spreadsheet computes [L1]', async () => {
  const lines = (await plur.run('audit', 'export', '--action', 'apikey.issue')).stdout.trimEnd().split('\n')
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ action: 'apikey.issue', target: { name: '=cmd()' } }])
  const csv = await plur.run('audit', 'export', '--format', 'csv', '--action', 'apikey.issue')
  expect(csv.stdout).toContain(`"'=cmd()"`)
})

test.each([
  [['--from', 'tomorrow'], /--from: A day such as/],
  [['--outcome', 'good'], /--outcome: One of success/],
  [['--format', 'xml'], /Allowed choices are csv, ndjson, json/],
])('a filter that cannot be understood is wrong usage: %j', async (args, message) => {
  const { code, stderr, stdout } = await plur.run('audit', 'export', ...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
})

test('verify says what it looked at, and leaves with 0 as long as nothing is wrong', async () => {
  const findings = await plur.json<Finding[]>('audit', 'verify')
  expect(findings.map(({ check }) => check)).toContain('changes are refused when tried')
  expect(findings.filter(({ state }) => state === 'problem')).toEqual([])
})
