// PATCH: operations of every shape on a few resources, and one operation with a strange path.
import type { Dice } from '../dice.ts'
import { chosen, GROUPS, message, type Target, USERS } from '../target.ts'
import { anyObject, anyValue, ATTRIBUTES, mutated, TEXTS, URNS } from '../words.ts'
import { filterText } from './filter.ts'

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

function pathText(dice: Dice): string {
  const kind = dice.below(6)
  if (kind <= 1) return dice.pick(ATTRIBUTES)
  if (kind === 2) return `${dice.pick(ATTRIBUTES)}[${filterText(dice, 2)}]`
  if (kind === 3) return `${dice.pick(ATTRIBUTES)}[${filterText(dice, 1)}].${dice.pick(ATTRIBUTES)}`
  if (kind === 4) return `${dice.pick(URNS)}:${dice.pick(ATTRIBUTES)}`
  return `${dice.pick(ATTRIBUTES)}.${dice.pick(ATTRIBUTES)}`
}

/** Of the world, of nobody, or no id at all. */
function member(dice: Dice): unknown {
  const ids = [...USERS, ...GROUPS, '2819c223-7f76-453a-919d-413861904646'] as const
  return { value: dice.oneIn(5) ? dice.pick(TEXTS) : dice.pick(ids), ...(dice.oneIn(4) ? { type: dice.pick(['User', 'Group', 'x']) } : {}) }
}

export function operation(dice: Dice): unknown {
  if (dice.oneIn(30)) return anyValue(dice)
  const value = dice.oneIn(4) ? dice.list(4, () => member(dice)) : dice.oneIn(3) ? anyObject(dice, 2) : anyValue(dice, 3)
  const path = dice.oneIn(3)
    ? undefined
    : dice.oneIn(12)
      ? anyValue(dice, 1)
      : dice.oneIn(3)
        ? mutated(dice, pathText(dice))
        : pathText(dice)
  const op = dice.oneIn(12) ? anyValue(dice, 0) : dice.pick(['add', 'remove', 'replace', 'Add', 'Replace', 'move'])
  return { op, ...(path === undefined ? {} : { path }), ...(dice.oneIn(5) ? {} : { value }), ...(dice.oneIn(20) ? anyObject(dice, 1) : {}) }
}

export const patchBody = (dice: Dice): Record<string, unknown> => ({
  schemas: dice.oneIn(12) ? anyValue(dice, 1) : [PATCH_OP],
  [dice.oneIn(15) ? 'operations' : 'Operations']: dice.oneIn(20) ? anyValue(dice, 2) : dice.list(6, () => operation(dice)),
})

const PLACES = [...USERS.map((id) => `/Users/${id}`), ...GROUPS.map((id) => `/Groups/${id}`)]

export const patchTarget: Target = {
  name: 'patch',
  generate: (dice) => JSON.stringify(patchBody(dice)),
  request: (input, world) => message(world, { method: 'PATCH', path: chosen(PLACES, input), body: input }),
}

export const pathTarget: Target = {
  name: 'path',
  generate: (dice) => (dice.oneIn(2) ? pathText(dice) : mutated(dice, pathText(dice))),
  request(input, world) {
    const op = chosen(['add', 'replace', 'remove'], `${input}.`)
    const value = chosen<unknown>(['x', true, [{ value: 'x' }], { value: 'x', type: 'work' }, [], null, { formatted: 'x' }], input)
    const body = JSON.stringify({ schemas: [PATCH_OP], Operations: [{ op, path: input, ...(op === 'remove' ? {} : { value }) }] })
    return message(world, { method: 'PATCH', path: chosen(PLACES, input), body })
  },
}
