import { describe, expect, test } from 'vitest'
import { ScimError } from '../../src/errors.ts'
import { tokenize } from '../../src/filter/lexer.ts'
import { parseFilter, parsePatchPath } from '../../src/filter/parser.ts'
import { refusal } from './refusal.ts'
import { strict } from './sample-types.ts'
import { cpuClock } from '../cpu.ts'

/** Repeats a piece to about `length` characters. */
const fill = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

const PIECES = [
  '(',
  'not (',
  'not(',
  'a eq 1 and ',
  'a pr or ',
  'a.',
  'emails[',
  'a[(',
  '"',
  '\\',
  '"\\',
  String.raw`"\q"`,
  ' ',
  'a',
  '.',
  ')',
  ']',
  '1',
  '-',
  ':',
  'urn:a:',
  '$',
  '\u0000',
]

const HOSTILE = PIECES.flatMap((piece) =>
  [piece, `a eq ${piece}`, `a eq "${piece}`, `a[b eq 1 and ${piece}`].map((start) => ({ piece, start })),
)

const codeOf = (error: unknown) => (error instanceof ScimError ? `${error.status} ${error.scimType}` : String(error))

function outcome(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    return codeOf(error)
  }
}

describe('hostile text', () => {
  // One number of each size from below the length limit to a million characters.
  test.each([8 * 1024, 64 * 1024, 1_000_000])(
    'texts of %d characters are refused within a second of CPU, all of them together [G1 G4]',
    (length) => {
      const cpuMs = cpuClock()
      for (const { piece, start: opening } of HOSTILE) {
        const text = opening + fill(piece, length)
        expect.soft(outcome(() => parseFilter(text, strict()))).toBe('400 invalidFilter')
        expect.soft(outcome(() => parsePatchPath(text, strict()))).toMatch(/^400 invalid(?:Path|Filter)$/)
      }
      expect(cpuMs()).toBeLessThan(1_000)
    },
  )

  test('10 000 and 1 000 000 nested parentheses, negations and brackets are refused [G1 FLT-12]', () => {
    for (const depth of [33, 1000, 10_000, 1_000_000]) {
      for (const piece of ['(', 'not (', 'a[']) {
        const text = `${piece.repeat(depth)}a pr${')'.repeat(depth)}`
        expect(outcome(() => parseFilter(text, strict()))).toBe('400 invalidFilter')
      }
    }
  })

  test('the tokens of a text are at most one more than its characters', () => {
    for (const piece of PIECES) {
      expect(tokenize(fill(piece, 8192)).length).toBeLessThanOrEqual(8193)
    }
  })

  test('no refusal echoes the text', () => {
    for (const { piece, start } of HOSTILE) {
      const text = start + fill(piece, 8000)
      expect(refusal('invalidFilter', () => parseFilter(text, strict())).length).toBeLessThan(400)
    }
  })

  test('names of the prototype are refused or plain text [H1]', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      expect(outcome(() => parseFilter(`${name}.polluted eq "x"`, strict()))).toBe(name === '__proto__' ? '400 invalidFilter' : 'accepted')
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})
