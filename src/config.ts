// The settings (design section 2): from environment variables to a checked configuration. Pure; all problems are found at once.
import { isIP } from 'node:net'
import { z } from 'zod'
import { nearest } from './primitives/edit-distance.ts'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type Config = {
  readonly host: string
  readonly port: number
  /** Without a slash at its end. Undefined: from host and port, once the port is known. */
  readonly publicUrl: string | undefined
  readonly database:
    | { readonly kind: 'embedded'; readonly dataDir: string }
    | { readonly kind: 'external'; readonly url: string; readonly ownerUrl: string | undefined }
  /** Slug of the first organisation, made at the first start. */
  readonly org: string
  /** Of the first admin, made when nobody can sign in; the password has to be changed then. */
  readonly admin: { readonly email: string | undefined; readonly password: string | undefined }
  readonly scimHardDelete: boolean
  /** Life of a SCIM token for which nobody said otherwise. */
  readonly scimTokenDays: number
  readonly auditHashIps: boolean
  readonly auditScimReads: boolean
  /** Whole months of the audit log that are kept beside the one going on. Undefined: all of them. */
  readonly auditRetentionMonths: number | undefined
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[]
  readonly logLevel: LogLevel
  /** Undefined: `/metrics` is served beside everything else. */
  readonly metricsPort: number | undefined
  /** Things to tell the operator at start. */
  readonly warnings: readonly string[]
}

/** Everything that is wrong with the settings. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port number')
  .max(65_535, 'must be at most 65535')
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')

const databaseUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
    'must look like postgresql://user:password@host:5432/database',
  )

const SETTINGS = {
  PLUR_HOST: z.string().default('127.0.0.1'),
  PLUR_PORT: port.default(8080),
  PLUR_PUBLIC_URL: z.string().optional(),
  PLUR_DATABASE_URL: databaseUrl.optional(),
  PLUR_DATABASE_OWNER_URL: databaseUrl.optional(),
  PLUR_DATA_DIR: z.string().optional(),
  PLUR_ORG: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be small letters, digits and hyphens, at most 63')
    .default('default'),
  PLUR_ADMIN_EMAIL: z
    .string()
    .regex(/^[^\s\p{C}@]+@[^\s\p{C}@]+$/u, 'must be an e-mail address')
    .max(254, 'must be an e-mail address')
    .optional(),
  PLUR_ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').max(256, 'must have at most 256 characters').optional(),
  PLUR_SCIM_HARD_DELETE: flag.default(false),
  PLUR_SCIM_TOKEN_DAYS: z.coerce
    .number('must be a number of days')
    .int('must be whole days')
    .min(1, 'must be at least 1')
    .max(3650, 'must be at most 3650')
    .default(365),
  PLUR_AUDIT_HASH_IPS: flag.default(false),
  PLUR_AUDIT_SCIM_READS: flag.default(true),
  PLUR_AUDIT_RETENTION_MONTHS: z.coerce
    .number('must be a number of months')
    .int('must be whole months')
    .min(1, 'must be at least 1')
    .max(1200, 'must be at most 1200')
    .optional(),
  PLUR_TRUST_PROXY: z.string().optional(),
  PLUR_ALLOW_PLAIN_HTTP: flag.default(false),
  PLUR_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be one of fatal, error, warn, info, debug, trace, silent')
    .default('info'),
  PLUR_METRICS_PORT: port.min(1, 'must be at least 1').optional(),
  /** Read by `doctor` and `simulate`; known here so that it may stand in the same file. */
  PLUR_SCIM_TOKEN: z.string().optional(),
}
const SCHEMA = z.object(SETTINGS)
type Values = z.infer<typeof SCHEMA>

