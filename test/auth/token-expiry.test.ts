// Announcements of expiring tokens: each step once, the most urgent only, by one of several processes.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditContext } from '../../src/audit/event.ts'
import { announceExpiries } from '../../src/auth/token-expiry.ts'
import { issueScimToken, revokeScimToken, rotateScimToken } from '../../src/auth/token-lifecycle.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { createOrg } from '../../src/directory/orgs.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let server: TestDatabase
let database: Database
let context: AuditContext
beforeAll(async () => {
  server = await testDatabase()
  database = createDatabase({ connection: server.connection, poolSize: 4 })
  const origin = { actor: { kind: 'system' }, channel: 'system', requestId: 'r' } as const
  const org = await createOrg(database.work, 'acme', origin)
  context = { ...origin, orgId: org.id, org: org.slug }
})
afterAll(async () => {
  await database.close()
  await server.drop()
})

const issue = async (lifetimeDays: number | null) => {
  const lifetimeSeconds = lifetimeDays === null ? null : lifetimeDays * 86_400
  const request = { name: 'n', idp: 'generic', lifetimeSeconds, ratePerSecond: null } as const
  return (await issueScimToken(database.work, context, request)).row.id
}
/** As if so many days had passed since the token was made. */
const age = (id: string, days: number) =>
  sql`update scim_tokens set created_at = created_at - make_interval(days => ${days}::integer),
    expires_at = expires_at - make_interval(days => ${days}::integer) where id = ${id}`.execute(database.kysely)
async function announced(id: string): Promise<number[]> {
  await announceExpiries(database.work, 'r')
  const { rows } = await sql<{ days: number }>`
    select (payload ->> 'daysLeft')::integer as days from audit_log where action = 'scim.token.expire' and target ->> 'id' = ${id} order by id`.execute(
    database.kysely,
  )
  return rows.map(({ days }) => days)
}

describe('the end of a token', () => {
  test('is announced 30, 7 and 1 days ahead and when it came, each once', async () => {
    const id = await issue(365)
    expect(await announced(id)).toEqual([])
    await age(id, 335)
    expect(await announced(id)).toEqual([30])
    expect(await announced(id)).toEqual([30])
    await age(id, 23)
    expect(await announced(id)).toEqual([30, 7])
    await age(id, 6)
    expect(await announced(id)).toEqual([30, 7, 1])
    await age(id, 1)
    expect(await announced(id)).toEqual([30, 7, 1, 0])
  })

  test('is announced by its most urgent step alone when earlier ones were missed', async () => {
    const id = await issue(365)
    await age(id, 362)
    expect(await announced(id)).toEqual([7])
  })

  test('of a short life is not announced before it began', async () => {
    const id = await issue(5)
    expect(await announced(id)).toEqual([])
    await age(id, 5)
    expect(await announced(id)).toEqual([0])
  })

  test('is no news for revoked tokens and for those that never end, and only its coming for rotated ones', async () => {
    const [revoked, endless, rotated] = [await issue(40), await issue(null), await issue(40)]
    await revokeScimToken(database.work, context, revoked)
    await rotateScimToken(database.work, context, { id: rotated, overlapSeconds: 86_400, lifetimeSeconds: null })
    await age(rotated, 0)
    expect([await announced(revoked), await announced(endless), await announced(rotated)]).toEqual([[], [], []])
    await age(rotated, 1)
    expect(await announced(rotated)).toEqual([0])
  })

  test('is announced once by processes that look at the same time', async () => {
    const id = await issue(365)
    await age(id, 336)
    await Promise.all([1, 2, 3].map(() => announceExpiries(database.work, 'r')))
    expect(await announced(id)).toEqual([30])
  })
})
