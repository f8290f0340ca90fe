// The admin pages as they look: every one in a full state, on a desktop and on a phone, in light and in dark, and open to everybody.
import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createOrg } from '../../src/directory/orgs.ts'
import { PICTURES, portray, useBrowser, type VisitorOptions } from '../support/browser.ts'
import { company } from '../support/company.ts'
import { graphOf } from '../support/graph.ts'
import type { Org } from '../support/server.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)
let org: Org
/** Nothing was done here yet. */
let fresh: Org
beforeAll(async () => {
  org = await company(server)
  const made = await createOrg(graphOf(server, org).work, 'fresh', { actor: { kind: 'system' }, channel: 'system', requestId: 'fresh' })
  fresh = { ...org, orgId: made.id, slug: made.slug }
  await server.localAccount(made.id, 'root', { admin: true })
}, 60_000)

const asRoot = (of: () => Org) => (options: VisitorOptions) => browser.signedIn(of(), 'root', options)

test.each([
  ['overview', '/admin'],
  ['groups', '/admin/scim/groups'],
  ['groups-found', '/admin/scim/groups?q=e'],
  ['rules', '/admin/scim/groups/rules?add=Sales/**'],
  ['switch', '/admin/scim/groups/switch?under=engineering/&to=off'],
  ['tokens', '/admin/scim/tokens'],
  ['token-new', '/admin/scim/tokens/new'],
  ['setup', '/admin/scim/setup?idp=okta'],
  ['setup-entra', '/admin/scim/setup?idp=entra'],
  ['setup-other', '/admin/scim/setup?idp=generic&token=none'],
])('%s', async (name, path) => {
  await portray(
    asRoot(() => org),
    path,
    `admin-${name}`,
  )
})

test.each([
  ['a group', '/admin/scim/groups?q=finance', 'Finance'],
  ['a group in conflict', '/admin/scim/groups?state=held', 'engineering / web'],
  ['a token', '/admin/scim/tokens', 'Okta production'],
])('%s', async (name, path, link) => {
  await portray(
    asRoot(() => org),
    async (page) => {
      await page.goto(path)
      await page.getByRole('link', { name: link, exact: true }).click()
    },
    `admin-${name.replaceAll(' ', '-')}`,
  )
})

test('a token that is shown once', async () => {
  await portray(
    asRoot(() => org),
    async (page) => {
      await page.goto('/admin/scim/tokens/new')
      await page.getByLabel('Name').fill('Okta production')
      await page.getByRole('button', { name: 'Make the token' }).click()
      await page.getByText('It is not shown again').waitFor()
    },
    'admin-secret',
  )
})

test.each([
  ['overview', '/admin'],
  ['setup', '/admin/scim/setup'],
  ['groups', '/admin/scim/groups'],
  ['tokens', '/admin/scim/tokens'],
])('%s before anything was done', async (name, path) => {
  await portray(
    asRoot(() => fresh),
    path,
    `admin-first-${name}`,
  )
})

test('the pages as the guides show them', async () => {
  await mkdir(`${PICTURES}docs`, { recursive: true })
  const page = await browser.signedIn(org, 'root')
  await page.setViewportSize({ width: 1160, height: 900 })
  for (const [name, path, part] of [
    ['overview', '/admin', '.columns'],
    ['setup', '/admin/scim/setup?idp=okta', '#enter'],
    ['setup-entra', '/admin/scim/setup?idp=entra', '#enter'],
    ['audit', '/admin/audit?channel=scim&outcome=denied', '.table-frame'],
    ['groups', '/admin/scim/groups', '.card'],
  ] as const) {
    await page.goto(path)
    await inProduction(page)
    await page
      .locator(part)
      .first()
      .screenshot({ path: `${PICTURES}docs/${name}.png` })
    expect(await page.title()).toContain('PLUR Enterprise')
  }
})

/** With the address that such a server would have, and without the warning that it has another. */
async function inProduction(page: Page): Promise<void> {
  await page.evaluate(`
    for (const one of document.querySelectorAll('.callout.warn')) if (one.textContent.includes('PLUR_PUBLIC_URL')) one.remove()
    for (const one of document.querySelectorAll('code')) one.textContent = one.textContent.replace(location.origin, 'https://plur.acme.example')
    for (const one of document.querySelectorAll('.nav-org')) one.textContent = 'root · acme'
  `)
}
