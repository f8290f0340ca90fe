// Bulk: operations that refer to each other in every direction, to resources that are there, and to things that are not.
import type { Dice } from '../dice.ts'
import { GROUPS, message, type Target, USERS } from '../target.ts'
import { anyObject, anyValue, mutated, TEXTS } from '../words.ts'
import { patchBody } from './patch.ts'

const BULK_IDS = ['a', 'b', 'c', 'd', '', 'a a', '__proto__'] as const

const reference = (dice: Dice): string => `bulkId:${dice.pick(BULK_IDS)}`

function path(dice: Dice): string {
  const id = dice.pick([...USERS, ...GROUPS] as const)
  const paths: readonly [string, ...string[]] = [
    '/Users',
    '/Groups',
    `/Users/${id}`,
    `/Groups/${id}`,
    `/Users/${reference(dice)}`,
    `/Groups/${reference(dice)}`,
    '/Bulk',
    '/Me',
    '/../admin',
    `/Users/${id}?attributes=id`,
    'https://x.example/Users',
    'Users',
  ]
  return dice.oneIn(10) ? mutated(dice, dice.pick(paths)) : dice.pick(paths)
}

function data(dice: Dice): unknown {
  const kind = dice.below(5)
  if (kind === 0) return patchBody(dice)
  if (kind === 1) return anyObject(dice)
  const members = dice.list(3, () => ({ value: dice.oneIn(2) ? reference(dice) : dice.pick(TEXTS) }))
  if (kind === 2) return { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: `fuzz ${dice.below(1e9)}`, members }
  const manager = { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: reference(dice) } } }
  return { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: `fuzz-${dice.below(1e9)}`, ...(dice.oneIn(3) ? manager : {}) }
}

function operation(dice: Dice): unknown {
  if (dice.oneIn(30)) return anyValue(dice)
  return {
    method: dice.oneIn(15) ? anyValue(dice, 0) : dice.pick(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'post']),
    path: dice.oneIn(15) ? anyValue(dice, 0) : path(dice),
    ...(dice.oneIn(3) ? {} : { bulkId: dice.oneIn(10) ? anyValue(dice, 0) : dice.pick(BULK_IDS) }),
    ...(dice.oneIn(5) ? {} : { data: data(dice) }),
    ...(dice.oneIn(8) ? { version: dice.pick(['W/"1"', '*', '', '"x"', 'W/']) } : {}),
  }
}

export const bulkTarget: Target = {
  name: 'bulk',
  generate(dice) {
    const body = {
      schemas: dice.oneIn(15) ? anyValue(dice, 1) : ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      ...(dice.oneIn(3) ? { failOnErrors: dice.pick<unknown>([0, 1, 2, -1, 1.5, '1', null]) } : {}),
      Operations: dice.oneIn(25) ? anyValue(dice, 2) : dice.list(8, () => operation(dice)),
    }
    return JSON.stringify(body)
  },
  request: (input, world) => message(world, { method: 'POST', path: '/Bulk', body: input }),
}
