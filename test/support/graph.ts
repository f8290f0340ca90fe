// The permission graph of an organisation in few words, for tests: what an admin does, and what people can reach.
import { fold } from '@plur-enterprise/scim'
import { sql } from 'kysely'
import { expect } from 'vitest'
import type { AuditContext } from '../../src/audit/event.ts'
import type { Work } from '../../src/db/work.ts'
import { findAccount } from '../../src/directory/accounts.ts'
import { resolveAccess, type ScopeAccess } from '../../src/permissions/access.ts'
import { changeSettings, findListedGroup, type ListedGroup, switchGroups } from '../../src/permissions/selecting.ts'
import type { SettingsChange } from '../../src/permissions/settings.ts'
import type { Org, TestServer } from './server.ts'

export const adminContext = (org: Pick<Org, 'orgId' | 'slug'>): AuditContext => ({
  orgId: org.orgId,
  org: org.slug,
  actor: { kind: 'cli', user: 'admin' },
  channel: 'cli',
  requestId: 'admin-request',
})

/** A graph on the server's database. */
export function graphOf(server: Pick<TestServer, 'app'>, org: Org) {
  const work: Work = server.app.storage.database.work
  const context = adminContext(org)
  const accountId = async (userName: string): Promise<string> => {
    const account = await findAccount(work, org.orgId, { userNameKey: fold(userName) })
    expect(account, userName).toBeDefined()
    return account?.id ?? ''
  }
  const access = async (userName: string): Promise<readonly ScopeAccess[]> =>
    resolveAccess(work, { orgId: org.orgId, accountId: await accountId(userName) })
  const shared = (scopes: readonly ScopeAccess[]) => scopes.filter(({ kind }) => !['global', 'org', 'user'].includes(kind))
  return {
    work,
    context,
    accountId,
    access,
    /** Names of the group, project and space scopes that a person reads. */
    reads: async (userName: string): Promise<string[]> => shared(await access(userName)).map(({ name }) => name),
    /** Those that the person writes. */
    writes: async (userName: string): Promise<string[]> =>
      shared(await access(userName))
        .filter(({ writable }) => writable)
        .map(({ name }) => name),
    select: (...ids: string[]) =>
      switchGroups(
        work,
        context,
        ids.map((id) => ({ id, switched: 'on' })),
      ),
    unselect: (...ids: string[]) =>
      switchGroups(
        work,
        context,
        ids.map((id) => ({ id, switched: 'off' })),
      ),
    takeOver: (id: string) => switchGroups(work, context, [{ id, switched: 'on', takeOver: true }]),
    settings: (change: SettingsChange) => changeSettings(work, context, change),
    rules: (...patterns: string[]) =>
      changeSettings(work, context, {
        rules: patterns.map((pattern) =>
          pattern.startsWith('!') ? { pattern: pattern.slice(1), select: false } : { pattern, select: true },
        ),
      }),
    async listed(id: string): Promise<ListedGroup> {
      const group = await findListedGroup(work, org.orgId, { id })
      if (group === undefined) throw new Error(`there is no group ${id}`)
      return group
    },
    async makeAdmin(userName: string): Promise<void> {
      await sql`update accounts set org_role = 'org_admin' where org_id = ${org.orgId} and id = ${await accountId(userName)}`.execute(
        work.db,
      )
    },
    /** Scope ids by name. */
    async scopes(): Promise<ReadonlyMap<string, string>> {
      const { rows } = await sql<{ id: string; name: string }>`select id::text, name from scopes where org_id = ${org.orgId}`.execute(
        work.db,
      )
      return new Map(rows.map(({ id, name }) => [name, id]))
    },
  }
}

export type Graph = ReturnType<typeof graphOf>
