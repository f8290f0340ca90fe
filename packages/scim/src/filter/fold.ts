// How strings are prepared before they are compared (RFC 7644 section 7.8, PRECIS: RFC 8265 section 3.3). The database keeps and
// indexes the outcome of these functions, so that filters, sorting and uniqueness can never disagree.

const BEYOND_ASCII = /[^\0-\x7f]/
const WIDE_OR_NARROW = /[\u3000\uff01-\uffee]/g
const SIGMA = /[Σς]/g

/**
 * The form in which strings without caseExact are equal: full- and half-width forms to their ordinary ones, lower case, NFC.
 * Idempotent. Sigma is lowered without regard to its place in the word, else a prefix would not match the whole.
 */
export function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) {
    return text.toLowerCase()
  }
  return text.replace(WIDE_OR_NARROW, ordinaryWidth).replace(SIGMA, 'σ').toLowerCase().normalize('NFC')
}

/** The form in which caseExact strings are equal: NFC. */
export function prepare(text: string): string {
  return BEYOND_ASCII.test(text) ? text.normalize('NFC') : text
}

/** Compares by code point, as PostgreSQL's collation "C" does on UTF-8; UTF-16 order differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) {
      return inCodePointOrder(left) - inCodePointOrder(right)
    }
  }
  return a.length - b.length
}

/** Surrogates stand for the highest code points but lie below U+E000. */
function inCodePointOrder(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff
  return isSurrogate ? unit + 0x10000 : unit
}

/**
 * The decomposition mapping of one full- or half-width character. It is a single step: NFKC would go on from the Hangul
 * letters to conjoining ones, and from the macron to a blank with an accent.
 */
function ordinaryWidth(character: string): string {
  const code = character.charCodeAt(0)
  if (code === 0xffe3) {
    return '\u00af'
  }
  const letter = hangulLetter(code)
  return letter === undefined ? character.normalize('NFKC') : String.fromCharCode(letter)
}

function hangulLetter(code: number): number | undefined {
  if (code === 0xffa0) {
    return 0x3164
  }
  const run = HANGUL_RUNS.find(({ first, last }) => code >= first && code <= last)
  return run && run.letter + (code - run.first)
}

const HANGUL_RUNS = [
  { first: 0xffa1, last: 0xffbe, letter: 0x3131 },
  { first: 0xffc2, last: 0xffc7, letter: 0x314f },
  { first: 0xffca, last: 0xffcf, letter: 0x3155 },
  { first: 0xffd2, last: 0xffd7, letter: 0x315b },
  { first: 0xffda, last: 0xffdc, letter: 0x3161 },
]
