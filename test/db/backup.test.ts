// Backups: what is in one comes back whole, whatever is written meanwhile, or not at all.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config.ts'
import type { ConnectionTarget } from '../../src/db/connection-target.ts'
import { dump } from '../../src/db/backup/dump.ts'
import { load, verify } from '../../src/db/backup/load.ts'
import { openEmbedded } from '../../src/db/embedded/open.ts'
import { migrate, migrateTo } from '../../src/db/migrate.ts'
import { externalPostgres } from '../support/external-postgres.ts'
import { logTo } from '../../src/log.ts'
import { commandLine } from '../support/command-line.ts'
import { testDatabase } from '../support/database.ts'
import { ask, testFolder } from '../support/embedded.ts'
import { group, patchOf, user } from '../support/scim.ts'

const quiet = () => undefined
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function database(options: { empty?: boolean } = {}) {
  const made = await testDatabase(options)
  cleanups.push(() => made.drop())
  return made
}

const newFile = async () => path.join(await mkdtemp(path.join(inject('cluster').root, 'backup-')), 'plur.backup')

/** A running server with its own command line. */
async function serve(env: Record<string, string>) {
  const config = parseConfig({ PLUR_PORT: '0', PLUR_LOG_LEVEL: 'silent', ...env })
  const app = await startApp({ config, log: logTo('silent', { write: quiet }) })
  let closed: Promise<void> | undefined
  const close = () => (closed ??= app.close())
  cleanups.push(close)
  const call = (credential: string, method: string, target: string, body?: object) =>
    fetch(`http://127.0.0.1:${app.port}${target}`, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return { close, call, plur: commandLine(env) }
}

/** Something in every part of the product: a person with a key and a memory in a selected group, a leaver, a token. */
async function populate({ call, plur }: Awaited<ReturnType<typeof serve>>) {
  const { token } = await plur.json<{ token: string }>('scim-token', 'create', '--name', 'IdP', '--rate', 'none')
  const make = async (endpoint: string, body: object): Promise<string> => idOf(await call(token, 'POST', `/scim/v2${endpoint}`, body))
  const alice = await make(
    '/Users',
    user('alice', { emails: [{ value: 'alice@example.com' }], title: 'tab\tand \\ and\nline, "quoted" Ünï' }),
  )
  const bob = await make('/Users', user('bob'))
  await make('/Groups', group('Engineering', { members: [{ value: alice }, { value: bob }] }))
  await plur.json('scim-group', 'enable', 'Engineering')
  const { key } = await plur.json<{ key: string }>('api-key', 'create', '--user', 'alice')
  const engram = { statement: 'Deploys happen on Tuesdays', scope: 'group:engineering', type: 'behavioral' }
  expect((await call(key, 'POST', '/api/v1/engrams', engram)).status).toBe(201)
  expect((await call(key, 'POST', '/api/v1/episodes', { summary: 'looked at the deploy' })).status).toBe(201)
  await call(token, 'PATCH', `/scim/v2/Users/${bob}`, patchOf({ op: 'replace', path: 'active', value: false }))
  return { token, key, alice, bob }
}

async function idOf(response: Response): Promise<string> {
  const body: unknown = await response.json()
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string') return body.id
  throw new Error(JSON.stringify(body))
}

/** Everything that is there: rows of all tables as text, sequences. */
async function contents(connection: ConnectionTarget): Promise<Record<string, unknown>> {
  const tables = await ask(
    connection,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relpersistence = 'p'`,
  )
  const all: Record<string, unknown> = {}
  for (const { name } of tables) {
    const columns = name === 'kysely_migration' ? 'name' : 't.*'
    all[String(name)] = await ask(connection, `select t::text from (select ${columns} from ${String(name)} t) t order by 1`)
  }
  all['sequences'] = await ask(connection, 'select sequencename, last_value from pg_sequences order by 1')
  all['constraints'] = await ask(
    connection,
    `select conrelid::regclass::text as t, conname, pg_get_constraintdef(oid) as def from pg_constraint where connamespace = 'public'::regnamespace
      and conrelid not in (select inhrelid from pg_inherits) order by 1, 2`,
  )
  all['triggers'] = await ask(
    connection,
    `select tgrelid::regclass::text as t, tgname, tgenabled from pg_trigger where not tgisinternal order by 1, 2`,
  )
  return all
}

describe.runIf(inject('cluster').external === null)('the embedded database', () => {
  test('comes back whole on another machine: every table, keys, tokens, memories, audit log', async () => {
    const [here, there] = [path.join(await testFolder(), 'data'), path.join(await testFolder(), 'data')]
    const file = await newFile()
    const first = await serve({ PLUR_DATA_DIR: here })
    const { token, key, alice } = await populate(first)
    const backup = await first.plur.run('backup', file, '--json')
    expect([backup.code, JSON.parse(backup.stdout)]).toEqual([0, expect.objectContaining({ file })])
    expect(backup.stderr).toMatch(/saved accounts: 3 rows/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    // The same while nothing runs; stopping wrote when the credentials were last used.
    await first.close()
    await first.plur.json('backup', file, '--force')

    const elsewhere = commandLine({ PLUR_DATA_DIR: there })
    expect(await elsewhere.json('restore', file)).toEqual({ file, migrations: [] })
    const compared = await Promise.all(
      [here, there].map(async (dataDir) => {
        const embedded = await openEmbedded({ dataDir, log: quiet })
        const all = await contents(embedded.ownerConnection)
        await embedded.close()
        return all
      }),
    )
    expect(compared[1]).toEqual(compared[0])
    expect(Object.keys(compared[0] ?? {}).length).toBeGreaterThan(20)

    const second = await serve({ PLUR_DATA_DIR: there })
    expect((await second.call(key, 'GET', '/api/v1/me')).status).toBe(200)
    expect(await (await second.call(key, 'POST', '/api/v1/recall', { query: 'deploys Tuesday' })).json()).toMatchObject({ count: 1 })
    expect((await second.call(token, 'GET', `/scim/v2/Users/${alice}`)).status).toBe(200)
    // Numbers go on where they were.
    expect((await second.call(token, 'POST', '/scim/v2/Users', user('carol'))).status).toBe(201)
    expect((await second.call(token, 'POST', '/scim/v2/Users', user('ALICE'))).status).toBe(409)
    const written = await second.plur.json<{ action: string }[]>('sql', `select action from audit_log where channel = 'scim' order by id`)
    expect(written.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['scim.user.create', 'scim.group.create', 'scim.user.disable']),
    )
  }, 60_000)

  test('with data is left alone, unless told to replace it', async () => {
    const dataDir = path.join(await testFolder(), 'data')
    const file = await newFile()
    const plur = commandLine({ PLUR_DATA_DIR: dataDir })
    await plur.json('org', 'create', 'kept')
    await plur.json('backup', file)
    await plur.json('org', 'create', 'later')
    const refused = await plur.run('restore', file)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('has data. With --replace')
    const slugs = async () => (await plur.json<{ slug: string }[]>('org', 'list')).map(({ slug }) => slug)
    expect(await slugs()).toEqual(['default', 'kept', 'later'])
    // Another command, or a server, would go on with what it knows of the old one.
    const other = await openEmbedded({ dataDir, log: quiet })
    expect((await plur.run('restore', file, '--replace')).stderr).toContain('uses this database. Stop it')
    await other.close()
    expect((await plur.run('restore', file, '--replace')).code).toBe(0)
    expect(await slugs()).toEqual(['default', 'kept'])
    const databases = await plur.json<{ datname: string }[]>('sql', 'select datname from pg_database order by 1')
    expect(databases.map(({ datname }) => datname)).toEqual(['plur', 'postgres', 'template0', 'template1'])
  }, 60_000)

  test('is as it was after a restore that ended in the middle', async () => {
    const dataDir = path.join(await testFolder(), 'data')
    const file = await newFile()
    const plur = commandLine({ PLUR_DATA_DIR: dataDir })
    await plur.json('org', 'create', 'kept')
    await plur.json('backup', file)
    const killed = await openEmbedded({ dataDir, log: quiet })
    const half = await killed.replacement()
    await load(half.connection, file, quiet)
    await killed.close()
    expect(await plur.json('org', 'list')).toMatchObject([{ slug: 'default' }, { slug: 'kept' }])
    expect((await plur.run('restore', file, '--replace')).code).toBe(0)
    expect(await plur.json('org', 'list')).toMatchObject([{ slug: 'default' }, { slug: 'kept' }])
  }, 60_000)
})

describe('a backup', () => {
  test('is one moment, however much is written meanwhile', async () => {
    const source = await database()
    const server = await serve(source.env)
    const { token } = await populate(server)
    let writing = true
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; writing; i++) {
        expect((await server.call(token, 'POST', '/scim/v2/Users', user(`w${writer}-${i}`))).status).toBe(201)
      }
    })
    const target = await database({ empty: true })
    const file = await newFile()
    await dump(source.connection, file, quiet)
    const rows = new Map((await verify(file, quiet)).tables.map(({ name, rows }) => [name, rows]))
    writing = false
    await Promise.all(writers)
    expect(await load(target.connection, file, quiet)).toEqual([])
    const [sums] = await ask(
      target.connection,
      `select (select count(*)::int from scim_resources where type = 'User') as users,
        (select sum(resources)::int from scim_resource_counts where type = 'User') as counted,
        (select count(*)::int from audit_log where action = 'scim.user.create' and outcome = 'success') as audited,
        (select count(*)::int from accounts where origin = 'scim') as accounts`,
    )
    const users = (rows.get('scim_resources') ?? 0) - 1
    expect(users).toBeGreaterThan(1)
    expect(sums).toEqual({ users, counted: users, audited: users, accounts: users })
  })

  test('of an older schema is brought up to date', async () => {
    const [older, target] = [await database({ empty: true }), await database({ empty: true })]
    const all = await migrate((await database({ empty: true })).connection)
    await migrateTo(older.connection, all.slice(0, 3))
    await ask(older.connection, `insert into orgs (slug) values ('old')`)
    const file = await newFile()
    await dump(older.connection, file, quiet)
    expect(await load(target.connection, file, quiet)).toEqual(all.slice(3))
    expect(await ask(target.connection, 'select slug from orgs')).toEqual([{ slug: 'old' }])
  })

  test('of months gone by brings their partitions', async () => {
    const [source, target] = [await database(), await database({ empty: true })]
    await ask(
      source.connection,
      `select audit_log_partition('2020-02-01');
      insert into audit_log (ts, org_id, org, actor, action, target, channel, outcome)
        values ('2020-02-29 12:00Z', gen_random_uuid(), 'o', '{}', 'a', '{}', 'cli', 'success')`,
    )
    const file = await newFile()
    await dump(source.connection, file, quiet)
    await load(target.connection, file, quiet)
    expect(await ask(target.connection, 'select count(*)::int as n from audit_log_2020_02')).toEqual([{ n: 1 }])
    await expect(ask(target.connection, 'truncate audit_log_2020_02')).rejects.toMatchObject({ code: '42501' })
  })

  test('that is damaged anywhere is refused before anything is touched', async () => {
    const [source, target] = [await database(), await database({ empty: true })]
    await ask(source.connection, `insert into orgs (slug) select 'org-' || i from generate_series(1, 500) i`)
    const file = await newFile()
    await dump(source.connection, file, quiet)
    const whole = await readFile(file)
    const damaged = `${file}.damaged`
    const plur = commandLine({ PLUR_DATABASE_URL: target.url })
    const cut = [0, 10, Math.floor(whole.length / 2), whole.length - 1].map((end) => whole.subarray(0, end))
    // In the rows of a table, and in the list of contents.
    const flipped = [whole.indexOf('tables/orgs.copy') + 60, whole.indexOf('manifest.json') + 40].map((at) => {
      const copy = Buffer.from(whole)
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
      return copy
    })
    for (const bytes of [...cut, ...flipped, Buffer.from('PK no zip at all')]) {
      await writeFile(damaged, bytes)
      const { code, stderr } = await plur.run('restore', damaged)
      expect([code, stderr.trim().split('\n').length], stderr).toEqual([1, 1])
    }
    expect(await ask(target.connection, `select count(*)::int as n from pg_tables where schemaname = 'public'`)).toEqual([{ n: 0 }])
    expect((await plur.run('restore', `${file}.none`)).stderr).toContain('ENOENT')
    expect((await plur.run('restore', file)).code).toBe(0)
  })

  test('is never half there: a file that is in the way stays, a failed one leaves nothing', async () => {
    const source = await database()
    const file = await newFile()
    await writeFile(file, 'mine')
    const plur = commandLine({ PLUR_DATABASE_URL: source.url })
    expect((await plur.run('backup', file)).stderr).toBe(`${file} is there already. --force replaces it.\n`)
    expect(await readFile(file, 'utf8')).toBe('mine')
    expect((await plur.run('backup', path.join(file, 'x'))).code).toBe(1)
    await ask(source.connection, 'alter table orgs enable row level security; alter table orgs force row level security')
    expect(await plur.run('backup', file, '--force')).toMatchObject({ code: 1, stderr: expect.stringContaining('row-level security') })
    expect(await readFile(file, 'utf8')).toBe('mine')
    const empty = await database({ empty: true })
    const nothing = await commandLine({ PLUR_DATABASE_URL: empty.url }).run('backup', `${file}.2`)
    expect([nothing.code, nothing.stderr]).toEqual([1, 'There is nothing to back up: the database has never been used.\n'])
    expect(await readdir(path.dirname(file))).toEqual([path.basename(file)])
  })

  test('of a newer version is refused by name', async () => {
    const [source, target] = [await database(), await database({ empty: true })]
    await ask(source.connection, `insert into kysely_migration (name, timestamp) values ('9999_future', '')`)
    const file = await newFile()
    await dump(source.connection, file, quiet)
    await expect(load(target.connection, file, quiet)).rejects.toThrow('9999_future')
  })

  test('goes into an external database that is empty, and into no other', async () => {
    const [source, target] = [await database(), await database({ empty: true })]
    const server = await serve(source.env)
    const { key } = await populate(server)
    const file = await newFile()
    expect((await server.plur.run('backup', file)).code).toBe(0)
    expect((await commandLine(target.env).run('restore', file)).code).toBe(0)
    const again = await commandLine(target.env).run('restore', file, '--replace')
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Make an empty one')])
    const other = await serve(target.env)
    expect((await other.call(key, 'GET', '/api/v1/me')).status).toBe(200)
  })
})

const external = externalPostgres()

describe.skipIf(external === undefined)("PostgreSQL's own tools", () => {
  test('pg_dump and pg_restore, as the operations page says, bring everything back', async ({ skip }) => {
    if (inject('cluster').external === null) skip('the programs are of another version than the embedded server')
    const [source, target] = [await database(), await database({ empty: true })]
    const server = await serve(source.env)
    const { key } = await populate(server)
    await server.close()
    const before = await contents(source.superuserConnection)
    const file = await newFile()
    const tool = (name: string, ...args: string[]) => execFileSync(path.join(external?.directory ?? '', name), args, { stdio: 'pipe' })
    tool('pg_dump', '--format=custom', `--file=${file}`, source.url)
    tool('pg_restore', '--exit-on-error', '--single-transaction', '--no-comments', `--dbname=${target.url}`, file)
    expect(await contents(target.superuserConnection)).toEqual(before)
    const again = await serve(target.env)
    expect((await again.call(key, 'GET', '/api/v1/me')).status).toBe(200)
    await expect(ask(target.appConnection, 'truncate audit_log')).rejects.toMatchObject({ code: '42501' })
  })
})
