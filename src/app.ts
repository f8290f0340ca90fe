// Wires everything by hand; the only file that knows all folders. One app is one process: a database, the listeners, and what they share.
import { createProvider, DEFAULT_LIMITS, GROUP_RESOURCE_TYPE, type ResourceType, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'
import { apiErrorForm, createApiRoute } from './api/routes.ts'
import { getAddressKey, keepHashed, keepPlain } from './audit/addresses.ts'
import { AuditBuffer } from './audit/buffer.ts'
import { makePartitions } from './audit/partitions.ts'
import { noteKeyUses } from './auth/api-keys.ts'
import { AccountAuthenticator } from './auth/authenticate-account.ts'
import { ScimAuthenticator } from './auth/authenticate.ts'
import { announceExpiries } from './auth/token-expiry.ts'
import { TokenUses } from './auth/token-uses.ts'
import { type Config, defaultPublicUrl } from './config.ts'
import { pendingMigrations } from './db/migrate.ts'
import type { Database } from './db/postgres.ts'
import { ensureOrg, type Org } from './directory/orgs.ts'
import type { Route } from './http/message.ts'
import { clearExpiredCounters, databaseCounter, RateLimiter } from './http/rate-limit.ts'
import { createHttpServer, type HttpServer, type Timeouts } from './http/server.ts'
import { createMetricsRoute, createStatusRoutes, plainErrorForm } from './http/status-routes.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Clock, systemClock } from './primitives/clock.ts'
import { uuidV7 } from './primitives/ids.ts'
import { Turns } from './primitives/turns.ts'
import { cursorCodec } from './scim/cursors.ts'
import { createDescriptionRoute } from './scim/description.ts'
import { createScimRoute, scimErrorForm } from './scim/routes.ts'
import { createScimStore } from './scim/store.ts'
import { openStorage, type Storage } from './storage.ts'

export type AppOptions = {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  readonly timeouts?: Timeouts
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
  /** Stops in order: nothing new, what runs finishes, the audit rows are written, the database is left. Ten seconds at most. */
  readonly close: () => Promise<void>
}

/** Connections of one process. More do not make it faster: writes wait for the disk, reads for the processor. */
const POOL_SIZE = 10
/** Requests of one organisation that may use the database at once, so that the others find a connection. */
const REQUESTS_AT_ONCE = POOL_SIZE - 2
const STOP_REQUESTS_MS = 6_000
const STOP_DATABASE_MS = 3_000
const CLEAN_UP_MS = 5 * 60_000
const EXPIRIES_MS = 60 * 60_000
const PARTITIONS_MS = 24 * 60 * 60_000
/** How long the database may take to say that it is there. */
const READY_MS = 2_000

/** Opens the database, brings it up to date, and listens. Throws what stands in the way, with what to do about it. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log } = options
  const storage = await openStorage({
    source: config.database,
    poolSize: POOL_SIZE,
    onEmbeddedEvent: ({ level, message }) => log.event(level, message),
    onConnectionLost: (error) => log.failure(error, 'a database connection was lost'),
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
  const org = await ensureOrg(work, config.org, { actor: { kind: 'system' }, channel: 'system', requestId: uuidV7(clock.now()) })
  const keepAddress = config.auditHashIps ? keepHashed(await getAddressKey(work)) : keepPlain
  const uses = new TokenUses()
  const keyUses = new TokenUses(noteKeyUses)
  const audit = new AuditBuffer({
    work,
    clock,
    reads: config.auditScimReads,
    alongside: async (work) => {
      await uses.flush(work)
      await keyUses.flush(work)
    },
    onError: (error) => log.failure(error, 'audit rows of reads could not be written; they are kept'),
  })
  const gauges = { pool: () => storage.database.statistics(), audit: () => audit.statistics() }
  const metrics = createMetrics(gauges, { process: options.processMetrics ?? false })
  const limiter = new RateLimiter({
    count: databaseCounter(storage.database.pool),
    clock,
    onError: (error) => log.failure(error, 'the rate limit could not be counted; the request went on'),
  })
  const parts: Parts = { ...options, clock, storage, org, audit, uses, keyUses, keepAddress, metrics, limiter }
  const servers = await listen(parts)
  audit.start()
  const stopChores = startChores(parts)
  return {
    ...servers,
    location: storage.location,
    storage,
    async close() {
      stopChores()
      await Promise.all(servers.running.map((server) => server.close(STOP_REQUESTS_MS)))
      await audit.stop().catch((error: unknown) => log.failure(error, 'the last audit rows of reads could not be written; they are lost'))
      await storage.close(STOP_DATABASE_MS)
      log.event('info', 'stopped')
      log.flush()
    },
  }
}

type Parts = AppOptions & {
  readonly clock: Clock
  readonly storage: Storage
  readonly org: Org
  readonly audit: AuditBuffer
  readonly uses: TokenUses
  readonly keyUses: TokenUses
  readonly keepAddress: (address: string) => string
  readonly metrics: Metrics
  readonly limiter: RateLimiter
}

type Listening = Pick<App, 'publicUrl' | 'port' | 'metricsPort'> & { readonly running: readonly HttpServer[] }

/** The port may be any free one, and the public URL may follow from it: routes that need it wait until it is known. */
async function listen(parts: Parts): Promise<Listening> {
  const { config, metrics, storage } = parts
  const ready = Promise.withResolvers<Route>()
  const scim: Route = {
    pattern: '/scim/*',
    handle: async (request) => (await ready.promise).handle(request),
  }
  let publicUrl = config.publicUrl ?? ''
  const status = createStatusRoutes({ obstacles: () => obstacles(storage.database), welcome: () => welcome(publicUrl) })
  const metricsRoute = createMetricsRoute(metrics)
  const main = serverOf(parts, [
    scim,
    createDescriptionRoute(resourceTypesOf(parts)),
    apiRoute(parts),
    ...status,
    ...(config.metricsPort === undefined ? [metricsRoute] : []),
  ])
  const { port } = await main
    .listen({ host: config.host, port: config.port })
    .catch(explainListening(config.host, config.port, 'PLUR_PORT'))
  const running = [main]
  try {
    publicUrl = config.publicUrl ?? defaultPublicUrl(config.host, port)
    ready.resolve(scimRoute(parts, publicUrl))
    if (config.metricsPort !== undefined) {
      const aside = serverOf(parts, [metricsRoute])
      await aside
        .listen({ host: config.host, port: config.metricsPort })
        .catch(explainListening(config.host, config.metricsPort, 'PLUR_METRICS_PORT'))
      running.push(aside)
    }
  } catch (error) {
    await main.close(0)
    throw error
  }
  return { publicUrl, port, metricsPort: config.metricsPort, running }
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
    errorForms: [scimErrorForm, apiErrorForm, plainErrorForm],
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

function scimRoute(parts: Parts, publicUrl: string): Route {
  const { config, clock, storage, audit, uses, keepAddress, limiter, org } = parts
  const { work } = storage.database
  const baseUrl = `${publicUrl}/scim/v2`
  const provider = createProvider({
    baseUrl,
    resourceTypes: resourceTypesOf(parts),
    store: createScimStore({
      work,
      baseUrl,
      hardDelete: config.scimHardDelete,
      recordRead: (context, event) => audit.recordRead(context, event),
      onFailure: (error, requestId) => parts.log.failure(error, 'an operation of a Bulk failed', { id: requestId }),
    }),
    cursors: cursorCodec,
    now: clock.now,
  })
  return createScimRoute({
    handle: provider.handle,
    authenticator: new ScimAuthenticator(work),
    limiter,
    audit,
    uses,
    keepAddress,
    clock,
    turns: new Turns(REQUESTS_AT_ONCE),
    limits: DEFAULT_LIMITS,
    operator: { orgId: org.id, org: org.slug },
  })
}

function resourceTypesOf({ resourceTypes = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE] }: AppOptions): readonly ResourceType[] {
  return resourceTypes
}

function apiRoute({ clock, storage, audit, keyUses, keepAddress, limiter, org }: Parts): Route {
  const { work } = storage.database
  return createApiRoute({
    work,
    audit,
    clock,
    limiter,
    keepAddress,
    authenticator: new AccountAuthenticator(work),
    uses: keyUses,
    operator: { orgId: org.id, org: org.slug },
  })
}

async function obstacles(database: Database): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>()
  const timer = setTimeout(() => late.resolve(['the database does not answer in time']), READY_MS)
  const asked = pendingMigrations(database.kysely).then(
    (pending) => (pending.length === 0 ? [] : [`migrations are pending: ${pending.join(', ')}`]),
    (error: unknown) => [error instanceof Error && error.name === 'DatabaseTooNew' ? error.message : 'the database cannot be reached'],
  )
  return Promise.race([asked, late.promise]).finally(() => clearTimeout(timer))
}

