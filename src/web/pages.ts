// The router of pages: a table of paths, each shown by GET and acted on by POST. Forms are read and their tokens checked here, before any
// handler.
import { PasswordsBusy } from '../auth/password-hash.ts'
import { HttpError, type HttpRequest, type HttpResponse, type Route } from '../http/message.ts'
import { DomainError, type DomainErrorCode } from '../primitives/errors.ts'
import { readForm } from './form.ts'
import type { Visit } from './visit.ts'

/** The variable parts of a path such as `/admin/users/:id`. */
export type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name | keyof ParamsOf<Rest>]: string }
  : Path extends `${string}:${infer Name}`
    ? { readonly [K in Name]: string }
    : { readonly [K in never]: string }

type Show<V, Params> = (visit: V, params: Params) => Promise<HttpResponse>
type Act<V, Params> = (visit: V, params: Params, form: URLSearchParams) => Promise<HttpResponse>

export type Page<V> = {
  /** Fixed segments, and variable ones that begin with a colon. Of several that fit, the first in the table is taken. */
  readonly path: string
  readonly show: Show<V, Readonly<Record<string, string>>> | undefined
  readonly act: Act<V, Readonly<Record<string, string>>> | undefined
}

/** Describes a page; the handlers get the variable parts of its path by name. */
export function page<V, const Path extends string>(
  path: Path,
  handlers: { readonly show?: Show<V, ParamsOf<Path>>; readonly act?: Act<V, ParamsOf<Path>> },
): Page<V> {
  const names = path.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []))
  const isComplete = (params: Readonly<Record<string, string>>): params is ParamsOf<Path> => names.every((name) => name in params)
  const checked = (params: Readonly<Record<string, string>>): ParamsOf<Path> => {
    if (!isComplete(params)) throw new TypeError(`${path} was entered without all of its parts`)
    return params
  }
  const { show, act } = handlers
  return {
    path,
    show: show === undefined ? undefined : (visit, params) => show(visit, checked(params)),
    act: act === undefined ? undefined : (visit, params, form) => act(visit, checked(params), form),
  }
}

/** Lets somebody in, or answers in the page's place. */
export type Entrance<V> = (
  request: HttpRequest,
) => Promise<{ readonly kind: 'in'; readonly visit: V } | { readonly kind: 'answer'; readonly response: HttpResponse }>

export type PagesOptions<V extends Visit> = {
  /** Such as `/admin`; it covers the path itself and everything below. */
  readonly prefix: string
  readonly pages: readonly Page<V>[]
  readonly enter: Entrance<V>
  /** Throws an `HttpError` for a form that was not made for this visit. */
  readonly checkForm: (visit: V, form: URLSearchParams) => void
}

export function createPagesRoute<V extends Visit>(options: PagesOptions<V>): Route {
  const { prefix, pages } = options
  const table = pages.map((entry) => ({ ...entry, segments: entry.path.split('/') }))
  return {
    pattern: `${prefix}/*`,
    async handle(request) {
      const segments = request.path.split('/')
      const found = table.find((entry) => fits(entry.segments, segments))
      request.note({ route: found?.path ?? `${prefix}/*` })
      // Who may not enter is not told what there is.
      const entered = await options.enter(request)
      if (entered.kind === 'answer') return entered.response
      if (found === undefined) throw new HttpError({ status: 404, detail: 'There is no such page.' })
      return answer(options, entered.visit, { page: found, params: paramsOf(found.segments, segments) })
    },
  }
}

type Found<V> = { readonly page: Page<V>; readonly params: Readonly<Record<string, string>> }

async function answer<V extends Visit>({ checkForm }: PagesOptions<V>, visit: V, { page, params }: Found<V>): Promise<HttpResponse> {
  const { request } = visit
  try {
    if ((request.method === 'GET' || request.method === 'HEAD') && page.show !== undefined) return await page.show(visit, params)
    if (request.method === 'POST' && page.act !== undefined) {
      const form = await readForm(request)
      checkForm(visit, form)
      return await page.act(visit, params, form)
    }
  } catch (error) {
    throw refusalOf(error)
  }
  const allowed = [...(page.show === undefined ? [] : ['GET', 'HEAD']), ...(page.act === undefined ? [] : ['POST'])]
  throw new HttpError({ status: 405, detail: `${request.method} is not possible here.`, headers: { Allow: allowed.join(', ') } })
}

const STATUS: Readonly<Record<DomainErrorCode, number>> = {
  not_found: 404,
  conflict: 409,
  forbidden: 403,
  invalid: 400,
  precondition_failed: 412,
  limit_exceeded: 400,
}

/** What the domain refused, as HTTP; everything else is passed on for the server to judge. */
function refusalOf(error: unknown): unknown {
  if (error instanceof DomainError) return new HttpError({ status: STATUS[error.code], detail: error.message }, { cause: error })
  if (error instanceof PasswordsBusy) {
    const detail = 'Very many people are signing in at this moment. Try again in a few seconds.'
    return new HttpError({ status: 503, detail, headers: { 'Retry-After': '5' } }, { cause: error })
  }
  return error
}

function fits(wanted: readonly string[], segments: readonly string[]): boolean {
  return (
    wanted.length === segments.length &&
    wanted.every((part, i) => part === segments[i] || (part.startsWith(':') && decoded(segments[i]) !== undefined))
  )
}

function paramsOf(wanted: readonly string[], segments: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    wanted.flatMap((part, i) => {
      const value = part.startsWith(':') ? decoded(segments[i]) : undefined
      return value === undefined ? [] : [[part.slice(1), value]]
    }),
  )
}

/** A segment as it was meant; undefined for one that is empty or no text. NUL is in no text of ours. */
function decoded(segment: string | undefined): string | undefined {
  if (segment === undefined || segment === '' || segment.includes('%00')) return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
