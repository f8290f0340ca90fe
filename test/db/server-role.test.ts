// The role that the server works as: what it may, what it may not, and how it gets there.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConnectionTarget, connectionString } from '../../src/db/connection-target.ts'
import { migrate, MigrationNeedsOwner } from '../../src/db/migrate.ts'
import { grantToServer } from '../../src/db/server-role.ts'
import { commandLine } from '../support/command-line.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { ask } from '../support/embedded.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const asServer = (text: string) => ask(database.appConnection, text)
const INSUFFICIENT_PRIVILEGE = { code: '42501' }
const thisMonth = `audit_log_${new Date().toISOString().slice(0, 7).replace('-', '_')}`

describe('the role of the server', () => {
  test('changes rows of every table and adds to the audit log', async () => {
    const rights = await ask(
      database.connection,
      `select relname as name, (select string_agg(privilege_type, ' ' order by privilege_type) from aclexplode(relacl) where grantee = 'plur_app'::regrole) as rights
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'audit_log_%'`,
    )
    const special = new Map([
      ['audit_log', 'INSERT SELECT'],
      ['kysely_migration', 'SELECT'],
      ['kysely_migration_lock', 'SELECT'],
    ])
    expect(rights.length).toBeGreaterThan(15)
    for (const { name, rights: held } of rights) {
      expect([name, held]).toEqual([name, special.get(String(name)) ?? 'DELETE INSERT SELECT UPDATE'])
    }
  })

  test.each([
    `update audit_log set outcome = 'denied'`,
    'delete from audit_log',
    'truncate audit_log',
    `insert into ${thisMonth} select * from audit_log`,
    `update ${thisMonth} set outcome = 'denied'`,
    `delete from ${thisMonth}`,
    `truncate ${thisMonth}`,
    `select setval('audit_log_id', 1)`,
    'alter table audit_log disable trigger all',
    'drop trigger audit_log_append_only on audit_log',
    'create or replace function audit_log_refuse() returns trigger language plpgsql as $$ begin return new; end $$',
    `alter table audit_log detach partition ${thisMonth}`,
    `drop table ${thisMonth}`,
    `select audit_log_partition('2020-01-01')`,
    `select audit_log_protect('accounts')`,
    'drop table accounts',
    'alter table accounts add column x int',
    'truncate accounts',
    'create index on accounts (email)',
    'create table own (id int)',
    'create function own() returns int language sql as $$ select 1 $$',
    `delete from kysely_migration`,
    `insert into kysely_migration (name, timestamp) values ('x', '')`,
    'set role plur',
    'set role postgres',
    'set session_replication_role to replica',
    'alter role plur_app superuser',
    'create role another',
    'create database another',
    `copy accounts to program 'cat'`,
    `select pg_read_file('PG_VERSION')`,
    'select rolpassword from pg_authid',
  ])('may not: %s', async (statement) => {
    await expect(asServer(statement)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE)
  })

  test('has partitions of the audit log made, by the owner and within bounds', async () => {
    await asServer('select audit_log_partitions(5)')
    const [made] = await asServer(`select count(*)::int as n, count(*) filter (where pg_get_userbyid(relowner) = 'plur')::int as owned
      from pg_class join pg_inherits on inhrelid = oid where inhparent = 'audit_log'::regclass and relname ~ '_[0-9]{4}_[0-9]{2}$'`)
    expect(made).toEqual({ n: 6, owned: 6 })
    await expect(asServer('select audit_log_partitions(1000000)')).rejects.toThrow('24 months')
  })

  test('eight processes that make the same partitions at once make each once', async () => {
    const own = await testDatabase()
    await Promise.all(Array.from({ length: 8 }, () => ask(own.appConnection, 'select audit_log_partitions(12)')))
    const [{ n } = {}] = await ask(own.connection, `select count(*)::int as n from pg_inherits where inhparent = 'audit_log'::regclass`)
    expect(n).toBe(14)
    await own.drop()
  })

  test.each([
    [`update ${thisMonth} set outcome = 'denied'`],
    [`delete from ${thisMonth}`],
    [`truncate ${thisMonth}`],
    ['truncate audit_log cascade'],
  ])('the owner may not either: %s [L4]', async (statement) => {
    await expect(ask(database.connection, statement)).rejects.toThrow(/permission denied|append-only/)
    // Even where it gives itself the right back.
    const regain = `grant update, delete, truncate on audit_log, ${thisMonth} to plur`
    await expect(
      ask(
        database.connection,
        `begin; ${regain}; insert into audit_log (org_id, org, actor, action, target, channel, outcome)
      values (gen_random_uuid(), 'o', '{}', 'a', '{}', 'cli', 'success'); ${statement}`,
      ),
    ).rejects.toThrow('append-only')
  })
})

