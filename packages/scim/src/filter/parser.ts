// The one grammar for filters, attribute paths, value paths and PATCH paths (RFC 7644 figures 1 and 7 with errata 4690, 7319,
// 7322 and 8924). Recursive descent with counted depth: each token is looked at once.
import { excerpt, invalidFilter, invalidPath, type ScimError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { CompareOperator, Filter, Literal, PatchPath } from './ast.ts'
import { type Token, tokenize } from './lexer.ts'

export type ParseOptions = {
  readonly limits: Limits
  /** Whether `eq` may be followed by a word without quotes, as in `externalId eq jyoung` (compat-decisions 27). */
  readonly bareWords: boolean
  /** Gets `unquoted-filter-value` and `entra-value-path-in-filter` when they were needed. */
  readonly compat: Set<string>
}

/**
 * Parses a whole filter (RFC 7644 section 3.4.2.2).
 * @throws ScimError 400 invalidFilter, naming the place and what would be right.
 */
export function parseFilter(text: string, options: ParseOptions): Filter {
  return new Parser('filter', text, options).filter()
}

/**
 * Parses the `path` of a PATCH operation (RFC 7644 section 3.5.2): `path`, `path[filter]` or `path[filter].sub`.
 * @throws ScimError 400 invalidPath, or invalidFilter when only the filter between the brackets is wrong.
 */
export function parsePatchPath(text: string, options: ParseOptions): PatchPath {
  return new Parser('path', text, options).patchPath()
}

const OPERATORS: ReadonlyMap<string, CompareOperator> = new Map(
  (['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const).map((operator) => [operator, operator]),
)
const OPERATOR_LIST = 'eq, ne, co, sw, ew, gt, ge, lt, le or pr'

const NAME = /^(?:[a-z][\w$-]*|\$ref)$/i
const LOCAL_PATH = /^(?:[a-z][\w$-]*|\$ref)(?:\.(?:[a-z][\w$-]*|\$ref))?$/i
const URI = /^[a-z][\w.~:/?#@!$&'*+,;=%-]*$/i
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i

class Parser {
  readonly #language: 'filter' | 'path'
  readonly #options: ParseOptions
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  #terms = 0
  #inBrackets = false

  constructor(language: 'filter' | 'path', text: string, options: ParseOptions) {
    this.#language = language
    this.#options = options
    const lengthMax = options.limits.filterLengthMax
    if (text.length > lengthMax) {
      const refuse = language === 'filter' ? invalidFilter : invalidPath
      throw refuse(`${language} of ${text.length} characters; at most ${lengthMax} are accepted`)
    }
    this.#tokens = tokenize(text)
  }

  filter(): Filter {
    if (this.#peek().kind === 'end') {
      throw this.#error(this.#peek(), 'a filter needs an expression, such as userName eq "jyoung"')
    }
    const filter = this.#or()
    this.#expectEnd('"and", "or" or the end')
    return filter
  }

  patchPath(): PatchPath {
    const path = this.#patchAttribute()
    if (this.#peek().kind !== '[') {
      this.#expectEnd('a value filter in brackets or the end')
      return { path }
    }
    this.#refuseIndex()
    const filter = this.#bracketed()
    const sub = this.#subAttribute()
    this.#expectEnd('a sub-attribute as in `].value` or the end')
    return sub === undefined ? { path, filter } : { path, filter, sub }
  }

  #or(): Filter {
    const filters = [this.#and()]
    while (this.#takeKeyword('or')) {
      filters.push(this.#and())
    }
    return join('or', filters)
  }

  #and(): Filter {
    const filters = [this.#term()]
    while (this.#takeKeyword('and')) {
      filters.push(this.#term())
    }
    return join('and', filters)
  }

  #term(): Filter {
    const token = this.#take()
    if (token.kind === '(') {
      return this.#group(token)
    }
    if (token.kind === 'word' && token.text.toLowerCase() === 'not' && this.#peek().kind === '(') {
      return { kind: 'not', filter: this.#group(this.#take()) }
    }
    if (token.kind !== 'word' || !isFilterPath(token.text)) {
      throw this.#error(token, 'an attribute, `(` or `not (` must stand here')
    }
    return this.#peek().kind === '[' ? this.#valuePath(token) : this.#expression(token.text)
  }

  #group(opening: Token): Filter {
    this.#enter(opening)
    const filter = this.#or()
    const closing = this.#take()
    if (closing.kind !== ')') {
      throw this.#error(closing, `"and", "or" or the \`)\` of the parenthesis at character ${opening.start + 1} must stand here`)
    }
    this.#depth -= 1
    return filter
  }

  /** `path[filter]`, and the form outside the grammar that Entra sends: `path[filter].sub eq "x"` (compat-decisions 5). */
  #valuePath(path: Token): Filter {
    const inner = this.#bracketed()
    const sub = this.#subAttribute()
    if (sub === undefined) {
      return { kind: 'element', path: path.text, filter: inner }
    }
    this.#options.compat.add('entra-value-path-in-filter')
    return { kind: 'element', path: path.text, filter: join('and', [inner, this.#expression(sub)]) }
  }

  #bracketed(): Filter {
    const opening = this.#take()
    if (this.#inBrackets) {
      throw this.#error(opening, 'brackets must not stand inside brackets; use a sub-attribute and an operator')
    }
    this.#enter(opening)
    this.#inBrackets = true
    const filter = this.#or()
    const closing = this.#take()
    if (closing.kind !== ']') {
      throw this.#error(closing, `"and", "or" or the \`]\` of the bracket at character ${opening.start + 1} must stand here`)
    }
    this.#inBrackets = false
    this.#depth -= 1
    return filter
  }

  /** The `.sub` right behind a closing bracket. */
  #subAttribute(): string | undefined {
    const token = this.#peek()
    const closing = this.#tokens[this.#next - 1]
    if (token.kind !== 'word' || !token.text.startsWith('.') || closing === undefined) {
      return undefined
    }
    const name = token.text.slice(1)
    if (token.start !== closing.start + 1 || !NAME.test(name)) {
      throw this.#error(token, 'only one sub-attribute may follow the bracket, without a blank, as in `].value`')
    }
    this.#next += 1
    return name
  }

  /** What follows the path: `pr`, or an operator and a value. */
  #expression(path: string): Filter {
    const token = this.#take()
    const word = token.kind === 'word' ? token.text.toLowerCase() : ''
    this.#countTerm(token)
    if (word === 'pr') {
      return { kind: 'present', path }
    }
    const operator = OPERATORS.get(word)
    if (operator === undefined) {
      const hint = path.toLowerCase() === 'not' ? '; `not` needs parentheses, as in not (title pr)' : ''
      throw this.#error(token, `an operator must stand here: ${OPERATOR_LIST}${hint}`)
    }
    return { kind: 'compare', path, operator, literal: this.#literal(operator) }
  }

  #literal(operator: CompareOperator): Literal {
    const token = this.#take()
    if (token.kind === 'string') {
      return token.value
    }
    if (token.kind !== 'word') {
      throw this.#error(token, 'a value must stand here: a string in double quotes, a number, true, false or null')
    }
    switch (token.text) {
      case 'true':
        return true
      case 'false':
        return false
      case 'null':
        return null
      default:
        return NUMBER.test(token.text) ? this.#number(token) : this.#bareWord(token, operator)
    }
  }

  #number(token: Token): number {
    const number = Number(token.text)
    if (!Number.isFinite(number)) {
      throw this.#error(token, 'the number is too large')
    }
    // Minus zero equals zero everywhere but in a deep comparison.
    return number === 0 ? 0 : number
  }

  #bareWord(token: Token, operator: CompareOperator): string {
    if (!this.#options.bareWords || operator !== 'eq' || token.text.startsWith("'")) {
      throw this.#error(token, 'strings need double quotes; otherwise a JSON number, true, false or null must stand here')
    }
    if (!token.text.isWellFormed() || token.text.includes('\0')) {
      throw this.#error(token, 'the value holds U+0000 or half a surrogate pair')
    }
    this.#options.compat.add('unquoted-filter-value')
    return token.text
  }

  #patchAttribute(): string {
    const token = this.#take()
    if (token.kind !== 'word' || !(LOCAL_PATH.test(token.text) || (token.text.includes(':') && URI.test(token.text)))) {
      throw this.#error(token, 'a path starts with an attribute, such as userName, name.givenName or emails[type eq "work"].value')
    }
    return token.text
  }

  #refuseIndex(): void {
    const content = this.#tokens[this.#next + 1]
    if (content?.kind === 'word' && /^[\d*-]+$/.test(content.text) && this.#tokens[this.#next + 2]?.kind === ']') {
      throw invalidPath(`${this.#place(content)}: elements have no index; select them by a filter, such as emails[type eq "work"]`)
    }
  }

  #peek(): Token {
    const token = this.#tokens[this.#next]
    if (token === undefined) {
      throw new Error('read past the end of the tokens')
    }
    return token
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') {
      this.#next += 1
    }
    return token
  }

  #takeKeyword(keyword: 'and' | 'or'): boolean {
    const token = this.#peek()
    const found = token.kind === 'word' && token.text.toLowerCase() === keyword
    this.#next += found ? 1 : 0
    return found
  }

  #expectEnd(wanted: string): void {
    if (this.#peek().kind !== 'end') {
      throw this.#error(this.#peek(), `${wanted} must stand here`)
    }
  }

  #enter(token: Token): void {
    this.#depth += 1
    const depthMax = this.#options.limits.filterDepthMax
    if (this.#depth > depthMax) {
      throw this.#error(token, `at most ${depthMax} parentheses and brackets may be open at once`)
    }
  }

  #countTerm(token: Token): void {
    this.#terms += 1
    const termsMax = this.#options.limits.filterTermsMax
    if (this.#terms > termsMax) {
      throw this.#error(token, `at most ${termsMax} comparisons are accepted`)
    }
  }

  /** A path that ends too early is a bad path; only what stands between its brackets can be a bad filter [PAT-06]. */
  #error(token: Token, wanted: string): ScimError {
    const broken = token.kind === 'broken' ? token : undefined
    const endsTooEarly = token.kind === 'end' || broken?.unfinished === true
    const refuse = this.#language === 'path' && (!this.#inBrackets || endsTooEarly) ? invalidPath : invalidFilter
    return refuse(`${this.#place(token)}: ${broken?.reason ?? wanted}`)
  }

  #place(token: Token): string {
    const found = token.kind === 'end' ? 'the end' : `\`${excerpt(token.text)}\``
    return `${this.#language}, character ${token.start + 1}, at ${found}`
  }
}

/** In a filter the part behind the last colon must be an attribute; nothing can be compared with a whole extension. */
function isFilterPath(text: string): boolean {
  const colon = text.lastIndexOf(':')
  return LOCAL_PATH.test(text.slice(colon + 1)) && (colon === -1 || URI.test(text))
}

/** One node for a chain: a single filter stays itself, and an operand of the same kind is taken apart. */
function join(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const [first] = filters
  if (first !== undefined && filters.length === 1) {
    return first
  }
  return { kind, filters: filters.flatMap((filter) => (filter.kind === kind ? filter.filters : [filter])) }
}
