// From components to the bytes of a page.
import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { HttpResponse } from '../http/message.ts'
import { PAGE_HEADERS } from './answer.ts'
import type { Assets } from './assets.ts'
import { Document, type DocumentProps } from './document.tsx'
import { Page, type PageContext } from './page-context.ts'
import type { Visit } from './visit.ts'

export type Rendering = Omit<DocumentProps, 'children'> & {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A whole page as the answer to a visit. A notice that the page shows is taken out of its cookie. */
export function render(visit: Visit, { status = 200, headers = {}, ...document }: Rendering, children: ComponentChildren): HttpResponse {
  const { assets, csrfToken, clock, cookies, notice } = visit
  const setCookies = [...visit.setCookies, ...(notice === undefined ? [] : [cookies.clear('notice')])]
  const body = toHtml({ assets, csrfToken, now: clock.now() }, <Document {...document}>{children}</Document>)
  return { status, headers: { ...PAGE_HEADERS, ...headers, ...(setCookies.length > 0 ? { 'Set-Cookie': setCookies } : {}) }, body }
}

/** A page that belongs to no visit, such as an error before anybody was let in. It has no forms. */
export function renderAlone(
  assets: Assets,
  { status = 200, headers = {}, ...document }: Rendering,
  children: ComponentChildren,
): HttpResponse {
  const body = toHtml({ assets, csrfToken: '', now: new Date() }, <Document {...document}>{children}</Document>)
  return { status, headers: { ...PAGE_HEADERS, ...headers }, body }
}

/** A part of a page, for a browser that replaces just that. */
export function renderPart(visit: Visit, children: ComponentChildren): HttpResponse {
  const { assets, csrfToken, clock } = visit
  return { status: 200, headers: PAGE_HEADERS, body: renderToString(within({ assets, csrfToken, now: clock.now() }, children)) }
}

const toHtml = (context: PageContext, children: ComponentChildren) => `<!doctype html>${renderToString(within(context, children))}`

const within = (context: PageContext, children: ComponentChildren) => <Page.Provider value={context}>{children}</Page.Provider>
