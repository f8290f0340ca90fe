// The command line on a real database: what it prints, how it fails, what it leaves in the audit log.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScimToken } from '../../src/auth/scim-tokens.ts'
import type { Account } from '../../src/directory/accounts.ts'
import { parseToken } from '../../src/primitives/token.ts'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let plur: ReturnType<typeof commandLine>
beforeAll(async () => {
  server = await testDatabase({ empty: true })
  plur = commandLine({ PLUR_DATABASE_URL: server.url, PLUR_PUBLIC_URL: 'https://plur.example.com', PLUR_SCIM_TOKEN_DAYS: '30' })
})
afterAll(() => server.drop())

type Issued = { id: string; token: string; expiresAt: string | null }
const audit = () =>
  plur.json<{ action: string; actor: unknown; channel: string; target: { name: string }; payload: Record<string, unknown> }[]>(
    'sql',
    'select action, actor, channel, target, payload from audit_log order by ts, id',
  )
const tokens = () => plur.json<ScimToken[]>('scim-token', 'list')

describe('on an empty database', () => {
  test('the first command makes the schema and the first organisation', async () => {
    expect(await plur.json('org', 'list')).toMatchObject([{ slug: 'default' }])
    expect(await plur.json('migrate')).toEqual({ migrations: [] })
  })
})

