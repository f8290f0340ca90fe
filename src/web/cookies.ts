// Cookies of the pages. Behind https their names carry `__Host-`, so that no other host and no plain http can set them.
import { parseCookie, stringifySetCookie } from 'cookie'
import type { HttpRequest } from '../http/message.ts'

/** `session` proves who someone is, `form` ties forms to the browser they were made for, `notice` says what the last action did. */
export type CookieName = 'session' | 'form' | 'notice' | 'sign_in'

export type CookieOptions = {
  /** Undefined: until the browser is closed. */
  readonly maxAgeSeconds?: number
}

export type Cookies = {
  read: (request: Pick<HttpRequest, 'header'>, name: CookieName) => string | undefined
  /** The value of a `Set-Cookie` header. */
  set: (name: CookieName, value: string, options?: CookieOptions) => string
  clear: (name: CookieName) => string
}

/** `https`: whether browsers reach this server by https. */
export function createCookies({ https }: { https: boolean }): Cookies {
  const nameOf = (name: CookieName) => `${https ? '__Host-' : ''}plur_${name}`
  const set: Cookies['set'] = (name, value, { maxAgeSeconds } = {}) =>
    stringifySetCookie({
      name: nameOf(name),
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: https,
      ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
    })
  return {
    read(request, name) {
      const header = request.header('cookie')
      // Browsers send more specific cookies first; a second one of the same name cannot come from us, and the first is taken.
      return header === undefined ? undefined : parseCookie(header)[nameOf(name)]
    },
    set,
    clear: (name) => set(name, '', { maxAgeSeconds: 0 }),
  }
}
