// A person's own pages in a browser: from the first sign-in to a working client, to the end of their access; and what the pages look like.
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { team } from '../support/api.ts'
import { accessibilityFaults, portray, useBrowser, type VisitorOptions } from '../support/browser.ts'
import { useIdentityProvider, withSso } from '../support/identity-provider.ts'
import { PASSWORD, givePassword, withApp } from '../support/people.ts'
import { usePlurClients } from '../support/plur-client.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const idp = useIdentityProvider()
const browser = useBrowser(server)
const clients = usePlurClients()

test('a provisioned person signs in, makes a key, the published client uses it, and both end with their access [F1]', async () => {
  const { org, ids, as, scope } = await team(server)
  await (await as('bob')).learn(scope, 'Deploys happen on Tuesdays')
  const id = await withSso(server, org, idp, { name: 'Okta', claim: 'preferred_username' })
  idp.is({ sub: 'sub-alice', preferred_username: 'alice' })
  const page = await browser.visitor({ allowed: [/^http:\/\/127\.0\.0\.1:\d+$/, /403/] })
  await page.goto(`/auth?org=${org.slug}`)
  await page.getByRole('link', { name: 'Continue with Okta' }).click()
  await page.waitForURL('**/me')
  await page.getByRole('link', { name: 'Make an API key' }).click()
  await page.getByLabel('Name').fill('laptop')
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByRole('button', { name: 'Copy the configuration' }).click()
  const config = await page.evaluate<string>('navigator.clipboard.readText()')
  const plur = await clients.client(config)
  expect((await plur.recall('deploys', { scope })).map(({ statement }) => statement)).toEqual(['Deploys happen on Tuesdays'])
  const learnt = await plur.learnRouted('Rollbacks happen on Wednesdays', { scope })
  expect(learnt.structured_data).toBeUndefined()
  await page.getByLabel('I have stored it').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('cell', { name: 'laptop' }).waitFor()
  expect(await page.content()).not.toContain(/plur_sk_\w{20,}/.exec(config)?.[0] ?? config)

  expectStatus(await org.patch(`/Users/${ids.alice}`, { op: 'replace', path: 'active', value: false }), 200)

  await page.getByRole('complementary').getByRole('link', { name: 'Sessions' }).click()
  await page.getByRole('heading', { name: 'Your access has ended' }).waitFor()
  await plur.recall('deploys', { scope })
  expect(plur.remoteStoreStatus().map(({ status }) => status)).toContain('auth_expired')
  // And the identity provider, which still knows them, lets them in no more.
  await page.goto(`/auth/oidc/${id}`)
  await page.getByRole('heading', { name: 'Your access has ended' }).waitFor()
}, 60_000)

describe('the pages', () => {
  let org: Org
  let scope: string
  const open = (name: string) => (options: VisitorOptions) => browser.signedIn(org, name, options)
  beforeAll(async () => {
    const made = await team(server)
    ;({ org, scope } = made)
    await made.graph.select(await org.group('Engineering', [made.group]))
    await server.localAccount(org.orgId, 'dora')
    await givePassword(server, org, { userName: 'dora' })
    await server.localAccount(org.orgId, 'erin')
    await givePassword(server, org, { userName: 'erin' })
    await withApp(server, org, 'erin')
  })

  const makeKey = async (page: Page) => {
    await page.goto('/me/api-keys')
    await page.getByLabel('Name').fill('laptop')
    await page.getByRole('button', { name: 'Make key' }).click()
    await page.getByRole('heading', { name: 'Your new API key' }).waitFor()
  }
  const revoke = async (page: Page) => {
    await page.goto('/me/api-keys')
    await page.getByText('Revoke…').first().click()
  }
  const problems = async (page: Page) => {
    await page.goto('/me/security')
    await page.getByLabel('Present password').fill('wrong')
    await page.getByLabel('New password').fill('something long enough')
    await page.getByLabel('The same again').fill('something else')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('not the same').waitFor()
  }

  const sessions = async (page: Page) => {
    await page.goto(`/auth?org=${org.slug}&next=/me/sessions`)
    await page.getByLabel('User name').fill('dora')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/me/sessions')
  }

  test('about access look as they should', async () => {
    await portray(open('alice'), '/me', 'me')
    await portray(open('alice'), `/me/why?scope=${scope}`, 'me-why')
    await portray(open('alice'), makeKey, 'me-api-keys-new')
    await portray(open('alice'), revoke, 'me-api-keys')
  }, 120_000)

  test('about proof look as they should', async () => {
    await portray(browser.visitor, sessions, 'me-sessions')
    await portray((options) => browser.signedIn(org, 'dora', { ...options, allowed: [/400/] }), problems, 'me-security-problems')
    await portray(open('erin'), '/me/security', 'me-security-on')
    await portray(open('alice'), '/me/security', 'me-security-sso')
    await portray(open('dora'), '/me/security/totp', 'me-security-totp')
    const codes = async (page: Page) => {
      await page.goto('/me/security')
      await page.getByText('New recovery codes…').click()
      await page.getByLabel('Your password').first().fill(PASSWORD)
      expect(await accessibilityFaults(page)).toEqual([])
      await page.getByRole('button', { name: 'Make new codes' }).click()
      await page.getByRole('heading', { name: 'New recovery codes' }).waitFor()
    }
    await portray(open('erin'), codes, 'me-security-codes')
  }, 120_000)
})
