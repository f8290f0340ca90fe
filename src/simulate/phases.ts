// The life of a company as its IdP tells it: joiners, changes, groups, movers, leavers, returners, and the reconciliation that
// finds out whether both sides still agree.
import { changePerson, sample, type Person, type Random, type Team } from './people.ts'
import type { Idp } from './idp.ts'
import { readAll, reconcile, verifyPerson, verifyTeam } from './verify.ts'
import { eachOf, type Wire } from './wire.ts'

export type World = {
  readonly wire: Wire
  readonly idp: Idp
  readonly people: readonly Person[]
  readonly teams: readonly Team[]
  readonly random: Random
  readonly concurrency: number
  /** Told how much of a phase is done. */
  readonly tick: (done: number, total: number) => void
}

export type Phase = { readonly name: string; readonly run: (world: World) => Promise<void> }

const SHARES = { updated: 0.4, movers: 0.25, leavers: 0.3, returners: 0.5, erased: 0.5 } as const

const live = ({ people }: World) => people.filter((person) => person.id !== undefined && !person.deleted)
const inactive = (world: World) => live(world).filter((person) => !person.active)
const existing = ({ teams }: World) => teams.filter((team) => team.id !== undefined && !team.deleted)

/** Does something to each person and then reads each back. */
async function withPeople(world: World, people: readonly Person[], task: (person: Person) => Promise<void>): Promise<void> {
  const { wire, idp, concurrency, tick } = world
  let done = 0
  await eachOf(people, concurrency, async (person) => {
    await task(person)
    await verifyPerson(wire, idp, person)
    tick((done += 1), people.length)
  })
}

async function withTeams(world: World, teams: readonly Team[], task: (team: Team) => Promise<void>): Promise<void> {
  const { wire, concurrency, tick } = world
  let done = 0
  await eachOf(teams, concurrency, async (team) => {
    await task(team)
    await verifyTeam(wire, team)
    tick((done += 1), teams.length)
  })
}

/** People who come: everybody of the run. */
export const joiners: Phase = { name: 'joiners', run: (world) => withPeople(world, world.people, world.idp.join) }

export const updates: Phase = {
  name: 'updates',
  run: async (world) => {
    const manager = live(world)[0]
    const changed = sample(live(world), SHARES.updated, world.random)
    for (const person of changed) {
      changePerson(person, world.random)
      if (person !== manager) person.manager = manager
    }
    await withPeople(world, changed, world.idp.update)
  },
}

/** Teams appear, get a rename that changes nothing (idp-wire OK-38), then their people, then all of them again. */
export const groupPushes: Phase = {
  name: 'group pushes',
  run: async (world) => {
    await withTeams(world, world.teams, world.idp.createTeam)
    for (const person of live(world).filter(({ active }) => active)) sample(existing(world), 0.3, world.random)[0]?.members.add(person)
    await withTeams(world, existing(world), async (team) => {
      await world.idp.renameTeam(team)
      if (team.members.size > 0) await world.idp.changeMembers(team, { add: [...team.members], remove: [] })
      await world.idp.repeatMembers(team)
    })
  },
}

/** Some leave one team for another; one team gets a new name. */
export const movers: Phase = {
  name: 'movers',
  run: async (world) => {
    const teams = existing(world)
    const moves = new Map<Team, { add: Person[]; remove: Person[] }>(teams.map((team) => [team, { add: [], remove: [] }]))
    for (const person of sample(live(world), SHARES.movers, world.random)) {
      const [to] = sample(
        teams.filter((team) => !team.members.has(person)),
        0.3,
        world.random,
      )
      const from = teams.find((team) => team.members.has(person))
      if (to === undefined) continue
      from?.members.delete(person)
      if (from !== undefined) moves.get(from)?.remove.push(person)
      to.members.add(person)
      moves.get(to)?.add.push(person)
    }
    const [renamed] = teams
    if (renamed !== undefined) renamed.displayName += ' (renamed)'
    await withTeams(world, teams, async (team) => {
      const change = moves.get(team)
      if (team === renamed) await world.idp.renameTeam(team)
      if (change !== undefined && change.add.length + change.remove.length > 0) await world.idp.changeMembers(team, change)
    })
  },
}

/** The account is switched off; the memberships stay (idp-wire RC-27, EN-49). */
export const leavers: Phase = {
  name: 'leavers',
  run: async (world) => {
    await withPeople(world, sample(live(world), SHARES.leavers, world.random), async (person) => {
      person.active = false
      await world.idp.setActive(person)
    })
    await withTeams(world, existing(world), async () => {})
  },
}

/** Some come back under their old name; where the IdP does so, one comes back under a new name with the same externalId. */
export const returners: Phase = {
  name: 'returners',
  run: async (world) => {
    const chosen = sample(inactive(world), SHARES.returners, world.random)
    const renamed = world.idp.comeBack === undefined || chosen.length < 2 ? undefined : chosen.at(-1)
    await withPeople(world, chosen, async (person) => {
      person.active = true
      if (person !== renamed || world.idp.comeBack === undefined) return world.idp.setActive(person)
      person.userName = `back.${person.userName}`
      // A POST says everything anew: what only a profile push knew is no longer claimed.
      person.title = undefined
      person.phone = undefined
      await world.idp.comeBack(person)
    })
    await withTeams(world, existing(world), async () => {})
  },
}

/** About 30 days after the leaver (idp-wire EN-48). */
export const hardDeletes: Phase = {
  name: 'hard deletes',
  run: async (world) => {
    const { deleteUser } = world.idp
    if (deleteUser === undefined) return
    await withPeople(world, sample(inactive(world), SHARES.erased, world.random), async (person) => {
      await deleteUser(person)
      forget(world, person)
    })
    await withTeams(world, existing(world), async () => {})
  },
}

/** One team is unlinked and deleted; its people stay (idp-wire OK-44). */
export const groupDelete: Phase = {
  name: 'group delete',
  run: async (world) => {
    const team = existing(world).at(-1)
    if (team === undefined) return
    const people = [...team.members]
    await withTeams(world, [team], async () => {
      await world.idp.deleteTeam(team)
      team.deleted = true
    })
    await withPeople(world, people.slice(0, 5), async () => {})
  },
}

/** The nightly import: all pages of everything. */
export const reconciliation: Phase = {
  name: 'reconcile',
  run: async ({ wire, people, teams, tick }) => {
    reconcile(wire, '/Users', await readAll(wire, '/Users'), people)
    tick(1, 2)
    reconcile(wire, '/Groups', await readAll(wire, '/Groups'), teams)
    tick(2, 2)
  },
}

/** Housekeeping of the simulation, not of an IdP: everything the run created goes, groups first. */
export const cleanup: Phase = {
  name: 'clean-up',
  run: async ({ wire, people, teams, concurrency, tick }) => {
    const paths = [...wire.existing].toSorted()
    let done = 0
    await eachOf(paths, concurrency, async (path) => {
      await wire.send({ method: 'DELETE', path }, { status: [204] })
      tick((done += 1), paths.length)
    })
    for (const one of [...people, ...teams]) one.deleted = true
  },
}

function forget({ teams }: World, person: Person): void {
  person.deleted = true
  for (const team of teams) team.members.delete(person)
}
