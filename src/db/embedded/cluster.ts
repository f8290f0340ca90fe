// Making the cluster: PostgreSQL's data directory. It gets its name when it is complete, so that neither a kill nor a full disk in the
// middle, nor two processes at once, leave one that is half made.
import { execFile } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { describeSpace } from './disk.ts'
import type { EmbeddedLog } from './event.ts'
import { EmbeddedPostgresError, errorCode } from './failure.ts'
import type { Home } from './home.ts'
import { isAlive } from './postmaster.ts'
import { writeInitialSettings } from './settings.ts'
import { sharedMemoryType } from './shared-memory.ts'
import { childOptions, giveTo } from './user.ts'

const UNFINISHED = 'postgres-unfinished-'

/** Makes the cluster if there is none. Throws EmbeddedPostgresError when it cannot be made or belongs to another major version. */
export async function ensureCluster(options: { home: Home; binaries: Binaries; log: EmbeddedLog }): Promise<void> {
  const { home, binaries, log } = options
  if (await isCluster(home.cluster, binaries)) return
  await removeUnfinished(home.directory)
  const unfinished = await makeUnfinished(home)
  try {
    await initialise(home, binaries, unfinished)
    await writeInitialSettings(unfinished, home.user)
    await rename(unfinished, home.cluster)
    await sync(home.directory)
    log({ kind: 'initialised', level: 'info', message: `a new database was made in ${home.cluster}` })
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    const code = errorCode(error)
    const lost = code === 'ENOTEMPTY' || code === 'EEXIST'
    // Another of our processes was faster: its cluster is ours.
    if (!lost) throw error
    if (await isCluster(home.cluster, binaries)) return
    throw new EmbeddedPostgresError(`${home.cluster} is in the way: it is not a PostgreSQL data directory.`, { cause: error })
  }
}

async function isCluster(cluster: string, binaries: Binaries): Promise<boolean> {
  let version
  try {
    version = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw new EmbeddedPostgresError(`${cluster} cannot be read.`, { cause: error })
  }
  if (version === String(binaries.major)) return true
  throw new EmbeddedPostgresError(
    `${cluster} was made by PostgreSQL ${version} and this is ${binaries.major}. Export with the version that made it (pg_dump) and import into an empty data directory.`,
  )
}

async function makeUnfinished(home: Home): Promise<string> {
  try {
    const unfinished = await mkdtemp(path.join(home.directory, `${UNFINISHED}${process.pid}-`))
    await giveTo(home.user, unfinished)
    return unfinished
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(`${home.directory} cannot be written.${await describeSpace(home.directory)}`, { cause: error })
  }
}

async function initialise(home: Home, binaries: Binaries, directory: string): Promise<void> {
  // Sorting and case by code point and Unicode, independent of the machine's locales; its own provider from version 17 on.
  const locale = binaries.major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8']
  // initdb starts the server too, and can be told how from version 16 on.
  const memory = binaries.major >= 16 ? ['--set', `dynamic_shared_memory_type=${await sharedMemoryType(home.user)}`] : []
  const args = ['-D', directory, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--data-checksums', ...locale, ...memory]
  try {
    await promisify(execFile)(path.join(binaries.directory, 'initdb'), args, childOptions(home.user))
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : String(error)
    throw new EmbeddedPostgresError(`initdb failed:\n${said}\n${unknownUser(said)}${await describeSpace(home.directory)}`, { cause: error })
  }
}

/** As in a container that is started with a number for a user. */
function unknownUser(said: string): string {
  return said.includes('could not look up effective user ID') ? ' Give this user a line in /etc/passwd, or start as one that has one.' : ''
}

/** What a killed process left behind. */
async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(UNFINISHED)) continue
    const owner = Number(name.slice(UNFINISHED.length).split('-')[0])
    if (isAlive(owner)) continue
    // An initdb that outlived its parent may still write there; what cannot be removed now goes next time.
    await rm(path.join(directory, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
