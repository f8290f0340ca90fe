// JSON Pointers (RFC 6901), with `*` for "each element": a URN is one segment, so no dot or colon of it is ever misread.

/** The value at a pointer, undefined when there is none; a segment `*` gives the list of what is found in the elements. */
export function valueAt(value: unknown, pointer: string): unknown {
  if (pointer === '') return value
  const segments = pointer.split('/').slice(1)
  return walk(
    value,
    segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
  )
}

function walk(value: unknown, segments: readonly string[]): unknown {
  const [segment, ...rest] = segments
  if (segment === undefined) return value
  if (Array.isArray(value)) {
    if (segment === '*') return value.map((item: unknown) => walk(item, rest)).filter((item) => item !== undefined)
    return /^\d+$/.test(segment) ? walk(value[Number(segment)], rest) : undefined
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
  return walk(new Map<string, unknown>(Object.entries(value)).get(segment), rest)
}