test('the owner takes a month away as a whole, as the operations page says', async () => {
  const own = await testDatabase()
  await ask(own.connection, `select audit_log_partition('2020-02-01')`)
  await ask(own.connection, 'alter table audit_log detach partition audit_log_2020_02; drop table audit_log_2020_02')
  expect(await ask(own.connection, `select to_regclass('audit_log_2020_02') as month`)).toEqual([{ month: null }])
  await own.drop()
})

describe('granting', () => {
  test('gives what is missing, takes what is too much, and then has nothing to do', async () => {
    const own = await testDatabase()
    await ask(
      own.connection,
      `grant update, truncate on audit_log to plur_app; grant select on ${thisMonth} to plur_app; revoke insert on accounts from plur_app;
      create table later (id int)`,
    )
    const roles = { owner: own.connection, server: own.appConnection }
    expect([...(await grantToServer(roles))].sort()).toEqual([
      expect.stringMatching(/^grant DELETE, .* on table later to plur_app$/),
      'grant INSERT on table accounts to plur_app',
      `revoke SELECT on table ${thisMonth} from plur_app`,
      expect.stringMatching(/^revoke (TRUNCATE, UPDATE|UPDATE, TRUNCATE) on table audit_log from plur_app$/),
    ])
    expect(await grantToServer(roles)).toEqual([])
    await own.drop()
  })

  test('eight at once grant once, and none fails', async () => {
    const own = await testDatabase()
    await ask(own.connection, 'revoke all on all tables in schema public from plur_app')
    const all = await Promise.all(Array.from({ length: 8 }, () => grantToServer({ owner: own.connection, server: own.appConnection })))
    expect(all.filter((statements) => statements.length > 0)).toHaveLength(1)
    await own.drop()
  })

  test('a role may have any name, and a schema too', async () => {
    const own = await testDatabase({ empty: true })
    const role = `Own "role" ${randomBytes(4).toString('hex')}`
    const quoted = `"${role.replaceAll('"', '""')}"`
    await ask(own.superuserConnection, `create role ${quoted} login; create schema "My plur" authorization plur`)
    await ask(
      own.superuserConnection,
      `do $$ begin execute format('alter database %I set search_path to "My plur"', current_database()); end $$`,
    )
    const server = renamed(own.connection, role)
    await migrate(own.connection)
    await grantToServer({ owner: own.connection, server })
    await ask(server, 'select audit_log_partitions(4)')
    expect(await ask(server, 'select count(*)::int as n from orgs')).toEqual([{ n: 0 }])
    await own.drop()
    await ask(database.superuserConnection, `drop role ${quoted}`)
  })

  test('the owner as the server needs no grants', async () => {
    expect(await grantToServer({ owner: database.connection, server: database.connection })).toEqual([])
  })
})

describe('a server whose role may not migrate', () => {
  test('is told who may, before anything is tried', async () => {
    const own = await testDatabase({ empty: true })
    const schemaIsClosed = 'revoke create on schema public from public; grant create on schema public to plur'
    await ask(own.superuserConnection, schemaIsClosed)
    await expect(migrate(own.appConnection)).rejects.toThrow(MigrationNeedsOwner)
    const plur = commandLine({ PLUR_DATABASE_URL: own.env.PLUR_DATABASE_URL })
    const refused = await plur.run('org', 'list')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('PLUR_DATABASE_OWNER_URL')
    expect(await ask(own.connection, `select count(*)::int as n from pg_tables where schemaname = 'public'`)).toEqual([{ n: 0 }])

    expect(await commandLine(own.env).json('migrate')).toMatchObject({ migrations: expect.arrayContaining(['0001_directory']) })
    expect(await plur.json('org', 'list')).toMatchObject([{ slug: 'default' }])
    expect(await plur.json('dsn')).toEqual({ dsn: own.env.PLUR_DATABASE_URL })
    await ask(own.connection, `delete from kysely_migration where name = '0004_server_secrets'`)
    expect((await plur.run('org', 'list')).stderr).toContain('0004_server_secrets')
    await own.drop()
  })
})

function renamed(target: ConnectionTarget, user: string): ConnectionTarget {
  const url = new URL(connectionString(target))
  url.username = encodeURIComponent(user)
  return { kind: 'url', url: url.href }
}
