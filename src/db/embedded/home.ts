// Where the cluster and what belongs to it lives: in the data directory, or, when the user that PostgreSQL runs as cannot get there
// (a data directory below a 0700 home, started as root), in a folder of the system.
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { canEnter } from './access.ts'
import type { EmbeddedLog } from './event.ts'
import { EmbeddedPostgresError, errorCode } from './failure.ts'
import { chooseUser, type ServerUser } from './user.ts'

export type Home = {
  readonly directory: string
  /** PostgreSQL's own data directory; it may not exist yet. */
  readonly cluster: string
  readonly user: ServerUser
}

/** Tells, inside the data directory, where the database went. */
export const NOTE = 'database-location.txt'
const CLUSTER = 'postgres'

/**
 * Finds the home of a data directory, making both when they do not exist. Once a database is somewhere it is never looked for elsewhere:
 * a missing one is an error and not an empty database.
 */
export async function resolveHome(options: { dataDir: string; systemDirectory: string; log: EmbeddedLog }): Promise<Home> {
  if (process.platform === 'win32') throw new EmbeddedPostgresError('there is none for Windows yet.')
  const dataDir = await makeDataDir(options.dataDir)
  const noted = await readNote(dataDir)
  if (noted !== undefined) return { ...at(noted), user: await chooseUser(at(noted).cluster) }
  const here = at(dataDir)
  const user = await chooseUser(here.cluster)
  if (await canEnter(dataDir, user)) return { ...here, user }
  if (await exists(here.cluster))
    throw new EmbeddedPostgresError(
      `the user with id ${user.uid}, who owns ${here.cluster}, cannot enter a folder on the way there. Allow it (chmod o+x).`,
    )
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const away = path.join(options.systemDirectory, hash)
  await moveAway(dataDir, away)
  if (!(await canEnter(away, user)))
    throw new EmbeddedPostgresError(`the user with id ${user.uid} can enter neither ${dataDir} nor ${away}.`)
  options.log({
    kind: 'moved',
    level: 'warn',
    message: `PostgreSQL does not run as root and another user cannot enter ${dataDir}, so the database is in ${away}`,
  })
  return { ...at(away), user }
}

const at = (directory: string) => ({ directory, cluster: path.join(directory, CLUSTER) })

async function makeDataDir(dataDir: string): Promise<string> {
  try {
    // As root the database's user has to pass through; what is inside is closed by itself.
    await makeFolder(path.resolve(dataDir), process.getuid?.() === 0 ? 0o711 : 0o700)
    return await realpath(dataDir)
  } catch (error) {
    throw new EmbeddedPostgresError(`the data directory ${dataDir} cannot be made.`, { cause: error })
  }
}

/** Makes a folder and those above it, with this mode whatever the umask says. Existing ones stay as they are. */
async function makeFolder(folder: string, mode: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await chmod(made, mode)
}

async function moveAway(dataDir: string, away: string): Promise<void> {
  try {
    await makeFolder(away, 0o711)
    const text = `The database of this data directory is in the folder named in the last line, because it runs as a user who cannot
enter this one. Copy that folder along with this one, and keep this file: without it the database is not found.
${away}
`
    await writeFile(path.join(dataDir, NOTE), text)
  } catch (error) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, another user cannot enter ${dataDir}, and ${away} cannot be made. Use a data directory that every user can enter (chmod o+x), or start as an ordinary user.`,
      { cause: error },
    )
  }
}

async function readNote(dataDir: string): Promise<string | undefined> {
  const note = path.join(dataDir, NOTE)
  let text
  try {
    text = await readFile(note, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(`${note} cannot be read.`, { cause: error })
  }
  const location = text.trimEnd().split('\n').at(-1) ?? ''
  if (path.isAbsolute(location) && (await exists(location))) return location
  throw new EmbeddedPostgresError(
    `${note} says that the database is in ${location}, and there is nothing. Bring that folder back, or remove the note to start with an empty database.`,
  )
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
