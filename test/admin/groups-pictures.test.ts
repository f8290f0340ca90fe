// The permission graph, as people see it: small, large, and near one group.
import { beforeAll, expect, test } from 'vitest'
import { accessibilityFaults, portray, useBrowser } from '../support/browser.ts'
import { type Workforce, workforce } from '../support/workforce.ts'
import { graphOf } from '../support/graph.ts'
import { type Org, useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

let it: Workforce
let large: Org
beforeAll(async () => {
  it = await workforce(server)
  large = await server.org()
  await server.localAccount(large.orgId, 'root', { admin: true })
  const graph = graphOf(server, large)
  const names = Array.from({ length: 12 }, (_, d) =>
    ['', ...Array.from({ length: 16 }, (_, t) => `/Team ${t + 1}`)].map((team) => `Department ${d + 1}${team}`),
  )
  const ids: string[] = []
  for (const name of names.flat()) ids.push(await large.group(name))
  await graph.rules('Department *', 'Department */**')
}, 120_000)

test.each([
  ['groups', '/admin/groups'],
  ['groups-picture', '/admin/groups?view=picture'],
  ['groups-nothing', '/admin/groups?q=nowhere'],
  ['groups-new', '/admin/groups/new?inside=security-council'],
  ['group-idp', '/admin/groups/group?path=engineering/platform'],
  ['group-local', '/admin/groups/group?path=security-council'],
])('%s', { timeout: 120_000 }, async (name, path) => {
  await portray((options) => browser.signedIn(it.org, 'root', options), path, name)
})

test('204 groups stay legible, and each leads to what is near it', { timeout: 120_000 }, async () => {
  const page = await browser.signedIn(large, 'root')
  await page.goto('/admin/groups?view=picture')
  await page.screenshot({ path: '.screenshots/groups-large-desktop-light.png', fullPage: true })
  const texts = page.locator('.graph-box text:not(.graph-detail)')
  expect(await texts.count()).toBe(204)
  // Legible: as large as on any other page, whatever the number.
  const height = await texts.first().evaluate((text) => text.getBoundingClientRect().height)
  expect(height).toBeGreaterThan(12)
  const boxes = await page.locator('.graph-box rect').evaluateAll((rects) =>
    rects.map((rect) => {
      const { left, top, right, bottom } = rect.getBoundingClientRect()
      return { left, top, right, bottom }
    }),
  )
  const overlapping = boxes.filter((a, i) =>
    boxes.some((b, j) => j > i && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
  )
  expect(overlapping).toEqual([])
  expect(await accessibilityFaults(page)).toEqual([])
  await page.locator('.graph-box', { hasText: 'department-7/team-3: ' }).first().click()
  await page.waitForURL(/focus=department-7%2Fteam-3/)
  expect(await page.locator('.graph-box text:not(.graph-detail)').allTextContents()).toEqual(['department-7', 'team-3'])
})
