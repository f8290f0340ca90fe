// A real browser for the tests of pages: one for each test file, a fresh profile for each visitor. It reaches nothing but the server; any
// request to another host, any console error and any page error fails the test.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { issueSession } from '../../src/auth/sessions.ts'
import { adminContext, graphOf } from './graph.ts'
import type { Org, TestServer } from './server.ts'

export type Device = 'desktop' | 'phone'

const SIZES: Readonly<Record<Device, { width: number; height: number }>> = {
  desktop: { width: 1280, height: 860 },
  phone: { width: 360, height: 780 },
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
]

export type VisitorOptions = {
  readonly device?: Device
  readonly colorScheme?: 'light' | 'dark'
  readonly javaScript?: boolean
  /** What the test expects to go wrong, such as a refused form. */
  readonly allowed?: readonly RegExp[]
}

/** Starts the browser before the file's tests and stops it after them. */
export function useBrowser(server: TestServer) {
  let browser: Browser | undefined
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  beforeAll(async () => {
    const { CHROMIUM, CHROMIUM_LIBRARIES, CHROMIUM_FONTS } = process.env
    if (CHROMIUM === undefined) throw new Error('CHROMIUM does not name a browser: run the tests with npm test')
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ARGUMENTS,
      env: {
        ...process.env,
        ...(CHROMIUM_LIBRARIES === undefined ? {} : { LD_LIBRARY_PATH: CHROMIUM_LIBRARIES }),
        ...(CHROMIUM_FONTS === undefined ? {} : { FONTCONFIG_PATH: CHROMIUM_FONTS }),
      },
    })
  }, 60_000)
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints.splice(0), 'what the browser complained about').toEqual([])
  })
  afterAll(() => browser?.close())

  /** A browser profile of its own with one page open. */
  async function visitor(options: VisitorOptions = {}): Promise<Page> {
    if (browser === undefined) throw new Error('the browser has not been started: use it inside tests')
    const { device = 'desktop', colorScheme = 'light', javaScript = true, allowed = [] } = options
    const settings: BrowserContextOptions = {
      viewport: SIZES[device],
      colorScheme,
      javaScriptEnabled: javaScript,
      baseURL: server.origin,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      ...(javaScript ? { permissions: ['clipboard-read', 'clipboard-write'] } : {}),
    }
    const context = await browser.newContext(settings)
    contexts.push(context)
    const complain = (text: string) => {
      if (!allowed.some((pattern) => pattern.test(text))) complaints.push(text)
    }
    await context.route('**', (route) => {
      const { origin } = new URL(route.request().url())
      if (origin === server.origin || options.allowed?.some((pattern) => pattern.test(origin)) === true) return route.continue()
      complain(`a request to ${origin}`)
      return route.abort()
    })
    context.on('console', (message) => {
      if (message.type() === 'error') complain(`console: ${message.text()}`)
    })
    context.on('weberror', (error) => complain(`script: ${error.error().message}`))
    return context.newPage()
  }

  return {
    visitor,
    /** A visitor who is signed in as somebody of an organisation. */
    async signedIn(org: Org, userName: string, options: VisitorOptions = {}): Promise<Page> {
      const graph = graphOf(server, org)
      const signIn = { accountId: await graph.accountId(userName), method: 'test' }
      const { token } = await issueSession(graph.work, adminContext(org), signIn)
      const page = await visitor(options)
      await page.context().addCookies([{ name: 'plur_session', value: token, url: server.origin, httpOnly: true, sameSite: 'Lax' }])
      return page
    },
  }
}

/** What axe finds that keeps people out, as one line each. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' · ')}`)
}

/** Where pictures of pages go, for people to look at. */
export const PICTURES = fileURLToPath(new URL('../../.screenshots/', import.meta.url))

/** Each size and each colour scheme once: enough to find what breaks. `PICTURES=all` takes the other two pairs as well, for people to look at. */
const LOOKS: readonly { device: Device; colorScheme: 'light' | 'dark' }[] = [
  { device: 'desktop', colorScheme: 'light' },
  { device: 'phone', colorScheme: 'dark' },
]
const MORE_LOOKS: typeof LOOKS = [
  { device: 'desktop', colorScheme: 'dark' },
  { device: 'phone', colorScheme: 'light' },
]

/**
 * Looks at a page on a desktop and on a phone, in light and in dark, and keeps the pictures; it must be accessible. `to` is its address, or
 * the way to it where an address alone does not lead there.
 */
export async function portray(
  open: (options: VisitorOptions) => Promise<Page>,
  to: string | ((page: Page) => Promise<unknown>),
  name: string,
): Promise<void> {
  await mkdir(PICTURES, { recursive: true })
  const page = await open({})
  if (typeof to === 'string') await page.goto(to)
  else await to(page)
  for (const { device, colorScheme } of [...LOOKS, ...(process.env['PICTURES'] === 'all' ? MORE_LOOKS : [])]) {
    await page.setViewportSize(SIZES[device])
    await page.emulateMedia({ colorScheme })
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(overflow, `${name} scrolls sideways on a ${device}`).toBe(0)
    const look = `${device}-${colorScheme}`
    await page.screenshot({ path: `${PICTURES}${name}-${look}.png`, fullPage: true })
    expect(await accessibilityFaults(page), `${name} on ${look}`).toEqual([])
  }
}
