import { describe, expect, test } from 'vitest'
import { changePerson, makePeople, makeTeams, sample, seeded } from '../../src/simulate/people.ts'

describe('people', () => {
  test('are the same for the same seed, and others for another', () => {
    const names = (seed: number) => makePeople(50, 'r1', seeded(seed)).map(({ userName }) => userName)
    expect(names(7)).toEqual(names(7))
    expect(names(7)).not.toEqual(names(8))
  })

  test('have names nobody else has, recognisable by their domain, whatever their number', () => {
    const people = makePeople(3000, 'r1', seeded(1))
    expect(new Set(people.map(({ userName }) => userName)).size).toBe(3000)
    expect(new Set(people.map(({ externalId }) => externalId)).size).toBe(3000)
    expect(people.every(({ userName }) => /^[a-z0-9.-]+@sim-r1\.example$/.test(userName))).toBe(true)
    expect(people.some(({ givenName }) => /[^\x20-\x7e]/.test(givenName))).toBe(true)
  })

  test('change their family name, title and phone number', () => {
    const [person] = makePeople(1, 'r1', seeded(1))
    if (person === undefined) throw new Error('one person was made')
    changePerson(person, seeded(2))
    expect(person.title).toBeTruthy()
    expect(person.phone).toMatch(/^\+1 555 01\d\d$/)
  })
})

test('teams have names of their own, however many there are', () => {
  const teams = makeTeams(25, 'r1')
  expect(new Set(teams.map(({ displayName }) => displayName)).size).toBe(25)
  expect(teams.every(({ displayName }) => displayName.startsWith('sim-r1/'))).toBe(true)
})

test.each([
  [10, 0.3, 3],
  [1, 0.1, 1],
  [0, 0.5, 0],
  [10, 1, 10],
])('a sample of %d with share %d holds %d, each once', (count, share, expected) => {
  const list = Array.from({ length: count }, (_, i) => i)
  const chosen = sample(list, share, seeded(1))
  expect(chosen).toHaveLength(expected)
  expect(new Set(chosen).size).toBe(expected)
})
