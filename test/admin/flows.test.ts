// What a security lead does on the pages, by clicking: look somebody up, see why and what happened, end access, decide.
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { useBrowser } from '../support/browser.ts'
import { type Workforce, workforce } from '../support/workforce.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

let it: Workforce
let page: Page
beforeEach(async () => {
  it = await workforce(server)
  page = await browser.signedIn(it.org, 'root')
}, 60_000)

const notice = () => page.locator('.callout.good, .callout.bad').first().textContent()
const button = (name: string | RegExp) => page.getByRole('button', { name })
/** A button that first says what it will do, and then does it. */
async function confirm(label: string, done: string): Promise<void> {
  await page.locator('summary', { hasText: label }).first().click()
  await button(done).click()
}

describe('the audit log', () => {
  test('is narrowed down to one row, its request, and back', async () => {
    await page.goto('/admin/audit')
    await page.getByLabel('Channel').selectOption('scim')
    await page.getByLabel('Outcome').selectOption('denied')
    await button('Show').click()
    await page.waitForURL(/channel=scim/)
    expect(await page.locator('.table-frame tbody tr').count()).toBe(3)
    await page.getByRole('link', { name: /Remove the filter Outcome/ }).click()
    await page.waitForURL((url) => !url.search.includes('outcome'))
    await page.getByText('More filters').click()
    await page.getByLabel('On', { exact: true }).fill('alan.turing')
    await page.getByLabel('Action').selectOption('scim.user.disable')
    await button('Show').click()
    await page.getByRole('link', { name: 'whole request' }).click()
    await page.getByRole('heading', { name: 'One request' }).waitFor()
    const actions = await page.locator('.table-frame tbody code').allTextContents()
    for (const action of ['scim.user.disable', 'account.disable', 'apikey.revoke', 'auth.session.revoke']) expect(actions).toContain(action)
    await page.getByRole('link', { name: 'alan.turing' }).first().click()
    await page.getByRole('heading', { name: 'Alan Turing' }).waitFor()
  })

  test('is opened by a bar of its timeline, and taken along as a file', async () => {
    await page.goto('/admin/audit?outcome=denied')
    await page.locator('.chart svg a').last().click()
    await page.waitForURL(/from=.*to=/)
    expect(await page.locator('.table-frame tbody tr').count()).toBeGreaterThan(0)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()])
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(download.suggestedFilename()).toMatch(/^audit-.*\.csv$/)
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.slice(1).every((line) => line.includes(',denied,'))).toBe(true)
  })
})

describe('people', () => {
  test('are found, and each scope says why it is theirs', async () => {
    await page.goto('/admin')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'People' }).click()
    await page.getByLabel('Name, user name or address').fill('love')
    await button('Search').click()
    await page.getByRole('link', { name: 'Ada Lovelace' }).click()
    await page.getByRole('link', { name: 'Access' }).last().click()
    const scope = page.locator('details.why', { hasText: 'project:guardian' })
    await scope.locator('summary').click()
    expect(await scope.locator('.why-path').count()).toBe(2)
    expect(await scope.textContent()).toContain('added by the connection “test connection”')
    await scope.locator('.why-path > li', { hasText: 'added by the connection' }).getByRole('link', { name: 'the request' }).click()
    await page.getByRole('heading', { name: 'One request' }).waitFor()
    expect(await page.locator('.table-frame tbody').textContent()).toContain('Add group member')
  })

  test('lose one key, then all credentials, and a local one the account', async () => {
    await page.goto(`/admin/users/${await it.accountId('ada.lovelace')}/credentials`)
    await confirm('Revoke', 'Revoke CI of the platform')
    expect(await notice()).toContain('The key CI of the platform is revoked')
    await confirm('End all of them', 'End all sessions and keys')
    expect(await notice()).toBe('1 session and 1 API key ended.')
    await page.goto(`/admin/users/${await it.accountId('dora')}`)
    await confirm('Disable', 'Disable dora')
    expect(await notice()).toContain('dora is disabled')
    await page.getByRole('link', { name: 'Leaver receipt' }).click()
    await page.getByRole('heading', { name: 'Leaver receipt' }).waitFor()
    expect(await page.getByText('by root').isVisible()).toBe(true)
  })

  test('who stand in the way of provisioning are linked with one click', async () => {
    await page.goto('/admin/users')
    await page.getByRole('link', { name: /Collisions/ }).click()
    await button('Link').click()
    expect(await notice()).toContain('dora is linked')
    expect(await page.getByText('waiting for the next attempt').isVisible()).toBe(true)
  })

  test('who came back are compared and become one', async () => {
    await page.goto('/admin/users?filter=returners')
    await page.getByRole('link', { name: 'Compare' }).click()
    await confirm('They are the same person', 'Link the two accounts')
    expect(await notice()).toContain('The two accounts are one')
    expect(page.url()).toContain(await it.accountId('radia.perlman'))
  })

  test('of whom one must stay an administrator', async () => {
    await page.goto(`/admin/users/${it.rootId}`)
    await confirm('Make a member', 'Make root a member')
    expect(await notice()).toContain('This is the last active organisation admin')
    expect(await page.getByRole('heading', { name: 'root' }).isVisible()).toBe(true)
  })

  test('are made here when the identity provider does not know them', async () => {
    page = await browser.signedIn(it.org, 'root', { allowed: [/422/] })
    await page.goto('/admin/users')
    await page.getByRole('link', { name: 'Local account' }).click()
    await page.getByLabel('User name').fill('ADA.lovelace')
    await button('Make the account').click()
    expect(await page.getByText('The user name ADA.lovelace is taken.').isVisible()).toBe(true)
    await page.getByLabel('User name').fill('build-bot')
    await button('Make the account').click()
    await page.getByRole('heading', { name: 'build-bot' }).waitFor()
  })
})

