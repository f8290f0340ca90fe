// A disk that can be filled: a small file system in memory for a tablespace, which takes a machine that lets us mount one.
import { execFile, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const SIZE = '1g'
const BLOCK = Buffer.alloc(1024 * 1024, 1)

const mounted = new Set<string>()

/** Whatever ends the harness. Lazily, because a PostgreSQL that was shot may hold it for a moment. */
process.once('exit', () => {
  for (const directory of mounted) spawnSync('umount', ['--lazy', directory])
})

export type Disk = {
  readonly directory: string
  /** Takes every block that is left. */
  fill(): Promise<void>
  free(): Promise<void>
  remove(): Promise<void>
}

/** Mounts it; a sentence when this machine does not allow that. */
export async function mountDisk(folder: string): Promise<Disk | string> {
  if (process.platform !== 'linux') return 'only Linux has file systems in memory that a program can mount'
  if (process.getuid?.() !== 0) return 'mounting a small file system takes root'
  const directory = path.join(folder, 'small')
  await mkdir(directory, { recursive: true })
  try {
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'plur-chaos', directory])
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    return `a small file system cannot be mounted here (${said.replaceAll(directory, 'tmpfs')})`
  }
  mounted.add(directory)
  await chmod(directory, 0o755)
  const ballast = path.join(directory, 'ballast')
  return {
    directory,
    async fill() {
      const file = await open(ballast, 'w')
      try {
        while ((await statfs(directory)).bavail > 0) await file.write(BLOCK)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      await promisify(execFile)('umount', [directory])
      mounted.delete(directory)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A folder on it that PostgreSQL's user owns, as a tablespace wants it. */
export async function tablespaceOn({ directory }: Disk, cluster: string): Promise<string> {
  const place = path.join(directory, 'tables')
  const { uid, gid } = await stat(cluster)
  await mkdir(place, { mode: 0o700 })
  await chown(place, uid, gid)
  return place
}
