// Answers of pages: documents, and what follows a form that was acted on.
import type { HttpResponse } from '../http/message.ts'
import { DomainError } from '../primitives/errors.ts'
import { type Notice, noticeCookie } from './notice.ts'
import type { Visit } from './visit.ts'

/** For documents: nothing but our own files, no script or style inside the markup, no frame around it, no form to elsewhere. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'same-origin',
}

/** Where the browser goes after a form, so that a reload does not send it again; `notice` is shown there. */
export function seeOther(visit: Visit, location: string, notice?: Notice): HttpResponse {
  const cookies = [...visit.setCookies, ...(notice === undefined ? [] : [noticeCookie(visit.cookies, notice)])]
  return {
    status: 303,
    headers: { Location: location, 'Cache-Control': 'no-store', ...(cookies.length > 0 ? { 'Set-Cookie': cookies } : {}) },
  }
}

/**
 * Carries out what a form asked for and goes on at a page of ours, which says what was done, or why not: a refusal changes nothing. What
 * is not there stays an error of its own.
 */
export async function carryOut<T>(
  visit: Visit,
  then: { readonly at: string | ((done: T) => string); readonly say: string | ((done: T) => string); readonly refusedAt?: string },
  run: () => Promise<T>,
): Promise<HttpResponse> {
  const { at, say, refusedAt } = then
  try {
    const done = await run()
    return seeOther(visit, typeof at === 'string' ? at : at(done), { kind: 'done', text: typeof say === 'string' ? say : say(done) })
  } catch (error) {
    const back = refusedAt ?? (typeof at === 'string' ? at : undefined)
    if (!(error instanceof DomainError) || error.code === 'not_found' || back === undefined) throw error
    return seeOther(visit, back, { kind: 'problem', text: sentence(error.message) })
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A path of ours, for what an address or a form names as the next page; anything else becomes `otherwise`. */
export function localPath(text: string | null | undefined, otherwise: string): string {
  if (text === null || text === undefined || !/^\/(?![/\\])[^\\\s\p{Cc}]*$/u.test(text)) return otherwise
  return text
}
