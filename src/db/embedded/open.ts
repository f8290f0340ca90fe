// The embedded database (design section 10): a real PostgreSQL 18 under our supervision, for those who have none.
import { Client } from 'pg'
import { clientConfig, type ConnectionTarget } from '../connection-target.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { enableLoopback } from './endpoint.ts'
import type { EmbeddedLog } from './event.ts'
import { EmbeddedPostgresError } from './failure.ts'
import { resolveHome } from './home.ts'
import { Presence } from './presence.ts'
import { openReplacement, type Replacement } from './replacement.ts'
import { APP, DATABASE, OWNER, provision, READER, SUPERUSER } from './provision.ts'
import type { Server } from './server.ts'
import type { ServerSettings } from './settings.ts'

export type EmbeddedServer = {
  /** The product's own role: owns its tables, is no superuser. */
  readonly connection: ConnectionTarget
  /** What the server works as: changes rows, and neither the schema nor what the audit log says. */
  readonly appConnection: ConnectionTarget
  /** May read every table and change nothing. */
  readonly readerConnection: ConnectionTarget
  /** The superuser, for maintenance. */
  readonly ownerConnection: ConnectionTarget
  /** The folder that holds the database. */
  readonly location: string
  /** A connection string with a loopback port, for tools that want one. Opening the port restarts the server once. */
  loopbackDsn(): Promise<string>
  /** A second, empty database that can take the place of this one. Close the pools first. Throws DatabaseInUse. */
  replacement(): Promise<Replacement>
  /** Leaves the server; the last process stops it. Close the pools on it first. */
  close(): Promise<void>
}

export type EmbeddedOptions = {
  readonly dataDir: string
  readonly log: EmbeddedLog
  /** Where the database goes when the data directory cannot be entered by its user. */
  readonly systemDirectory?: string
  /** The unpacked package of PostgreSQL for this platform; found by itself. */
  readonly packageRoot?: string
  /** Programs of another installation, instead of the package. */
  readonly binaries?: Binaries
  /** Settings of PostgreSQL that differ from ours. */
  readonly settings?: ServerSettings
}

const SYSTEM_DIRECTORY = '/var/lib/plur-enterprise'

/** Finds or makes the database of a data directory and joins its server. Throws EmbeddedPostgresError with what to do about it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = await prepareServer(options)
  const presence = await Presence.join(server)
  const target = (user: string, database = DATABASE): ConnectionTarget => {
    const { socketDirectory, port } = presence.joined
    return { kind: 'socket', directory: socketDirectory, port, user, database }
  }
  await provision(presence.joined.session, () => connect(target(SUPERUSER)))
  return {
    connection: target(OWNER),
    appConnection: target(APP),
    readerConnection: target(READER),
    ownerConnection: target(SUPERUSER),
    location: server.home.cluster,
    loopbackDsn: () => openLoopback(server, presence),
    replacement: () =>
      openReplacement({
        session: presence.joined.session,
        others: () => presence.others(),
        target: (role, database) => target(role === 'owner' ? OWNER : APP, database),
        connect: (database) => connect(target(SUPERUSER, database)),
      }),
    close: () => presence.leave(),
  }
}

/** The server of a data directory, its cluster made, not yet started. */
export async function prepareServer(options: EmbeddedOptions): Promise<Server> {
  const { log, settings = {} } = options
  const home = await resolveHome({ dataDir: options.dataDir, systemDirectory: options.systemDirectory ?? SYSTEM_DIRECTORY, log })
  const binaries = options.binaries ?? (await findBinaries({ home, packageRoot: options.packageRoot, log }))
  await ensureCluster({ home, binaries, log })
  return { home, binaries, settings, log }
}

async function openLoopback(server: Server, presence: Presence): Promise<string> {
  const { port, password } = await enableLoopback(server.home)
  if (!(await listens(presence))) await presence.restart()
  if (!(await listens(presence))) throw new EmbeddedPostgresError(`port ${port} of the loopback address is used by another program.`)
  // Base64url needs no quoting, here and in the URL.
  await presence.joined.session.query(`alter role ${OWNER} password '${password}'`)
  return `postgresql://${OWNER}:${password}@127.0.0.1:${port}/${DATABASE}`
}

async function listens(presence: Presence): Promise<boolean> {
  const { rows } = await presence.joined.session.query<{ listens: boolean }>(`select current_setting('listen_addresses') <> '' as listens`)
  return rows[0]?.listens === true
}

async function connect(target: ConnectionTarget): Promise<Client> {
  const client = new Client(clientConfig(target))
  await client.connect()
  return client
}
