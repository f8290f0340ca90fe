// What an action did, told on the page that follows it: kept in a cookie for one page, because an address can be shared and repeated.
import type { HttpRequest } from '../http/message.ts'
import type { Cookies } from './cookies.ts'

export type Notice = { readonly kind: 'done' | 'problem'; readonly text: string }

const KEPT_SECONDS = 60
const LENGTH_MAX = 500
const KINDS: readonly Notice['kind'][] = ['done', 'problem']

/** The `Set-Cookie` header that carries a notice to the next page. */
export function noticeCookie(cookies: Cookies, { kind, text }: Notice): string {
  return cookies.set('notice', `${kind}:${text.slice(0, LENGTH_MAX)}`, { maxAgeSeconds: KEPT_SECONDS })
}

/** The notice that the request brings along; one of an unknown form is none. */
export function readNotice(cookies: Cookies, request: HttpRequest): Notice | undefined {
  const value = cookies.read(request, 'notice') ?? ''
  const kind = KINDS.find((name) => value.startsWith(`${name}:`))
  return kind === undefined ? undefined : { kind, text: value.slice(kind.length + 1, kind.length + 1 + LENGTH_MAX) }
}
