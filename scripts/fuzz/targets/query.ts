// Query strings: cursors, pages, sorting, projection, in any combination and any encoding.
import type { Dice } from '../dice.ts'
import { chosen, message, type Target, USERS } from '../target.ts'
import { ATTRIBUTES, mutated, TEXTS, URNS } from '../words.ts'

const NUMBERS = ['0', '1', '-1', '2', '1000', '1001', '2147483648', '9007199254740993', '1e9', '1.5', '+1', ' 1', 'abc', '', '٣'] as const
const CURSOR_PARTS = ['', 'AAAA', 'eyJhIjoxfQ', '====', '%00', 'AAAAAAAAAAAAAAAAAAAAAAAA', 'a.b.c', '-', '_'] as const

function parameter(dice: Dice): string {
  const attributes = () => dice.list(4, () => (dice.oneIn(6) ? dice.pick(URNS) : dice.pick(ATTRIBUTES))).join(dice.pick([',', ', ', ',,']))
  const parameters: readonly [string, ...string[]] = [
    `count=${dice.pick(NUMBERS)}`,
    `startIndex=${dice.pick(NUMBERS)}`,
    `cursor=${dice.list(3, () => dice.pick(CURSOR_PARTS)).join('')}`,
    `cursor=${encodeURIComponent(mutated(dice, 'AQAAAAAAAAABbmV4dA').toWellFormed())}`,
    'cursor',
    `sortBy=${encodeURIComponent(dice.pick(ATTRIBUTES))}`,
    `sortOrder=${dice.pick(['ascending', 'descending', 'Descending', 'up', ''])}`,
    `attributes=${encodeURIComponent(attributes())}`,
    `excludedAttributes=${encodeURIComponent(attributes())}`,
    `${encodeURIComponent(dice.pick(TEXTS).toWellFormed())}=${encodeURIComponent(dice.pick(TEXTS).toWellFormed())}`,
    'filter=',
    '%',
    '%zz=%ff%fe',
    '&&==',
  ]
  return dice.pick(parameters)
}

export const queryTarget: Target = {
  name: 'cursor',
  generate: (dice) => dice.list(5, () => parameter(dice)).join('&'),
  request(input, world) {
    const place = chosen(['/Users', '/Groups', '/', `/Users/${USERS[0]}`, '/Schemas', '/ResourceTypes', '/Users'], input)
    return message(world, { method: 'GET', path: `${place}?${input.replace(/[^\x21-\x7e]/g, '')}` })
  },
}
