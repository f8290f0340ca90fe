// Free space, for error messages.
import { statfs } from 'node:fs/promises'

const SCARCE_BYTES = 64 * 1024 * 1024

/** A sentence, with a space before it, when the file system is full or nearly so; else nothing. */
export async function describeSpace(directory: string): Promise<string> {
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  if (free > SCARCE_BYTES) return ''
  return ` The disk with ${directory} is full: ${Math.floor(free / 1024 / 1024)} MB are free, a new database needs 100. It goes on when there is space again.`
}
