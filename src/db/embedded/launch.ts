// Starting the server process.
import { spawn } from 'node:child_process'
import { open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeSpace } from './disk.ts'
import { isFree, makeSocketDirectory, readEndpoint } from './endpoint.ts'
import { EmbeddedPostgresError } from './failure.ts'
import type { Home } from './home.ts'
import { isPostmaster, readPidFile, removeSocketLock } from './postmaster.ts'
import { type Joined, type Server, tryJoin } from './server.ts'
import { writeSettings } from './settings.ts'
import { sharedMemoryType } from './shared-memory.ts'
import { childOptions } from './user.ts'

const POLL_MS = 10
const LOG_BYTES_MAX = 10 * 1024 * 1024
const LOG_TAIL_BYTES = 4_000

/**
 * Starts the server and waits until it answers. Undefined when it cannot be started just now: another process was faster, or children of
 * a killed server are still ending. Throws EmbeddedPostgresError when it will not start, with what it said.
 */
export async function launch(server: Server): Promise<Joined | undefined> {
  const { home, log } = server
  const startedAt = Date.now()
  const logFile = path.join(home.directory, 'postgres.log')
  await writeSettings(home.cluster, home.user, server.settings)
  const child = await spawnServer(server, logFile)
  for (;;) {
    const attempt = await tryJoin(server)
    if (attempt.kind === 'joined') {
      log({ kind: 'started', level: 'info', message: `started PostgreSQL in ${home.cluster} in ${Date.now() - startedAt} ms` })
      return attempt
    }
    if (child.ended !== undefined) return judge(home, child.ended, await tailOf(logFile, child.logStart))
    await delay(POLL_MS)
  }
}

type Child = { readonly logStart: number; ended: string | undefined }

/** In a process group of its own: Ctrl-C at our terminal is for us, who have things to write before the database goes. */
async function spawnServer(server: Server, logFile: string): Promise<Child> {
  const { home, binaries } = server
  const args = [
    '-D',
    home.cluster,
    ...(await listenArguments(server)),
    '-c',
    `dynamic_shared_memory_type=${await sharedMemoryType(home.user)}`,
  ]
  const { handle, size } = await openLog(home, logFile)
  try {
    const child = spawn(path.join(binaries.directory, 'postgres'), args, {
      ...childOptions(home.user),
      detached: true,
      stdio: ['ignore', handle.fd, handle.fd],
    })
    const state: Child = { logStart: size, ended: undefined }
    child.once('error', (error) => (state.ended = error.message))
    child.once('exit', (code, signal) => (state.ended ??= `it left with ${signal ?? `exit code ${code}`}`))
    child.unref()
    return state
  } finally {
    await handle.close()
  }
}

async function listenArguments({ home, log }: Server): Promise<string[]> {
  const { port, password } = await readEndpoint(home)
  const directory = await makeSocketDirectory(home, port)
  const loopback = password !== undefined && (await isFree(port))
  if (loopback !== (password !== undefined))
    log({ kind: 'loopback', level: 'warn', message: `port ${port} is used by another program: no loopback port this time` })
  await removeSocketLock(home.cluster, path.join(directory, `.s.PGSQL.${port}`))
  // A list, whose members are quoted like SQL identifiers.
  const directories = `"${directory.replaceAll('"', '""')}"`
  return ['-c', `unix_socket_directories=${directories}`, '-c', `port=${port}`, '-c', `listen_addresses=${loopback ? '127.0.0.1' : ''}`]
}

/** One log and the one before it. */
async function openLog(home: Home, logFile: string) {
  try {
    const handle = await open(logFile, 'a', 0o600)
    const { size } = await handle.stat()
    if (size <= LOG_BYTES_MAX) return { handle, size }
    await handle.close()
    await rename(logFile, `${logFile}.1`)
    return { handle: await open(logFile, 'a', 0o600), size: 0 }
  } catch (error) {
    throw new EmbeddedPostgresError(`${logFile} cannot be written.${await describeSpace(home.directory)}`, { cause: error })
  }
}

async function tailOf(logFile: string, start: number): Promise<string> {
  const text = (await readFile(logFile)).subarray(start)
  return text.subarray(-LOG_TAIL_BYTES).toString('utf8').trim()
}

/** Undefined when it is worth another try; else throws. */
async function judge(home: Home, end: string, said: string): Promise<undefined> {
  // Backends of a killed server need a moment to notice.
  if (said.includes('is still in use')) return undefined
  const other = await readPidFile(home.cluster)
  if ((other.kind === 'unready' || other.kind === 'ready') && (await isPostmaster(other.pid, home.cluster))) return undefined
  // The faster process may have come and gone in between.
  if (said.includes('lock file "postmaster.pid" already exists') || said.includes('lock file "postmaster.pid" is empty')) return undefined
  const output = said === '' ? '' : ` It said:\n${said}\n`
  throw new EmbeddedPostgresError(`the server of ${home.cluster} did not start: ${end}.${output}${await describeSpace(home.directory)}`)
}
