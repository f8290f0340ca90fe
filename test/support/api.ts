// /api/v1 as a client uses it: keys of people, requests, and answers that are checked against the published schemas.
import { expect } from 'vitest'
import { z } from 'zod'
import { engramRowSchema, errorSchema } from '../../src/api/schemas.ts'
import { issueApiKey } from '../../src/auth/api-keys.ts'
import { adminContext, graphOf } from './graph.ts'
import type { Org, TestServer } from './server.ts'

export type ApiAnswer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: unknown }

/** The API as the bearer of one key sees it. */
export function apiAt(origin: string, key: string | undefined) {
  const headers: Record<string, string> = { accept: 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }
  async function send(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const withBody = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...withBody,
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    const answer = { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined }
    if (answer.status >= 400) errorSchema.strict().parse(answer.body)
    return answer
  }
  const expected = async <S extends z.ZodType>(schema: S, status: number, asked: Promise<ApiAnswer>): Promise<z.output<S>> => {
    const answer = await asked
    expect(answer.status, answer.text).toBe(status)
    return schema.parse(answer.body)
  }
  return {
    key,
    send,
    expected,
    get: (path: string) => send('GET', path),
    post: (path: string, body: unknown) => send('POST', path, body),
    patch: (path: string, body: unknown) => send('PATCH', path, body),
    remove: (path: string) => send('DELETE', path),
    /** Learns, and the row that was made. */
    learn: (scope: string, statement: string, more: Readonly<Record<string, unknown>> = {}) =>
      expected(engramRowSchema, 201, send('POST', '/engrams', { statement, scope, type: 'behavioral', ...more })),
    /** Statements that a recall finds. */
    async recall(query: string, more: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
      const schema = z.object({ results: z.array(z.object({ statement: z.string() })) })
      const { results } = await expected(schema, 200, send('POST', '/recall', { query, mode: 'hybrid', ...more }))
      return results.map(({ statement }) => statement)
    },
  }
}

export type Api = ReturnType<typeof apiAt>

/** An organisation with alice and bob, provisioned over SCIM, in `Engineering/Platform`; carol is in no group. */
export async function team(server: TestServer) {
  const org = await server.org()
  const graph = graphOf(server, org)
  const [alice, bob, carol] = [await org.user('alice'), await org.user('bob'), await org.user('carol')]
  const group = await org.group('Engineering/Platform', [alice, bob])
  await graph.select(group)
  const as = async (userName: string): Promise<Api> => apiAt(server.origin, await keyOf(server, org, userName))
  return { org, graph, ids: { alice, bob, carol }, group, as, scope: 'group:engineering/platform' }
}

/** A new key of an account. */
export async function keyOf(server: TestServer, org: Org, userName: string): Promise<string> {
  const graph = graphOf(server, org)
  const request = { accountId: await graph.accountId(userName), name: 'test', lifetimeSeconds: null }
  return (await issueApiKey(graph.work, adminContext(org), request)).key
}
