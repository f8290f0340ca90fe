// What holds for every page that is looked at often: it is small, it does not jump while it loads, and it says the same without script. One
// line for each page; a new one is one line more.
import { beforeAll, describe, expect, test } from 'vitest'
import { useBrowser } from '../support/browser.ts'
import { type Workforce, workforce } from '../support/workforce.ts'
import { useServer } from '../support/server.ts'

const server = useServer()
const browser = useBrowser(server)

/** Everything that a first visit transfers: the page, its style, script, fonts and icons. */
const TRANSFERRED_MAX = 150 * 1024

/** A path, and words that have to be there whatever the browser can do. */
const PAGES: readonly (readonly [path: string, words: string])[] = [
  ['/admin', 'Overview'],
  ['/admin/users', 'Ada Lovelace'],
  ['/admin/groups', 'engineering'],
  ['/admin/groups?view=picture', 'space:handbook'],
  ['/admin/audit', 'Delete SCIM user'],
  ['/me', 'global'],
]

let it: Workforce
beforeAll(async () => {
  it = await workforce(server)
}, 60_000)

describe.each(PAGES)('%s', (path, words) => {
  test('transfers at most 150 KB on a first visit', async () => {
    const page = await browser.signedIn(it.org, 'root')
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await page.goto(path, { waitUntil: 'networkidle' })
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThanOrEqual(TRANSFERRED_MAX)
  })

  test('does not move while it loads, whenever its fonts come', async () => {
    const page = await browser.signedIn(it.org, 'root')
    await page.route('**/*.woff2', async (route) => {
      await page.waitForLoadState('domcontentloaded')
      await route.continue()
    })
    await page.addInitScript(`
      window.shifts = [];
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifts.push(entry.value) })
        .observe({ type: 'layout-shift', buffered: true });`)
    await page.goto(path, { waitUntil: 'networkidle' })
    await page.evaluate('document.fonts.ready')
    expect(await page.evaluate('window.shifts')).toEqual([])
  })

  test('says the same without script', async () => {
    const page = await browser.signedIn(it.org, 'root', { javaScript: false })
    await page.goto(path)
    const text = await page.content()
    expect(text).toContain(words)
    const withScript = await browser.signedIn(it.org, 'root')
    await withScript.goto(path)
    expect(await withScript.content()).toContain(words)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      await withScript.getByRole('heading', { level: 1 }).textContent(),
    )
  })
})
