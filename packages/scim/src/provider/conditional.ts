// Versions as entity tags and conditional requests (RFC 7644 section 3.14, RFC 9110 sections 8.8.3 and 13).
//
// If-Match compares weakly: the strong comparison of RFC 9110 would never match the `W/` tags that RFC 7644 itself sends in
// If-Match. Conditions by date are not evaluated: no response names a modification date in its headers, and RFC 9110
// sections 13.1.3 and 13.1.4 tell a server without one to pass over them.
import { excerpt, invalidValue, preconditionFailed } from '../errors.ts'
import type { Precondition } from './store.ts'

/** What If-Match or If-None-Match asks: any current version, or one of these. */
export type Condition = { readonly kind: 'any' } | { readonly kind: 'tags'; readonly tags: ReadonlySet<string> }

export type Conditions = { readonly ifMatch: Condition | undefined; readonly ifNoneMatch: Condition | undefined }

export const NO_CONDITIONS: Conditions = { ifMatch: undefined, ifNoneMatch: undefined }

/** The entity tag of a version, which is also `meta.version`. */
export function entityTag(version: number): string {
  return `W/"${version}"`
}

/** Reads both conditions of a request. @throws ScimError 400 invalidValue when one is malformed. */
export function parseConditions(header: (name: string) => string | undefined): Conditions {
  const ifMatch = header('if-match')
  const ifNoneMatch = header('if-none-match')
  if (ifMatch === undefined && ifNoneMatch === undefined) return NO_CONDITIONS
  return {
    ifMatch: ifMatch === undefined ? undefined : parseCondition('If-Match', ifMatch),
    ifNoneMatch: ifNoneMatch === undefined ? undefined : parseCondition('If-None-Match', ifNoneMatch),
  }
}

/**
 * Reads `*` or a list of entity tags, such as `W/"3", "4"`. A condition that cannot be read is refused: passing over it would
 * let a write through that its sender meant to guard.
 * @throws ScimError 400 invalidValue, naming `place`.
 */
export function parseCondition(place: string, text: string): Condition {
  if (text.trim() === '*') return { kind: 'any' }
  const tags = new Set<string>()
  let at = 0
  let separated = true
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === ' ' || character === '\t') at += 1
    else if (character === ',') {
      separated = true
      at += 1
    } else {
      const open = text.startsWith('W/"', at) ? at + 3 : at + 1
      const close = text.indexOf('"', open)
      if (!separated || text.charAt(open - 1) !== '"' || close === -1 || !isTag(text, open, close)) throw malformed(place, text)
      tags.add(text.slice(open, close))
      separated = false
      at = close + 1
    }
  }
  if (tags.size === 0) throw malformed(place, text)
  return { kind: 'tags', tags }
}

/** etagc = %x21 / %x23-7E; obs-text is never issued here. */
function isTag(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x21 || code > 0x7e) return false
  }
  return true
}

function malformed(place: string, text: string): Error {
  return invalidValue(`${place} \`${excerpt(text)}\` is not an entity tag; send one as received in meta.version, such as W/"3".`)
}

/** Whether a GET may be answered 304 (RFC 9110 section 13.2.2 order: If-Match first). @throws ScimError 412. */
export function isNotModified(conditions: Conditions, version: number): boolean {
  checkIfMatch(conditions.ifMatch, version)
  return conditions.ifNoneMatch !== undefined && matches(conditions.ifNoneMatch, version)
}

/** The precondition of a write, or undefined when the request sets none (RFC 9110 section 13.2.2). */
export function writePrecondition(conditions: Conditions): Precondition | undefined {
  if (conditions.ifMatch === undefined && conditions.ifNoneMatch === undefined) return undefined
  return (version) => {
    checkIfMatch(conditions.ifMatch, version)
    if (conditions.ifNoneMatch !== undefined && matches(conditions.ifNoneMatch, version)) {
      throw preconditionFailed(`If-None-Match names the current version ${entityTag(version)}; nothing was changed.`)
    }
  }
}

function checkIfMatch(condition: Condition | undefined, version: number): void {
  if (condition !== undefined && !matches(condition, version)) {
    throw preconditionFailed(`The resource has changed: its version is now ${entityTag(version)}. Read it again before writing.`)
  }
}

function matches(condition: Condition, version: number): boolean {
  return condition.kind === 'any' || condition.tags.has(String(version))
}
