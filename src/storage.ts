// The database that the settings name: an embedded one, started or joined, or a server somewhere.
import { connectionString, type ConnectionTarget } from './db/connection-target.ts'
import type { EmbeddedLog } from './db/embedded/event.ts'
import { openEmbedded } from './db/embedded/open.ts'
import { migrate } from './db/migrate.ts'
import { createDatabase, type Database } from './db/postgres.ts'
import { grantToServer } from './db/server-role.ts'

export type Storage = {
  readonly database: Database
  /** May read everything and change nothing; undefined when there is no such role of ours. */
  readonly readerConnection: ConnectionTarget | undefined
  readonly connection: ConnectionTarget
  /** The owner of the tables; the same as `connection` where there is only one role. */
  readonly ownerConnection: ConnectionTarget
  /** Where the data is, for people. */
  readonly location: string
  /** Brings the schema and the server's rights up to date; the names of what was done. */
  readonly migrate: () => Promise<readonly string[]>
  /** For psql; it may hold a password. */
  readonly dsn: () => Promise<string>
  /** Closes the connections and leaves an embedded database. */
  readonly close: (graceMs?: number) => Promise<void>
}

export type StorageOptions = {
  readonly source:
    | { readonly kind: 'embedded'; readonly dataDir: string }
    | { readonly kind: 'external'; readonly url: string; readonly ownerUrl: string | undefined }
  readonly poolSize: number
  readonly statementTimeoutMs?: number
  readonly onEmbeddedEvent: EmbeddedLog
  readonly onConnectionLost: (error: Error) => void
}

/** Throws EmbeddedPostgresError, whose message says what to do. An external server is not asked for anything yet. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { source, poolSize, onEmbeddedEvent, statementTimeoutMs } = options
  const limits = statementTimeoutMs === undefined ? { poolSize } : { poolSize, statementTimeoutMs }
  let closing = false
  // While the database is being left, its last connections may see it go.
  const onConnectionLost = (error: Error) => {
    if (!closing) options.onConnectionLost(error)
  }
  if (source.kind === 'external') {
    const connection: ConnectionTarget = { kind: 'url', url: source.url }
    const ownerConnection: ConnectionTarget = { kind: 'url', url: source.ownerUrl ?? source.url }
    const database = createDatabase({ connection, ...limits, onConnectionLost })
    return {
      database,
      readerConnection: undefined,
      connection,
      ownerConnection,
      location: withoutPassword(source.url),
      migrate: () => bringUpToDate(ownerConnection, source.ownerUrl === undefined ? undefined : connection),
      dsn: () => Promise.resolve(connectionString(ownerConnection)),
      close(graceMs) {
        closing = true
        return database.close(graceMs)
      },
    }
  }
  const embedded = await openEmbedded({ dataDir: source.dataDir, log: onEmbeddedEvent })
  const { connection: ownerConnection, appConnection: connection, readerConnection } = embedded
  const database = createDatabase({ connection, ...limits, onConnectionLost })
  return {
    database,
    readerConnection,
    connection,
    ownerConnection,
    location: embedded.location,
    migrate: () => bringUpToDate(ownerConnection, connection),
    dsn: () => embedded.loopbackDsn(),
    async close(graceMs) {
      closing = true
      try {
        await database.close(graceMs)
      } finally {
        // Whatever became of our connections: a server without us is nobody's.
        await embedded.close()
      }
    },
  }
}

/** `server`: whoever works on the database, when that is not the owner. */
async function bringUpToDate(owner: ConnectionTarget, server: ConnectionTarget | undefined): Promise<readonly string[]> {
  const migrations = await migrate(owner)
  if (server !== undefined) await grantToServer({ owner, server })
  return migrations
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  return `${url.host}${url.pathname}`
}
