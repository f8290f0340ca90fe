// What the command line works with, from an environment: settings, and the database they name.
import { makePartitions } from './audit/partitions.ts'
import { backUp, restore } from './backup.ts'
import type { CliHost } from './cli/host.ts'
import { type Config, defaultPublicUrl, parseConfig } from './config.ts'
import { connectionString } from './db/connection-target.ts'
import type { EmbeddedLog } from './db/embedded/event.ts'
import { runReadOnly } from './db/read-only.ts'
import { ensureOrg } from './directory/orgs.ts'
import { uuidV7 } from './primitives/ids.ts'
import { openStorage, type Storage } from './storage.ts'

export type World = Pick<CliHost, 'stdout' | 'stderr' | 'write' | 'command' | 'user' | 'version'> & {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly serve: (config: Config) => Promise<void>
}

/** A command needs few connections. */
const POOL_SIZE = 2

export function createHost(world: World): CliHost {
  let config: Config | undefined
  // Read when a command first needs it, so that --help works whatever the settings.
  const settings = () => (config ??= parseConfig(world.env))
  const open = () => openQuietly(settings(), world)
  const prepare = async (storage: Storage) => {
    const migrations = await storage.migrate()
    await makePartitions(storage.database.work).catch((error: unknown) =>
      stderr(
        `The audit log has no partition for this month, and goes on without: ${error instanceof Error ? error.message : String(error)}\n`,
      ),
    )
    const origin = { actor: { kind: 'system' }, channel: 'system', requestId: uuidV7(new Date()) } as const
    await ensureOrg(storage.database.work, settings().org, origin)
    return migrations
  }
  const { stdout, stderr, write, command, user, version } = world
  return {
    stdout,
    stderr,
    write,
    command,
    user,
    version,
    settings: () => {
      const { org, scimTokenDays, scimHardDelete, host, port, publicUrl = defaultPublicUrl(host, port) } = settings()
      return { org, scimTokenDays, scimHardDelete, publicUrl }
    },
    async migrate() {
      const storage = await open()
      try {
        return await prepare(storage)
      } finally {
        await storage.close()
      }
    },
    async openStorage({ migrated }) {
      const storage = await open()
      try {
        if (migrated) await prepare(storage)
      } catch (error) {
        await storage.close()
        throw error
      }
      const { readerConnection, connection, ownerConnection, database } = storage
      return {
        work: database.work,
        query: (text) => runReadOnly(readerConnection ?? connection, { isReader: readerConnection !== undefined, text }),
        dsn: ({ tcp }) => (tcp ? storage.dsn() : Promise.resolve(connectionString(ownerConnection))),
        close: () => storage.close(),
      }
    },
    backUp: (file, onProgress) => backUp(settings().database, file, { onProgress, log: quietly(world) }),
    restore: (file, options) => restore(settings().database, file, { ...options, log: quietly(world) }),
    serve: () => world.serve(settings()),
  }
}

function openQuietly(config: Config, world: World): Promise<Storage> {
  return openStorage({
    source: config.database,
    poolSize: POOL_SIZE,
    onEmbeddedEvent: quietly(world),
    onConnectionLost: () => undefined,
  })
}

/** What comes and goes with every command is no news. */
function quietly({ stderr }: World): EmbeddedLog {
  return ({ kind, level, message }) => {
    if (level === 'warn' || kind === 'initialised' || kind === 'waiting') stderr(`${message}\n`)
  }
}
