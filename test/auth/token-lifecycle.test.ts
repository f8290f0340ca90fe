// SCIM tokens from issue to end, on the database: what is kept, what is refused, what is audited.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditContext } from '../../src/audit/event.ts'
import { ScimAuthenticator } from '../../src/auth/authenticate.ts'
import { listScimTokens, type TokenUse } from '../../src/auth/scim-tokens.ts'
import { issueScimToken, LIVE_TOKENS_MAX, revokeScimToken, rotateScimToken, type TokenRequest } from '../../src/auth/token-lifecycle.ts'
import { TokenUses } from '../../src/auth/token-uses.ts'
import { createDatabase, type Database } from '../../src/db/postgres.ts'
import { createOrg } from '../../src/directory/orgs.ts'
import { DomainError } from '../../src/primitives/errors.ts'
import { formatToken, mintToken } from '../../src/primitives/token.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const YEAR_SECONDS = 365 * 86_400
const REQUEST: TokenRequest = { name: 'Okta production', idp: 'okta', lifetimeSeconds: YEAR_SECONDS, ratePerSecond: 100 }

let server: TestDatabase
let database: Database
let authenticator: ScimAuthenticator
beforeAll(async () => {
  server = await testDatabase()
  database = createDatabase({ connection: server.connection, poolSize: 4 })
  authenticator = new ScimAuthenticator(database.work)
})
afterAll(async () => {
  await database.close()
  await server.drop()
})

let orgs = 0
async function newOrg(): Promise<AuditContext> {
  const origin = { actor: { kind: 'cli', user: 'root' }, channel: 'cli', requestId: `org-${++orgs}` } as const
  const org = await createOrg(database.work, `org-${orgs}`, origin)
  return { ...origin, orgId: org.id, org: org.slug }
}

const present = (token: string) =>
  authenticator.authenticate({ authorization: [`Bearer ${token}`], hasCookie: false, hasQueryToken: false }).verdict
const outcome = async (token: string) => {
  const answer = await present(token)
  return answer.kind === 'known' ? 'known' : answer.reason
}
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof DomainError ? error.code : error),
  )
async function auditOf({ orgId }: AuditContext) {
  const { rows } = await sql<{ action: string; target: { id: string }; payload: Record<string, unknown>; actor: unknown }>`
    select action, target, payload, actor from audit_log where org_id = ${orgId} and action like 'scim.token.%' order by id`.execute(
    database.kysely,
  )
  return rows
}

describe('issue', () => {
  test('makes a token that works, keeps its hash only, and is audited without it [A4 AUT-09]', async () => {
    const context = await newOrg()
    const { token, row } = await issueScimToken(database.work, context, REQUEST)
    expect(await present(token)).toMatchObject({
      kind: 'known',
      token: { orgId: context.orgId, org: context.org, id: row.id, name: 'Okta production', idp: 'okta', ratePerSecond: 100 },
    })
    expect(row).toMatchObject({ state: 'active', createdBy: 'cli:root', lastUsedAt: null })
    const [event] = await auditOf(context)
    expect(event).toMatchObject({ action: 'scim.token.issue', target: { id: row.id }, actor: { kind: 'cli', user: 'root' } })
    expect(JSON.stringify([event, row, await listScimTokens(database.work, context.orgId)])).not.toContain(token.split('_')[3])
  })

  test.each([
    ['okta', undefined, true],
    ['entra', undefined, false],
    ['generic', undefined, false],
    ['entra', true, true],
    ['okta', false, false],
  ] as const)('for %s, said %s, has an immutable externalId: %s', async (idp, externalIdImmutable, expected) => {
    const { row } = await issueScimToken(database.work, await newOrg(), { ...REQUEST, idp, externalIdImmutable })
    expect(row.externalIdImmutable).toBe(expected)
  })

  test('of a token that never expires is possible on purpose [AUT-10]', async () => {
    const { token, row } = await issueScimToken(database.work, await newOrg(), { ...REQUEST, lifetimeSeconds: null })
    expect([row.expiresAt, await outcome(token)]).toEqual([null, 'known'])
  })

  test.each(['', '   ', 'x'.repeat(201), 'a\nb', 'a\u001b[31mb', 'a\u202eb', 'password', 'Magic-Link', ' google '])(
    'is refused for the name %j [A11 L1]',
    async (name) => {
      const context = await newOrg()
      await expect(async () => issueScimToken(database.work, context, { ...REQUEST, name })).rejects.toMatchObject({ code: 'invalid' })
      expect(await auditOf(context)).toEqual([])
    },
  )

  test('has a limit for each organisation [J5]', async () => {
    const context = await newOrg()
    await sql`insert into scim_tokens (org_id, id, name, idp, secret_hash, external_id_immutable, created_by)
      select ${context.orgId}, lpad(n::text, 16, '0'), 'x', 'generic', sha256('x'), false, 'test' from generate_series(1, ${LIVE_TOKENS_MAX - 1}::int) n`.execute(
      database.kysely,
    )
    const { row } = await issueScimToken(database.work, context, REQUEST)
    expect(await codeOf(issueScimToken(database.work, context, REQUEST))).toBe('limit_exceeded')
    await revokeScimToken(database.work, context, row.id)
    expect(await codeOf(issueScimToken(database.work, context, REQUEST))).toBe('done')
  })
})

