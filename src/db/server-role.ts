// What the role may do that the server works as, when it is not the owner of the tables: rows of all tables, new audit rows but no other
// change to them, and nothing about the schema. Brought about after each migration, so that a new table needs no thought.
import { Client } from 'pg'
import { clientConfig, type ConnectionTarget } from './connection-target.ts'
import { unavailable } from './failures.ts'

/** Any number nobody else uses in the database. */
const GRANT_LOCK = '5076512983465'
const CONNECT_TIMEOUT_MS = 10_000

/**
 * The statements that lead from what the role ($1) holds to what it should: more is taken away, less is given. Partitions of the audit
 * log are reached through the whole only. Of functions, those that run as the owner.
 */
const DIFFERENCES = `
  with relations as (
    select c.oid, c.relname::text as name, c.relkind = 'S' as is_sequence, c.relacl as acl,
      case
        when c.relispartition then '{}'
        when c.relkind = 'S' then '{USAGE,SELECT}'
        when c.relname = 'audit_log' then '{SELECT,INSERT}'
        when c.relname in ('kysely_migration', 'kysely_migration_lock') or c.relkind in ('v', 'm') then '{SELECT}'
        else '{SELECT,INSERT,UPDATE,DELETE}'
      end::text[] as wanted
    from pg_class c
    where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p', 'S', 'v', 'm') and pg_has_role(c.relowner, 'usage')
  ), compared as (
    select r.oid, r.is_sequence, r.wanted,
      array(select a.privilege_type from aclexplode(r.acl) a where a.grantee = $1::regrole) as held
    from relations r
  ), changes as (
    select oid::regclass as relation, is_sequence, 'revoke' as verb, 'from' as preposition,
      array(select unnest(held) except select unnest(wanted)) as rights
    from compared
    union all
    select oid::regclass, is_sequence, 'grant', 'to', array(select unnest(wanted) except select unnest(held)) from compared
  )
  select format('%s %s on %s %s %s %s', verb, array_to_string(rights, ', '), case when is_sequence then 'sequence' else 'table' end,
    relation, preposition, $1::regrole) as statement
  from changes where cardinality(rights) > 0
  union all
  select format('grant execute on function %s to %s', p.oid::regprocedure, $1::regrole)
  from pg_proc p
  where p.pronamespace = quote_ident(current_schema())::regnamespace and p.prosecdef and pg_has_role(p.proowner, 'usage')
    and not has_function_privilege($1::regrole, p.oid, 'execute')
  union all
  select format('grant usage on schema %I to %s', current_schema(), $1::regrole)
  where not has_schema_privilege($1::regrole, current_schema(), 'usage')
  order by statement desc`

/**
 * Gives the role that `server` connects as its rights, as the owner of the tables; does nothing when it has them. The owner itself, and a
 * role that is a member of it, needs none. Returns the statements that were run. Throws DatabaseUnavailable.
 */
export async function grantToServer({ owner, server }: { owner: ConnectionTarget; server: ConnectionTarget }): Promise<readonly string[]> {
  const role = await asking(server, async (client) => {
    const { rows } = await client.query<{ role: string }>('select quote_ident(current_user) as role')
    return rows[0]?.role ?? ''
  })
  return asking(owner, async (client) => {
    const { rowCount } = await client.query(`select where pg_has_role($1::regrole, current_user, 'usage')`, [role])
    if (rowCount !== 0 || (await differences(client, role)).length === 0) return []
    await client.query('begin')
    // Two who grant at once would disturb each other.
    await client.query(`select pg_advisory_xact_lock(${GRANT_LOCK})`)
    const statements = await differences(client, role)
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
    return statements
  })
}

async function asking<T>(target: ConnectionTarget, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...clientConfig(target), application_name: 'plur migrate', connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw unavailable(error)
  }
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

async function differences(client: Client, role: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ statement: string }>(DIFFERENCES, [role])
  return rows.map(({ statement }) => statement)
}
