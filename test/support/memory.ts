// Organisations, people and scopes for tests of memory, on a database without a server.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll } from 'vitest'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import type { Work } from '../../src/db/work.ts'
import { contentOf, type Engram, engramCreateSchema } from '../../src/memory/engram.ts'
import { createEngram } from '../../src/memory/engrams.ts'
import type { ScopeRef } from '../../src/memory/place.ts'
import { type TestDatabase, testDatabase } from './database.ts'

export type Team = { readonly orgId: string; readonly alice: string; readonly bob: string; readonly scopes: readonly ScopeRef[] }

export function useMemory() {
  let server: TestDatabase | undefined
  let database: Database | undefined
  beforeAll(async () => {
    server = await testDatabase()
    database = createDatabase({ connection: server.connection, poolSize: 4 })
  })
  afterAll(async () => {
    await database?.close()
    await server?.drop()
  })
  const work = (): Work => {
    if (database === undefined) throw new Error('use it inside tests')
    return database.work
  }
  return {
    get work() {
      return work()
    },
    async rows(text: string): Promise<Record<string, unknown>[]> {
      return (await sql.raw<Record<string, unknown>>(text).execute(work().db)).rows
    },
    /** An organisation with two people, their own scopes, and as many group scopes as asked for; `scopes` are the groups'. */
    async team(groups = 2): Promise<Team> {
      const [orgId, alice, bob] = [randomUUID(), randomUUID(), randomUUID()]
      await sql`insert into orgs (org_id, slug) values (${orgId}, ${`o${orgId.slice(0, 8)}`})`.execute(work().db)
      for (const [id, name] of [
        [alice, 'alice'],
        [bob, 'bob'],
      ] as const) {
        await sql`insert into accounts (org_id, id, user_name, user_name_key, slug, origin) values (${orgId}, ${id}, ${name}, ${name}, ${name}, 'local')`.execute(
          work().db,
        )
        await sql`insert into scopes (org_id, id, kind, name) values (${orgId}, ${id}, 'user', ${`user:acme:${name}`})`.execute(work().db)
      }
      const scopes = Array.from({ length: groups }, (_, i) => ({ id: randomUUID(), name: `group:team-${i}` }))
      for (const { id, name } of scopes) {
        await sql`insert into scopes (org_id, id, kind, name) values (${orgId}, ${id}, 'group', ${name})`.execute(work().db)
      }
      return { orgId, alice, bob, scopes }
    },
    async learn(
      { orgId }: Team,
      { authorId, scopeId, ...said }: { authorId: string; scopeId: string; statement: string; [name: string]: unknown },
    ): Promise<Engram> {
      const content = contentOf(engramCreateSchema.parse({ ...said, scope: 'decided' }))
      return (await createEngram(work(), { orgId, authorId, scopeId, content, now: new Date() })).engram
    },
  }
}
