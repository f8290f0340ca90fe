// Where a group stands in the permission graph: from the name an IdP gave it to a path below `group:`. Pure, in linear time, total: a name
// that cannot be a path says why and never reaches outside.

export const SEGMENT_LENGTH_MAX = 64
export const SEGMENTS_MAX = 8

export type PathSettings = {
  /** What separates the parts of a group's name. */
  readonly separator: string
  /** In front of every path; empty for none. Itself a path. */
  readonly prefix: string
}

/** `unusable`: a part of the name has no character that a scope may hold. `too_deep`: more than SEGMENTS_MAX parts, prefix included. */
export type PathProblem = 'unusable' | 'too_deep'

export type GroupPath = { readonly kind: 'path'; readonly segments: readonly string[] } | { readonly kind: PathProblem }

/**
 * The path that a group's own name means, without the prefix. Each part: NFKC, lower case, runs of characters other than `[a-z0-9._-]`
 * become one `-`, `-` at the ends falls away, cut at SEGMENT_LENGTH_MAX. The parts are separated before anything is normalised, so that
 * no character can turn into a separator on the way.
 * @example ownPath('Engineering/Platform', '/') // segments: engineering, platform
 */
export function ownPath(name: string, separator: string): GroupPath {
  // One part more than allowed is enough to know.
  const parts = name.split(separator, SEGMENTS_MAX + 1)
  if (parts.length > SEGMENTS_MAX) return { kind: 'too_deep' }
  const segments: string[] = []
  for (const part of parts) {
    const segment = pathSegment(part)
    if (segment === undefined) return { kind: 'unusable' }
    segments.push(segment)
  }
  return { kind: 'path', segments }
}

/** One part of a name as a segment; undefined when nothing of it is left, or dots only. */
export function pathSegment(part: string): string | undefined {
  const plain = part
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
  const segment = withoutHyphensAtEnds(withoutHyphensAtEnds(plain).slice(0, SEGMENT_LENGTH_MAX))
  return /^\.*$/.test(segment) ? undefined : segment
}

/** By hand, because `-+$` tries every start again. */
function withoutHyphensAtEnds(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '-') start += 1
  while (end > start && text[end - 1] === '-') end -= 1
  return text.slice(start, end)
}

/** The path with the settings' prefix, or why there is none. */
export function placed(segments: readonly string[], { prefix }: Pick<PathSettings, 'prefix'>): string | undefined {
  const all = prefix === '' ? segments : [...prefix.split('/'), ...segments]
  return all.length > SEGMENTS_MAX ? undefined : all.join('/')
}

/** The path of a group that sits under another; undefined when that is too deep. */
export function below(parent: string, segment: string): string | undefined {
  return parent.split('/').length >= SEGMENTS_MAX ? undefined : `${parent}/${segment}`
}

/** The paths above a path, nearest last: `a/b/c` → `a`, `a/b`. */
export function ancestorsOf(path: string): readonly string[] {
  const segments = path.split('/')
  return segments.slice(0, -1).map((_, i) => segments.slice(0, i + 1).join('/'))
}

/** Whether a text is a path as this module makes them: what an admin types must already be one. */
export function isPath(text: string): boolean {
  const segments = text.split('/', SEGMENTS_MAX + 1)
  return segments.length <= SEGMENTS_MAX && segments.every((segment) => segment !== '' && pathSegment(segment) === segment)
}
