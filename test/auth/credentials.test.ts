// API keys and sessions against the database: issued, used, outdated (design section 6; threats F2, F3, M2).
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { issueApiKey, LIVE_KEYS_MAX, listApiKeys, revokeApiKey } from '../../src/auth/api-keys.ts'
import { AccountAuthenticator } from '../../src/auth/authenticate-account.ts'
import { endSession, issueSession, listSessions } from '../../src/auth/sessions.ts'
import { mintToken } from '../../src/primitives/token.ts'
import { graphOf } from '../support/graph.ts'
import { expectStatus } from '../support/scim.ts'
import { useServer } from '../support/server.ts'

const server = useServer()

async function start() {
  const org = await server.org()
  const alice = await org.user('alice')
  const { work, context, accountId } = graphOf(server, org)
  const account = await accountId('alice')
  const authenticator = new AccountAuthenticator(work)
  const enter = async (token: string) => {
    const found = await authenticator.authenticate({ authorization: [`Bearer ${token}`] })
    return found.kind === 'known' ? 'known' : found.reason
  }
  const key = async (name = 'laptop') => (await issueApiKey(work, context, { accountId: account, name, lifetimeSeconds: 3600 })).key
  const session = async () => (await issueSession(work, context, { accountId: account, method: 'password' })).token
  const activate = async (active: boolean) =>
    expectStatus(await org.patch(`/Users/${alice}`, { op: 'replace', path: 'active', value: active }), 200)
  return { org, alice, work, context, account, authenticator, enter, key, session, activate }
}

