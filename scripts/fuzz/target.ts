// What is fuzzed: an input, which is all that a corpus line holds, and the HTTP request that carries it.
import type { Dice } from './dice.ts'

/** Resources that may be changed and deleted at will. Inputs name them so, and mean whatever has that place just now. */
export const USERS = ['<u0>', '<u1>', '<u2>', '<u3>'] as const
export const GROUPS = ['<g0>', '<g1>', '<g2>'] as const
export const TOKEN = '<token>'

export type World = {
  readonly host: string
  readonly token: string
  /** The id that a name stands for. */
  readonly ids: ReadonlyMap<string, string>
}

export type Target = {
  readonly name: string
  readonly generate: (dice: Dice) => string
  /** The whole request as bytes. Depends on nothing but its arguments. */
  readonly request: (input: string, world: World) => Buffer
  /** The request may break the framing of HTTP, so that it needs a connection of its own and may be answered by its end. */
  readonly raw?: boolean
}

type Message = { readonly method: string; readonly path: string; readonly body?: Buffer | string; readonly type?: string }

export function message(world: World, { method, path, body, type = 'application/scim+json' }: Message): Buffer {
  const { host, token } = world
  const content = typeof body === 'string' ? Buffer.from(filled(world, body)) : body
  const head = `${method} /scim/v2${filled(world, path)} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n`
  if (content === undefined) return Buffer.from(`${head}\r\n`)
  return Buffer.concat([Buffer.from(`${head}Content-Type: ${type}\r\nContent-Length: ${content.length}\r\n\r\n`), content])
}

/** With the ids of the day. */
export function filled({ ids, token }: World, text: string): string {
  return text.replaceAll(/<(?:[ug]\d|token)>/g, (name) => (name === TOKEN ? token : (ids.get(name) ?? name)))
}

/** In a query string; lone surrogates become what an encoder makes of them. */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** One of a list, chosen by the input itself, so that a corpus line goes the same way each time. */
export function chosen<T>(values: readonly T[], input: string): T {
  let hash = 0
  for (const character of input) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  const value = values[hash % values.length]
  if (value === undefined) throw new Error('nothing to choose from')
  return value
}
