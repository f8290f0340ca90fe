// A database for one test file: a copy of a template that was migrated once per run. All copies are on one server, which the first test
// starts and the run's guardian stops.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { Client } from 'pg'
import { inject } from 'vitest'
import { clientConfig, type ConnectionTarget, connectionString } from '../../src/db/connection-target.ts'
import { ensureServer } from '../../src/db/embedded/ensure.ts'
import { prepareServer } from '../../src/db/embedded/open.ts'
import { APP, OWNER, provision, READER, SUPERUSER } from '../../src/db/embedded/provision.ts'
import type { Joined } from '../../src/db/embedded/server.ts'
import { migrate } from '../../src/db/migrate.ts'
import { grantToServer } from '../../src/db/server-role.ts'

export type TestDatabase = {
  /** The owner of the tables and no superuser. */
  readonly connection: ConnectionTarget
  /** What the server works as in production. */
  readonly appConnection: ConnectionTarget
  readonly readerConnection: ConnectionTarget
  readonly superuserConnection: ConnectionTarget
  /** `connection` as a connection string, for PLUR_DATABASE_URL. */
  readonly url: string
  /** PLUR_DATABASE_URL and PLUR_DATABASE_OWNER_URL, with a role of its own for the server. */
  readonly env: { readonly PLUR_DATABASE_URL: string; readonly PLUR_DATABASE_OWNER_URL: string }
  /** Ends all sessions on the database and removes it. */
  drop(): Promise<void>
}

/** Safe for what tests need, not for a power cut. */
const SETTINGS = { max_connections: '300', shared_buffers: '64MB', fsync: 'off', full_page_writes: 'off' }
const TEMPLATE = 'plur_template'
/** Any number nobody else uses in the database `postgres`. */
const TEMPLATE_LOCK = '5076512983463'

/**
 * A database with the newest schema, or an empty one. Call it at the top of a file, and `drop` in `afterAll`.
 * @example const database = await testDatabase()
 */
export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const joined = await join()
  try {
    if (!empty) await ensureTemplate(joined)
    await joined.session.query(`create database ${name} owner ${OWNER} template ${empty ? 'template0' : TEMPLATE}`)
  } finally {
    await joined.session.end()
  }
  const connection = targetOf(joined, OWNER, name)
  return {
    connection,
    appConnection: targetOf(joined, APP, name),
    readerConnection: targetOf(joined, READER, name),
    superuserConnection: targetOf(joined, SUPERUSER, name),
    url: connectionString(connection),
    env: {
      PLUR_DATABASE_URL: connectionString(targetOf(joined, APP, name)),
      PLUR_DATABASE_OWNER_URL: connectionString(connection),
    },
    drop: () => drop(name),
  }
}

async function drop(name: string): Promise<void> {
  const { session } = await join()
  try {
    await session.query(`drop database ${name} with (force)`)
  } finally {
    await session.end()
  }
}

async function join(): Promise<Joined> {
  const { root, external } = inject('cluster')
  const server = await prepareServer({
    dataDir: path.join(root, 'shared'),
    systemDirectory: path.join(root, 'system'),
    settings: SETTINGS,
    log: () => {},
    ...(external === null ? {} : { binaries: external }),
  })
  const joined = await ensureServer(server)
  await provision(joined.session, () => connect(targetOf(joined, SUPERUSER, OWNER)))
  return joined
}

/** Migrated under another name first: a template that is there is complete. */
async function ensureTemplate(joined: Joined): Promise<void> {
  const { session } = joined
  await session.query(`select pg_advisory_lock(${TEMPLATE_LOCK})`)
  try {
    const { rowCount } = await session.query('select from pg_database where datname = $1', [TEMPLATE])
    if (rowCount !== 0) return
    const unfinished = `${TEMPLATE}_unfinished`
    await session.query(`drop database if exists ${unfinished}`)
    await session.query(`create database ${unfinished} owner ${OWNER} template template0`)
    const inside = await connect(targetOf(joined, SUPERUSER, unfinished))
    try {
      await inside.query(`alter default privileges for role ${OWNER} in schema public grant select on tables to ${READER}`)
    } finally {
      await inside.end()
    }
    const owner = targetOf(joined, OWNER, unfinished)
    await migrate(owner)
    await grantToServer({ owner, server: targetOf(joined, APP, unfinished) })
    await session.query(`alter database ${unfinished} rename to ${TEMPLATE}`)
  } finally {
    await session.query(`select pg_advisory_unlock(${TEMPLATE_LOCK})`)
  }
}

function targetOf({ socketDirectory, port }: Joined, user: string, database: string): ConnectionTarget {
  return { kind: 'socket', directory: socketDirectory, port, user, database }
}

async function connect(target: ConnectionTarget): Promise<Client> {
  const client = new Client(clientConfig(target))
  await client.connect()
  return client
}
