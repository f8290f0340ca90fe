// Temporary identifiers inside a Bulk request (RFC 7644 section 3.7.2): finding them and putting permanent ids in their place.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'

const PREFIX = 'bulkId:'

/** The bulkId that a text refers to, as in `bulkId:qwerty`, or undefined when it is not a reference. */
export function bulkIdOf(text: string): string | undefined {
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined
}

/** Puts an id in the place of a bulkId; may throw to refuse. */
export type IdOf = (bulkId: string) => string

/**
 * The data with every reference replaced: strings that are one, wherever they stand, and string literals in the paths of a
 * PATCH, such as `members[value eq "bulkId:qwerty"]`. Parts without references are the very same values as before. Linear in the
 * size of the data; recursion is bounded by the nesting that the JSON parser accepts.
 */
export function replaceReferences(data: JsonObject, method: string, idOf: IdOf): JsonObject {
  const replaced = mapObject(data, (_name, member) => inValues(member, idOf))
  return method === 'PATCH' ? inPaths(replaced, idOf) : replaced
}

/** All bulkIds that the data refers to. */
export function referencesIn(data: JsonObject, method: string): ReadonlySet<string> {
  const found = new Set<string>()
  replaceReferences(data, method, (bulkId) => {
    found.add(bulkId)
    return PREFIX + bulkId
  })
  return found
}

function inValues(value: Json, idOf: IdOf): Json {
  if (typeof value === 'string') {
    const bulkId = bulkIdOf(value)
    return bulkId === undefined ? value : idOf(bulkId)
  }
  if (isArray(value)) return mapArray(value, (element) => inValues(element, idOf))
  return isObject(value) ? mapObject(value, (_name, member) => inValues(member, idOf)) : value
}

/** `Operations[].path` of a PATCH body; message members are named without regard to case. */
function inPaths(body: JsonObject, idOf: IdOf): JsonObject {
  return mapObject(body, (name, operations) => {
    if (name.toLowerCase() !== 'operations' || !isArray(operations)) return operations
    return mapArray(operations, (operation) =>
      isObject(operation) ? mapObject(operation, (key, path) => inPath(key, path, idOf)) : operation,
    )
  })
}

function inPath(name: string, path: Json, idOf: IdOf): Json {
  return name.toLowerCase() === 'path' && typeof path === 'string' && path.includes(`"${PREFIX}`) ? inLiterals(path, idOf) : path
}

/** Replaces the string literals of a path that are references; a literal that is not closed is left for the path's own parser. */
function inLiterals(path: string, idOf: IdOf): string {
  let text = ''
  let at = 0
  for (let open = path.indexOf('"'); open !== -1; open = path.indexOf('"', at)) {
    const end = literalEnd(path, open)
    if (end === -1) break
    const literal = path.slice(open, end)
    const bulkId = bulkIdOf(unquote(literal))
    text += path.slice(at, open) + (bulkId === undefined ? literal : JSON.stringify(idOf(bulkId)))
    at = end
  }
  return text + path.slice(at)
}

/** Index behind the closing quote of the literal that opens at `open`, or -1. */
function literalEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '"') return at + 1
    if (character === '\\') at += 1
  }
  return -1
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    return ''
  }
}

function mapArray(array: readonly Json[], map: (element: Json) => Json): Json {
  const mapped = array.map(map)
  return mapped.every((element, index) => element === array[index]) ? array : mapped
}

/** Own properties are defined, never assigned: a member called `__proto__` stays a member. */
function mapObject(object: JsonObject, map: (name: string, member: Json) => Json): JsonObject {
  const entries = Object.entries(object)
  const mapped = entries.map(([name, member]): [string, Json] => [name, map(name, member)])
  return mapped.every(([, member], index) => member === entries[index]?.[1]) ? object : Object.fromEntries(mapped)
}
