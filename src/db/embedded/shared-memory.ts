// Which kind of memory the server's processes share for parallel queries.
import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { canWrite } from './access.ts'
import type { ServerUser } from './user.ts'

const BYTES_MIN = 32 * 1024 * 1024

/** Files of the data directory where the machine has no /dev/shm that can be used, as in some containers. */
export async function sharedMemoryType(user: ServerUser): Promise<'posix' | 'mmap'> {
  if (process.platform !== 'linux') return 'posix'
  if (!(await canWrite('/dev/shm', user)) || !(await isWritable('/dev/shm'))) return 'mmap'
  const { bavail, bsize } = await statfs('/dev/shm')
  return bavail * bsize >= BYTES_MIN ? 'posix' : 'mmap'
}

/** Whether we may write there ourselves: a read-only mount shows in no permission bit. */
function isWritable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )
}