/** Reads the `PLUR_*` variables; an empty one counts as not set. Throws a `ConfigError`. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('PLUR_') && value !== undefined && value.trim() !== '')
  const problems = given.flatMap(([name]) => (Object.hasOwn(SETTINGS, name) ? [] : [unknownSetting(name)]))
  const parsed = SCHEMA.safeParse(Object.fromEntries(given))
  if (!parsed.success)
    throw new ConfigError([...problems, ...parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`)])
  const values = parsed.data
  const trustProxy = parseTrustProxy(values.PLUR_TRUST_PROXY ?? 'false', problems)
  const publicUrl = parsePublicUrl(values, problems)
  if (values.PLUR_DATABASE_OWNER_URL !== undefined && values.PLUR_DATABASE_URL === undefined) {
    problems.push('PLUR_DATABASE_OWNER_URL needs PLUR_DATABASE_URL beside it; the embedded database has its own roles.')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    host: values.PLUR_HOST,
    port: values.PLUR_PORT,
    publicUrl,
    database:
      values.PLUR_DATABASE_URL === undefined
        ? { kind: 'embedded', dataDir: values.PLUR_DATA_DIR ?? './data' }
        : { kind: 'external', url: values.PLUR_DATABASE_URL, ownerUrl: values.PLUR_DATABASE_OWNER_URL },
    org: values.PLUR_ORG,
    admin: { email: values.PLUR_ADMIN_EMAIL, password: values.PLUR_ADMIN_PASSWORD },
    scimHardDelete: values.PLUR_SCIM_HARD_DELETE,
    scimTokenDays: values.PLUR_SCIM_TOKEN_DAYS,
    auditHashIps: values.PLUR_AUDIT_HASH_IPS,
    auditScimReads: values.PLUR_AUDIT_SCIM_READS,
    auditRetentionMonths: values.PLUR_AUDIT_RETENTION_MONTHS,
    trustProxy,
    logLevel: values.PLUR_LOG_LEVEL,
    metricsPort: values.PLUR_METRICS_PORT,
    warnings: warningsAbout(values),
  }
}

/** The address clients use when no public URL is set. A wildcard host is no address, so that is this machine. */
export function defaultPublicUrl(host: string, port: number): string {
  const name = isWildcard(host) ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host
  return `http://${name}:${port}`
}

function unknownSetting(name: string): string {
  const meant = nearest(name, Object.keys(SETTINGS))
  return `${name} is not a setting.${meant === undefined ? '' : ` Did you mean ${meant}?`}`
}

function parsePublicUrl(values: Values, problems: string[]): string | undefined {
  const text = values.PLUR_PUBLIC_URL
  const url = text === undefined ? new URL(defaultPublicUrl(values.PLUR_HOST, values.PLUR_PORT)) : URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    problems.push('PLUR_PUBLIC_URL must be a URL that begins with https:// (or http:// on this machine).')
    return undefined
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    problems.push('PLUR_PUBLIC_URL must have no query, fragment, user or password.')
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !values.PLUR_ALLOW_PLAIN_HTTP) {
    problems.push(
      `${text === undefined ? 'PLUR_HOST' : 'PLUR_PUBLIC_URL'} would have tokens cross the network in clear (RFC 7644 section 7.2). ` +
        'Put a proxy with TLS in front and set PLUR_PUBLIC_URL to its https address; ' +
        'in a closed test network, PLUR_ALLOW_PLAIN_HTTP=true does without.',
    )
  }
  return text === undefined ? undefined : url.href.replace(/\/+$/, '')
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

const PRIVATE_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'] as const

/** `true`: any proxy with a private address. Otherwise addresses, networks such as 10.0.0.0/8, and the three names. */
function parseTrustProxy(text: string, problems: string[]): readonly string[] {
  if (text === 'false') return []
  if (text === 'true') return PRIVATE_NETWORKS
  const entries = text.split(',').map((entry) => entry.trim())
  const wrong = entries.filter((entry) => !PRIVATE_NETWORKS.some((name) => name === entry) && !isNetwork(entry))
  if (wrong.length > 0) {
    problems.push(
      `PLUR_TRUST_PROXY must list the proxies' addresses or networks, such as 10.0.0.0/8, or ${PRIVATE_NETWORKS.join(', ')}; not ${wrong.join(', ')}.`,
    )
  }
  return entries
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function warningsAbout(values: Values): readonly string[] {
  const warnings: string[] = []
  if (values.PLUR_DATABASE_URL !== undefined && values.PLUR_DATA_DIR !== undefined) {
    warnings.push('PLUR_DATA_DIR has no effect beside PLUR_DATABASE_URL.')
  }
  if (values.PLUR_ALLOW_PLAIN_HTTP) warnings.push('PLUR_ALLOW_PLAIN_HTTP is set: tokens may cross the network in clear.')
  if (values.PLUR_PUBLIC_URL === undefined && isWildcard(values.PLUR_HOST)) {
    warnings.push('PLUR_PUBLIC_URL is not set: locations in responses begin with http://localhost, which only this machine can follow.')
  }
  return warnings
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
