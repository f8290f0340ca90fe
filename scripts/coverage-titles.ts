// Finds the ids that tests say they cover: `[PAT-12]` or `[ADD-06 ADD-07]` inside a string literal of a TypeScript file, a literal
// that is nothing but ids (`'PAT-12'` in a table whose title ends in `[%s]`), and the `facts` of corpus files. Comments do not count, since a comment proves nothing.
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Mention = { readonly id: string; readonly file: string; readonly title: string }

const SOURCES = ['test/**/*.test.ts', 'packages/scim/test/**/*.test.ts', 'packages/scim/conformance/**/*.ts']
const ID = /^[A-Z][A-Z0-9]{0,3}-?\d{1,2}[a-e]?$/

/** All mentions in the repository below `root`, in the order of file names. */
export function readMentions(root: string): Mention[] {
  const mentions: Mention[] = []
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    const source = readFileSync(path.join(root, file), 'utf8')
    for (const title of stringLiterals(source)) {
      for (const id of idsOf(title)) mentions.push({ id, file, title })
    }
  }
  for (const file of globSync('corpus/**/*.json', { cwd: root }).sort()) {
    for (const id of corpusFacts(JSON.parse(readFileSync(path.join(root, file), 'utf8')))) mentions.push({ id, file, title: file })
  }
  return mentions
}

/** The ids in the bracket groups of a title; a group with any other word in it is not one. */
export function idsOf(title: string): string[] {
  if (/^[A-Z][A-Z0-9]{1,2}-\d\d( [A-Z][A-Z0-9]{1,2}-\d\d)*$/.test(title)) return title.split(' ')
  return [...title.matchAll(/\[([^[\]]*)\]/g)].flatMap((match) => {
    const words = (match[1] ?? '').split(/[\s,]+/).filter((word) => word !== '')
    return words.every((word) => ID.test(word)) ? words : []
  })
}

function corpusFacts(file: unknown): string[] {
  if (Array.isArray(file)) return file.flatMap(corpusFacts)
  if (typeof file !== 'object' || file === null) return []
  return Object.entries(file).flatMap(([name, value]) =>
    name === 'facts' || name === 'source' ? stringsOf(value) : name === 'steps' ? corpusFacts(value) : [],
  )
}

const stringsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [])

/** The contents of all string and template literals of a TypeScript source, comments and regular expressions left out. */
export function stringLiterals(source: string): string[] {
  const literals: string[] = []
  let before = ''
  let at = 0
  while (at < source.length) {
    const token = tokenAt(source, at, before)
    if (token.kind === 'string') literals.push(source.slice(at + 1, token.end - 1))
    if (token.kind === 'code') before = source.slice(at, token.end).trim() || before
    if (token.kind === 'string' || token.kind === 'regex') before = 'a'
    at = token.end
  }
  return literals
}

type Token = { kind: 'string' | 'comment' | 'regex' | 'code'; end: number }

function tokenAt(source: string, at: number, before: string): Token {
  const char = source.charAt(at)
  const pair = source.slice(at, at + 2)
  if (pair === '//') return { kind: 'comment', end: endOf(source, '\n', at) }
  if (pair === '/*') return { kind: 'comment', end: endOf(source, '*/', at) }
  if (char === '/' && /^[(,=:[!&|?{};>+]?$/.test(before)) return { kind: 'regex', end: regexEnd(source, at) }
  if (char === "'" || char === '"' || char === '`') return { kind: 'string', end: quoteEnd(source, at, char) }
  return { kind: 'code', end: at + 1 }
}

function endOf(source: string, end: string, from: number): number {
  const found = source.indexOf(end, from)
  return found === -1 ? source.length : found + end.length
}

function quoteEnd(source: string, start: number, quote: string): number {
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source.charAt(at)
    if (char === '\\') at += 1
    else if (char === quote) return at + 1
  }
  return source.length
}

function regexEnd(source: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source.charAt(at)
    if (char === '\\') at += 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if ((char === '/' && !inClass) || char === '\n') return at + 1
  }
  return source.length
}
