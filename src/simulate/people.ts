// The company that a simulated IdP knows: reproducible people and teams, and what the server is expected to know of them.
import { CULTURES, DEPARTMENTS, TEAMS, TITLES } from './words.ts'

/** One person of the directory. The fields change as the simulation goes on; `id` is the server's, once it has answered. */
export type Person = {
  readonly externalId: string
  userName: string
  givenName: string
  familyName: string
  title: string | undefined
  department: string | undefined
  phone: string | undefined
  city: string | undefined
  manager: Person | undefined
  active: boolean
  deleted: boolean
  id: string | undefined
  readonly locale: string
}

export type Team = {
  readonly externalId: string
  displayName: string
  readonly members: Set<Person>
  deleted: boolean
  id: string | undefined
}

export type Random = () => number

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). Good enough to choose names; never for secrets. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function displayNameOf(person: Person): string {
  return `${person.givenName} ${person.familyName}`
}

/** `count` people with addresses at `@sim-<run>.example`; the same seed gives the same people. */
export function makePeople(count: number, run: string, random: Random): Person[] {
  const taken = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const culture = pick(CULTURES, random)
    const [given, family] = [pick(culture.given, random), pick(culture.family, random)]
    const address = `${given.plain}.${family.plain}`
    const namesakes = (taken.get(address) ?? 0) + 1
    taken.set(address, namesakes)
    return {
      externalId: `sim-${run}-u${index}`,
      userName: `${address}${namesakes === 1 ? '' : namesakes}@sim-${run}.example`,
      givenName: given.shown,
      familyName: family.shown,
      title: undefined,
      department: undefined,
      phone: undefined,
      city: undefined,
      manager: undefined,
      active: true,
      deleted: false,
      id: undefined,
      locale: culture.locale,
    }
  })
}

/** `count` empty teams whose names begin with the run, so that two runs never share one. */
export function makeTeams(count: number, run: string): Team[] {
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / TEAMS.length)
    const name = TEAMS[index % TEAMS.length] ?? ''
    return {
      externalId: `sim-${run}-g${index}`,
      displayName: `sim-${run}/${name}${round === 0 ? '' : ` ${round + 1}`}`,
      members: new Set<Person>(),
      deleted: false,
      id: undefined,
    }
  })
}

/** Marries, promotes and moves a person, as a directory synchronisation would find out. */
export function changePerson(person: Person, random: Random): void {
  const culture = CULTURES.find(({ locale }) => locale === person.locale) ?? CULTURES[0]
  if (culture === undefined) return
  person.familyName = pick(culture.family, random).shown
  person.title = pick(TITLES, random)
  person.department = pick(DEPARTMENTS, random)
  person.phone = `+1 555 01${Math.floor(random() * 90 + 10)}`
  person.city = culture.city
}

export function pick<T>(list: readonly T[], random: Random): T {
  const chosen = list[Math.floor(random() * list.length)]
  if (chosen === undefined) throw new RangeError('nothing to choose from')
  return chosen
}

/** A share of the list, at least one of it when there is any; which ones depends on the random numbers alone. */
export function sample<T>(list: readonly T[], share: number, random: Random): T[] {
  const wanted = list.length === 0 ? 0 : Math.max(1, Math.round(list.length * share))
  return list
    .map((element) => ({ element, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .slice(0, wanted)
    .map(({ element }) => element)
}
