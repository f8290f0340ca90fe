// One real server on a database of its own for a test file, and organisations on it for each test.
import { createServer } from 'node:http'
import { randomBytes } from 'node:crypto'
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { type App, type AppOptions, startApp } from '../../src/app.ts'
import type { AuditContext } from '../../src/audit/event.ts'
import type { Idp } from '../../src/auth/scim-tokens.ts'
import { issueScimToken, revokeScimToken } from '../../src/auth/token-lifecycle.ts'
import { parseConfig } from '../../src/config.ts'
import { clientConfig } from '../../src/db/connection-target.ts'
import { createLocalAccount } from '../../src/directory/accounts.ts'
import { createOrg } from '../../src/directory/orgs.ts'
import type { Log } from '../../src/log.ts'
import { mintToken } from '../../src/primitives/token.ts'
import { recount } from './counts.ts'
import { type ScimClient, scimClient } from './scim.ts'
import { type TestDatabase, testDatabase } from './database.ts'

export type Org = ScimClient & { readonly orgId: string; readonly slug: string; readonly token: string; readonly tokenId: string }

export type OrgOptions = { readonly idp?: Idp; readonly ratePerSecond?: number | null }

/** The path of the service root. */
const ROOT = '/scim/v2'
/** A self-signed certificate of nobody, DER. */
const CERTIFICATE =
  'MIIBdDCCARugAwIBAgIUZP/EEXfND0Snq3nOIkLocf+mw1wwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMyMzMwMzFaGA8yMTI2MTAzMDIzMzAzMVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCo8o4IfSHpeZWDYu6TrcAnCcnRkZsi+LWRYJEsk5lftGvSKrCNnJ8NILgBdoBrTany8Yn7RP4TdpkeNtP46smOjUzBRMB0GA1UdDgQWBBTFGfIgc14eTQcOHW1c/tjq5chvyjAfBgNVHSMEGDAWgBTFGfIgc14eTQcOHW1c/tjq5chvyjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFKLdvt9rKAJJIAwT5+HrTjuRFt8ph6q+14XHUPILvs+AiBsyP8TaTO5I2Mh6jNaUvnZaqV6MHbXnqWuV3Mo8z7FmQ=='
const LIFETIME_SECONDS = 365 * 24 * 60 * 60
const SILENT: Log = { exchange: () => undefined, failure: () => undefined, event: () => undefined, flush: () => undefined }

type Started = { readonly app: App; readonly origin: string }

/**
 * Starts the server before the file's tests and stops it after them. `env` are further settings, such as PLUR_SCIM_HARD_DELETE; `prepare`
 * is given the database before the server.
 */
