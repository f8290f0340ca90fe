// Cuts filters and paths into tokens (RFC 7644 figures 1 and 7). A word is any run without white space, quotes and brackets:
// what it means (path, operator, keyword, number) only the parser can tell, because attributes may be called `not` or `eq`.

export type Token =
  | { readonly kind: 'word' | '(' | ')' | '[' | ']' | 'end'; readonly text: string; readonly start: number }
  /** `text` is the JSON text with its quotes, `value` what it stands for. */
  | { readonly kind: 'string'; readonly text: string; readonly start: number; readonly value: string }
  /** Left to the parser to refuse, which knows the place. `unfinished` when the text ends inside the string. */
  | { readonly kind: 'broken'; readonly text: string; readonly start: number; readonly reason: string; readonly unfinished: boolean }

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The tokens of a text in one pass, the last one `end`: all of them, or those up to the first broken one. Linear in the length. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (isSpace(code)) {
      at += 1
      continue
    }
    const token = tokenAt(text, at, code)
    tokens.push(token)
    at += token.text.length
    if (token.kind === 'broken') {
      break
    }
  }
  tokens.push({ kind: 'end', text: '', start: at })
  return tokens
}

function tokenAt(text: string, start: number, code: number): Token {
  if (code === QUOTE) {
    return stringAt(text, start)
  }
  const symbol = symbolOf(code)
  if (symbol !== undefined) {
    return { kind: symbol, text: symbol, start }
  }
  let end = start + 1
  while (end < text.length && isWordPart(text.charCodeAt(end))) {
    end += 1
  }
  return { kind: 'word', text: text.slice(start, end), start }
}

function stringAt(text: string, start: number): Token {
  let end = start + 1
  while (end < text.length && text.charCodeAt(end) !== QUOTE) {
    end += text.charCodeAt(end) === BACKSLASH ? 2 : 1
  }
  const raw = text.slice(start, end + 1)
  if (end >= text.length) {
    return { kind: 'broken', text: raw, start, reason: 'the string has no closing quote', unfinished: true }
  }
  const value = decode(raw)
  if (value === undefined) {
    const reason = 'the string is not JSON; escape as \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits'
    return { kind: 'broken', text: raw, start, reason, unfinished: false }
  }
  if (!value.isWellFormed() || value.includes('\0')) {
    return { kind: 'broken', text: raw, start, reason: 'the string holds U+0000 or half a surrogate pair', unfinished: false }
  }
  return { kind: 'string', text: raw, start, value }
}

function decode(raw: string): string | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Blanks, and the tabs and line breaks of a filter in a POST body. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}

function isWordPart(code: number): boolean {
  return !isSpace(code) && code !== QUOTE && symbolOf(code) === undefined
}

function symbolOf(code: number): '(' | ')' | '[' | ']' | undefined {
  switch (code) {
    case 0x28:
      return '('
    case 0x29:
      return ')'
    case 0x5b:
      return '['
    case 0x5d:
      return ']'
    default:
      return undefined
  }
}
