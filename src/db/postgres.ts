// The pool of connections to PostgreSQL, and Kysely on top of it.
import { Kysely } from 'kysely'
import { type ClientBase, Pool, type PoolClient } from 'pg'
import { clientConfig, type ConnectionTarget } from './connection-target.ts'
import { sessionDialect } from './dialect.ts'
import { unavailable } from './failures.ts'
import { Session, silence } from './session.ts'
import { StatementNames } from './statement-names.ts'
import type { Tables } from './tables.ts'
import { valueReaders } from './timestamps.ts'
import { poolWork, transactionWork, type Work } from './work.ts'

export type Database = {
  readonly kysely: Kysely<Tables>
  /** Statements that commit by themselves, and `atomically` for those that hold together. */
  readonly work: Work
  /** One unchanging view of the data (repeatable read, read only): for exports and other reads in several statements. */
  readOnlySnapshot<T>(run: (work: Work) => Promise<T>): Promise<T>
  /** For libraries that bring their own statements; their failures are not translated. */
  readonly pool: Pool
  /** For the metrics: connections open, idle and waited for, and prepared statement names in use. */
  statistics(): { readonly open: number; readonly idle: number; readonly waiting: number; readonly statementNames: number }
  /** Lets running statements end for at most `graceMs`, then closes their connections too. May be called again. */
  close(graceMs?: number): Promise<void>
}

export type DatabaseOptions = {
  readonly connection: ConnectionTarget
  readonly poolSize: number
  /** How long a request waits for a connection before DatabaseUnavailable. */
  readonly acquireTimeoutMs?: number
  readonly statementTimeoutMs?: number
  /** How much longer than that the database may say nothing, before it is taken for dead. */
  readonly silenceMs?: number
  /** How long a transaction may sit between two statements before the database ends it. */
  readonly idleInTransactionTimeoutMs?: number
  /** Told of connections that were lost while nobody used them; they are replaced by themselves. */
  readonly onConnectionLost?: (error: Error) => void
}

const ACQUIRE_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 25_000
const SILENCE_MS = 2_000
const LIBRARIES_MS = 1_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
/** Idle connections keep their prepared statements, so they are kept for a while. */
const IDLE_CONNECTION_MS = 5 * 60_000
/** Connections are renewed now and then, so that a balancer in front of several servers can move them. */
const CONNECTION_LIFETIME_S = 60 * 60
const CLOSE_GRACE_MS = 5_000

/** Opens nothing yet: connections are made when they are needed, and again after the database was away. */
export function createDatabase(options: DatabaseOptions): Database {
  const names = new StatementNames()
  const sessions = new WeakMap<PoolClient, Session>()
  const clients = new Set<PoolClient>()
  const busy = new Set<PoolClient>()
  const lost = new WeakSet<ClientBase>()
  const pool = createPool(options, lost)
  // Those who would be given one of the others would wait as long, only to learn the same.
  const onSilence = () => {
    for (const client of clients) if (!busy.has(client)) silence(client)
  }
  pool.on('connect', (client) => {
    clients.add(client)
    sessions.set(client, new Session(client, { names, isLost: lost.has(client), silenceMs: silenceLimit(options), onSilence }))
  })
  pool.on('acquire', (client) => busy.add(client))
  pool.on('release', (_, client) => busy.delete(client))
  pool.on('remove', (client) => {
    clients.delete(client)
    busy.delete(client)
  })
  pool.on('error', (error) => options.onConnectionLost?.(error))

  async function acquire(): Promise<Session> {
    let client: PoolClient
    try {
      client = await pool.connect()
    } catch (error) {
      throw unavailable(error)
    }
    const session = sessions.get(client)
    if (session === undefined) throw new Error('A connection without a session')
    return session
  }

  async function end(graceMs: number): Promise<void> {
    // Not with a goodbye, which a database that has fallen silent would never answer.
    const timer = setTimeout(() => {
      for (const client of clients) silence(client)
    }, graceMs)
    await pool.end()
    clearTimeout(timer)
  }

  let ended: Promise<void> | undefined
  const kysely = new Kysely<Tables>({ dialect: sessionDialect(acquire) })
  return {
    kysely,
    work: poolWork(kysely),
    pool,
    readOnlySnapshot: (run) =>
      kysely
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((tx) => run(transactionWork(tx, 1))),
    statistics: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, statementNames: names.size }),
    close: (graceMs = CLOSE_GRACE_MS) => (ended ??= end(graceMs)),
  }
}

const silenceLimit = ({ statementTimeoutMs = STATEMENT_TIMEOUT_MS, silenceMs = SILENCE_MS }: DatabaseOptions) =>
  statementTimeoutMs + silenceMs

function createPool(options: DatabaseOptions, lost: WeakSet<ClientBase>): Pool {
  return new Pool({
    ...clientConfig(options.connection),
    types: valueReaders(),
    max: options.poolSize,
    application_name: 'plur',
    keepAlive: true,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS,
    // For statements that come by no session of ours: the set-up, and those of libraries. Later than a session's own limit, which says more.
    query_timeout: silenceLimit(options) + LIBRARIES_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    maxLifetimeSeconds: CONNECTION_LIFETIME_S,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool awaits it, whatever its types say
    onConnect: (client) => {
      // The end of a session may stand right behind the answer to its set-up, and the pool gives it out all the same.
      client.once('error', () => lost.add(client)).once('end', () => lost.add(client))
      return setUp(client, options)
    },
  })
}

/** By statement and not by start-up parameter, because PgBouncer refuses a connection with start-up parameters it does not know. */
async function setUp(client: ClientBase, options: DatabaseOptions): Promise<void> {
  const settings = {
    timezone: 'UTC',
    statement_timeout: String(options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS),
    idle_in_transaction_session_timeout: String(options.idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_TIMEOUT_MS),
  }
  await client.query('select set_config(name, value, false) from json_each_text($1) as setting (name, value)', [JSON.stringify(settings)])
}