describe('the end of a token', () => {
  test('revoked, it is dead for a lookup that starts after, and revoking again changes nothing [A7]', async () => {
    const context = await newOrg()
    const { token, row } = await issueScimToken(database.work, context, REQUEST)
    const revoked = await revokeScimToken(database.work, context, row.id)
    expect([revoked.state, await outcome(token)]).toEqual(['revoked', 'revoked'])
    expect((await revokeScimToken(database.work, context, row.id)).revokedAt).toEqual(revoked.revokedAt)
    expect((await auditOf(context)).map((event) => event.action)).toEqual(['scim.token.issue', 'scim.token.revoke'])
  })

  test('expires by the clock of the database [A7 M4]', async () => {
    const context = await newOrg()
    const { token, row } = await issueScimToken(database.work, context, REQUEST)
    await sql`update scim_tokens set expires_at = now() - interval '1 ms' where id = ${row.id}`.execute(database.kysely)
    expect(await outcome(token)).toBe('expired')
    expect((await listScimTokens(database.work, context.orgId))[0]?.state).toBe('expired')
  })

  test.each([
    ['a secret of another token', 'wrong_secret'],
    ['an id never issued', 'unknown'],
  ])('%s is refused as %s, in the same words to the client [A6 A12]', async (_, reason) => {
    const { token, row } = await issueScimToken(database.work, await newOrg(), REQUEST)
    const stranger = mintToken('scim')
    const tried =
      reason === 'unknown' ? stranger.token : formatToken({ kind: 'scim', id: row.id, secret: stranger.token.split('_')[3] ?? '' })
    const [answer, dead] = [await present(tried), await present(mintToken('scim').token)]
    expect(answer).toMatchObject({ kind: 'refused', reason, status: 401 })
    expect(answer).toMatchObject(dead.kind === 'refused' ? { detail: dead.detail, challenge: dead.challenge } : {})
    expect(await outcome(token)).toBe('known')
  })

  test('of another organisation it cannot be revoked or rotated [A9 A10]', async () => {
    const [context, stranger] = [await newOrg(), await newOrg()]
    const { token, row } = await issueScimToken(database.work, context, REQUEST)
    expect(await codeOf(revokeScimToken(database.work, stranger, row.id))).toBe('not_found')
    expect(await codeOf(rotateScimToken(database.work, stranger, { id: row.id, overlapSeconds: 0, lifetimeSeconds: null }))).toBe(
      'not_found',
    )
    expect(await outcome(token)).toBe('known')
  })
})

