// For tests of the embedded database: folders, child processes of ours, and questions to a server.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { inject } from 'vitest'
import { z } from 'zod'
import { clientConfig, type ConnectionTarget } from '../../src/db/connection-target.ts'
import { canEnter } from '../../src/db/embedded/access.ts'
import { readPidFile } from '../../src/db/embedded/postmaster.ts'
import { findUser } from '../../src/db/embedded/user.ts'

export const isRoot = process.getuid?.() === 0

/** A user without privileges who can run our code; undefined when there is none, or our code lies where it cannot go. */
export const ordinaryUser = await findOrdinaryUser()

async function findOrdinaryUser() {
  if (!isRoot) return undefined
  const user = findUser(await readFile('/etc/passwd', 'utf8'), 'nobody')
  if (user === undefined) return undefined
  const needed = [path.dirname(process.execPath), path.dirname(fileURLToPath(import.meta.url))]
  for (const folder of needed) if (!(await canEnter(folder, { ...user, dropped: true }))) return undefined
  return user
}

/** A folder of this test that everybody may enter; `owner` may write it. */
export async function testFolder(owner?: { uid: number; gid: number }): Promise<string> {
  const folder = await mkdtemp(path.join(inject('cluster').root, 'e-'))
  await chmod(folder, 0o711)
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid)
  return folder
}

const childMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), event: z.string() }),
  z.object({ kind: z.literal('ready'), directory: z.string(), port: z.number(), location: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type ChildMessage = z.infer<typeof childMessage>

export type Child = {
  readonly process: ChildProcess
  readonly events: readonly string[]
  /** Where the database is and how to reach it; rejects with the child's own message when it could not open it. */
  readonly ready: Promise<{ readonly connection: ConnectionTarget; readonly location: string }>
  /** Lets the child leave the database and end. */
  close(): Promise<void>
  kill(): Promise<void>
}

export type ChildOptions = {
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** A command that runs the rest of its arguments. */
  readonly wrapper?: readonly string[]
  /** Of Node. */
  readonly arguments?: readonly string[]
}

/** Another process of ours on a data directory. */
export function openInChild(
  embedded: { dataDir: string; systemDirectory: string; packageRoot?: string },
  options: ChildOptions = {},
): Child {
  const script = fileURLToPath(new URL('./embedded-child.ts', import.meta.url))
  // Node reads the types away itself: a loader would want a temporary folder that another user may write.
  const flags = ['--conditions=source', '--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const node = [process.execPath, ...(options.arguments ?? []), ...flags, script]
  const [command, ...args] = [...(options.wrapper ?? []), ...node, JSON.stringify(embedded)]
  // A process group of its own, as at a terminal.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true, ...options.user })
  const events: string[] = []
  const ready = Promise.withResolvers<{ connection: ConnectionTarget; location: string }>()
  ready.promise.catch(() => {})
  child.once('exit', () => ready.reject(new Error('the child left')))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = childMessage.parse(JSON.parse(line))
    if (message.kind === 'event') events.push(message.event)
    if (message.kind === 'failed') ready.reject(new Error(message.message))
    if (message.kind === 'ready') {
      const { directory, port, location } = message
      ready.resolve({ connection: { kind: 'socket', directory, port, user: 'plur', database: 'plur' }, location })
    }
  })
  const exited = once(child, 'exit')
  return {
    process: child,
    events,
    ready: ready.promise,
    async close() {
      child.stdin.end()
      await exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The rows of a statement on a connection of its own. */
export async function ask(connection: ConnectionTarget, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ ...clientConfig(connection), connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}

/** The server's process id, from its pid file. */
export async function serverPid(location: string): Promise<number> {
  const found = await readPidFile(location)
  if (found.kind === 'absent' || found.kind === 'empty') throw new Error(`no server in ${location}`)
  return found.pid
}

/** The user a process runs as. */
export const userOf = async (pid: number) => (await stat(`/proc/${pid}`)).uid