export function useServer(
  env: Readonly<Record<string, string>> = {},
  options: Partial<AppOptions> = {},
  prepare: (database: TestDatabase) => Promise<void> = () => Promise.resolve(),
) {
  let database: TestDatabase | undefined
  let reader: Client | undefined
  const started: Started[] = []
  const traps: (() => void)[] = []
  const failures: unknown[] = []
  const log: Log = { ...SILENT, failure: (error, message) => void failures.push({ message, error }) }

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the server has not been started: use it inside tests')
    return value
  }
  const start = async (): Promise<Started> => {
    const config = parseConfig({ PLUR_PORT: '0', PLUR_LOG_LEVEL: 'silent', ...there(database).env, ...env })
    const app = await startApp({ config, log, ...options })
    const one = { app, origin: `http://127.0.0.1:${app.port}` }
    started.push(one)
    return one
  }
  beforeAll(async () => {
    database = await testDatabase()
    await prepare(database)
    reader = new Client(clientConfig(database.readerConnection))
    await reader.connect()
    await start()
  }, 120_000)
  afterAll(async () => {
    for (const close of traps) close()
    await reader?.end()
    await Promise.all(started.map(({ app }) => app.close()))
    const logged = failures.splice(0)
    await database?.drop()
    expect(logged, 'what the server logged as bugs and outages').toEqual([])
  }, 60_000)

  const first = () => there(started[0])
  const work = () => first().app.storage.database.work
  const clientAt = ({ app, origin }: Started, token: string | undefined): ScimClient =>
    scimClient({ origin, root: ROOT, base: app.publicUrl + ROOT, token })

  async function rows(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await there(reader).query<Record<string, unknown>>(text, [...values])).rows
  }

  async function mint(org: { id: string; slug: string }, { idp = 'generic', ratePerSecond = null }: OrgOptions): Promise<Org> {
    const request = { name: 'test connection', idp, lifetimeSeconds: LIFETIME_SECONDS, ratePerSecond }
    const { token, row } = await issueScimToken(work(), contextOf(org), request)
    return { ...clientAt(first(), token), orgId: org.id, slug: org.slug, token, tokenId: row.id }
  }

  return {
    root: ROOT,
    certificate: Buffer.from(CERTIFICATE, 'base64'),
    get origin() {
      return first().origin
    },
    get base() {
      return first().app.publicUrl + ROOT
    },
    /** The connection string of its database. */
    get databaseUrl() {
      return there(database).url
    },
    get app() {
      return first().app
    },
    /** Rows, read by a role that can change nothing. */
    rows,
    /** Rows that are written a little later: waits for the first. */
    eventually: (text: string, values: readonly unknown[] = []) =>
      vi.waitFor(
        async () => {
          const found = await rows(text, values)
          expect(found.length, text).toBeGreaterThan(0)
          return found
        },
        { timeout: 5000, interval: 50 },
      ),
    /** A statement of the tables' owner. */
    asOwner: async (text: string): Promise<void> => {
      const owner = new Client(clientConfig(there(database).connection))
      await owner.connect()
      try {
        await owner.query(text)
      } finally {
        await owner.end()
      }
    },
    /** A new organisation with one token. */
    async org(wanted: OrgOptions = {}): Promise<Org> {
      const slug = `o${randomBytes(8).toString('hex')}`
      return mint(await createOrg(work(), slug, { actor: { kind: 'system' }, channel: 'system', requestId: slug }), wanted)
    },
    /** A second token of the same organisation. */
    anotherToken: (org: Org, wanted: OrgOptions = {}): Promise<Org> => mint({ id: org.orgId, slug: org.slug }, wanted),
    anonymous: (): ScimClient => clientAt(first(), undefined),
    /** A second process's worth of server on the same database. */
    async another() {
      const one = await start()
      return { ...one, clientOf: (org: Org): ScimClient => clientAt(one, org.token) }
    },
    revoke: (org: Org) => revokeScimToken(work(), contextOf({ id: org.orgId, slug: org.slug }), org.tokenId),
    expire: (org: Org) => sql`update scim_tokens set expires_at = now() - interval '1 second' where id = ${org.tokenId}`.execute(work().db),
    /** Sound in form, and never issued. */
    unknownToken: () => mintToken('scim').token,
    /** A local account, which no identity provider made. */
    async localAccount(orgId: string, userName: string, more: { email?: string; admin?: boolean } = {}): Promise<string> {
      const { email, admin = false } = more
      const person = {
        userName,
        userNameKey: fold(userName),
        displayName: userName,
        email,
        emailKey: email === undefined ? undefined : fold(email),
        active: true,
      }
      const account = await createLocalAccount(work(), orgId, { ...person, orgRole: admin ? 'org_admin' : 'member' })
      return there(account).id
    },
    /** Members by the thousand, made beside the protocol. Their ids. */
    async fillGroup(orgId: string, groupId: string, count: number): Promise<string[]> {
      const { rows: made } = await sql<{ id: string }>`
        with people as (
          insert into scim_resources (org_id, id, type, unique_key, json, comparable)
          select ${orgId}::uuid, i.id, 'User', i.id::text, json_build_object('schemas', json_build_array('urn:ietf:params:scim:schemas:core:2.0:User'),
            'id', i.id, 'userName', i.id)::text, json_build_object('userName', i.id)::jsonb
          from (select gen_random_uuid() as id from generate_series(1, ${count}::integer)) i
          returning id
        ), joined as (
          insert into scim_group_members (org_id, group_id, member_id, member_type) select ${orgId}::uuid, ${groupId}::uuid, id, 'User' from people
        )
        select id::text from people`.execute(work().db)
      await recount(work(), orgId)
      return made.map((row) => row.id)
    },
    /** Groups by the hundred as an IdP would have pushed them, with one member, made beside the protocol. `nameOf`: SQL over the number `i`. */
    async pushGroups(orgId: string, { count, nameOf, member }: { count: number; nameOf: string; member: string }): Promise<void> {
      const name = sql.raw(nameOf)
      await sql`
        with pushed as (
          insert into scim_resources (org_id, id, type, unique_key, json, comparable)
          select ${orgId}::uuid, gen_random_uuid(), 'Group', lower(${name}), json_build_object('displayName', ${name})::text,
            jsonb_build_object('displayName', lower(${name}))
          from generate_series(0, ${count - 1}::integer) i
          returning id
        )
        insert into scim_group_members (org_id, group_id, member_id, member_type) select ${orgId}::uuid, id, ${member}::uuid, 'User' from pushed
      `.execute(work().db)
      await recount(work(), orgId)
    },
    /** Whether a text stands anywhere in the database, in any column of any row. */
    async databaseContains(text: string, orgId?: string, except: readonly string[] = []): Promise<boolean> {
      for (const table of await tables(rows)) {
        if (except.includes(table.name) || (orgId !== undefined && !table.ofOrg)) continue
        const where = orgId === undefined ? '' : ` and org_id = '${orgId}'`
        const [found] = await rows(`select exists (select from ${table.name} t where strpos(t::text, $1) > 0${where}) as found`, [text])
        if (found?.['found'] === true) return true
      }
      return false
    },
    /** Every row of every table as text, behind the name of its table. */
    async dump(): Promise<string[]> {
      const found: string[] = []
      for (const { name } of await tables(rows))
        for (const { row } of await rows(`select t::text as row from ${name} t`)) found.push(`${name} ${String(row)}`)
      return found
    },
    /** A fingerprint of everything that an organisation has, its audit rows and the use of its tokens left out. */
    async snapshot(orgId: string): Promise<Record<string, unknown>> {
      const marks: Record<string, unknown> = {}
      for (const table of await tables(rows)) {
        if (!table.ofOrg || /^(audit_log|scim_tokens|scim_activity)/.test(table.name)) continue
        const [mark] = await rows(
          `select count(*)::int as n, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as mark from ${table.name} t where org_id = $1`,
          [orgId],
        )
        marks[table.name] = mark
      }
      return marks
    },
    /** A listener on loopback that nothing has any business to visit. */
    async trap(): Promise<{ url: string; visits: () => number }> {
      let visits = 0
      const listener = createServer((_, answer) => {
        visits += 1
        answer.end()
      })
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
      traps.push(() => listener.close())
      const address = listener.address()
      if (typeof address !== 'object' || address === null) throw new Error('a listener without a port')
      return { url: `http://127.0.0.1:${address.port}/trap.png`, visits: () => visits }
    },
  }
}

export type TestServer = ReturnType<typeof useServer>

const contextOf = (org: { id: string; slug: string }): AuditContext => ({
  orgId: org.id,
  org: org.slug,
  actor: { kind: 'system' },
  channel: 'system',
  requestId: 'test',
})

async function tables(rows: (text: string) => Promise<Record<string, unknown>[]>): Promise<{ name: string; ofOrg: boolean }[]> {
  const found = await rows(`
    select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id') as "ofOrg"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition`)
  return found.map((row) => ({ name: String(row['name']), ofOrg: row['ofOrg'] === true }))
}
