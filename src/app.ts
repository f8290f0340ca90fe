// Wires everything by hand; this file and routes.ts are the only ones that know all folders. One app is one process: a database, the listeners, and what they share.
import type { ResourceType } from '@plur-enterprise/scim'
import { apiErrorForm } from './api/routes.ts'
import { keepHashed, keepPlain } from './audit/addresses.ts'
import { AuditBuffer } from './audit/buffer.ts'
import { makePartitions } from './audit/partitions.ts'
import { dropOldPartitions } from './audit/retention.ts'
import { noteKeyUses } from './auth/api-keys.ts'
import { ensureFirstAdmin, type FirstAdmin } from './auth/first-admin.ts'
import { PasswordHasher } from './auth/password-hash.ts'
import { ScimActivity } from './auth/scim-activity.ts'
import { forgetOldSessions, noteSessionUses } from './auth/sessions.ts'
import { announceExpiries } from './auth/token-expiry.ts'
import { TokenUses } from './auth/token-uses.ts'
import { type Config, defaultPublicUrl } from './config.ts'
import { getServerSecret } from './db/server-secrets.ts'
import type { Work } from './db/work.ts'
import { ensureOrg } from './directory/orgs.ts'
import { gatherCounts } from './directory/resources.ts'
import { Attempts } from './http/attempts.ts'
import type { Route } from './http/message.ts'
import { clearExpiredCounters, databaseCounter, RateLimiter } from './http/rate-limit.ts'
import { createHttpServer, type HttpServer, type Timeouts } from './http/server.ts'
import { createMetricsRoute, plainErrorForm } from './http/status-routes.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Clock, systemClock } from './primitives/clock.ts'
import { uuidV7 } from './primitives/ids.ts'
import { createRoutes, pageErrorForms, OPERATIONS_AT_ONCE, type RouteParts } from './routes.ts'
import { scimErrorForm } from './scim/routes.ts'
import { openStorage, type Storage } from './storage.ts'
import { loadAssets } from './web/assets.ts'

export type AppOptions = {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  readonly timeouts?: Timeouts
  /** How long one statement may take. */
  readonly statementTimeoutMs?: number
  /** Metrics of the process itself; one app of a process may have them. */
  readonly processMetrics?: boolean
  /** What SCIM serves; users and groups unless said otherwise. */
  readonly resourceTypes?: readonly ResourceType[]
}

export type App = {
  readonly publicUrl: string
  readonly port: number
  readonly metricsPort: number | undefined
  /** Where the data is, for people. */
  readonly location: string
  readonly storage: Storage
  /** Whether somebody can sign in, and who was made for it. */
  readonly firstAdmin: FirstAdmin
  /**
   * Stops in order: clients are told to leave (for `drainMs`), nothing new, what runs finishes, the audit rows are written, the database is
   * left. Ten seconds at most.
   */
  readonly close: (times?: { readonly drainMs: number }) => Promise<void>
}

/** Connections of one process. More do not make it faster: writes wait for the disk, reads for the processor. */
const POOL_SIZE = OPERATIONS_AT_ONCE + 2
const STOP_REQUESTS_MS = 6_000
const STOP_DATABASE_MS = 3_000
const CLEAN_UP_MS = 5 * 60_000
const EXPIRIES_MS = 60 * 60_000
const SESSIONS_MS = 60 * 60_000
const COUNTS_MS = 10 * 60_000
/** Rows are kept all the same, in the partition for the rest. */
const NO_PARTITIONS = 'partitions of the audit log could not be made'
const PARTITIONS_MS = 24 * 60 * 60_000

/** Opens the database, brings it up to date, and listens. Throws what stands in the way, with what to do about it. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log } = options
  const storage = await openStorage({
    source: config.database,
    poolSize: POOL_SIZE,
    onEmbeddedEvent: ({ level, message }) => log.event(level, message),
    onConnectionLost: (error) => log.failure(error, 'a database connection was lost'),
    ...(options.statementTimeoutMs === undefined ? {} : { statementTimeoutMs: options.statementTimeoutMs }),
  })
  try {
    return await startOn(storage, options)
  } catch (error) {
    await storage.close(0)
    throw error
  }
}

async function startOn(storage: Storage, options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock } = options
  const { work } = storage.database
  for (const name of await storage.migrate()) log.event('info', 'migrated', { migration: name })
  // Before the first row of this process: a month whose rows have begun to go elsewhere gets no partition any more.
  await makePartitions(work).catch((error: unknown) => log.failure(error, NO_PARTITIONS))
  const origin = { actor: { kind: 'system' }, channel: 'system', requestId: uuidV7(clock.now()) } as const
  const org = await ensureOrg(work, config.org, origin)
  const hasher = new PasswordHasher()
  const firstAdmin = await ensureFirstAdmin(work, { ...origin, orgId: org.id, org: org.slug }, { ...config.admin, hasher })
  const keepAddress = config.auditHashIps ? keepHashed(await getServerSecret(work, 'audit_address')) : keepPlain
  const uses = { scim: new TokenUses(), keys: new TokenUses(noteKeyUses), sessions: new TokenUses(noteSessionUses) }
  const activity = new ScimActivity()
  const flushUses = async (everything: boolean) => {
    for (const kind of [uses.scim, uses.keys, uses.sessions]) await kind.flush(work, clock.now(), { everything })
    await activity.flush(work)
  }
  const audit = new AuditBuffer({
    work,
    clock,
    reads: config.auditScimReads,
    alongside: () => flushUses(false),
    onError: (error) => log.failure(error, 'audit rows of reads could not be written; they are kept'),
  })
  const gauges = { pool: () => storage.database.statistics(), audit: () => audit.statistics() }
  const metrics = createMetrics(gauges, { process: options.processMetrics ?? false })
  const limiter = new RateLimiter({
    count: databaseCounter(storage.database.pool),
    clock,
    onError: (error) => log.failure(error, 'the rate limit could not be counted; the request went on'),
  })
  const attempts = new Attempts(storage.database.pool)
  const keys = { formKey: await getServerSecret(work, 'web_forms'), sealing: await getServerSecret(work, 'sealing') }
  let stopping = false
  const shared = {
    isStopping: () => stopping,
    clock,
    storage,
    org,
    audit,
    uses,
    activity,
    keepAddress,
    metrics,
    limiter,
    attempts,
    hasher,
    assets: loadAssets(),
  }
  const parts: Parts = { ...options, ...shared, ...keys }
  const servers = await listen(parts)
  audit.start()
  const stopChores = startChores(parts)
  return {
    ...servers,
    location: storage.location,
    storage,
    firstAdmin,
    async close({ drainMs } = { drainMs: 0 }) {
      stopping = true
      stopChores()
      await Promise.all(servers.running.map((server) => server.close({ drainMs, graceMs: STOP_REQUESTS_MS })))
      await audit.stop().catch((error: unknown) => log.failure(error, 'the last audit rows of reads could not be written; they are lost'))
      await flushUses(true).catch((error: unknown) => log.failure(error, 'when tokens were last used could not be written'))
      await storage.close(STOP_DATABASE_MS)
      log.event('info', 'stopped')
      log.flush()
    },
  }
}

/** Everything of one process. */
type Parts = AppOptions & RouteParts & { readonly clock: Clock; readonly metrics: Metrics }

