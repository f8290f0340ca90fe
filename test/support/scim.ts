// SCIM over HTTP in as few words as a test can do with: messages to send, and what to ask of an answer.
import { ENTERPRISE_USER_URN, ERROR_URN, GROUP_URN, PATCH_OP_URN, USER_URN } from '@plur-enterprise/scim'
import { expect } from 'vitest'
import { answerProblems } from './invariants.ts'
import { valueAt } from './json-pointer.ts'
import { type Answer, type Exchange, send } from './wire.ts'

export type Headers = NonNullable<Exchange['headers']>
export type Body = object | string

/** A SCIM client of one organisation. Every answer is held against what holds for all (test/support/invariants.ts). */
export type ScimClient = {
  /** The public service root: what locations start with. */
  readonly base: string
  readonly get: (path: string, headers?: Headers) => Promise<Answer>
  readonly post: (path: string, body: Body, headers?: Headers) => Promise<Answer>
  readonly put: (path: string, body: Body, headers?: Headers) => Promise<Answer>
  /** A PatchOp of these operations. */
  readonly patch: (path: string, ...operations: readonly object[]) => Promise<Answer>
  readonly delete: (path: string, headers?: Headers) => Promise<Answer>
  readonly send: (method: string, path: string, options?: { body?: Body; headers?: Headers }) => Promise<Answer>
  /** Creates a user and gives its id. */
  readonly user: (userName: string, more?: object) => Promise<string>
  /** Creates a group of these members and gives its id. */
  readonly group: (displayName: string, members?: readonly string[]) => Promise<string>
  /** The userNames or displayNames that a filter finds, sorted. */
  readonly find: (endpoint: string, filter: string) => Promise<string[]>
}

export type ClientOptions = { readonly origin: string; readonly root: string; readonly base: string; readonly token: string | undefined }

export function scimClient({ origin, root, base, token }: ClientOptions): ScimClient {
  const sendTo: ScimClient['send'] = async (method, path, { body, headers = {} } = {}) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const type = body === undefined ? {} : { 'content-type': 'application/scim+json' }
    const text = typeof body === 'object' ? JSON.stringify(body) : body
    const exchange = {
      method,
      path: root + path,
      headers: { ...authorization, ...type, ...headers },
      ...(text === undefined ? {} : { body: text }),
    }
    const answer = await send(origin, exchange)
    expect(answerProblems(exchange, answer, base), `${method} ${path} → ${answer.status} ${answer.text.slice(0, 500)}`).toEqual([])
    return answer
  }
  const created = async (endpoint: string, body: object): Promise<string> => {
    const answer = await sendTo('POST', endpoint, { body })
    expect(answer.status, answer.text).toBe(201)
    return text(answer, '/id')
  }
  return {
    base,
    get: (path, headers = {}) => sendTo('GET', path, { headers }),
    post: (path, body, headers = {}) => sendTo('POST', path, { body, headers }),
    put: (path, body, headers = {}) => sendTo('PUT', path, { body, headers }),
    patch: (path, ...operations) => sendTo('PATCH', path, { body: patchOf(...operations) }),
    delete: (path, headers = {}) => sendTo('DELETE', path, { headers }),
    send: sendTo,
    user: (userName, more) => created('/Users', user(userName, more)),
    group: (displayName, members = []) => created('/Groups', group(displayName, { members: members.map((value) => ({ value })) })),
    find: async (endpoint, filter) => {
      const answer = await sendTo('GET', `${endpoint}?count=1000&filter=${encodeURIComponent(filter)}`)
      expect(answer.status, `${filter}: ${answer.text}`).toBe(200)
      return list(answer, '/Resources/*')
        .map((resource) => String(valueAt(resource, '/userName') ?? valueAt(resource, '/displayName')))
        .sort()
    },
  }
}

export const user = (userName: string, more: object = {}) => ({ schemas: [USER_URN], userName, ...more })
export const enterpriseUser = (userName: string, extension: object, more: object = {}) => ({
  ...user(userName, more),
  schemas: [USER_URN, ENTERPRISE_USER_URN],
  [ENTERPRISE_USER_URN]: extension,
})
export const group = (displayName: string, more: object = {}) => ({ schemas: [GROUP_URN], displayName, ...more })
export const patchOf = (...operations: readonly object[]) => ({ schemas: [PATCH_OP_URN], Operations: operations })
export const filterOf = (filter: string) => `filter=${encodeURIComponent(filter)}`

/** An id that was never issued. */
export const NOBODY = '2819c223-7f76-453a-919d-413861904646'

/** What stands at a JSON Pointer of the answer. */
export const at = (answer: Answer, pointer: string): unknown => valueAt(answer.json(), pointer)

export function text(answer: Answer, pointer: string): string {
  const value = at(answer, pointer)
  expect(value, `${pointer} of ${answer.text.slice(0, 500)}`).toBeTypeOf('string')
  return typeof value === 'string' ? value : ''
}

export function number(answer: Answer, pointer: string): number {
  const value = at(answer, pointer)
  expect(value, `${pointer} of ${answer.text.slice(0, 500)}`).toBeTypeOf('number')
  return typeof value === 'number' ? value : Number.NaN
}

/** The list at a pointer; a missing one is empty. */
export function list(answer: Answer, pointer: string): unknown[] {
  const value = at(answer, pointer) ?? []
  expect(Array.isArray(value), `${pointer} of ${answer.text.slice(0, 500)}`).toBe(true)
  return Array.isArray(value) ? value : []
}

/** The texts at a pointer with `*`, sorted. */
export const texts = (answer: Answer, pointer: string): string[] => list(answer, pointer).map(String).sort()

/** Expects a SCIM error with this status and scimType; `null`: with none. */
export function expectError(answer: Answer, status: number, scimType: string | null = null): void {
  expect(answer.status, answer.text).toBe(status)
  expect(answer.json()).toMatchObject({ schemas: [ERROR_URN], status: String(status) })
  expect(at(answer, '/scimType') ?? null, answer.text).toBe(scimType)
  expect(text(answer, '/detail')).not.toBe('')
}

/** Expects this status, and gives the answer on. */
export function expectStatus(answer: Answer, status: number): Answer {
  expect(answer.status, answer.text.slice(0, 1000)).toBe(status)
  return answer
}
