// People with passwords, and the steps of their sign-in as a browser without script does them.
import { fold } from '@plur-enterprise/scim'
import { TOTP } from 'otpauth'
import { expect } from 'vitest'
import { PasswordHasher } from '../../src/auth/password-hash.ts'
import { setPassword } from '../../src/auth/passwords.ts'
import { enableTotp } from '../../src/auth/second-factor.ts'
import { newTotpSecret } from '../../src/auth/totp.ts'
import { getServerSecret } from '../../src/db/server-secrets.ts'
import { adminContext, graphOf } from './graph.ts'
import type { Org, TestServer } from './server.ts'
import { type PageAnswer, type WebClient, webAt } from './web.ts'

export const PASSWORD = 'correct horse battery'

const hasher = new PasswordHasher()
/** Hashed once: what a password costs is another test's business. */
const hashes = new Map<string, Promise<string>>()

function hashOf(password: string): Promise<string> {
  const known = hashes.get(password) ?? hasher.hash(password)
  hashes.set(password, known)
  return known
}

/** Gives an account a password. */
export async function givePassword(
  server: TestServer,
  org: Org,
  options: { userName: string; password?: string; mustChange?: boolean },
): Promise<void> {
  const { userName, password = PASSWORD, mustChange = false } = options
  const { work, accountId } = graphOf(server, org)
  const account = { accountId: await accountId(userName), userName, hash: await hashOf(password), mustChange }
  await setPassword(work, adminContext(org), { ...account, because: 'reset' })
}

/** A local person with a password. */
export async function person(
  server: TestServer,
  org: Org,
  userName: string,
  more: { admin?: boolean; password?: string; mustChange?: boolean } = {},
): Promise<string> {
  const { admin = false, ...rest } = more
  const id = await server.localAccount(org.orgId, userName, { admin })
  await givePassword(server, org, { userName, ...rest })
  return id
}

/** Sets up an authenticator app. `code` shows what the app shows, `steps` of half a minute from now. */
export async function withApp(server: TestServer, org: Org, userName: string) {
  const { work, accountId } = graphOf(server, org)
  const secret = newTotpSecret()
  const owner = { id: await accountId(userName), userName }
  // As if it had been set up long ago, so that the present code has not been used.
  const enrolment = { owner, secret, step: 0, sealing: await getServerSecret(work, 'sealing') }
  const recoveryCodes = await enableTotp(work, adminContext(org), enrolment)
  return { secret, recoveryCodes, code: (steps = 0) => codeOf(secret, steps) }
}

export const codeOf = (secret: string, steps = 0): string => new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 })

/** Enters a name and a password on the sign-in page of an organisation. */
export async function enter(
  server: TestServer,
  org: Pick<Org, 'slug'>,
  fields: { name: string; password?: string; next?: string },
): Promise<{ client: WebClient; answer: PageAnswer }> {
  const client = webAt(server.origin)
  const { name, password = PASSWORD, next = '' } = fields
  const answer = await client.submit(`/auth?org=${org.slug}`, '/auth', { org: org.slug, name, password, next })
  return { client, answer }
}

/** Signed in with a password and nothing more. */
export async function signedIn(server: TestServer, org: Org, name: string): Promise<WebClient> {
  const { client, answer } = await enter(server, org, { name })
  expect([answer.status, answer.location], answer.text).toEqual([303, expect.stringMatching(/^\/(me|admin)$/)])
  return client
}

/** What the audit log says of one organisation's sign-ins, in order; rows of failures come a little later. */
export async function audited(server: TestServer, org: Org, actions: readonly string[]): Promise<Record<string, unknown>[]> {
  return server.rows(
    `select action, actor, target, outcome, payload, channel from audit_log where org_id = $1 and action = any ($2) order by ts, id`,
    [org.orgId, actions],
  )
}

export const accountKey = (userName: string) => fold(userName)
