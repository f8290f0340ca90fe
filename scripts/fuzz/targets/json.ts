// Raw bodies: JSON with bytes changed, numbers and nestings that parsers trip over, and text that is no UTF-8. The input is bytes, one
// character each.
import type { Dice } from '../dice.ts'
import { chosen, filled, GROUPS, message, type Target, USERS } from '../target.ts'
import { anyObject, anyValue, mutated } from '../words.ts'

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'

const bytes = (text: string): string => Buffer.from(text).toString('latin1')

function nested(dice: Dice): string {
  const depth = dice.size(3_000)
  const [open, close] = dice.pick<readonly [string, string]>([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ])
  return `{"schemas":["${USER}"],"userName":${open.repeat(depth)}1${close.repeat(dice.oneIn(4) ? depth - 1 : depth)}}`
}

function body(dice: Dice): string {
  const kind = dice.below(20)
  if (kind === 0) return nested(dice)
  if (kind === 1) return bytes(JSON.stringify(anyValue(dice)))
  if (kind === 2) return `{"userName":"x","userName":"y","schemas":["${USER}"],"USERNAME":"z"}`
  if (kind === 3)
    return `{"schemas":["${USER}"],"userName":"x","title":${dice.pick(['1e999', '-0', '0x1', '.5', '01', 'NaN', '"\\u12"', '"\\ud800"', '\u00ff\u00fe', '"\t"'])}}`
  const resource = { schemas: [USER], userName: `fuzz-${dice.below(1e9)}`, ...anyObject(dice) }
  return kind < 12 ? bytes(JSON.stringify(resource)) : changed(dice, bytes(JSON.stringify(resource)))
}

/** Single bytes, whatever they are, or whole pieces. */
function changed(dice: Dice, text: string): string {
  if (dice.oneIn(2)) return bytes(mutated(dice, text)).slice(0, 4_000)
  const at = dice.below(text.length)
  return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1)
}

const PLACES = [
  ['POST', '/Users'],
  ['POST', '/Groups'],
  ['PUT', `/Users/${USERS[0]}`],
  ['PUT', `/Groups/${GROUPS[0]}`],
  ['POST', '/.search'],
  ['POST', '/Bulk'],
  ['PATCH', `/Users/${USERS[1]}`],
] as const

export const jsonTarget: Target = {
  name: 'json',
  generate: body,
  request(input, world) {
    const [method, path] = chosen(PLACES, input)
    return message(world, { method, path, body: Buffer.from(filled(world, input), 'latin1') })
  },
}
