// Whoever runs the product, beside the traffic: makes what no identity provider can make, straight on the primary.
import { issueApiKey } from '../../src/auth/api-keys.ts'
import { issueSession } from '../../src/auth/sessions.ts'
import { issueScimToken } from '../../src/auth/token-lifecycle.ts'
import type { AuditContext } from '../../src/audit/event.ts'
import { DatabaseUnavailable } from '../../src/db/failures.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { getOrg } from '../../src/directory/orgs.ts'
import { sql } from 'kysely'
import type { Credentials } from './ledger.ts'

const ORG = 'default'

export class Operator {
  #database: Database
  readonly orgId: string

  private constructor(database: Database, orgId: string) {
    this.#database = database
    this.orgId = orgId
  }

  /** The schema is there already. */
  static async at(url: string): Promise<Operator> {
    const database = open(url)
    return new Operator(database, (await getOrg(database.work, ORG)).id)
  }

  /** After a failover, on the new primary. */
  async move(url: string): Promise<void> {
    const before = this.#database
    this.#database = open(url)
    await before.close(0)
  }

  /** A SCIM token without a rate limit, unless it has one. */
  async token(name: string, ratePerSecond: number | null = null): Promise<string> {
    const request = { name, idp: 'generic', lifetimeSeconds: null, ratePerSecond, externalIdImmutable: false } as const
    return (await issueScimToken(this.#database.work, this.context(), request)).token
  }

  /** A key and a session of the account behind a SCIM user; undefined during an outage. */
  async mint(scimUserId: string): Promise<Credentials | undefined> {
    const { work } = this.#database
    try {
      const { rows } = await sql<{ id: string }>`
        select account_id::text as id from scim_resources where org_id = ${this.orgId}::uuid and id = ${scimUserId}::uuid`.execute(work.db)
      const accountId = rows[0]?.id ?? ''
      const { key } = await issueApiKey(work, this.context(), { accountId, name: 'chaos', lifetimeSeconds: null })
      const { token } = await issueSession(work, this.context(), { accountId, method: 'chaos' })
      return { key, session: token }
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return undefined
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#database.close(0)
  }

  private context(): AuditContext {
    return { orgId: this.orgId, org: ORG, actor: { kind: 'cli', user: 'chaos' }, channel: 'cli', requestId: crypto.randomUUID() }
  }
}

function open(connectionUrl: string): Database {
  return createDatabase({ connection: { kind: 'url', url: connectionUrl }, poolSize: 4, acquireTimeoutMs: 2_000 })
}
