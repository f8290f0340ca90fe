// What a password has to be, and how it is hashed.
import { describe, expect, test } from 'vitest'
import { PasswordHasher, PasswordsBusy } from '../../src/auth/password-hash.ts'
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, passwordProblem } from '../../src/auth/password-rules.ts'

const names = { userName: 'bartholomew.smith@example.com', displayName: 'Bartholomew Smith', email: 'b.smith@example.org' }
const LONG = 'abcdefghijklmnopqrstuvwxyz'.repeat(20)

describe('a new password', () => {
  test.each([
    'correct horse battery',
    'пароль из слов',
    '12345 67890 1',
    'bartholomew.smith likes tea',
    LONG.slice(0, PASSWORD_LENGTH_MIN),
    LONG.slice(0, PASSWORD_LENGTH_MAX),
  ])('%j is fine', (password) => {
    expect(passwordProblem(password, names)).toBeUndefined()
  })

  test.each([
    ['', /at least 12/],
    [LONG.slice(0, PASSWORD_LENGTH_MIN - 1), /at least 12/],
    // Eleven characters of two UTF-16 units each.
    ['😀😁😂😃😄😅😆😇😈😉😊', /at least 12/],
    [LONG.slice(0, PASSWORD_LENGTH_MAX + 1), /at most 256/],
    ['abababababababab', /different/],
    ['bartholomew.smith@example.com', /name/],
    ['Bartholomew Smith', /name/],
    ['BartholomewSmith2026!', /name/],
    ['b.smith@example.org', /name/],
    ['b.smith-b.smith-b.smith', /name/],
  ])('%j is refused', (password, problem) => {
    expect(passwordProblem(password, names)).toMatch(problem)
  })
})

describe('hashing', () => {
  test('is Argon2id at the cost we promise, with a salt', async () => {
    const hasher = new PasswordHasher()
    const [one, two] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
    expect([
      await hasher.matches(one, 'correct horse'),
      await hasher.matches(one, 'correct Horse'),
      await hasher.matches(null, 'x'),
    ]).toEqual([true, false, false])
  })

  test('takes what keyboards enter in several ways as the same', async () => {
    const hasher = new PasswordHasher()
    expect(await hasher.matches(await hasher.hash('Zoe\u0308 ﬁnds a way'), 'Zoë finds a way')).toBe(true)
  })

  test('sends away who comes when many wait', async () => {
    const hasher = new PasswordHasher({ waitingMax: 3 })
    const hashed = await hasher.hash('correct horse')
    const asked = await Promise.allSettled(Array.from({ length: 7 }, () => hasher.matches(hashed, 'correct horse')))
    const outcomes = asked.map((one) => (one.status === 'fulfilled' ? one.value : one.reason instanceof PasswordsBusy && 'away'))
    expect(outcomes).toEqual([true, true, true, true, 'away', 'away', 'away'])
    expect(await hasher.matches(hashed, 'correct horse')).toBe(true)
  })
})
