// Backups of the database that the settings name, and the way back: an embedded one is replaced as a whole, an external one must be empty.
import type { Config } from './config.ts'
import { dump, type OnProgress } from './db/backup/dump.ts'
import { hasData, load, verify } from './db/backup/load.ts'
import type { Manifest } from './db/backup/manifest.ts'
import type { EmbeddedLog } from './db/embedded/event.ts'
import { openEmbedded } from './db/embedded/open.ts'
import { grantToServer } from './db/server-role.ts'
import { DomainError } from './primitives/errors.ts'

type Source = Config['database']

/** Writes all of the database to a file, also while it is used, and reads the file back. */
export async function backUp(source: Source, file: string, { onProgress, log }: Reporting): Promise<Manifest> {
  if (source.kind === 'external') await dump({ kind: 'url', url: source.ownerUrl ?? source.url }, file, onProgress)
  else {
    const embedded = await openEmbedded({ dataDir: source.dataDir, log })
    try {
      await dump(embedded.connection, file, onProgress)
    } finally {
      await embedded.close()
    }
  }
  return verify(file, () => undefined)
}

type Reporting = { readonly onProgress: OnProgress; readonly log: EmbeddedLog }
type Restoring = Reporting & { readonly replace: boolean }

/**
 * Fills the database from a file that was checked as a whole before. Until it is complete the database is as it was. The migrations that
 * were run on top. Throws a DomainError `conflict` when there is data that it was not told to replace.
 */
export async function restore(source: Source, file: string, options: Restoring): Promise<readonly string[]> {
  await verify(file, () => undefined)
  return source.kind === 'external' ? fillExternal(source, file, options) : replaceEmbedded(source.dataDir, file, options)
}

async function fillExternal(source: Extract<Source, { kind: 'external' }>, file: string, { onProgress }: Restoring) {
  const owner = { kind: 'url', url: source.ownerUrl ?? source.url } as const
  if (await hasData(owner)) {
    throw new DomainError(
      'conflict',
      'The database has data. Make an empty one and name it in PLUR_DATABASE_URL: only an embedded one is replaced.',
    )
  }
  const migrations = await load(owner, file, onProgress)
  if (source.ownerUrl !== undefined) await grantToServer({ owner, server: { kind: 'url', url: source.url } })
  return migrations
}

async function replaceEmbedded(dataDir: string, file: string, { replace, onProgress, log }: Restoring) {
  const embedded = await openEmbedded({ dataDir, log })
  try {
    if (!replace && (await hasData(embedded.connection))) {
      throw new DomainError(
        'conflict',
        `The database in ${embedded.location} has data. With --replace it is removed, and what the file holds takes its place.`,
      )
    }
    const replacement = await embedded.replacement()
    try {
      const migrations = await load(replacement.connection, file, onProgress)
      await grantToServer({ owner: replacement.connection, server: replacement.appConnection })
      await replacement.accept()
      return migrations
    } catch (error) {
      await replacement.discard()
      throw error
    }
  } finally {
    await embedded.close()
  }
}