describe('rotation', () => {
  test('makes a successor with the same settings; both live for the overlap, the old one no longer', async () => {
    const context = await newOrg()
    const old = await issueScimToken(database.work, context, { ...REQUEST, idp: 'entra', ratePerSecond: 7, externalIdImmutable: true })
    const rotation = { id: old.row.id, overlapSeconds: 3600, lifetimeSeconds: YEAR_SECONDS }
    const next = await rotateScimToken(database.work, context, rotation)
    expect(next.row).toMatchObject({ name: old.row.name, idp: 'entra', ratePerSecond: 7, externalIdImmutable: true })
    expect([await outcome(old.token), await outcome(next.token)]).toEqual(['known', 'known'])
    // Not the first: both may be of one millisecond.
    const kept = (await listScimTokens(database.work, context.orgId)).find(({ id }) => id === old.row.id)
    expect(kept?.rotatedTo).toBe(next.row.id)
    expect((kept?.expiresAt?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(3600_000 + 1000)
    await sql`update scim_tokens set expires_at = now() - interval '1 ms' where id = ${old.row.id}`.execute(database.kysely)
    expect([await outcome(old.token), await outcome(next.token)]).toEqual(['expired', 'known'])
    expect((await auditOf(context)).map((event) => event.action)).toEqual(['scim.token.issue', 'scim.token.rotate', 'scim.token.issue'])
  })

  test('without overlap ends the old token at once', async () => {
    const context = await newOrg()
    const old = await issueScimToken(database.work, context, REQUEST)
    await rotateScimToken(database.work, context, { id: old.row.id, overlapSeconds: 0, lifetimeSeconds: null })
    expect(await outcome(old.token)).toBe('expired')
  })

  test('never lengthens the life of the old token', async () => {
    const context = await newOrg()
    const old = await issueScimToken(database.work, context, { ...REQUEST, lifetimeSeconds: 60 })
    await rotateScimToken(database.work, context, { id: old.row.id, overlapSeconds: 86_400, lifetimeSeconds: null })
    expect((await listScimTokens(database.work, context.orgId))[0]?.expiresAt).toEqual(old.row.expiresAt)
  })

  test('of a revoked or an already rotated token is a conflict', async () => {
    const context = await newOrg()
    const rotate = (id: string) => rotateScimToken(database.work, context, { id, overlapSeconds: 60, lifetimeSeconds: null })
    const [first, second] = [await issueScimToken(database.work, context, REQUEST), await issueScimToken(database.work, context, REQUEST)]
    await revokeScimToken(database.work, context, first.row.id)
    expect(await codeOf(rotate(first.row.id))).toBe('conflict')
    const both = await Promise.all([codeOf(rotate(second.row.id)), codeOf(rotate(second.row.id))])
    expect(both.sort()).toEqual(['conflict', 'done'])
  })
})

describe('use of a token', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))

  async function usedToken() {
    const context = await newOrg()
    const { row } = await issueScimToken(database.work, context, REQUEST)
    const uses = new TokenUses()
    const note = (seconds: number, more: Partial<TokenUse> = {}) =>
      uses.note({ orgId: context.orgId, id: row.id, at: at(seconds), ip: '1.1.1.1', userAgent: 'Okta', status: 200, ...more })
    const flush = (seconds: number, everything = false) => uses.flush(database.work, at(seconds), { everything })
    const last = async () => (await listScimTokens(database.work, context.orgId))[0]
    return { note, flush, last }
  }

  test('is noted with time, address, client and status, at most once a minute', async () => {
    const { note, flush, last } = await usedToken()
    note(0)
    await flush(1)
    expect(await last()).toMatchObject({
      firstUsedAt: at(0),
      lastUsedAt: at(0),
      lastUsedIp: '1.1.1.1',
      lastUsedUserAgent: 'Okta',
      lastStatus: 200,
    })
    note(59, { ip: '3.3.3.3', userAgent: undefined, status: 201 })
    await flush(60)
    expect(await last()).toMatchObject({ lastUsedAt: at(0) })
    // The newest one is not lost when nothing follows.
    await flush(61)
    expect(await last()).toMatchObject({
      firstUsedAt: at(0),
      lastUsedAt: at(59),
      lastUsedIp: '3.3.3.3',
      lastUsedUserAgent: null,
      lastStatus: 201,
    })
  })

  test('is noted at once when a request fails after one that worked, and when the process ends', async () => {
    const { note, flush, last } = await usedToken()
    note(0)
    await flush(1)
    note(2, { status: 400 })
    await flush(3)
    expect(await last()).toMatchObject({ lastUsedAt: at(2), lastStatus: 400 })
    note(4, { status: 409 })
    await flush(5)
    expect(await last()).toMatchObject({ lastUsedAt: at(2) })
    await flush(5, true)
    expect(await last()).toMatchObject({ lastUsedAt: at(4), lastStatus: 409 })
  })
})
