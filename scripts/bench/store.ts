// The database that is measured: the embedded one as shipped, the distribution's with documented settings, or any other.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectionString } from '../../src/db/connection-target.ts'
import { openEmbedded } from '../../src/db/embedded/open.ts'
import { externalPostgres } from '../../test/support/external-postgres.ts'

export type Store = {
  readonly name: string
  /** What makes the server use it. */
  readonly env: Readonly<Record<string, string>>
  remove(): Promise<void>
}

/** docs/capacity.md recommends these for a database with 4 GB; a write is acknowledged when it is on the disk, as ever. */
const DOCUMENTED = {
  shared_buffers: '1GB',
  effective_cache_size: '3GB',
  max_wal_size: '4GB',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  fsync: 'on',
  synchronous_commit: 'on',
}

export function embeddedStore(): Store {
  const dataDir = folder()
  return {
    name: 'embedded PostgreSQL as shipped',
    env: { PLUR_DATA_DIR: dataDir },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** A cluster of its own, run with the distribution's programs. */
export async function externalStore(): Promise<Store> {
  const binaries = externalPostgres()
  if (binaries === undefined) throw new Error('There is no PostgreSQL of the distribution here: name one with --database-url')
  const dataDir = folder()
  const server = await openEmbedded({
    dataDir,
    systemDirectory: path.join(dataDir, 'system'),
    binaries,
    settings: DOCUMENTED,
    log: () => {},
  })
  return {
    name: `PostgreSQL ${binaries.major} of the distribution, documented settings`,
    env: {
      PLUR_DATABASE_URL: connectionString(server.appConnection),
      PLUR_DATABASE_OWNER_URL: connectionString(server.connection),
    },
    async remove() {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** An empty database somebody else keeps; what is measured stays in it. */
export const givenStore = (url: string): Store => ({
  name: `PostgreSQL at ${new URL(url).host}`,
  env: { PLUR_DATABASE_URL: url },
  remove: () => Promise.resolve(),
})

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'plur-bench-'))
  // As root the database runs as another user, who has to get there; else it would be put where nobody removes it.
  chmodSync(made, 0o711)
  return made
}
