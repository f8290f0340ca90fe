// What somebody sees who may not see the page: why, and what to do.
import type { ComponentChildren } from 'preact'
import type { ErrorForm, HttpRequest, HttpResponse } from '../http/message.ts'
import type { Assets } from './assets.ts'
import { LinkButton } from './components/button.tsx'
import type { Cookies } from './cookies.ts'
import { renderAlone } from './render.tsx'
import type { WebServices } from './visit.ts'

/** Where people sign in, and come back from to where they wanted to go. */
export const SIGN_IN_PATH = '/auth'

export type SignInWish = { readonly org?: string | undefined; readonly next?: string | undefined; readonly again?: boolean }

/** The address of the sign-in page; the organisation is named unless it is the one that addresses without one mean. */
export function signInPath({ homeOrg }: Pick<WebServices, 'homeOrg'>, { org, next, again = false }: SignInWish = {}): string {
  const query = new URLSearchParams({
    ...(org === undefined || org === homeOrg.slug ? {} : { org }),
    ...(next === undefined ? {} : { next }),
    ...(again ? { again: '1' } : {}),
  })
  return query.size === 0 ? SIGN_IN_PATH : `${SIGN_IN_PATH}?${query}`
}

/** To the sign-in page; a form that was sent is not sent again, so that is said instead. `before` is the session that ended. */
export function signInAgain(
  services: Pick<WebServices, 'assets' | 'homeOrg'>,
  request: HttpRequest,
  before: { org: string | undefined } | undefined,
): HttpResponse {
  if (request.method === 'GET' || request.method === 'HEAD') {
    const next = request.path + (request.query === '' ? '' : `?${request.query}`)
    const location = signInPath(services, { org: before?.org, next, again: before !== undefined })
    return { status: 303, headers: { Location: location, 'Cache-Control': 'no-store' } }
  }
  return renderAlone(
    services.assets,
    { status: 401, title: 'Your session has ended' },
    <Message title="Your session has ended">
      <p>What you sent was not carried out. Sign in again, then repeat it.</p>
      <LinkButton href={signInPath(services, { org: before?.org })} look="primary" icon="sign_in">
        Sign in
      </LinkButton>
    </Message>,
  )
}

/** The account was disabled while its browser was open. */
export function accessEnded({ assets, cookies }: { assets: Assets; cookies: Cookies }): HttpResponse {
  return renderAlone(
    assets,
    { status: 403, title: 'Your access has ended', headers: { 'Set-Cookie': cookies.clear('session') } },
    <Message title="Your access has ended">
      <p>
        Your account was disabled, and everything that was signed in with it was signed out. What you and your agents remembered is kept.
      </p>
      <p class="muted">If this is a mistake, ask your organisation's administrator; they enable people in the identity provider.</p>
    </Message>,
  )
}

export function adminsOnly(assets: Assets): HttpResponse {
  return renderAlone(
    assets,
    { status: 403, title: 'For administrators' },
    <Message title="For administrators">
      <p>This page is for administrators of your organisation. Your own access, keys and sessions are on your page.</p>
      <LinkButton href="/me" look="primary">
        My access
      </LinkButton>
    </Message>,
  )
}

export function keysOpenNoPage(assets: Assets): HttpResponse {
  return renderAlone(
    assets,
    { status: 401, title: 'Sign in with a browser', headers: { 'WWW-Authenticate': 'Bearer realm="plur"' } },
    <Message title="Sign in with a browser">
      <p>Pages are for people who signed in. API keys belong to /api/v1, SCIM tokens to /scim/v2; neither opens a page.</p>
    </Message>,
  )
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'This could not be understood',
  403: 'Not possible',
  404: 'There is nothing here',
  405: 'Not possible',
  409: 'This cannot be done now',
  413: 'Too much at once',
  429: 'Too many requests',
  503: 'Back in a moment',
}

/** Errors below a path prefix as pages. */
export function pageErrorForm(prefix: string, assets: Assets): ErrorForm {
  return {
    prefix,
    render: ({ status, detail, headers = {} }) => {
      const title = TITLES[status] ?? (status >= 500 ? 'Something went wrong' : 'Not possible')
      return renderAlone(
        assets,
        { status, title, headers },
        <Message title={title}>
          <p>{detail}</p>
          <p>
            <a href={prefix === '/assets' ? '/' : prefix}>Go on from here</a>
          </p>
        </Message>,
      )
    },
  }
}

export type MessageProps = {
  readonly title: string
  /** What happened before. */
  readonly above?: ComponentChildren
  readonly children: ComponentChildren
}

export function Message({ title, above, children }: MessageProps) {
  return (
    <main class="alone" id="main">
      <div class="alone-box">
        <p class="brand">
          <span class="brand-mark" aria-hidden="true" />
          <span>PLUR Enterprise</span>
        </p>
        {above}
        <section class="card">
          <h1>{title}</h1>
          {children}
        </section>
      </div>
    </main>
  )
}
