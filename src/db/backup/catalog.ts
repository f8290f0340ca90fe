// What the schema has, asked of the database itself.
import type { Client } from 'pg'

export type TableColumns = { readonly name: string; readonly columns: readonly string[] }
export type Sequence = { readonly name: string; readonly value: string; readonly called: boolean }

/** Tables whose rows are worth keeping: not those that a crash may empty, nor the migrator's own, nor partitions, which the whole has. */
export async function readTables(client: Client): Promise<readonly TableColumns[]> {
  const { rows } = await client.query<TableColumns>(`
    select relname as name, array_agg(attname::text order by attnum) as columns
    from pg_class join pg_attribute on attrelid = oid
    where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p') and not relispartition
      and relpersistence = 'p' and relname not in ('kysely_migration', 'kysely_migration_lock')
      and attnum > 0 and not attisdropped and attgenerated = ''
    group by relname order by relname collate "C"`)
  return rows
}

export async function readMigrations(client: Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ exists: boolean }>(`select to_regclass('kysely_migration') is not null as exists`)
  if (tables[0]?.exists !== true) return []
  const { rows } = await client.query<{ name: string }>('select name from kysely_migration order by name collate "C"')
  return rows.map(({ name }) => name)
}

export async function readSequences(client: Client): Promise<readonly Sequence[]> {
  const { rows } = await client.query<{ name: string; relation: string }>(`
    select relname as name, oid::regclass::text as relation from pg_class
    where relnamespace = quote_ident(current_schema())::regnamespace and relkind = 'S' order by relname collate "C"`)
  const sequences: Sequence[] = []
  for (const { name, relation } of rows) {
    const { rows: values } = await client.query<{ value: string; called: boolean }>(
      `select last_value::text as value, is_called as called from ${relation}`,
    )
    for (const { value, called } of values) sequences.push({ name, value, called })
  }
  return sequences
}

/** First days of the months that have a partition of the audit log. */
export async function readAuditMonths(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ month: string }>(`
    select translate(right(relname, 7), '_', '-') || '-01' as month
    from pg_inherits join pg_class on oid = inhrelid
    where inhparent = to_regclass('audit_log') and relname ~ '^audit_log_[0-9]{4}_[0-9]{2}$' order by month`)
  return rows.map(({ month }) => month)
}

/** What stands in the way of rows in any order, as statements: to put it aside, and to bring it back. */
export async function readObstacles(client: Client): Promise<{ readonly aside: readonly string[]; readonly back: readonly string[] }> {
  const { rows } = await client.query<{ aside: string; back: string }>(`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as aside,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as back
    from pg_constraint
    where connamespace = quote_ident(current_schema())::regnamespace and contype = 'f' and conparentid = 0
    union all
    select format('alter table %s disable trigger %I', tgrelid::regclass, tgname), format('alter table %s enable trigger %I', tgrelid::regclass, tgname)
    from pg_trigger join pg_class c on c.oid = tgrelid
    where relnamespace = quote_ident(current_schema())::regnamespace and not tgisinternal and tgparentid = 0 and tgenabled = 'O'
      and tgtype & 4 <> 0`)
  return { aside: rows.map(({ aside }) => aside), back: rows.map(({ back }) => back) }
}

/** An identifier, quoted. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
