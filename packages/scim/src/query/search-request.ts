// What a query asks for, from the parameters of a GET (RFC 7644 section 3.4.2) or the body of a POST to /.search (section 3.4.3);
// with cursors (RFC 9865 section 2).
import { excerpt, invalidCount, invalidSyntax, invalidValue } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { ProjectionInput } from '../resource/projection.ts'
import { SEARCH_REQUEST_URN } from '../urns.ts'

export type SearchRequest = {
  readonly filter: string | undefined
  readonly sortBy: string | undefined
  readonly sortOrder: 'ascending' | 'descending'
  /** Resources on the page: what was asked, within the server's limits. */
  readonly count: number
  /** Index paging from `startIndex` (1 is the first), or a cursor; an empty cursor is the first page. */
  readonly page: { readonly kind: 'index'; readonly startIndex: number } | { readonly kind: 'cursor'; readonly cursor: string }
} & ProjectionInput

/** Reads the parameters of a GET. @throws ScimError 400 invalidValue, invalidCount. */
export function searchFromParameters(parameters: ReadonlyMap<string, string>, limits: Limits): SearchRequest {
  const cursor = parameters.get('cursor')
  return assemble(
    {
      filter: parameters.get('filter'),
      sortBy: given(parameters, 'sortby'),
      sortOrder: given(parameters, 'sortorder'),
      startIndex: numberParameter(parameters, 'startIndex', invalidValue),
      count: numberParameter(parameters, 'count', cursor === undefined ? invalidValue : invalidCount),
      cursor,
      ...projectionFromParameters(parameters),
    },
    limits,
  )
}

/** Reads `attributes` and `excludedAttributes` of any request. */
export function projectionFromParameters(parameters: ReadonlyMap<string, string>): ProjectionInput {
  return {
    attributes: namesIn(given(parameters, 'attributes')),
    excludedAttributes: namesIn(given(parameters, 'excludedattributes')),
  }
}

/** Reads the body of a POST to /.search. @throws ScimError 400 invalidSyntax, invalidValue, invalidCount. */
export function searchFromBody(body: Json, limits: Limits): SearchRequest {
  if (!isObject(body)) throw invalidSyntax('A search request is a JSON object.')
  const schemas = member(body, 'schemas')
  const isSearch =
    isArray(schemas) && schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === SEARCH_REQUEST_URN.toLowerCase())
  if (!isSearch) throw invalidSyntax(`schemas must be ["${SEARCH_REQUEST_URN}"].`)
  const cursor = textMember(body, 'cursor')
  return assemble(
    {
      filter: textMember(body, 'filter'),
      sortBy: textMember(body, 'sortBy'),
      sortOrder: textMember(body, 'sortOrder'),
      startIndex: numberMember(body, 'startIndex', invalidValue),
      count: numberMember(body, 'count', cursor === undefined ? invalidValue : invalidCount),
      cursor,
      attributes: namesMember(body, 'attributes'),
      excludedAttributes: namesMember(body, 'excludedAttributes'),
    },
    limits,
  )
}

type Given = ProjectionInput & {
  readonly filter: string | undefined
  readonly sortBy: string | undefined
  readonly sortOrder: string | undefined
  readonly startIndex: number | undefined
  readonly count: number | undefined
  readonly cursor: string | undefined
}

function assemble(asked: Given, limits: Limits): SearchRequest {
  const { filter, sortBy, cursor, startIndex, attributes, excludedAttributes } = asked
  if (cursor !== undefined && startIndex !== undefined) {
    throw invalidValue('cursor and startIndex are two ways of paging; send one of them.')
  }
  return {
    filter,
    sortBy,
    sortOrder: parseSortOrder(asked.sortOrder),
    count: Math.min(Math.max(asked.count ?? limits.pageSizeDefault, 0), limits.pageSizeMax),
    page: cursor === undefined ? { kind: 'index', startIndex: Math.max(startIndex ?? 1, 1) } : { kind: 'cursor', cursor },
    attributes,
    excludedAttributes,
  }
}

function parseSortOrder(text: string | undefined): 'ascending' | 'descending' {
  switch (text?.toLowerCase()) {
    case undefined:
    case 'ascending':
      return 'ascending'
    case 'descending':
      return 'descending'
    default:
      throw invalidValue(`sortOrder must be ascending or descending, not \`${excerpt(text ?? '')}\`.`)
  }
}

/** An empty parameter counts as not given (idp-wire RC-22). Not so `filter`, which would then return everything, nor `cursor`. */
function given(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  return parameters.get(name) || undefined
}

type Refuse = (detail: string) => Error

function numberParameter(parameters: ReadonlyMap<string, string>, name: string, refuse: Refuse): number | undefined {
  const text = given(parameters, name.toLowerCase())
  if (text === undefined) return undefined
  if (!/^-?\d+$/.test(text)) throw refuse(`${name} must be a whole number, not \`${excerpt(text)}\`.`)
  return within(Number(text))
}

function numberMember(body: JsonObject, name: string, refuse: Refuse): number | undefined {
  const value = member(body, name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw refuse(`${name} must be a whole number.`)
  return within(value)
}

/** Beyond what a double holds exactly there are no resources either. */
function within(number: number): number {
  return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

function textMember(body: JsonObject, name: string): string | undefined {
  const value = member(body, name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalidValue(`${name} must be a text.`)
  return value
}

function namesMember(body: JsonObject, name: string): readonly string[] {
  const value = member(body, name)
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return namesIn(value)
  if (!isArray(value)) throw invalidValue(`${name} must be an array of attribute names.`)
  return value.map((element) => {
    if (typeof element !== 'string') throw invalidValue(`${name} must be an array of attribute names.`)
    return element
  })
}

/** Names separated by commas (RFC 7644 section 3.4.2.5); blanks around them and empty ones mean nothing. */
function namesIn(text: string | undefined): readonly string[] {
  return splitNames(text ?? '')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** A comma between the brackets of a value path or in a string there separates nothing: `emails[value eq "a,b]"],userName`. */
function splitNames(text: string): readonly string[] {
  const names: string[] = []
  let start = 0
  let isInside: 'brackets' | 'string' | undefined
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (isInside === 'string') {
      if (character === '\\') at += 1
      else if (character === '"') isInside = 'brackets'
    } else if (isInside === 'brackets') {
      if (character === '"') isInside = 'string'
      else if (character === ']') isInside = undefined
    } else if (character === '[') {
      isInside = 'brackets'
    } else if (character === ',') {
      names.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...names, text.slice(start)]
}
