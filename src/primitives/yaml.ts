// JSON values as YAML 1.2 in block style, for the descriptions that we publish. Every text that could be read as something else is quoted as
// in JSON, which is YAML too.

const PLAIN = /^[A-Za-z$/][A-Za-z0-9 _./{}()+=,;-]*$/
/** Words that YAML readers of either version take for something other than text. */
const RESERVED: ReadonlySet<string> = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'])

/** The document, ending with a line break. */
export function toYaml(value: unknown): string {
  return `${block(value, 0).trimStart()}\n`
}

/** A value after its key or dash: on the same line, or on the following ones. */
function block(value: unknown, depth: number): string {
  const indent = '  '.repeat(depth)
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []'
    return value.map((item) => `\n${indent}-${inItem(block(item, depth + 1))}`).join('')
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, inner]) => inner !== undefined)
    if (members.length === 0) return ' {}'
    return members.map(([name, inner]) => `\n${indent}${scalar(name)}:${block(inner, depth + 1)}`).join('')
  }
  return ` ${scalar(value)}`
}

/** The first line of a nested block stands behind the dash. */
const inItem = (text: string): string => (text.startsWith('\n') ? ` ${text.trimStart()}` : text)

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain = PLAIN.test(value) && !RESERVED.has(value.toLowerCase()) && !value.endsWith(' ')
  return isPlain ? value : JSON.stringify(value)
}
