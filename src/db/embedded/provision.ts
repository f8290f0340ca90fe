// The roles and the database inside the cluster. None of the product's is a superuser, so that the privileges and triggers on the audit
// log bind the product too; the server works as one that owns nothing (../server-role.ts).
import type { Client } from 'pg'

export const DATABASE = 'plur'
/** Owns the tables: migrations, backups. */
export const OWNER = 'plur'
/** What the server works as. */
export const APP = 'plur_app'
export const READER = 'plur_reader'
export const SUPERUSER = 'postgres'

/** Any number nobody else uses in the database `postgres`. */
const PROVISION_LOCK = '5076512983462'

/** Makes what is missing. Safe when several processes do it at once. `session` is the superuser's in the database `postgres`. */
export async function provision(session: Client, connectToDatabase: () => Promise<Client>): Promise<void> {
  if (await isProvisioned(session)) return
  await session.query(`select pg_advisory_lock(${PROVISION_LOCK})`)
  try {
    await makeRole(session, OWNER)
    await makeRole(session, READER)
    await makeRole(session, APP)
    await session.query(`alter role ${READER} set default_transaction_read_only to on`)
    // The product's roles have no business there; in `postgres` they could hold the locks that our processes find each other by.
    await session.query('revoke connect, temporary on database postgres, template1 from public')
    await makeDatabase(session, DATABASE, connectToDatabase)
  } finally {
    await session.query(`select pg_advisory_unlock(${PROVISION_LOCK})`)
  }
}

/** A database for the product, empty, or what is missing of it. `connect` gives a session of the superuser inside. */
export async function makeDatabase(session: Client, name: string, connect: () => Promise<Client>): Promise<void> {
  if (!(await exists(session, 'select from pg_database where datname = $1', name)))
    await session.query(`create database ${name} owner ${OWNER} template template0`)
  const inside = await connect()
  try {
    // Tables to come are readable for the reader; a migration may take single ones away from it.
    await inside.query(`alter default privileges for role ${OWNER} in schema public grant select on tables to ${READER}`)
    await inside.query(`revoke connect, temporary on database ${name} from public`)
    await inside.query(`grant connect on database ${name} to ${READER}, ${APP}`)
    await inside.query(`comment on database ${name} is '${COMPLETE}'`)
  } finally {
    await inside.end()
  }
}

/** Written last: roles and rights are complete when it is there. */
const COMPLETE = 'PLUR Enterprise 2'

function isProvisioned(session: Client): Promise<boolean> {
  return exists(session, `select from pg_database where datname = '${DATABASE}' and shobj_description(oid, 'pg_database') = $1`, COMPLETE)
}

async function makeRole(session: Client, role: string): Promise<void> {
  if (!(await exists(session, 'select from pg_roles where rolname = $1', role))) await session.query(`create role ${role} login`)
}

async function exists(session: Client, query: string, value: string): Promise<boolean> {
  const { rowCount } = await session.query(query, [value])
  return rowCount !== 0
}
