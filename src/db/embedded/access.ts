// What another user of this machine may reach, by the permission bits of the path: the question cannot be put to the system without
// becoming that user.
import { constants } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from './failure.ts'
import type { ServerUser } from './user.ts'

const { S_IXUSR, S_IXGRP, S_IXOTH, S_IRUSR, S_IRGRP, S_IROTH, S_IWUSR, S_IWGRP, S_IWOTH } = constants

/** Bits of owner, group and others. */
type Right = readonly [number, number, number]
const ENTER: Right = [S_IXUSR, S_IXGRP, S_IXOTH]
const READ: Right = [S_IRUSR, S_IRGRP, S_IROTH]
const WRITE: Right = [S_IWUSR, S_IWGRP, S_IWOTH]

/** Whether the user can go through every folder down to this one, and into it. */
export async function canEnter(directory: string, user: ServerUser): Promise<boolean> {
  if (!user.dropped) return true
  for (let folder = await realpath(directory); ; folder = path.dirname(folder)) {
    if (!(await has(folder, user, ENTER))) return false
    if (folder === path.dirname(folder)) return true
  }
}

/** Whether the user can read the file, folders above included. False when it does not exist. */
export async function canRead(file: string, user: ServerUser): Promise<boolean> {
  try {
    return (await has(file, user, READ)) && (await canEnter(path.dirname(file), user))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Whether the user can make files in the folder. False when it does not exist. */
export async function canWrite(directory: string, user: ServerUser): Promise<boolean> {
  try {
    return (await has(directory, user, WRITE)) && (await canEnter(directory, user))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

async function has(file: string, { uid, gid }: ServerUser, [owner, group, others]: Right): Promise<boolean> {
  const entry = await stat(file)
  if (entry.uid === uid) return (entry.mode & owner) !== 0
  if (entry.gid === gid) return (entry.mode & group) !== 0
  return (entry.mode & others) !== 0
}
