// Everything one run stands on: PostgreSQL, the proxy before it, servers, traffic, and the ledger that outlives them all.
import { Client } from 'pg'
import { Cluster, type ClusterFiles, makeCluster, type Settings } from './cluster.ts'
import { type Findings, judge } from './judge.ts'
import { Ledger } from './ledger.ts'
import { Observer } from './snapshot.ts'
import { Operator } from './operator.ts'
import { Proxy } from './proxy.ts'
import { ServerProcess } from './server.ts'
import { groupOf, idIn, Traffic } from './traffic.ts'
import { Wire } from './wire.ts'

export type StageOptions = {
  /** For everything that is written; whoever gave it removes it. */
  readonly folder: string
  readonly servers: number
  readonly workers: number
  readonly random: () => number
  readonly settings?: Settings
  /** Makes the database of the product; in a tablespace, for one. */
  readonly createDatabase?: (superuser: Client, files: ClusterFiles) => Promise<void>
}

export type Stage = {
  readonly folder: string
  readonly proxy: Proxy
  readonly servers: readonly ServerProcess[]
  readonly operator: Operator
  readonly traffic: Traffic
  readonly ledger: Ledger
  readonly wire: Wire
  readonly token: string
  readonly findings: Found
  /** The cluster that takes writes; a failover puts another in its place. */
  primary: Cluster
  standby: Cluster | undefined
  /** Stops the traffic, asks the database, judges, goes on. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Everything that was found so far, by what it is. */
export type Found = { readonly [kind in keyof Findings]: string[] } & { probes: number; checks: number }

const GROUPS = 4
/** Older leavers that are tried again at each check, beside the new ones. */
const OLD_LEAVERS = 4

export async function setStage(options: StageOptions): Promise<Stage> {
  const files = await makeCluster(options.folder)
  const primary = await Cluster.on(files, options.settings)
  await primary.start()
  await superuser(primary, (client) => (options.createDatabase ?? createProductDatabase)(client, files))
  const proxy = await Proxy.to({ port: primary.port })
  const env = { PLUR_DATABASE_URL: `postgresql://plur@127.0.0.1:${proxy.port}/plur` }
  const servers = await Promise.all(Array.from({ length: options.servers }, () => ServerProcess.with(env)))
  // At once: whoever is first migrates, the others wait.
  await Promise.all(servers.map((server) => server.start()))
  const operator = await Operator.at(primary.url('plur', 'plur'))
  const wire = new Wire(64)
  const ledger = new Ledger()
  const token = await operator.token('chaos')
  const origins = servers.map(({ origin }) => origin)
  const groups = await makeGroups(wire, origins[0] ?? '', token)
  const traffic = new Traffic({ ...options, wire, ledger, operator, origins: () => origins, token, groups })
  const observer = new Observer()
  const findings: Found = { lost: [], half: [], twice: [], gaps: [], probes: 0, checks: 0 }
  let probed = 0
  const stage: Stage = {
    folder: options.folder,
    proxy,
    servers,
    operator,
    traffic,
    ledger,
    wire,
    token,
    findings,
    primary,
    standby: undefined,
    async check() {
      await traffic.pause()
      const names = [...ledger.touched].map(({ userName }) => userName)
      const snapshot = await observer.look(stage.primary.url('postgres', 'plur'), names)
      const found = judge(ledger, snapshot)
      for (const kind of ['lost', 'half', 'twice', 'gaps'] as const) findings[kind].push(...found[kind])
      for (const credentials of leaversToTry(ledger.dead, probed, options.random)) findings.probes += await traffic.probe(credentials)
      probed = ledger.dead.length
      findings.checks += 1
      traffic.resume()
    },
    async close() {
      await traffic.stop()
      wire.close()
      await Promise.all(servers.map((server) => server.stop()))
      await operator.close()
      await proxy.close()
      await stage.standby?.end('SIGQUIT')
      await stage.primary.end('SIGQUIT')
    },
  }
  return stage
}

/** All that are new, and some of those that have been tried before. */
function leaversToTry<T>(dead: readonly T[], probed: number, random: () => number): readonly T[] {
  const again = probed === 0 ? [] : Array.from({ length: OLD_LEAVERS }, () => Math.floor(random() * probed))
  return dead.filter((_, index) => index >= probed || again.includes(index))
}

/** As in docs/operations.md, with one role. */
export async function createProductDatabase(client: Client): Promise<void> {
  await client.query('create role plur login')
  await client.query(`create database plur owner plur encoding 'UTF8' template template0`)
}

/** Runs something as the superuser of a cluster. */
export async function superuser<T>(cluster: Cluster, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: cluster.url('postgres', 'postgres'), application_name: 'chaos' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

async function makeGroups(wire: Wire, origin: string, token: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < GROUPS; n++) {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await wire.send({ origin, method: 'POST', path: '/scim/v2/Groups', headers, body: groupOf(`Group ${n}`) })
    if (answer.kind === 'lost' || answer.status !== 201) throw new Error(`A group could not be made: ${JSON.stringify(answer)}`)
    ids.push(idIn(answer.body))
  }
  return ids
}
