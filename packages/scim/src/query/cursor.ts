// Cursors (RFC 9865). A cursor carries its own state, sealed by the host for one caller, so that the server remembers nothing
// and a foreign or forged cursor opens nothing.
import { expiredCursor, invalidCursor, invalidCount } from '../errors.ts'
import type { Caller, Position } from '../provider/store.ts'

/** Authenticated encryption bound to the caller, made by the host (RFC 9865 section 5.2). */
export type CursorCodec<C extends Caller> = {
  /** The text as a string of unreserved URI characters that only `open` for the same caller can read. */
  readonly seal: (caller: C, text: string) => string
  /** The text again, or undefined when the string was not sealed for this caller. */
  readonly open: (caller: C, sealed: string) => string | undefined
}

export type CursorState = {
  readonly position: Position
  /** `fingerprint` of all parameters that must not change from page to page, but for `count`. */
  readonly query: string
  readonly count: number
  readonly issuedAt: number
}

export function writeCursor(state: CursorState): string {
  return JSON.stringify([state.query, state.count, state.issuedAt, state.position])
}

export type CursorExpectation = {
  readonly query: string
  readonly count: number
  readonly now: number
  readonly timeoutSeconds: number
}

/**
 * Where the page behind the cursor starts. `text` is what the codec opened.
 * @throws ScimError 400 invalidCursor, in the same words for every reason; expiredCursor; invalidCount.
 */
export function readCursor(text: string | undefined, expected: CursorExpectation): Position {
  const state = text === undefined ? undefined : parseState(text)
  if (state === undefined || state.query !== expected.query) {
    throw invalidCursor('The cursor is not one that this query gave you; repeat all parameters, or start again with an empty cursor.')
  }
  if (expected.now - state.issuedAt > expected.timeoutSeconds * 1000) {
    throw expiredCursor(`The cursor is older than ${expected.timeoutSeconds} seconds; start again with an empty cursor.`)
  }
  if (state.count !== expected.count) {
    throw invalidCount(`count was ${state.count} on the first page and must stay so; it is now ${expected.count}.`)
  }
  return state.position
}

function parseState(text: string): CursorState | undefined {
  const state = parse(text)
  if (!isList(state)) return undefined
  const [query, count, issuedAt, position] = state
  const isState = typeof query === 'string' && typeof count === 'number' && typeof issuedAt === 'number' && isPosition(position)
  return isState ? { query, count, issuedAt, position } : undefined
}

/** A host may seal other things with the same key; they are no cursors. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isPosition(value: unknown): value is Position {
  return isList(value) && value.every((part) => part === null || ['string', 'number', 'boolean'].includes(typeof part))
}

/**
 * A short digest that tells whether two texts differ (two rounds of a 32-bit multiplicative hash). It guards against mistakes,
 * not against forgery: the seal does that.
 */
export function fingerprint(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  return `${(high >>> 0).toString(36)}.${(low >>> 0).toString(36)}.${text.length.toString(36)}`
}
