// One statement that can only read, for people at the command line.
import { Client } from 'pg'
import { clientConfig, type ConnectionTarget } from './connection-target.ts'

export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }

/** May read every table, as PostgreSQL 14 and newer have it. */
const READ_ALL_ROLE = 'pg_read_all_data'

/**
 * Runs one statement in a read-only transaction, as the given reader or, on a server without one, as a role that may only read, where
 * we may become it. Throws the database's own error.
 */
export async function runReadOnly(target: ConnectionTarget, options: { isReader: boolean; text: string }): Promise<Table> {
  const client = new Client({ ...clientConfig(target), application_name: 'plur sql' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin transaction read only')
    if (!options.isReader) await becomeReader(client)
    // A named statement is one statement and no more: nobody can end the transaction first.
    const { fields, rows } = await client.query<unknown[]>({ name: 'read', text: options.text, rowMode: 'array' })
    return { columns: fields.map(({ name }) => name), rows }
  } finally {
    await client.end()
  }
}

async function becomeReader(client: Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    `select pg_has_role(current_user, oid, 'member') as may from pg_roles where rolname = '${READ_ALL_ROLE}'`,
  )
  if (rows[0]?.may === true) await client.query(`set local role ${READ_ALL_ROLE}`)
}
