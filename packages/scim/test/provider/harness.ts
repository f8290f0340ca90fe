// A provider on the example store, asked with plain values, as the tests of this folder do it.
import {
  type Caller,
  createProvider,
  type CursorCodec,
  GROUP_RESOURCE_TYPE,
  type Limits,
  type Profile,
  type ScimResponse,
  type Store,
  USER_RESOURCE_TYPE,
} from '@plur-enterprise/scim'
import { expect } from 'vitest'
import { createMemoryStore, type LogEntry } from '../memory-store.ts'
import { TEST_RESOURCE_TYPE } from '../test-resource.ts'

export const BASE = 'https://example.com/scim/v2'

/** A caller of the tests; cursors are bound to its name. */
export type TestCaller = Caller & { readonly name: string }

export type Sent = {
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly profile?: Profile
  readonly caller?: string
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The parsed body, or null when there is none. */
  readonly json: unknown
  readonly isStream: boolean
}

export type HarnessOptions = {
  readonly limits?: Partial<Limits>
  /** Puts another store in front of the example. */
  readonly wrap?: (store: Store<TestCaller>) => Store<TestCaller>
}

export type Harness = {
  readonly send: (method: string, target: string, sent?: Sent) => Promise<Answer>
  /** Creates a resource and returns its id. */
  readonly create: (endpoint: string, body: Readonly<Record<string, unknown>>) => Promise<string>
  readonly log: () => readonly LogEntry<TestCaller>[]
  /** Lets time pass. */
  readonly wait: (seconds: number) => void
}

/** Bound to the caller's name; a host encrypts and authenticates instead. */
export const cursors: CursorCodec<TestCaller> = {
  seal: (caller, text) => Buffer.from(`${caller.name}\n${text}`).toString('base64url'),
  open: (caller, sealed) => {
    const text = Buffer.from(sealed, 'base64url').toString()
    return text.startsWith(`${caller.name}\n`) ? text.slice(caller.name.length + 1) : undefined
  },
}

export function harness({ limits = {}, wrap = (store) => store }: HarnessOptions = {}): Harness {
  let time = Date.UTC(2026, 0, 1)
  let serial = 0
  const now = () => new Date((time += 1))
  const memory = createMemoryStore<TestCaller>({ baseUrl: BASE, now })
  const newId = () => `00000000-0000-4000-8000-${String((serial += 1)).padStart(12, '0')}`
  const resourceTypes = [USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE, TEST_RESOURCE_TYPE]
  const provider = createProvider<TestCaller>({ baseUrl: BASE, resourceTypes, store: wrap(memory), cursors, limits, newId, now })

  const send: Harness['send'] = async (method, target, { body, headers = {}, profile = 'generic', caller = 'one' } = {}) => {
    const [path = '', ...query] = target.split('?')
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const request = {
      method,
      path,
      query: query.join('?'),
      header: (name: string) => lower.get(name),
      body: text === undefined ? undefined : new TextEncoder().encode(text),
    }
    return read(await provider.handle(request, { profile, name: caller }))
  }

  return {
    send,
    create: async (endpoint, body) => {
      const { status, text, json } = await send('POST', endpoint, { body })
      if (status !== 201) throw new Error(text)
      return String(at(json, 'id'))
    },
    log: memory.log,
    wait: (seconds) => {
      time += seconds * 1000
    },
  }
}

async function read({ status, headers, body }: ScimResponse): Promise<Answer> {
  const isStream = typeof body === 'object'
  const text = isStream ? await collect(body) : (body ?? '')
  const json: unknown = text === '' ? null : JSON.parse(text)
  return { status, headers, text, json, isStream }
}

async function collect(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

/** What stands in a JSON value at a path, or undefined. */
export function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined), json)
}

/** The array that stands there. */
export function listAt(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(json, ...path)
  if (!Array.isArray(value)) throw new Error(`No array at ${path.join('.')}`)
  return value
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

export const user = (userName: string, rest: Readonly<Record<string, unknown>> = {}) => ({ schemas: [USER], userName, ...rest })
export const group = (displayName: string, ...members: readonly string[]) => ({
  schemas: [GROUP],
  displayName,
  ...(members.length === 0 ? {} : { members: members.map((value) => ({ value })) }),
})
export const patch = (...operations: readonly unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

/** Vitest's matchers for parts of an answer, without the `any` of their types. */
export const someText: unknown = expect.any(String)
export const matching = (pattern: string | RegExp): unknown => expect.stringMatching(pattern)
export const containing = (part: string): unknown => expect.stringContaining(part)
export const lacking = (part: string): unknown => expect.not.stringContaining(part)
export const holding = (members: object): unknown => expect.objectContaining(members)
