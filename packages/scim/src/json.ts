// JSON values as the protocol uses them, and the one door through which they come in (RFC 8259). Behind it every string is
// well-formed Unicode without U+0000, every number is finite and no object holds a name twice.
import { excerpt, invalidSyntax, invalidValue, ScimError } from './errors.ts'

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export function isArray(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !isArray(json)
}

/** The member with exactly this name. Inherited properties are none. */
export function get(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The member with this name, without regard to case (RFC 7643 section 2.1). Inherited properties are none. */
export function member(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name]
  const lower = name.toLowerCase()
  const found = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower)
  return found === undefined ? undefined : object[found]
}

export type JsonOptions = {
  /** Nesting of arrays and objects. */
  readonly depthMax: number
}

/**
 * Reads a JSON text in linear time.
 * @throws ScimError 400 invalidSyntax for text that is no UTF-8 or no JSON, too deep nesting and names given twice (also when they
 * differ only by case); invalidValue for U+0000, lone surrogates and numbers beyond the range of a double.
 */
export function parseJson(bytes: Uint8Array, options: JsonOptions): Json {
  const text = decode(bytes)
  const { depth, colons } = measure(bytes)
  if (depth > options.depthMax) throw invalidSyntax(`The body nests ${depth} levels deep; at most ${options.depthMax} are allowed.`)
  const json = parse(text)
  // An unescaped U+0000 is no JSON, an unescaped lone surrogate no UTF-8: only escapes can bring them in.
  const hasEscapes = text.includes('\\u')
  if (inspect(json, hasEscapes) !== colons) throw invalidSyntax('An object in the body holds the same name twice.')
  return json
}

function decode(bytes: Uint8Array): string {
  if (bytes.length === 0) throw invalidSyntax('The body is empty; a JSON object must stand there.')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ScimError(400, 'The body is not valid UTF-8.', { scimType: 'invalidSyntax', cause })
  }
  if (text.startsWith('\ufeff')) throw invalidSyntax('The body begins with a byte order mark; JSON must not have one.')
  return text
}

const QUOTE = 0x22
const COLON = 0x3a
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b])
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d])

/**
 * Nesting and number of members, told from the bytes alone: outside strings each colon stands for one member. JSON.parse keeps
 * the last of equal names, so fewer members than colons in the outcome give duplicates away.
 */
function measure(bytes: Uint8Array): { depth: number; colons: number } {
  let depth = 0
  let level = 0
  let colons = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
    } else if (byte === COLON) {
      colons += 1
    } else if (OPENING.has(byte)) {
      level += 1
      depth = Math.max(depth, level)
    } else if (CLOSING.has(byte)) {
      level -= 1
    }
  }
  return { depth, colons }
}

const BACKSLASH = 0x5c

/** Where the closing quote of the string that opens at `start` stands. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) {
    at += bytes[at] === BACKSLASH ? 2 : 1
  }
  return at
}

function parse(text: string): Json {
  try {
    const json: unknown = JSON.parse(text)
    return isJson(json) ? json : null
  } catch (cause) {
    // The engine's message may quote the body, which may hold secrets: only the place is told.
    const place = cause instanceof Error ? (/ at position \d+ \(line \d+ column \d+\)$/.exec(cause.message)?.[0] ?? '') : ''
    throw new ScimError(400, `The body is not valid JSON${place}.`, { scimType: 'invalidSyntax', cause })
  }
}

/** JSON.parse yields nothing else, but its type does not say so. */
function isJson(value: unknown): value is Json {
  return value !== undefined
}

/** Number of members in the whole tree. Recursion is bounded by the depth already checked. */
function inspect(json: Json, hasEscapes: boolean): number {
  if (typeof json === 'string') {
    if (hasEscapes) checkText(json)
    return 0
  }
  if (typeof json === 'number') {
    if (!Number.isFinite(json)) throw invalidValue('A number in the body is out of range.')
    return 0
  }
  if (isArray(json)) return sum(json, hasEscapes)
  if (!isObject(json)) return 0
  const names = Object.keys(json)
  checkNames(names, hasEscapes)
  return names.length + sum(Object.values(json), hasEscapes)
}

function sum(values: readonly Json[], hasEscapes: boolean): number {
  let members = 0
  for (const value of values) members += inspect(value, hasEscapes)
  return members
}

function checkNames(names: readonly string[], hasEscapes: boolean): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (hasEscapes) checkText(name)
    const lower = name.toLowerCase()
    if (seen.has(lower)) {
      throw invalidSyntax(`An object in the body holds \`${excerpt(name)}\` twice; names that differ only by case are the same.`)
    }
    seen.add(lower)
  }
}

function checkText(text: string): void {
  if (text.includes('\0')) throw invalidValue('A string in the body holds the character U+0000.')
  if (!text.isWellFormed()) throw invalidValue('A string in the body holds half of a surrogate pair.')
}
