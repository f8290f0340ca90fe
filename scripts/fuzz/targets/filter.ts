// Filters: sentences of the grammar, and sentences with something broken in them.
import type { Dice } from '../dice.ts'
import { chosen, encoded, message, type Target } from '../target.ts'
import { ATTRIBUTES, mutated, OPERATORS, TEXTS, URNS } from '../words.ts'

const LITERALS = [
  'true',
  'false',
  'null',
  '0',
  '-1.5',
  '1e999',
  '01',
  'NaN',
  '"unfinished',
  '"\\x"',
  '"\\ud800"',
  'True',
  '9007199254740993',
] as const

export function filterText(dice: Dice, depth = 4): string {
  const kind = dice.below(depth <= 0 ? 3 : 8)
  const inner = () => filterText(dice, depth - 1)
  if (kind <= 1) return `${dice.pick(ATTRIBUTES)} ${dice.pick(OPERATORS)} ${literal(dice)}`
  if (kind === 2) return `${dice.pick(ATTRIBUTES)} pr`
  if (kind === 3) return `${inner()} ${dice.pick(['and', 'or', 'AND', 'Or'])} ${inner()}`
  if (kind === 4) return `(${inner()})`
  if (kind === 5) return `${dice.pick(['not', 'NOT', 'not '])}(${inner()})`
  if (kind === 6) return `${dice.pick(ATTRIBUTES)}[${inner()}]`
  return `${dice.pick(URNS)}:${inner()}`
}

const literal = (dice: Dice): string => (dice.oneIn(3) ? dice.pick(LITERALS) : JSON.stringify(dice.pick(TEXTS)))

/** The text as it is, nested beyond every limit, or one of its parts a thousand times. */
function shaped(dice: Dice, text: string): string {
  const kind = dice.below(60)
  if (kind === 0) return '('.repeat(dice.size(2_000)) + text
  if (kind === 1) return 'not ('.repeat(dice.size(500)) + text + ')'.repeat(dice.size(500))
  if (kind === 2) return Array.from({ length: dice.size(300) }, () => text.slice(0, 30)).join(' or ')
  return kind < 30 ? mutated(dice, text) : text
}

export const filterTarget: Target = {
  name: 'filter',
  generate: (dice) => shaped(dice, filterText(dice)),
  request(input, world) {
    const place = chosen(['/Users', '/Groups', '/', '/Users/.search', '/.search', '/Users'], input)
    if (!place.endsWith('.search')) return message(world, { method: 'GET', path: `${place}?count=5&filter=${encoded(input)}` })
    const body = JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: input, count: 5 })
    return message(world, { method: 'POST', path: place, body })
  },
}
