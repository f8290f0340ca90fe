// Coming in with a browser: by clicking, by keyboard alone, and what the pages look like.
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { accessibilityFaults, portray, useBrowser, type VisitorOptions } from '../support/browser.ts'
import { CLIENT_ID, CLIENT_SECRET, useIdentityProvider, withSso } from '../support/identity-provider.ts'
import { codeOf, PASSWORD, person, withApp } from '../support/people.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const idp = useIdentityProvider()
const browser = useBrowser(server)

/** Loopback addresses differ by port only: the identity provider is another host to the browser. */
const withIdp = (options: VisitorOptions = {}): VisitorOptions => ({ ...options, allowed: [/^http:\/\/127\.0\.0\.1:\d+$/] })

let org: Org
beforeAll(async () => {
  org = await server.org()
  await person(server, org, 'root@example.com', { admin: true })
  for (const newcomer of ['newcomer', 'late-newcomer']) await person(server, org, newcomer, { mustChange: true })
  await person(server, org, 'careful')
  await org.user('alice', { externalId: 'ext-alice', displayName: 'Alice Martin' })
})

async function enter(page: Page, name: string, password = PASSWORD) {
  await page.goto(`/auth?org=${org.slug}`)
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe('with a password', () => {
  test('the keyboard alone leads from the sign-in page to an own password, a second factor, and out again', async () => {
    const page = await browser.visitor()
    await page.goto(`/auth?org=${org.slug}`)
    const keys = page.keyboard
    const focused = (id: string) => expect.poll(() => page.evaluate('document.activeElement.id')).toBe(id)
    await focused('name')
    await keys.type('newcomer')
    await keys.press('Tab')
    await keys.type(PASSWORD)
    await keys.press('Enter')
    await page.waitForURL('**/auth/new-password')
    await focused('password')
    await keys.type('my own long password')
    await keys.press('Tab')
    await keys.type('my own long password')
    await keys.press('Enter')
    await page.waitForURL('**/me')
    expect(await page.getByRole('status').textContent()).toContain('Your password is set')
    await page.goto('/me/security/totp')
    const secret = ((await page.locator('.copy code').textContent()) ?? '').replaceAll(' ', '')
    await page.getByLabel('Code', { exact: true }).focus()
    await keys.type(codeOf(secret))
    await keys.press('Tab')
    await keys.type('my own long password')
    await keys.press('Enter')
    await page.getByRole('heading', { name: 'The app is set up' }).waitFor()
    await page.getByLabel('I have stored it').focus()
    await keys.press('Space')
    await keys.press('Tab')
    await keys.press('Enter')
    await page.waitForURL(/\/me\/security\??$/)
    const signOut = page.getByRole('complementary').getByRole('button', { name: 'Sign out' })
    await signOut.focus()
    await keys.press('Enter')
    await page.waitForURL('**/auth?**')
    expect(await page.getByRole('status').textContent()).toContain('You are signed out')
    expect(await accessibilityFaults(page)).toEqual([])
  })

  test('works without script, and says what is wrong where it is', async () => {
    const page = await browser.visitor({ javaScript: false, allowed: [/403/] })
    await enter(page, 'root@example.com', 'wrong')
    expect(await page.getByRole('alert').textContent()).toContain('The user name or the password is wrong')
    expect(await page.getByLabel('User name').inputValue()).toBe('root@example.com')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/admin')
  })
})

describe('single sign-on', () => {
  test('is set up by an admin by clicking, and lets a provisioned person in', async () => {
    const own = await server.org()
    await person(server, own, 'root', { admin: true })
    await own.user('alice', { externalId: 'ext-alice' })
    idp.is({ sub: 'ext-alice' })
    const page = await browser.signedIn(own, 'root', withIdp())
    await page.goto('/admin')
    await page.getByRole('complementary').getByRole('link', { name: 'Single sign-on' }).click()
    await page.getByLabel('Name').fill('Okta')
    await page.getByLabel('Issuer').fill(idp.issuer)
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel('Client id').fill(CLIENT_ID)
    await page.getByLabel('Client secret').fill(CLIENT_SECRET)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Test' }).click()
    await page.getByRole('heading', { name: 'Okta works' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Switch on' }).click()
    expect(await page.getByRole('status').textContent()).toContain('People can sign in with it now')
    const alice = await browser.visitor(withIdp())
    await alice.goto(`/auth?org=${own.slug}&next=/me/sessions`)
    await alice.getByRole('link', { name: 'Continue with Okta' }).click()
    await alice.waitForURL('**/me/sessions')
    expect(await alice.getByText('single sign-on').count()).toBeGreaterThan(0)
  })
})

describe('the pages', () => {
  test('on which people come in look as they should', async () => {
    const at = await server.org()
    await withSso(server, at, idp, { name: 'Okta' })
    await portray(browser.visitor, `/auth?org=${org.slug}`, 'auth')
    await portray(browser.visitor, `/auth?org=${at.slug}&again`, 'auth-sso')
    await portray(
      browser.visitor,
      async (page) => enter(page, 'late-newcomer').then(() => page.waitForURL('**/new-password')),
      'auth-new-password',
    )
    await withApp(server, org, 'careful')
    await portray(browser.visitor, async (page) => enter(page, 'careful').then(() => page.waitForURL('**/code')), 'auth-code')
    await portray(
      browser.visitor,
      async (page) => {
        await enter(page, 'careful')
        await page.getByRole('link', { name: 'Use a recovery code' }).click()
        await page.waitForURL('**/recovery')
      },
      'auth-recovery',
    )
  }, 120_000)
})
