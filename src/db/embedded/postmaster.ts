// The running server as its pid file shows it (postmaster.pid: pid, data directory, start time, port, socket directory, address, shared
// memory, state; one a line).
import { execFile } from 'node:child_process'
import { readFile, readlink, realpath, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from './failure.ts'

export type PidFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'empty'; readonly ageMs: number }
  | { readonly kind: 'unready'; readonly pid: number }
  | { readonly kind: 'ready'; readonly pid: number; readonly port: number; readonly socketDirectory: string }

const pidFile = (cluster: string) => path.join(cluster, 'postmaster.pid')

export async function readPidFile(cluster: string): Promise<PidFile> {
  try {
    const file = pidFile(cluster)
    const [first, , , port, socketDirectory, , , state] = (await readFile(file, 'utf8')).split('\n')
    // Negative: a single-user server.
    const pid = Math.abs(Number(first))
    if (!(pid > 0)) return { kind: 'empty', ageMs: Date.now() - (await stat(file)).mtimeMs }
    if (state?.trim() !== 'ready' || socketDirectory === undefined) return { kind: 'unready', pid }
    return { kind: 'ready', pid, port: Number(port), socketDirectory }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'absent' }
    throw error
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process lives too.
    return errorCode(error) === 'EPERM'
  }
}

/** Whether this process is the server of this cluster, and not another program that got the number of a dead one. */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return commandNames(pid, cluster)
  try {
    // The server makes its data directory its working directory before it writes the pid file. A zombie has none.
    const there = (await readlink(`/proc/${pid}/cwd`)) === (await realpath(cluster))
    return there && (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'postgres'
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ESRCH') return false
    throw error
  }
}

async function commandNames(pid: number, cluster: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])
    return stdout.includes('postgres') && stdout.includes(cluster)
  } catch {
    // ps answers an unknown pid with exit code 1.
    return false
  }
}

/** Removes the pid file of a server that is dead. Only for the holder of the start lock. */
export async function removePidFile(cluster: string): Promise<void> {
  await rm(pidFile(cluster), { force: true })
}

/**
 * Removes the lock file of a dead server's socket, which PostgreSQL obeys when its number belongs to another program by now. Only for the
 * holder of the start lock.
 */
export async function removeSocketLock(cluster: string, socket: string): Promise<void> {
  const lock = `${socket}.lock`
  try {
    const pid = Number((await readFile(lock, 'utf8')).split('\n')[0])
    if (!(await isPostmaster(pid, cluster))) await rm(lock, { force: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
