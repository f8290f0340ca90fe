// Forms prove that they come from a page of ours: a token bound to a secret in the browser's own cookie and to who is signed in, and the
// browser's word on where the request comes from.
import { randomBytes } from 'node:crypto'
import { Tokens } from '@fastify/csrf'
import { HttpError, type HttpRequest } from '../http/message.ts'
import type { Cookies } from './cookies.ts'

/** The name of the hidden field. */
export const CSRF_FIELD = '_csrf'

const SECRET = /^[A-Za-z0-9_-]{32}$/

export type FormTokens = {
  readonly token: string
  /** The `Set-Cookie` header of a new secret; undefined when the browser has one. */
  readonly setCookie: string | undefined
}

export class Csrf {
  readonly #cookies: Cookies
  readonly #tokens
  readonly #origin: string

  /** `key` is shared by all processes; `publicUrl` is the only place where forms can come from. */
  constructor(options: { cookies: Cookies; key: Buffer; publicUrl: string }) {
    this.#cookies = options.cookies
    this.#tokens = new Tokens({ algorithm: 'sha256', userInfo: true, hmacKey: options.key })
    this.#origin = new URL(options.publicUrl).origin
  }

  /** A token for the forms of one page. `holder` is the session's id, or empty before anyone signed in. */
  issue(request: HttpRequest, holder: string): FormTokens {
    const known = this.#secretOf(request)
    const secret = known ?? randomBytes(24).toString('base64url')
    const setCookie = known === undefined ? this.#cookies.set('form', secret) : undefined
    return { token: this.#tokens.create(secret, boundTo(holder)), setCookie }
  }

  /** Throws an `HttpError` 403 unless the form was made for this browser and this holder, by a page of ours. */
  check(request: HttpRequest, holder: string, token: string | null): void {
    const site = request.header('sec-fetch-site')
    const origin = request.header('origin')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign()
    // Behind a proxy only the public address counts. `null` is what a browser sends when it will not say.
    if (origin !== undefined && origin !== this.#origin && site !== 'same-origin') throw foreign()
    const secret = this.#secretOf(request)
    if (secret === undefined || token === null || !this.#tokens.verify(secret, token, boundTo(holder))) throw stale()
  }

  #secretOf(request: HttpRequest): string | undefined {
    const secret = this.#cookies.read(request, 'form')
    return secret !== undefined && SECRET.test(secret) ? secret : undefined
  }
}

/** The library takes no empty text for a holder. */
const boundTo = (holder: string) => `holder:${holder}`

const foreign = () =>
  new HttpError({
    status: 403,
    detail: 'The form was sent by another site. Open the page here and send it from there; nothing was changed.',
  })

const stale = () =>
  new HttpError({
    status: 403,
    detail: 'The form was too old, or cookies are blocked. Open the page again and send the form once more; nothing was changed.',
  })
