// Which of an IdP's groups take part: an admin's word on a group, else the first rule whose glob matches the group's own name, else no.
// A rule looks at the name as it was pushed and never at where nesting would put the group, so that nesting cannot select one.

export const RULES_MAX = 200
export const PATTERN_LENGTH_MAX = 512

export type Rule = {
  /** Globs between separators: `*` is any run of characters in a part, `?` one character, `**` any number of parts, none included. */
  readonly pattern: string
  readonly select: boolean
}

export type Switch = 'on' | 'off'

/** What is known of a group when it is decided whether it takes part. */
export type Candidate = { readonly name: string; readonly switched: Switch | null }

/** Whether a group takes part, and the rule that said so. */
export type Verdict = { readonly selected: boolean; readonly rule: Rule | undefined }

/** Decides for one group after another under the same rules. */
export function selector(rules: readonly Rule[], separator: string): (candidate: Candidate) => Verdict {
  const compiled = rules.map((rule) => ({ rule, pattern: parts(rule.pattern, separator) }))
  return ({ name, switched }) => {
    if (switched !== null) return { selected: switched === 'on', rule: undefined }
    if (compiled.length === 0) return { selected: false, rule: undefined }
    const path = parts(name, separator)
    const found = compiled.find(({ pattern }) => matchesPath(pattern, path))
    return { selected: found?.rule.select ?? false, rule: found?.rule }
  }
}

/** Whether a pattern matches a group's name; case, width and spaces around the separators do not matter. */
export function matchesGlob(pattern: string, name: string, separator = '/'): boolean {
  return matchesPath(parts(pattern, separator), parts(name, separator))
}

/** What is behind so many parts is not looked at: such a name is too deep to take part, whatever the rules say. */
const PARTS_MAX = 64

type Part = readonly string[]

/** Each part as its characters, folded. */
function parts(text: string, separator: string): readonly Part[] {
  return text.split(separator, PARTS_MAX).map((part) => Array.from(part.normalize('NFKC').toLowerCase().trim()))
}

const isDeepWildcard = (part: Part): boolean => part.length === 2 && part[0] === '*' && part[1] === '*'

function matchesPath(pattern: readonly Part[], path: readonly Part[]): boolean {
  return matchesSequence(pattern, path, { isWild: isDeepWildcard, matchesOne: matchesPart })
}

function matchesPart(pattern: Part, part: Part): boolean {
  return matchesSequence(pattern, part, { isWild: (c) => c === '*', matchesOne: (p, c) => p === '?' || p === c })
}

type Matcher<T> = { readonly isWild: (element: T) => boolean; readonly matchesOne: (pattern: T, element: T) => boolean }

/**
 * Wildcard matching with one point to return to: when what follows a wildcard fails, only the latest wildcard takes one element more,
 * because everything before it has matched already. At most pattern × text steps.
 */
function matchesSequence<T>(pattern: readonly T[], text: readonly T[], { isWild, matchesOne }: Matcher<T>): boolean {
  let p = 0
  let t = 0
  let wild = -1
  let resume = 0
  for (let element = text[t]; element !== undefined; element = text[t]) {
    const wanted = pattern[p]
    if (wanted !== undefined && isWild(wanted)) {
      wild = p
      p += 1
      resume = t
    } else if (wanted !== undefined && matchesOne(wanted, element)) {
      p += 1
      t += 1
    } else if (wild >= 0) {
      p = wild + 1
      resume += 1
      t = resume
    } else {
      return false
    }
  }
  return pattern.slice(p).every(isWild)
}