describe('an API key', () => {
  test('lets its account in, and is kept as a hash only', async () => {
    const { org, account, authenticator, key } = await start()
    const token = await key()
    expect(token).toMatch(/^plur_sk_/)
    expect(await authenticator.authenticate({ authorization: [`bearer ${token}`] })).toMatchObject({
      kind: 'known',
      principal: {
        orgId: org.orgId,
        org: org.slug,
        accountId: account,
        userName: 'alice',
        slug: 'alice',
        credential: { kind: 'api_key', name: 'laptop' },
      },
    })
    expect(await server.databaseContains(token.split('_')[3] ?? token)).toBe(false)
  })

  test('that was revoked, has expired, is unknown or has a wrong secret is refused in the same words', async () => {
    const { work, context, authenticator, enter, key, account } = await start()
    const [revoked, expired] = [await key('revoked'), await key('expired')]
    const listed = await listApiKeys(work, context.orgId, account)
    const idOf = (wanted: string) => listed.find(({ name }) => name === wanted)?.id ?? ''
    await revokeApiKey(work, context, { id: idOf('revoked') })
    await sql`update api_keys set expires_at = now() - interval '1 second' where id = ${idOf('expired')}`.execute(work.db)
    expect(await enter(revoked)).toBe('revoked')
    expect(await enter(expired)).toBe('expired')
    expect(await enter(mintToken('api_key').token)).toBe('unknown')
    const answers = await Promise.all(
      [revoked, expired, mintToken('api_key').token].map((token) => authenticator.authenticate({ authorization: [`Bearer ${token}`] })),
    )
    expect(
      new Set(answers.map((answer) => (answer.kind === 'refused' ? `${answer.status} ${answer.detail} ${answer.challenge}` : 'in'))).size,
    ).toBe(1)
  })

  test.each([
    ['no header', [], 'missing'],
    ['two headers', ['Bearer a', 'Bearer b'], 'several_headers'],
    ['no scheme', ['plur_sk_x'], 'malformed'],
    ['nothing behind the scheme', ['Bearer  '], 'malformed'],
    ['another scheme', ['Basic plur_sk_x'], 'malformed'],
    ['a typing error', ['Bearer plur_sk_0000000000000000_0000000000000000000000000000000000000000000_000000'], 'checksum'],
    ['a SCIM token', [`Bearer ${mintToken('scim').token}`], 'scim_token'],
  ])('%s is refused [A3 A8]', async (_name, authorization, reason) => {
    const { authenticator } = await start()
    expect(await authenticator.authenticate({ authorization })).toMatchObject({ kind: 'refused', reason })
  })

  test(`is one of at most ${LIVE_KEYS_MAX}, and needs a name and an account that is active`, async () => {
    const { work, context, account, key, activate } = await start()
    for (let i = 0; i < LIVE_KEYS_MAX; i++) await key(`key ${i}`)
    await expect(key()).rejects.toMatchObject({ code: 'limit_exceeded' })
    const [first] = await listApiKeys(work, context.orgId, account)
    await revokeApiKey(work, context, { id: first?.id ?? '' })
    await key()
    await expect(key(' ')).rejects.toMatchObject({ code: 'invalid' })
    await expect(key('a\u0000b')).rejects.toMatchObject({ code: 'invalid' })
    await activate(false)
    await expect(key()).rejects.toMatchObject({ code: 'conflict' })
  })

  test('of another account or organisation cannot be revoked', async () => {
    const [one, other] = [await start(), await start()]
    const token = await one.key()
    const [row] = await listApiKeys(one.work, one.context.orgId, one.account)
    await expect(revokeApiKey(other.work, other.context, { id: row?.id ?? '' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(revokeApiKey(one.work, one.context, { id: row?.id ?? '', accountId: other.account })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await one.enter(token)).toBe('known')
  })
})

describe('a session', () => {
  test('lets in until it is ended, idle for 12 hours or 7 days old', async () => {
    const { work, context, account, authenticator, enter, session } = await start()
    const [ended, idle, old, good] = [await session(), await session(), await session(), await session()]
    const idOf = (token: string) => token.split('_')[2]
    expect(await endSession(work, context, { id: idOf(ended) ?? '', because: 'signed_out' })).toBe(true)
    expect(await endSession(work, context, { id: idOf(ended) ?? '', because: 'signed_out' })).toBe(false)
    await sql`update sessions set last_seen_at = now() - interval '12 hours 1 second' where id = ${idOf(idle)}`.execute(work.db)
    await sql`update sessions set expires_at = now() - interval '1 second' where id = ${idOf(old)}`.execute(work.db)
    expect([await enter(ended), await enter(idle), await enter(old), await enter(good)]).toEqual(['revoked', 'expired', 'expired', 'known'])
    expect(await authenticator.authenticate({ authorization: [], sessionCookie: good })).toMatchObject({ kind: 'known' })
    const states = (await listSessions(work, context.orgId, account)).map(({ state }) => state)
    expect(states.sort()).toEqual(['active', 'ended', 'expired', 'expired'])
  })
})

describe('after a leave and a return', () => {
  test('old keys and sessions stay dead, new ones work [F3]', async () => {
    const { enter, key, session, activate } = await start()
    const [oldKey, oldSession] = [await key('ci-deploy'), await session()]
    await activate(false)
    expect([await enter(oldKey), await enter(oldSession)]).toEqual(['disabled', 'disabled'])
    await activate(true)
    expect([await enter(oldKey), await enter(oldSession)]).toEqual(['disabled', 'disabled'])
    expect(await enter(await key())).toBe('known')
  })
})

describe('a key made while its owner is disabled', () => {
  test('is dead whichever of the two was first [M2]', async () => {
    for (let round = 0; round < 20; round++) {
      const { enter, key, session, activate } = await start()
      const outcomes = await Promise.allSettled([key(), activate(false), session(), key()])
      expect(outcomes[1]?.status).toBe('fulfilled')
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled' && typeof outcome.value === 'string') expect(await enter(outcome.value)).not.toBe('known')
      }
    }
  })

  test('waits for a leave that is not committed yet, and then is not made', async () => {
    const { work, account, key, enter } = await start()
    const before = await key()
    const minted = await work.atomically(async (tx) => {
      await sql`update accounts set status = 'disabled', disabled_at = now(), credential_epoch = credential_epoch + 1 where id = ${account}`.execute(
        tx.db,
      )
      // The update is not committed: the key's statement waits for it.
      return { late: key().catch((error: unknown) => error) }
    })
    expect(await minted.late).toMatchObject({ code: 'conflict' })
    expect(await enter(before)).toBe('disabled')
  })
})