type Listening = Pick<App, 'publicUrl' | 'port' | 'metricsPort'> & { readonly running: readonly HttpServer[] }

/** The port may be any free one, and the public URL may follow from it: routes that need it wait until it is known. */
async function listen(parts: Parts): Promise<Listening> {
  const { config, metrics } = parts
  const publicUrl = Promise.withResolvers<string>()
  const metricsRoute = createMetricsRoute(metrics)
  const main = serverOf(parts, [...createRoutes(parts, publicUrl.promise), ...(config.metricsPort === undefined ? [metricsRoute] : [])])
  const { port } = await main
    .listen({ host: config.host, port: config.port })
    .catch(explainListening(config.host, config.port, 'PLUR_PORT'))
  const running = [main]
  const url = config.publicUrl ?? defaultPublicUrl(config.host, port)
  try {
    publicUrl.resolve(url)
    if (config.metricsPort !== undefined) {
      const aside = serverOf(parts, [metricsRoute])
      await aside
        .listen({ host: config.host, port: config.metricsPort })
        .catch(explainListening(config.host, config.metricsPort, 'PLUR_METRICS_PORT'))
      running.push(aside)
    }
  } catch (error) {
    await main.close({ drainMs: 0, graceMs: 0 })
    throw error
  }
  return { publicUrl: url, port, metricsPort: config.metricsPort, running }
}

const LISTENING_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it',
  EACCES: 'this user may not use it',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

/** Says what to do when a port cannot be had. */
function explainListening(host: string, port: number, setting: string) {
  return (error: unknown): never => {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    const reason = Object.hasOwn(LISTENING_PROBLEMS, code) ? LISTENING_PROBLEMS[code] : code
    throw new Error(`Cannot listen on ${host}:${port}: ${reason}. PLUR_HOST and ${setting} choose another.`, { cause: error })
  }
}

function serverOf(parts: Parts, routes: readonly Route[]): HttpServer {
  const { config, clock, log, metrics, timeouts } = parts
  return createHttpServer({
    routes,
    errorForms: [scimErrorForm, apiErrorForm, ...pageErrorForms(parts.assets), plainErrorForm],
    https: config.publicUrl?.startsWith('https:') === true,
    trustProxy: config.trustProxy,
    clock,
    ...(timeouts === undefined ? {} : { timeouts }),
    onExchange: (exchange) => {
      log.exchange(exchange)
      metrics.exchange(exchange)
    },
    onError: (error, request) => log.failure(error, 'a request failed', request),
  })
}

async function letAuditGo(work: Work, monthsKept: number | undefined, requestId: string): Promise<void> {
  if (monthsKept !== undefined) await dropOldPartitions(work, { monthsKept, requestId })
}

/** What is due now and then. A failure is logged and tried again the next time. */
function startChores({ config, storage, clock, log }: Parts): () => void {
  const { work } = storage.database
  const chores: readonly [what: string, everyMs: number, run: () => Promise<unknown>][] = [
    ['old counters of the rate limit could not be removed', CLEAN_UP_MS, () => clearExpiredCounters(work, clock.now())],
    ['expiring tokens could not be announced', EXPIRIES_MS, () => announceExpiries(work, uuidV7(clock.now()))],
    ['old sessions could not be removed', SESSIONS_MS, () => forgetOldSessions(work)],
    ['counters of resources could not be gathered', COUNTS_MS, () => gatherCounts(work)],
    [NO_PARTITIONS, PARTITIONS_MS, () => makePartitions(work)],
    [
      'months of the audit log that are past keeping could not be dropped',
      PARTITIONS_MS,
      () => letAuditGo(work, config.auditRetentionMonths, uuidV7(clock.now())),
    ],
  ]
  const timers = chores.map(([what, everyMs, run]) => {
    const attempt = () => void run().catch((error: unknown) => log.failure(error, what))
    attempt()
    return setInterval(attempt, everyMs)
  })
  return () => timers.forEach((timer) => clearInterval(timer))
}
