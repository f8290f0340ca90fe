// Everything that is served, put together: which routes there are and what each of them works with.
import { createProvider, DEFAULT_LIMITS, GROUP_RESOURCE_TYPE, type ResourceType, USER_RESOURCE_TYPE } from '@plur-enterprise/scim'
import { adminPages } from './admin/pages.ts'
import { ssoPages } from './admin/sso-pages.ts'
import { createApiRoute } from './api/routes.ts'
import type { KeepAddress } from './audit/addresses.ts'
import type { AuditBuffer } from './audit/buffer.ts'
import { AccountAuthenticator } from './auth/authenticate-account.ts'
import { ScimAuthenticator } from './auth/authenticate.ts'
import { Oidc } from './auth/oidc.ts'
import type { PasswordHasher } from './auth/password-hash.ts'
import type { ScimActivity } from './auth/scim-activity.ts'
import type { TokenUses } from './auth/token-uses.ts'
import type { Config } from './config.ts'
import { pendingMigrations } from './db/migrate.ts'
import type { Database } from './db/postgres.ts'
import type { Org } from './directory/orgs.ts'
import type { Attempts } from './http/attempts.ts'
import type { ErrorForm, HttpRequest, Route } from './http/message.ts'
import type { RateLimiter } from './http/rate-limit.ts'
import { createStatusRoutes } from './http/status-routes.ts'
import type { Log } from './log.ts'
import type { Clock } from './primitives/clock.ts'
import { Turns } from './primitives/turns.ts'
import { createCursorCodec } from './scim/cursors.ts'
import { createDescriptionRoute } from './scim/description.ts'
import { createScimRoute } from './scim/routes.ts'
import { createScimStore } from './scim/store.ts'
import { selfPages } from './self/pages.ts'
import { signInPages } from './signin/pages.ts'
import type { Storage } from './storage.ts'
import type { Assets } from './web/assets.ts'
import { createCookies } from './web/cookies.ts'
import { Csrf } from './web/csrf.ts'
import { createGate } from './web/gate.ts'
import { createPagesRoute } from './web/pages.ts'
import { pageErrorForm, SIGN_IN_PATH } from './web/refusals.tsx'

/** What routes are made of; one of each for a process. */
export type RouteParts = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly storage: Storage
  /** Where failures are recorded that belong to no organisation. */
  readonly org: Org
  readonly audit: AuditBuffer
  readonly uses: { readonly scim: TokenUses; readonly keys: TokenUses; readonly sessions: TokenUses }
  readonly activity: ScimActivity
  readonly keepAddress: KeepAddress
  readonly limiter: RateLimiter
  readonly attempts: Attempts
  readonly hasher: PasswordHasher
  readonly assets: Assets
  /** Shared by all processes; ties forms to our pages. */
  readonly formKey: Buffer
  /** Shared by all processes; seals secrets at rest and what browsers keep. */
  readonly sealing: Buffer
  /** Once true it stays so: load balancers are told to look elsewhere. */
  readonly isStopping: () => boolean
  /** What SCIM serves; users and groups unless said otherwise. */
  readonly resourceTypes?: readonly ResourceType[]
}

/** Operations of one organisation that may use the database at once, so that the others find a connection. */
export const OPERATIONS_AT_ONCE = 8
/** How long an operation waits for its turn: with a database that has fallen silent, nobody's would come for long. */
const TURN_MS = 20_000
/** How long the database may take to say that it is there. */
const READY_MS = 2_000

/** All routes. Those that tell their own address wait for it. */
export function createRoutes(parts: RouteParts, publicUrl: Promise<string>): readonly Route[] {
  const { storage, assets } = parts
  const accounts = new AccountAuthenticator(storage.database.work)
  const pages = publicUrl.then((url) => pageRoutes(parts, accounts, url))
  return [
    late(
      '/scim/*',
      publicUrl.then((url) => scimRoute(parts, url)),
    ),
    createDescriptionRoute(resourceTypesOf(parts)),
    apiRoute(parts, accounts),
    ...PAGE_PREFIXES.map((prefix) =>
      late(
        `${prefix}/*`,
        pages.then((routes) => routes[prefix]),
      ),
    ),
    assets.route,
    ...createStatusRoutes({
      obstacles: () => (parts.isStopping() ? Promise.resolve(['the server is stopping']) : obstacles(storage.database)),
      welcome: async () => welcome(await publicUrl),
      home: async (request) => homeFor(accounts, request, await publicUrl),
    }),
  ]
}

