// The whole way of an identity provider's admin, by clicking: sign in for the first time, connect, watch people and groups arrive, open a
// group, see a leaver out and who did what. Each step leaves a picture in .screenshots.
import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { getOrg } from '../../src/directory/orgs.ts'
import { runSimulation, type Watcher } from '../../src/simulate/simulate.ts'
import { PICTURES, useBrowser } from '../support/browser.ts'
import { graphOf } from '../support/graph.ts'
import { filterOf, scimClient, text } from '../support/scim.ts'
import { type Org, useServer } from '../support/server.ts'

const ADMIN = 'root@acme.example'
const FIRST_PASSWORD = 'printed once, changed at once'
const server = useServer({ PLUR_ORG: 'acme', PLUR_ADMIN_EMAIL: ADMIN, PLUR_ADMIN_PASSWORD: FIRST_PASSWORD })
const browser = useBrowser(server)
const SILENT: Watcher = { phaseBegins: () => {}, tick: () => {}, phaseEnds: () => {} }

/** The first organisation, in which nobody has done anything yet. */
async function firstOrg(): Promise<Org> {
  const org = await getOrg(server.app.storage.database.work, 'acme')
  return { ...server.anonymous(), orgId: org.id, slug: org.slug, token: '', tokenId: '' }
}

/** With the password that was given at the start, and at once with one of one's own. */
async function signInForTheFirstTime(page: Page): Promise<void> {
  await page.goto('/admin')
  await page.getByLabel('User name').fill(ADMIN)
  await page.getByLabel('Password', { exact: true }).fill(FIRST_PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/auth/new-password**')
  await record(page, 'own-password')
  for (const field of await page.locator('input[type=password]').all()) await field.fill('a long one of my own')
  await page.locator('main button[type=submit]').click()
  await page.waitForURL('**/admin')
}

let picture = 0
async function record(page: Page, step: string): Promise<void> {
  picture += 1
  await page.screenshot({ path: `${PICTURES}story-${String(picture).padStart(2, '0')}-${step}.png`, fullPage: true })
}

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true })
})

test('an admin connects Okta, watches it work, opens a group and sees a leaver out', { timeout: 120_000 }, async () => {
  const org = await firstOrg()
  const page = await browser.visitor()
  await signInForTheFirstTime(page)

  // Nothing is there: the overview leads to the setup.
  await page.getByRole('link', { name: 'Start the setup' }).click()
  await page.getByRole('link', { name: 'Okta', exact: true }).click()
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = /plur_scim_\w+/.exec(await page.locator('.card.secret code').innerText())?.[0] ?? ''
  const progress = page.locator('#progress')
  await progress.getByText('Waiting for the first request').waitFor()
  // The picture shows no secret.
  await page.evaluate(`document.querySelector('.card.secret code').textContent = 'plur_scim_…'`)
  await record(page, 'token')

  // "Okta": tests the connection, sends people, pushes groups, disables some. The open page turns meanwhile.
  const simulation = runSimulation(
    {
      url: server.base,
      token,
      as: { idp: 'okta', dialect: 'oin' },
      users: 14,
      groups: 4,
      rate: 0,
      concurrency: 2,
      seed: 7,
      keep: true,
      run: 'acme',
    },
    SILENT,
  )
  await progress.getByText('Connected').waitFor()
  await progress.getByText('First person').waitFor()
  await progress.getByText('First group').waitFor()
  expect((await simulation).unexpected).toEqual([])
  await record(page, 'connected')
  await page.getByLabel('I have stored it').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Not stored?').waitFor()
  expect(await page.content()).not.toContain(token)

  // The groups are there and off; one is looked at first, then switched on.
  await page.getByRole('link', { name: 'Pick groups' }).click()
  const row = page.getByRole('row').filter({ hasText: 'Platform' }).first()
  await row.getByRole('link', { name: 'Switch on' }).click()
  await page.getByText('1 scope opens').waitFor()
  await record(page, 'preview')
  await page.getByRole('button', { name: 'Switch on' }).click()
  await page.getByText('is on.').waitFor()
  const scope = await page.locator('code.scope').first().innerText()
  expect(scope).toBe('group:sim-acme/engineering/platform')
  await record(page, 'groups')

  // Who is in it reads its scope at once, and a leaver is out with the answer to Okta.
  const okta = scimClient({ origin: server.origin, root: server.root, base: server.base, token })
  const graph = graphOf(server, org)
  const [member] = await server.rows(
    `select a.user_name as name from scim_resources g join scim_group_members m on m.org_id = g.org_id and m.group_id = g.id
      join scim_resources u on u.org_id = m.org_id and u.id = m.member_id join accounts a on a.org_id = u.org_id and a.id = u.account_id
    where g.org_id = $1 and g.unique_key = 'sim-acme/engineering/platform' and a.status = 'active' order by 1`,
    [org.orgId],
  )
  const reader = String(member?.['name'])
  expect(await graph.reads(reader)).toContain(scope)
  const id = text(await okta.get(`/Users?${filterOf(`userName eq "${reader}"`)}`), '/Resources/0/id')
  await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })

  await page.getByRole('link', { name: 'Overview' }).click()
  const leaver = page.getByRole('row').filter({ hasText: reader })
  expect(await leaver.innerText()).toMatch(/\d+ ms/)
  expect(await leaver.getByRole('link', { name: 'Receipt' }).getAttribute('href')).toMatch(/^\/admin\/users\/[0-9a-f-]{36}\/receipt$/)
  await record(page, 'overview')

  // The receipt tells the milliseconds; the audit log tells each step, with what changed, and that it was Okta.
  await leaver.getByRole('link', { name: 'Receipt' }).click()
  await page.getByRole('heading', { name: 'Leaver receipt' }).waitFor()
  expect(await page.getByRole('main').innerText()).toMatch(/\d[\d.]* ms/)
  await record(page, 'receipt')
  await page.goto('/admin/audit?channel=scim&action=scim.user.disable')
  const disabled = page.getByRole('row').filter({ hasText: reader }).first()
  expect(await disabled.innerText()).toMatch(/active\s+true\s*false[\s\S]*Okta/)
  for (const action of ['scim.user.create', 'scim.group.create', 'scim.group.member.add', 'scim.user.list']) {
    await page.goto(`/admin/audit?channel=scim&action=${action}`)
    expect(await page.getByRole('row').filter({ hasText: 'Okta' }).count(), action).toBeGreaterThan(0)
  }
  await page.goto('/admin/audit?action=scim.group.select')
  expect(await page.getByRole('row').filter({ hasText: ADMIN }).count()).toBe(1)
  await page.goto('/admin/audit?channel=scim')
  await record(page, 'audit')
})
