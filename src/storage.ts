// The database that the settings name: an embedded one, started or joined, or a server somewhere.
import { connectionString, type ConnectionTarget } from './db/connection-target.ts'
import type { EmbeddedLog } from './db/embedded/event.ts'
import { openEmbedded } from './db/embedded/open.ts'
import { migrate } from './db/migrate.ts'
import { createDatabase, type Database } from './db/postgres.ts'

export type Storage = {
  readonly database: Database
  /** May read everything and change nothing; undefined when there is no such role of ours. */
  readonly readerConnection: ConnectionTarget | undefined
  readonly connection: ConnectionTarget
  /** Where the data is, for people. */
  readonly location: string
  /** Brings the schema up to date; the names of what was done. */
  readonly migrate: () => Promise<readonly string[]>
  /** For psql; it may hold a password. */
  readonly dsn: () => Promise<string>
  /** Closes the connections and leaves an embedded database. */
  readonly close: (graceMs?: number) => Promise<void>
}

export type StorageOptions = {
  readonly source: { readonly kind: 'embedded'; readonly dataDir: string } | { readonly kind: 'external'; readonly url: string }
  readonly poolSize: number
  readonly onEmbeddedEvent: EmbeddedLog
  readonly onConnectionLost: (error: Error) => void
}

/** Throws EmbeddedPostgresError, whose message says what to do. An external server is not asked for anything yet. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { source, poolSize, onEmbeddedEvent } = options
  let closing = false
  // While the database is being left, its last connections may see it go.
  const onConnectionLost = (error: Error) => {
    if (!closing) options.onConnectionLost(error)
  }
  if (source.kind === 'external') {
    const connection: ConnectionTarget = { kind: 'url', url: source.url }
    const database = createDatabase({ connection, poolSize, onConnectionLost })
    return {
      database,
      readerConnection: undefined,
      connection,
      location: withoutPassword(source.url),
      migrate: () => migrate(connection),
      dsn: () => Promise.resolve(connectionString(connection)),
      close(graceMs) {
        closing = true
        return database.close(graceMs)
      },
    }
  }
  const embedded = await openEmbedded({ dataDir: source.dataDir, log: onEmbeddedEvent })
  const { connection, readerConnection } = embedded
  const database = createDatabase({ connection, poolSize, onConnectionLost })
  return {
    database,
    readerConnection,
    connection,
    location: embedded.location,
    migrate: () => migrate(connection),
    dsn: () => embedded.loopbackDsn(),
    async close(graceMs) {
      closing = true
      await database.close(graceMs)
      await embedded.close()
    },
  }
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  return `${url.host}${url.pathname}`
}
