// One endpoint of /api/v1: its place, what it takes, what it answers, and what it does. The table of them is both router and description.
import type { z } from 'zod'
import { HttpError, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { Call } from './caller.ts'
import { readJson, type Texts } from './json.ts'

/** Bodies of every endpoint; an engram with all its fields fits many times. */
export const BODY_BYTES_MAX = 64 * 1024

export type Method = 'get' | 'post' | 'patch' | 'delete'

/** One kind of answer, for the description; `schema` undefined: not JSON, or no body. */
export type Answer = { readonly status: number; readonly description: string; readonly schema?: z.ZodType; readonly mediaType?: string }

export type Endpoint = {
  readonly method: Method
  /** Below /api/v1; `{id}` stands for one segment. */
  readonly path: string
  readonly summary: string
  readonly body?: z.ZodType
  readonly query?: z.ZodObject
  readonly answers: readonly Answer[]
  readonly run: (call: Call, request: HttpRequest) => Promise<HttpResponse>
}

type Place = Pick<Endpoint, 'method' | 'path' | 'summary' | 'answers'>

/** An endpoint that takes nothing. */
export function plainEndpoint(place: Place, handle: (call: Call) => Promise<HttpResponse>): Endpoint {
  return { ...place, run: handle }
}

/** An endpoint that reads a query string. */
export function queryEndpoint<S extends z.ZodObject>(
  place: Place & { readonly query: S },
  handle: (call: Call, query: z.output<S>) => Promise<HttpResponse>,
): Endpoint {
  return { ...place, run: (call, request) => handle(call, parsed(place.query, queryOf(request), 'query')) }
}

/** An endpoint that reads a JSON body. */
export function bodyEndpoint<S extends z.ZodType>(
  place: Place & { readonly body: S; readonly texts?: Texts },
  handle: (call: Call, body: z.output<S>) => Promise<HttpResponse>,
): Endpoint {
  const { texts = 'strict', ...endpoint } = place
  return {
    ...endpoint,
    async run(call, request) {
      const body = readJson(await request.body(BODY_BYTES_MAX), texts)
      return handle(call, parsed(place.body, body, 'body'))
    },
  }
}

export function json(status: number, value: unknown): HttpResponse {
  return jsonText(status, JSON.stringify(value))
}

export function jsonText(status: number, body: string): HttpResponse {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body }
}

function queryOf({ query }: HttpRequest): object {
  const entries = [...new URLSearchParams(query)]
  const twice = entries.find(([name], at) => entries.findIndex(([other]) => other === name) !== at)
  if (twice !== undefined) throw new HttpError({ status: 400, detail: 'The query names a parameter twice.' })
  return Object.fromEntries(entries)
}

/** Problems named in an error. */
const PROBLEMS_MAX = 3

function parsed<S extends z.ZodType>(schema: S, value: object, where: 'query' | 'body'): z.output<S> {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  const problems = outcome.error.issues.slice(0, PROBLEMS_MAX).map(({ path, message }) => `${nameOf(path)}${message}`)
  throw new HttpError({ status: 400, detail: `The ${where} is not as described in /api/v1/openapi.yaml: ${problems.join('; ')}.` })
}

const nameOf = (path: readonly PropertyKey[]): string => (path.length === 0 ? '' : `${path.map(String).join('.').slice(0, 80)}: `)
