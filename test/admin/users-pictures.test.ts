// The pages about people, as people see them.
import { beforeAll, expect, test } from 'vitest'
import { portray, useBrowser } from '../support/browser.ts'
import { type Workforce, workforce } from '../support/workforce.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

let it: Workforce
beforeAll(async () => {
  it = await workforce(server)
}, 60_000)

const PICTURES: readonly [name: string, path: (it: Workforce) => Promise<string> | string][] = [
  ['users', () => '/admin/users'],
  ['users-collisions', () => '/admin/users?filter=collisions'],
  ['users-returners', () => '/admin/users?filter=returners'],
  ['users-nobody', () => '/admin/users?q=nobody'],
  ['users-new', () => '/admin/users/new'],
  ['person', async ({ accountId }) => `/admin/users/${await accountId('ada.lovelace')}`],
  ['person-access', async ({ accountId }) => `/admin/users/${await accountId('ada.lovelace')}/access?scope=project:guardian`],
  ['person-credentials', async ({ accountId }) => `/admin/users/${await accountId('ada.lovelace')}/credentials`],
  ['person-history', async ({ accountId }) => `/admin/users/${await accountId('alan.turing')}/history`],
  ['person-local', async ({ accountId }) => `/admin/users/${await accountId('dora')}`],
  ['person-returner', async ({ accountId }) => `/admin/users/${await accountId('radia.perlman')}`],
  [
    'returner',
    async ({ accountId, formerOf }) =>
      `/admin/users/${await accountId('radia.perlman')}/returner?former=${await formerOf('radia.perlman')}`,
  ],
  ['receipt', async ({ accountId }) => `/admin/users/${await accountId('alan.turing')}/receipt`],
  ['deletion', async ({ accountId }) => `/admin/users/${await accountId('ada.lovelace')}/deletion`],
]

test.each(PICTURES)('%s', { timeout: 120_000 }, async (name, path) => {
  await portray((options) => browser.signedIn(it.org, 'root', options), await path(it), name)
})

test('the receipt is fit for paper', async () => {
  const page = await browser.signedIn(it.org, 'root')
  await page.goto(`/admin/users/${await it.accountId('alan.turing')}/receipt`)
  await page.emulateMedia({ media: 'print' })
  await page.screenshot({ path: '.screenshots/receipt-print.png', fullPage: true })
  expect(await page.getByRole('navigation').first().isVisible()).toBe(false)
  expect(await page.getByText('From request to end of access').isVisible()).toBe(true)
})
