// Pages as a client without script gets them: cookies kept, forms sent with the token of the page they stand on, redirects not followed.
import { expect } from 'vitest'
import { issueSession } from '../../src/auth/sessions.ts'
import { adminContext, graphOf } from './graph.ts'
import type { Org, TestServer } from './server.ts'

export type PageAnswer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly location: string | undefined
}

export type WebClient = ReturnType<typeof webAt>

/** A browser's cookie jar and nothing more. */
export function webAt(origin: string, cookies: Readonly<Record<string, string>> = {}) {
  const jar = new Map(Object.entries(cookies))
  async function send(
    method: string,
    path: string,
    init: { body?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<PageAnswer> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(origin + path, {
      method,
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(name.length + 1)
      if (/Max-Age=0/.test(set)) jar.delete(name)
      else jar.set(name, value)
    }
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get('location') ?? undefined,
    }
  }
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => send('GET', path, { headers })
  /** The token that the forms of a page carry. */
  async function tokenOn(path: string): Promise<string> {
    const { text, status } = await get(path)
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1]
    expect(token, `no form on ${path}, which answers ${status}`).toBeDefined()
    return token ?? ''
  }
  const post = (path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    send('POST', path, {
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  return {
    jar,
    send,
    get,
    post,
    tokenOn,
    /** Sends a form as the page `on` has it. */
    submit: async (on: string, path: string, fields: Readonly<Record<string, string>> = {}) =>
      post(path, { ...fields, _csrf: await tokenOn(on) }),
  }
}

/** The pages as somebody sees them who is signed in. */
export async function signedInAs(server: TestServer, org: Org, userName: string): Promise<WebClient> {
  const graph = graphOf(server, org)
  const { token } = await issueSession(graph.work, adminContext(org), { accountId: await graph.accountId(userName), method: 'test' })
  return webAt(server.origin, { plur_session: token })
}