describe('scim-token', () => {
  test('create prints the secret once, with its expiry by default [A4 A9 AUT-10]', async () => {
    const issued = await plur.json<Issued>('scim-token', 'create', '--name', 'Okta <b>', '--idp', 'okta')
    expect(parseToken(issued.token)).toMatchObject({ kind: 'scim', id: issued.id })
    const days = (new Date(issued.expiresAt ?? 0).getTime() - Date.now()) / 86_400_000
    expect(days).toBeCloseTo(30, 1)
    const secret = parseToken(issued.token)?.secret ?? ''
    expect(JSON.stringify([await tokens(), await audit()])).not.toContain(secret)
    expect((await audit()).at(-1)).toMatchObject({
      action: 'scim.token.issue',
      actor: { kind: 'cli', user: 'tester' },
      channel: 'cli',
      target: { name: 'Okta <b>' },
      payload: { idp: 'okta', externalIdImmutable: true, ratePerSecond: 100 },
    })
  })

  test('create takes every option, and says what to enter where', async () => {
    const options = ['--idp', 'entra', '--expires', 'never', '--rate', 'none', '--external-id-immutable']
    const { code, stdout } = await plur.run('scim-token', 'create', '--name', 'Entra', ...options)
    expect(code).toBe(0)
    expect(stdout).toContain('tenant URL https://plur.example.com/scim/v2,')
    const made = (await tokens()).find(({ name }) => name === 'Entra')
    expect(made).toMatchObject({ idp: 'entra', expiresAt: null, ratePerSecond: null, externalIdImmutable: true })
    const other = await plur.json<Issued>(
      'scim-token',
      'create',
      '--name',
      'Okta 2',
      '--idp',
      'okta',
      '--no-external-id-immutable',
      '--rate',
      '5',
    )
    expect((await tokens()).find(({ id }) => id === other.id)).toMatchObject({ externalIdImmutable: false, ratePerSecond: 5 })
  })

  test('rotate and revoke', async () => {
    const first = await plur.json<Issued>('scim-token', 'create', '--name', 'r')
    const second = await plur.json<Issued>('scim-token', 'rotate', first.id, '--overlap', '7d', '--expires', '90d')
    expect(await plur.json('scim-token', 'revoke', second.id)).toMatchObject({ id: second.id, state: 'revoked' })
    const states = new Map((await tokens()).map(({ id, state, rotatedTo }) => [id, [state, rotatedTo]]))
    expect(states.get(first.id)).toEqual(['active', second.id])
    expect(states.get(second.id)).toEqual(['revoked', null])
    const again = await plur.run('scim-token', 'rotate', first.id, '--overlap', '0s')
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toBe(`Token ${first.id} was already rotated to ${second.id}: rotate that one.\n`)
  })

  test.each([
    [['create'], '--name'],
    [['create', '--name', ''], 'needs a name'],
    [['create', '--name', 'x', '--idp', 'ping'], 'Allowed choices'],
    [['create', '--name', 'x', '--expires', '3y'], 's, m, h or d'],
    [['create', '--name', 'x', '--expires', '0d'], 'needs a life'],
    [['create', '--name', 'x', '--expires', '99999999d'], 'At most'],
    [['create', '--name', 'x', '--rate', '0'], 'requests a second'],
    [['create', '--name', 'x', '--rate', '1.5'], 'requests a second'],
    [['rotate', 'abc'], '--overlap'],
    [['frobnicate'], 'frobnicate'],
  ])('%j is wrong usage: exit code 2, one hint, nothing on standard output', async (args, hint) => {
    const { code, stdout, stderr } = await plur.run('scim-token', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(hint)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test.each([
    [['revoke', 'nope'], 'There is no SCIM token'],
    [['list', '--org', 'nope'], 'There is no organisation named "nope".'],
  ])('%j fails: exit code 1, one sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await plur.run('scim-token', ...args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('user', () => {
  test('create, show, list, link and unlink, each audited', async () => {
    const made = await plur.json<Account>(
      'user',
      'create',
      'Alice',
      '--email',
      'alice@example.com',
      '--display-name',
      'Alice A.',
      '--admin',
    )
    expect(made).toMatchObject({ userName: 'Alice', email: 'alice@example.com', orgRole: 'org_admin', origin: 'local', status: 'active' })
    for (const name of ['alice', 'ALICE', made.slug, made.id]) expect(await plur.json('user', 'show', name)).toEqual(made)
    expect(await plur.json('user', 'list')).toEqual([made])
    expect(await plur.json<Account>('user', 'link', 'alice', '--external-id', '00u1')).toMatchObject({ prelinkedExternalId: '00u1' })
    expect(await plur.json<Account>('user', 'unlink', 'alice')).toMatchObject({ prelinkedAt: null, prelinkedExternalId: null })
    expect((await audit()).map(({ action }) => action).slice(-3)).toEqual(['account.create', 'account.link', 'account.unlink'])
  })

  test.each([
    [['create', 'alice'], 1, 'is taken'],
    [['create', ' '], 2, 'A user name has'],
    [['create', 'a\u202eb'], 2, 'A user name has'],
    [['show', 'nobody'], 1, 'There is no account "nobody"'],
    [['unlink', 'alice'], 1, 'has no link'],
  ])('%j leaves with %i', async (args, code, sentence) => {
    const run = await plur.run('user', ...args)
    expect([run.code, run.stdout]).toEqual([code, ''])
    expect(run.stderr).toContain(sentence)
  })
})

describe('org', () => {
  test('create makes a tenant of its own; a name is taken once', async () => {
    expect(await plur.json('org', 'create', 'acme')).toMatchObject({ slug: 'acme' })
    expect(await plur.run('org', 'create', 'acme')).toMatchObject({ code: 1, stderr: 'There is already an organisation named acme.\n' })
    expect(await plur.run('org', 'create', 'Acme!')).toMatchObject({ code: 2 })
    expect(await plur.json('user', 'list', '--org', 'acme')).toEqual([])
  })
})

describe('sql', () => {
  test('prints objects as JSON, a table otherwise', async () => {
    expect(await plur.json('sql', `select 1 as one, 'x' as x, null as n, '{"a":1}'::jsonb as j`)).toEqual([
      { one: 1, x: 'x', n: null, j: { a: 1 } },
    ])
    const { stdout } = await plur.run('sql', 'select slug from orgs order by slug')
    expect(stdout).toMatch(/slug[\s\S]*acme[\s\S]*default/)
    expect((await plur.run('sql', 'select 1 where false')).stdout).toBe('(none)\n')
  })

  test('what stands in the data cannot steer the terminal [L1]', async () => {
    const { stdout } = await plur.run('sql', String.raw`select E'\x1b[31mred\u202e' as evil`)
    expect(stdout).toContain(String.raw`\u{1b}[31mred\u{202e}`)
    expect(stdout).not.toContain('\u001b')
  })

  test.each([
    'delete from orgs',
    'create table t ()',
    `select nextval('audit_log_id')`,
    'select 1; commit; delete from orgs',
    'set transaction read write',
    `insert into orgs (slug) values ('x') returning *`,
  ])('cannot change anything: %s', async (statement) => {
    const before = await plur.json('org', 'list')
    const { code, stdout, stderr } = await plur.run('sql', statement)
    // Setting the transaction's mode is refused or without effect: it ends with the statement.
    if (code === 0) expect(stdout).toBe('(none)\n')
    else expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(await plur.json('org', 'list')).toEqual(before)
  })
})

describe('around', () => {
  test('dsn prints what connects', async () => {
    expect(await plur.json('dsn')).toEqual({ dsn: server.url })
    expect((await plur.run('dsn')).stdout).toBe(`${server.url}\n`)
  })

  test.each([['--help'], ['scim-token', 'create', '--help'], ['--version']])('%s works without settings and database', async (...args) => {
    const { code, stdout } = await commandLine({ PLUR_POTR: '1' }).run(...args)
    expect([code, stdout.length > 0]).toEqual([0, true])
  })

  test('wrong settings are all told, with exit code 2', async () => {
    const { code, stdout, stderr } = await commandLine({ PLUR_POTR: '1', PLUR_ORG: 'A B' }).run('scim-token', 'list')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/Did you mean PLUR_PORT\?[\s\S]*PLUR_ORG must be/)
  })

  test('a database that is not there is one sentence, without the password', async () => {
    const away = commandLine({ PLUR_DATABASE_URL: 'postgresql://plur:hunter2@127.0.0.1:1/plur' })
    for (const args of [['scim-token', 'list'], ['sql', 'select 1'], ['migrate']]) {
      const { code, stdout, stderr } = await away.run(...args)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stderr).not.toContain('hunter2')
    }
  })
})