function welcome(publicUrl: string): string {
  return `PLUR Enterprise
SCIM 2.0 provisioning (RFC 7643, RFC 7644, RFC 9865).

Identity providers connect to   ${publicUrl}/scim/v2
with a token made by            plur-enterprise scim-token create --name NAME --idp okta|entra|generic
Is it alive, is it ready        ${publicUrl}/healthz  ${publicUrl}/readyz
`
}

/** What is due now and then. A failure is logged and tried again the next time. */
function startChores({ storage, clock, log }: Parts): () => void {
  const { work } = storage.database
  const chores: readonly [what: string, everyMs: number, run: () => Promise<unknown>][] = [
    ['old counters of the rate limit could not be removed', CLEAN_UP_MS, () => clearExpiredCounters(work, clock.now())],
    ['expiring tokens could not be announced', EXPIRIES_MS, () => announceExpiries(work, uuidV7(clock.now()))],
    ['partitions of the audit log could not be made', PARTITIONS_MS, () => makePartitions(work)],
  ]
  const timers = chores.map(([what, everyMs, run]) => {
    const attempt = () => void run().catch((error: unknown) => log.failure(error, what))
    attempt()
    return setInterval(attempt, everyMs)
  })
  return () => timers.forEach((timer) => clearInterval(timer))
}
