// The layout that a database distributed by organisation needs (ARCHITECTURE.md, Data): whatever must be unique or must refer to something is
// so within one organisation, so that every key of a table holds the column that its rows are spread by. Asked of the catalogue, so that a new
// table is in it by itself.
import { Client } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { clientConfig } from '../../src/db/connection-target.ts'
import { testDatabase } from '../support/database.ts'

/** Tables of the whole installation: on each node a copy, or on one. */
const NOT_OF_AN_ORGANISATION: Readonly<Record<string, string>> = {
  kysely_migration: 'which migrations ran, of the migrator',
  kysely_migration_lock: 'the lock of the migrator',
  rate_limits: 'counters that a crash may empty, by keys that callers choose before anybody knows who they are',
  server_secrets: 'keys of the server, shared by all processes',
}

/** Keys without the organisation in tables that have one. */
const WITHOUT_ORGANISATION: Readonly<Record<string, string>> = {
  'orgs (slug)': 'names the organisation itself; the table is small, and a copy of it is on each node',
}

type Key = { readonly table: string; readonly kind: 'primary' | 'unique' | 'foreign'; readonly columns: readonly string[] }

const database = await testDatabase()
const client = new Client(clientConfig(database.connection))
await client.connect()
afterAll(async () => {
  await client.end()
  await database.drop()
})

async function readKeys(): Promise<readonly Key[]> {
  const { rows } = await client.query<Key>(`
    select c.relname as table, case when i.indisprimary then 'primary' else 'unique' end as kind,
      array(select coalesce(a.attname::text, '(expression)') from unnest(i.indkey) with ordinality k (attnum, nth)
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where k.nth <= i.indnkeyatts order by k.nth) as columns
    from pg_index i join pg_class c on c.oid = i.indrelid
    where i.indisunique and c.relnamespace = 'public'::regnamespace and not c.relispartition
    union all
    select c.relname, 'foreign',
      array(select a.attname::text from unnest(k.conkey) with ordinality n (attnum, nth) join pg_attribute a on a.attrelid = c.oid and a.attnum = n.attnum
        order by n.nth)
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and not c.relispartition`)
  return rows
}

const nameOf = ({ table, columns }: Key) => `${table} (${columns.join(', ')})`

const keys = (await readKeys()).filter(({ table }) => !Object.hasOwn(NOT_OF_AN_ORGANISATION, table))

test.each(['primary', 'unique', 'foreign'] as const)('every %s key holds the organisation, but for those with a reason', (kind) => {
  const asked = keys.filter((key) => key.kind === kind)
  expect(asked.length).toBeGreaterThan(0)
  const without = asked.filter(({ columns }) => !columns.includes('org_id')).map(nameOf)
  expect(without.toSorted()).toEqual(kind === 'unique' ? Object.keys(WITHOUT_ORGANISATION) : [])
})

test('what a foreign key refers to is of the same organisation: org_id refers to org_id', async () => {
  const { rows } = await client.query<{ from: string; to: string }>(`
    select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint k
    where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
      select from unnest(conkey, confkey) pair (here, there)
        join pg_attribute a on a.attrelid = conrelid and a.attnum = here
        join pg_attribute b on b.attrelid = confrelid and b.attnum = there
      where a.attname = 'org_id' and b.attname = 'org_id')`)
  expect(rows).toEqual([])
})

test('every table has a primary key, and those without an organisation are known', async () => {
  const { rows } = await client.query<{ name: string; keyed: boolean; of_org: boolean }>(`
    select c.relname as name, exists (select from pg_index where indrelid = c.oid and indisprimary) as keyed,
      exists (select from pg_attribute where attrelid = c.oid and attname = 'org_id' and attnotnull) as of_org
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relispartition`)
  expect(rows.filter(({ keyed }) => !keyed).map(({ name }) => name)).toEqual([])
  const without = rows.filter(({ of_org }) => !of_org).map(({ name }) => name)
  expect(without.toSorted()).toEqual(Object.keys(NOT_OF_AN_ORGANISATION).toSorted())
})
