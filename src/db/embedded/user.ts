// Who the database runs as. PostgreSQL refuses to run as root, and initdb wants its user in the passwd file.
import { chown, readFile, stat } from 'node:fs/promises'
import { EmbeddedPostgresError, errorCode } from './failure.ts'

export type ServerUser = {
  readonly uid: number
  readonly gid: number
  /** We are root and this is somebody else: child processes are started as that user, files are given to it. */
  readonly dropped: boolean
}

/** In order of preference. */
const UNPRIVILEGED = ['postgres', 'nobody'] as const

/**
 * Ourselves; as root the owner of the existing cluster, else an unprivileged user of the passwd file.
 * Throws EmbeddedPostgresError when there is no such user, or when the cluster belongs to somebody whom we cannot become.
 */
export async function chooseUser(cluster: string): Promise<ServerUser> {
  const uid = process.getuid?.() ?? 0
  const gid = process.getgid?.() ?? 0
  const owner = await ownerOf(cluster)
  if (uid !== 0) {
    if (owner !== undefined && owner.uid !== uid)
      throw new EmbeddedPostgresError(
        `${cluster} belongs to the user with id ${owner.uid}, and we run as ${uid}. Start as that user or as root.`,
      )
    return { uid, gid, dropped: false }
  }
  if (owner !== undefined) {
    if (owner.uid !== 0) return { ...owner, dropped: true }
    throw new EmbeddedPostgresError(
      `${cluster} belongs to root, as whom PostgreSQL does not run. Give it to another user (chown -R postgres).`,
    )
  }
  const passwd = await readFile('/etc/passwd', 'utf8')
  for (const name of UNPRIVILEGED) {
    const found = findUser(passwd, name)
    if (found !== undefined) return { ...found, dropped: true }
  }
  throw new EmbeddedPostgresError(
    `we run as root, PostgreSQL must not, and /etc/passwd has neither ${UNPRIVILEGED.join(' nor ')}. Start as an ordinary user.`,
  )
}

/** A user of a passwd file, never root under another name. */
export function findUser(passwd: string, name: string): { uid: number; gid: number } | undefined {
  for (const line of passwd.split('\n')) {
    const [login, , uid, gid] = line.split(':')
    if (login === name && Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}

/** The options that start a child process as this user, in a folder that every user can enter, without our environment. */
export function childOptions(user: ServerUser): { cwd: string; env: Record<string, string>; uid?: number; gid?: number } {
  const options = { cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' } }
  return user.dropped ? { ...options, uid: user.uid, gid: user.gid } : options
}

/** Gives a file or folder that we made to the user. */
export async function giveTo(user: ServerUser, file: string): Promise<void> {
  if (!user.dropped) return
  try {
    await chown(file, user.uid, user.gid)
  } catch (error) {
    throw new EmbeddedPostgresError(`we run as root but may not give ${file} to the user with id ${user.uid}. Start as an ordinary user.`, {
      cause: error,
    })
  }
}

async function ownerOf(directory: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(directory)
    return { uid, gid }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(`${directory} cannot be read.`, { cause: error })
  }
}
