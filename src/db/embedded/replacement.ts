// A second database beside the product's, which takes its place when it is complete: until then the old one stays as it is, whatever ends
// this process.
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import type { ConnectionTarget } from '../connection-target.ts'
import { DATABASE, makeDatabase } from './provision.ts'

export type Replacement = {
  /** The owner of its tables, as in the product's database. */
  readonly connection: ConnectionTarget
  readonly appConnection: ConnectionTarget
  /** Puts it in the place of the product's database, which is removed. Throws DatabaseInUse. */
  accept(): Promise<void>
  discard(): Promise<void>
}

/** Somebody works on the database that is to be replaced. */
export class DatabaseInUse extends Error {
  constructor(who: string, options: { cause?: unknown } = {}) {
    super(`${who} uses this database. Stop it, and try again.`, options)
    this.name = 'DatabaseInUse'
  }
}

export type Ground = {
  /** The superuser's session in the database `postgres`. */
  readonly session: Client
  readonly others: () => Promise<number>
  /** A role of the product in a database. */
  readonly target: (role: 'owner' | 'app', database: string) => ConnectionTarget
  /** A session of the superuser in a database. */
  readonly connect: (database: string) => Promise<Client>
}

const INCOMING = `${DATABASE}_incoming`
const LEAVING_MS_MAX = 2_000
const POLL_MS = 50
const REPLACED = `${DATABASE}_replaced`

/** Makes an empty database; what an earlier try left is removed. Throws DatabaseInUse. */
export async function openReplacement(ground: Ground): Promise<Replacement> {
  const { session, target, connect } = ground
  await refuseWhileUsed(ground)
  await dropDatabase(session, INCOMING)
  await dropDatabase(session, REPLACED)
  await makeDatabase(session, INCOMING, () => connect(INCOMING))
  return {
    connection: target('owner', INCOMING),
    appConnection: target('app', INCOMING),
    discard: () => dropDatabase(session, INCOMING),
    async accept() {
      await refuseWhileUsed(ground)
      await session.query('begin')
      try {
        await session.query(`alter database ${DATABASE} rename to ${REPLACED}`)
        await session.query(`alter database ${INCOMING} rename to ${DATABASE}`)
        await session.query('commit')
      } catch (error) {
        await session.query('rollback')
        throw error instanceof Error && 'code' in error && error.code === IN_USE
          ? new DatabaseInUse('Another program', { cause: error })
          : error
      }
      await dropDatabase(session, REPLACED)
    },
  }
}

/** object_in_use. */
const IN_USE = '55006'

async function refuseWhileUsed({ session, others }: Ground): Promise<void> {
  if ((await others()) > 0) throw new DatabaseInUse('A server, or another command,')
  // A session that was closed just now may still be seen.
  for (const deadline = Date.now() + LEAVING_MS_MAX; ; await delay(POLL_MS)) {
    const { rows } = await session.query<{ name: string }>(
      `select coalesce(nullif(application_name, ''), 'without a name') as name from pg_stat_activity
        where datname = '${DATABASE}' and backend_type = 'client backend' limit 1`,
    )
    const [found] = rows
    if (found === undefined) return
    if (Date.now() > deadline) throw new DatabaseInUse(`Another program (${found.name})`)
  }
}

async function dropDatabase(session: Client, name: string): Promise<void> {
  await session.query(`drop database if exists ${name} with (force)`)
}
