// The admin pages as people use them: with a mouse, with a keyboard alone, and while things change.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { accessibilityFaults, useBrowser } from '../support/browser.ts'
import { graphOf } from '../support/graph.ts'
import { expectStatus } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

const TOKEN = /plur_scim_\w+/

async function orgWithRoot(): Promise<Org> {
  const org = await server.org({ idp: 'okta' })
  await server.localAccount(org.orgId, 'root', { admin: true })
  return org
}

/** Goes on with the Tab key to what has this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<string>(`(() => {
      const at = document.activeElement
      return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? ''
    })()`)
    if (focused.trim().startsWith(name)) return
  }
  throw new Error(`nothing called "${name}" takes the keyboard`)
}

test('a token is made, copied, stored and confirmed with the keyboard alone', async () => {
  const org = await orgWithRoot()
  const page = await browser.signedIn(org, 'root')
  await page.goto('/admin/scim/setup?idp=entra')
  await tabTo(page, 'Name')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('Entra by keyboard')
  await tabTo(page, 'Make the token')
  await page.keyboard.press('Enter')
  await page.getByText('It is not shown again').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await tabTo(page, 'Copy the SCIM token')
  await page.keyboard.press('Enter')
  await page.getByText('Copied', { exact: true }).waitFor()
  const token = await page.evaluate<string>('navigator.clipboard.readText()')
  expectStatus(await org.get('/Users', { authorization: `Bearer ${token}` }), 200)
  await tabTo(page, 'Continue')
  await page.keyboard.press('Enter')
  expect(await page.getByText('It is not shown again').isVisible(), 'it goes on before the token is stored').toBe(true)
  // The browser has gone back to the box that has to be ticked.
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Not stored?').waitFor()
  expect(await page.content()).not.toMatch(TOKEN)
  expect(page.url()).not.toMatch(TOKEN)
})

test('the indicator turns by itself, also on the page that shows the token, and says what was refused', async () => {
  const org = await orgWithRoot()
  const page = await browser.signedIn(org, 'root')
  await page.goto('/admin/scim/setup?token=none')
  await page.getByLabel('Name').fill('Okta production')
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = TOKEN.exec(await page.locator('.card.secret code').innerText())?.[0]
  const okta = { authorization: `Bearer ${token}` }
  const progress = page.locator('#progress')
  expect(await progress.innerText()).toContain('Waiting for the first request')
  await org.get('/Users?count=1', okta)
  await progress.getByText('Connected').waitFor()
  await org.post('/Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'alice' }, okta)
  await progress.getByText('alice').waitFor()
  await org.post('/Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'alice' }, okta)
  await progress.getByText('A person collides').waitFor()
  await org.post('/Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Engineering' }, okta)
  await progress.getByRole('link', { name: 'Pick groups' }).waitFor()
  expect(await page.getByText('It is not shown again').isVisible()).toBe(true)
  expect(await accessibilityFaults(page)).toEqual([])
})

test('without script the setup asks again by itself while it waits', async () => {
  const org = await orgWithRoot()
  const page = await browser.signedIn(org, 'root', { javaScript: false })
  await page.goto('/admin/scim/setup?idp=okta')
  expect(await page.locator('#progress').innerText()).toContain('Waiting for the first request')
  await org.user('alice')
  await page.locator('#progress').getByText('alice').waitFor()
})

test('folders open and close, groups are found, and the rules show what they would do as one types', async () => {
  const org = await orgWithRoot()
  const alice = await org.user('alice')
  await org.group('Engineering/Platform', [alice])
  await org.group('Engineering/Web')
  await org.group('Sales')
  const page = await browser.signedIn(org, 'root')
  await page.goto('/admin/scim/groups')
  await page.getByRole('link', { name: 'Close Engineering' }).click()
  expect(await page.getByRole('link', { name: 'Platform' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Open Engineering' }).click()
  await page.getByRole('link', { name: 'Platform' }).waitFor()
  await page.getByRole('searchbox').fill('web')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Engineering/Web' }).waitFor()
  expect(await page.getByRole('link', { name: 'Sales' }).count()).toBe(0)

  await page.getByRole('link', { name: 'Rules and paths' }).click()
  await page.getByLabel('Rule 1: names').fill('Engineering/**')
  const preview = page.locator('#rules-preview')
  await preview.getByText('2 of 3 groups would be on').waitFor()
  await page.getByLabel('Rule 1: names').fill('Engineering/Plat*')
  await preview.getByText('1 of 3 groups would be on').waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect(await graphOf(server, org).reads('alice')).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Rules and paths are saved').waitFor()
  expect(await graphOf(server, org).reads('alice')).toEqual(['group:engineering/platform'])
})

test('what cannot be undone is asked twice, and Escape takes it back', async () => {
  const org = await orgWithRoot()
  const page = await browser.signedIn(org, 'root')
  await page.goto(`/admin/scim/tokens/${org.tokenId}`)
  await page.getByText('Revoke…').click()
  await page.getByRole('button', { name: 'Revoke the token' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  await page.keyboard.press('Escape')
  expect(await page.getByRole('button', { name: 'Revoke the token' }).isVisible()).toBe(false)
  expectStatus(await org.get('/Users'), 200)
  await page.getByText('Revoke…').click()
  await page.getByRole('button', { name: 'Revoke the token' }).click()
  await page.getByText('is revoked. Requests with it are refused').waitFor()
  expectStatus(await org.get('/Users'), 401)
})