const PAGE_PREFIXES = ['/admin', '/me', '/auth'] as const

/** Errors of pages are pages. */
export const pageErrorForms = (assets: Assets): readonly ErrorForm[] =>
  [...PAGE_PREFIXES, '/assets'].map((prefix) => pageErrorForm(prefix, assets))

function late(pattern: string, route: Promise<Route>): Route {
  return { pattern, handle: async (request) => (await route).handle(request) }
}

function pageRoutes(
  parts: RouteParts,
  authenticator: AccountAuthenticator,
  publicUrl: string,
): Readonly<Record<(typeof PAGE_PREFIXES)[number], Route>> {
  const { config, storage, audit, clock, assets, keepAddress, uses, formKey, org: homeOrg } = parts
  const cookies = cookiesAt(publicUrl)
  const csrf = new Csrf({ cookies, key: formKey, publicUrl })
  const services = { work: storage.database.work, audit, clock, cookies, assets, publicUrl, homeOrg, scimTokenDays: config.scimTokenDays }
  const { admins, members, anyone, checkForm } = createGate({ ...services, csrf, authenticator, sessionUses: uses.sessions, keepAddress })
  const signIn = { ...parts, authenticator, oidc: new Oidc({ clock }) }
  return {
    '/admin': createPagesRoute({ prefix: '/admin', pages: [...adminPages(parts), ...ssoPages(signIn)], enter: admins, checkForm }),
    '/me': createPagesRoute({ prefix: '/me', pages: selfPages(signIn), enter: members, checkForm }),
    '/auth': createPagesRoute({ prefix: '/auth', pages: signInPages(signIn), enter: anyone, checkForm }),
  }
}

const cookiesAt = (publicUrl: string) => createCookies({ https: publicUrl.startsWith('https:') })

/** Where a browser goes that was told no path. */
async function homeFor(authenticator: AccountAuthenticator, request: HttpRequest, publicUrl: string): Promise<string> {
  const sessionCookie = cookiesAt(publicUrl).read(request, 'session')
  const found = await authenticator.authenticate({ authorization: [], sessionCookie })
  if (found.kind === 'refused') return SIGN_IN_PATH
  return found.principal.orgRole === 'org_admin' ? '/admin' : '/me'
}

function scimRoute(parts: RouteParts, publicUrl: string): Route {
  const { config, clock, storage, audit, uses, activity, keepAddress, limiter, org } = parts
  const { work } = storage.database
  const baseUrl = `${publicUrl}/scim/v2`
  const provider = createProvider({
    baseUrl,
    resourceTypes: resourceTypesOf(parts),
    store: createScimStore({
      work,
      turns: new Turns(OPERATIONS_AT_ONCE, TURN_MS),
      baseUrl,
      hardDelete: config.scimHardDelete,
      onFailure: (error, requestId) => parts.log.failure(error, 'an operation of a Bulk failed', { id: requestId }),
    }),
    cursors: createCursorCodec(),
    now: clock.now,
  })
  return createScimRoute({
    handle: provider.handle,
    authenticator: new ScimAuthenticator(work),
    limiter,
    audit,
    uses: uses.scim,
    activity,
    keepAddress,
    clock,
    limits: DEFAULT_LIMITS,
    operator: { orgId: org.id, org: org.slug },
  })
}

function resourceTypesOf({ resourceTypes = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE] }: RouteParts): readonly ResourceType[] {
  return resourceTypes
}

function apiRoute({ clock, storage, audit, uses, keepAddress, limiter, org }: RouteParts, authenticator: AccountAuthenticator): Route {
  const { work } = storage.database
  return createApiRoute({
    work,
    audit,
    clock,
    limiter,
    keepAddress,
    authenticator,
    uses: uses.keys,
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
