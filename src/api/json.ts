// Request bodies of /api/v1 as JSON that can be stored: one object, well-formed text without U+0000, finite numbers, bounded depth, and
// no member that a JavaScript object would take for something else.
import { HttpError } from '../http/message.ts'

export const DEPTH_MAX = 32

/** How texts are judged: `strict` for what is stored, `lenient` for a search, where a client may have cut a character in half. */
export type Texts = 'strict' | 'lenient'

/** Throws an `HttpError` 400 that says what is wrong with the body. Linear in its length. */
export function readJson(body: Buffer | undefined, texts: Texts): object {
  if (body === undefined) throw bad('The body is missing; a JSON object must stand there.')
  const value = parse(decode(body))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('The body must be a JSON object.')
  inspect(value, texts)
  return value
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw bad('The body is not valid UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw bad('The body is not valid JSON.')
  }
}

/** Level by level, so that no depth can exhaust the stack. */
function inspect(root: object, texts: Texts): void {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw bad(`The body nests deeper than ${DEPTH_MAX} levels.`)
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value === 'string') checkText(value, texts)
      else if (typeof value === 'number' && !Number.isFinite(value)) throw bad('The body holds a number beyond the range of a double.')
      else if (Array.isArray(value)) for (const inner of value) next.push(inner)
      else if (typeof value === 'object' && value !== null) {
        for (const [name, inner] of Object.entries(value)) {
          if (name === '__proto__') throw bad('The body holds a member named "__proto__", which is not accepted.')
          checkText(name, 'strict')
          next.push(inner)
        }
      }
    }
    level = next
  }
}

function checkText(text: string, texts: Texts): void {
  if (texts === 'strict' && (text.includes('\u0000') || !text.isWellFormed())) {
    throw bad('The body holds a text with U+0000 or with half a surrogate pair, which cannot be stored.')
  }
}

const bad = (detail: string) => new HttpError({ status: 400, detail })
