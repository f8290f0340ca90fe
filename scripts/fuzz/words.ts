// What the generated requests are made of: names that mean something to a SCIM server, and texts that break careless ones.
import type { Dice } from './dice.ts'

type Words = readonly [string, ...string[]]

export const URNS: Words = [
  'urn:ietf:params:scim:schemas:core:2.0:User',
  'urn:ietf:params:scim:schemas:core:2.0:Group',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  'urn:x:y',
  'urn:',
]

export const ATTRIBUTES: Words = [
  'userName',
  'name',
  'name.givenName',
  'name.familyName',
  'displayName',
  'nickName',
  'title',
  'active',
  'externalId',
  'emails',
  'emails.value',
  'emails.type',
  'emails.primary',
  'phoneNumbers',
  'phoneNumbers.value',
  'addresses',
  'addresses.formatted',
  'photos.value',
  'ims',
  'roles',
  'entitlements.value',
  'x509Certificates',
  'members',
  'members.value',
  'members.type',
  'groups',
  'groups.value',
  'id',
  'meta',
  'meta.created',
  'meta.lastModified',
  'meta.resourceType',
  'schemas',
  'password',
  'manager',
  'manager.value',
  'employeeNumber',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:ietf:params:scim:schemas:core:2.0:User:userName',
  'USERNAME',
  'unknown',
  '__proto__',
  'constructor.prototype',
  'toString',
  '$ref',
  'members.$ref',
]

/** As a JSON string holds them; lone surrogates stand escaped. */
export const TEXTS: Words = [
  '',
  'a',
  'alice',
  'work',
  'true',
  'null',
  '%',
  '_',
  '\\',
  '"',
  "'",
  "'; drop table accounts; --",
  '\u0000',
  '\u0001\u001b[31m',
  '\ud800',
  '\udc00x',
  '\u{1F600}',
  'é',
  'e\u0301',
  'İ',
  'ς',
  '\u202e',
  '\u200b',
  'ﬃ',
  '2020-01-01T00:00:00Z',
  '2020-13-45T99:99:99Z',
  '-1',
  '1e999',
  '${7*7}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  'a'.repeat(300),
  '\u0301'.repeat(50),
  'https://x.example/a',
  'QUJD',
  'alice@example.com',
]

const NOISE: Words = [
  '"',
  '\\',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '.',
  ':',
  ' ',
  '\t',
  '\n',
  '\0',
  '\u0080',
  'é',
  '$',
  '%',
  '\u{1F600}',
  'eq',
  'not',
  'and',
  '-',
  '9',
  'null',
  '__proto__',
]

export const OPERATORS: Words = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'Co', 'xx', '=']

/** A text changed in a few places: cut, doubled, swapped, noise put in. */
export function mutated(dice: Dice, text: string): string {
  let result = text
  for (let left = dice.size(4); left > 0; left--) {
    const at = dice.below(result.length + 1)
    const length = dice.size(Math.max(1, result.length))
    const [before, middle, after] = [result.slice(0, at), result.slice(at, at + length), result.slice(at + length)]
    const changes: readonly [string, ...string[]] = [
      before + after,
      before + middle + middle + after,
      before + dice.pick(NOISE) + middle + after,
      after + middle + before,
    ]
    result = dice.pick(changes)
  }
  return result.slice(0, 4_000)
}

/** A JSON value of any kind, more often one that somebody might send. */
export function anyValue(dice: Dice, depth = 3): unknown {
  const kind = dice.below(depth <= 0 ? 6 : 9)
  if (kind <= 1) return dice.pick(TEXTS)
  if (kind === 2) return dice.pick([true, false, 'True', 'False', 'TRUE'])
  if (kind === 3) return dice.pick<unknown>([0, -1, 1.5, 1e308, 9_007_199_254_740_991, -0])
  if (kind === 4) return null
  if (kind === 5) return dice.pick(URNS)
  if (kind === 6) return dice.list(3, () => anyValue(dice, depth - 1))
  if (kind === 7)
    return {
      value: dice.pick(TEXTS),
      type: dice.pick(['work', 'home', 'User', 'Group']),
      primary: dice.pick<unknown>([true, false, 'true']),
    }
  return anyObject(dice, depth - 1)
}

/** An object whose names mean something, now and then. */
export function anyObject(dice: Dice, depth = 3): Record<string, unknown> {
  return Object.fromEntries(dice.list(4, () => [dice.pick(ATTRIBUTES), anyValue(dice, depth)]))
}
