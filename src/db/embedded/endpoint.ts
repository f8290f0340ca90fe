// Where the server listens: always a Unix socket, and a loopback port once somebody asked for it. The port is chosen once, because it
// is part of the socket's name too.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { EmbeddedPostgresError, errorCode } from './failure.ts'
import type { Home } from './home.ts'
import { giveTo } from './user.ts'

export type Endpoint = {
  readonly port: number
  /** Of the loopback port, which is open if there is one. */
  readonly password: string | undefined
}

/** What the address of a Unix socket can hold. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103
const FILE = 'endpoint.json'

/** The endpoint of this home, made at the first call. */
export async function readEndpoint(home: Home): Promise<Endpoint> {
  const file = path.join(home.directory, FILE)
  const text = await readText(file)
  if (text !== undefined) return parse(file, text)
  const port = await freePort()
  const unfinished = await writeAside(file, { port, password: undefined })
  try {
    await link(unfinished, file)
  } catch (error) {
    // Another of our processes was faster: its choice holds.
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    await rm(unfinished, { force: true })
  }
  return parse(file, await readFile(file, 'utf8'))
}

/** Makes the loopback port open from the next start of the server on. */
export async function enableLoopback(home: Home): Promise<Required<Endpoint> & { password: string }> {
  const endpoint = await readEndpoint(home)
  const password = endpoint.password ?? randomBytes(24).toString('base64url')
  const enabled = { port: endpoint.port, password }
  const file = path.join(home.directory, FILE)
  if (endpoint.password === undefined) await rename(await writeAside(file, enabled), file)
  return enabled
}

/** Whether nobody listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return listen(port).then(
    () => true,
    () => false,
  )
}

/**
 * The folder of the socket, open to the server's user only: inside the home, or a short one elsewhere when that path is too long for a
 * socket. Throws EmbeddedPostgresError when that name is taken by somebody else.
 */
export async function makeSocketDirectory(home: Home, port: number): Promise<string> {
  const inside = path.join(home.directory, 'run')
  const fits = Buffer.byteLength(path.join(inside, `.s.PGSQL.${port}`)) <= SOCKET_PATH_BYTES_MAX
  const hash = createHash('sha256').update(home.directory).digest('hex').slice(0, 16)
  const directory = fits ? inside : `/tmp/plur-${home.user.uid}-${hash}`
  try {
    await mkdir(directory, { mode: 0o700 })
    await giveTo(home.user, directory)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw new EmbeddedPostgresError(`the folder ${directory} cannot be made.`, { cause: error })
    const entry = await lstat(directory)
    const ours = entry.isDirectory() && (entry.uid === home.user.uid || entry.uid === process.getuid?.())
    if (!ours) throw new EmbeddedPostgresError(`${directory} belongs to somebody else, and the socket has to go there.`, { cause: error })
    // Made by a process that was killed before it gave the folder away, or opened by somebody since.
    await giveTo(home.user, directory)
    await chmod(directory, 0o700)
  }
  return directory
}

function parse(file: string, text: string): Endpoint {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'port' in value && typeof value.port === 'number') {
    const password = 'password' in value && typeof value.password === 'string' ? value.password : undefined
    return { port: value.port, password }
  }
  throw new EmbeddedPostgresError(`${file} is damaged. Remove it; it is made anew.`)
}

async function writeAside(file: string, endpoint: Endpoint): Promise<string> {
  const aside = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    await writeFile(aside, `${JSON.stringify(endpoint)}\n`, { mode: 0o600 })
  } catch (error) {
    await rm(aside, { force: true })
    throw new EmbeddedPostgresError(`${file} cannot be written.`, { cause: error })
  }
  return aside
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(`${file} cannot be read.`, { cause: error })
  }
}

/** A port below those that systems hand out by themselves, so that it is likely to stay free. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 10_000)
    if (await isFree(port)) return port
  }
}

function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}