describe('the permission graph', () => {
  test('gets a group of our own, with members, roles and a granted scope', async () => {
    await page.goto('/admin/groups')
    await page.getByRole('link', { name: 'Local group' }).click()
    await page.getByLabel('Path').fill('on-call')
    await button('Make the group').click()
    await page.getByLabel('User name').fill('grace.hopper')
    await page.locator('#member-role').selectOption('viewer')
    await button('Add').click()
    expect(await notice()).toBe('grace.hopper is a member as viewer.')
    await page.getByLabel('Role of Grace Hopper').last().selectOption('editor')
    await button('Set').click()
    expect(await notice()).toBe('The member is editor now.')
    await page.getByLabel('Scope', { exact: true }).fill('project:pager')
    await button('Grant').click()
    expect(await notice()).toBe('project:pager is granted as editor.')
    expect(await it.graph.writes('grace.hopper')).toEqual(expect.arrayContaining(['group:on-call', 'project:pager']))
    await page.locator('summary', { hasText: 'Rename' }).click()
    await page.getByLabel('New path').fill('security-council/on-call')
    await button('Rename').click()
    expect(await notice()).toBe('The group is at security-council/on-call now.')
    await confirm('Remove', 'Remove Grace Hopper')
    expect(await it.graph.reads('grace.hopper')).not.toContain('project:pager')
    await confirm('Delete', 'Delete the group')
    expect(await notice()).toContain('security-council/on-call is deleted')
    expect(await page.getByText('group:security-council/on-call').isVisible()).toBe(true)
  })

  test('is walked through in its picture', async () => {
    await page.goto('/admin/groups?view=picture')
    await page.locator('a:has(> .graph-box)', { hasText: 'engineering/platform: ' }).click()
    await page.waitForURL(/focus=engineering%2Fplatform/)
    expect(await page.locator('.graph-box.focus').textContent()).toContain('platform')
    await page.locator('a:has(> .graph-box.focus)').click()
    await page.getByRole('heading', { name: 'engineering/platform' }).waitFor()
  })
})

test('all of it goes without script', async () => {
  page = await browser.signedIn(it.org, 'root', { javaScript: false })
  await page.goto(`/admin/users/${await it.accountId('dora')}`)
  await confirm('Disable', 'Disable dora')
  expect(await notice()).toContain('dora is disabled')
  await page.goto('/admin/groups/group?path=security-council')
  await confirm('Remove', 'Remove Ada Lovelace')
  expect(await notice()).toBe('The member is removed.')
  await page.goto('/admin/audit')
  await page.getByText('More filters').click()
  await page.getByLabel('Who').fill('root')
  await button('Show').click()
  const actions = await page.locator('.table-frame tbody code').allTextContents()
  expect(actions).toContain('group.member.remove')
})
