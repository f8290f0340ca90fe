// What every IdP can do, whatever its dialect. Each verb sends the requests that this IdP would send and judges each answer by
// what this IdP needs of it.
import { numberAt, textAt, type Exchange, type Members } from '@plur-enterprise/scim/client'
import type { Person, Team } from './people.ts'
import type { Expected } from './wire.ts'

export type Idp = {
  readonly name: string
  /** The button "Test connection". True when the server passed. */
  readonly testConnection: () => Promise<boolean>
  /** Looks whether the person is there, creates them, and learns their id. */
  readonly join: (person: Person) => Promise<void>
  readonly update: (person: Person) => Promise<void>
  /** `person.active` as it is now, nothing else. */
  readonly setActive: (person: Person) => Promise<void>
  /** A returner under another userName, as Okta does it (idp-wire OK-33); undefined where the IdP never does. */
  readonly comeBack: ((person: Person) => Promise<void>) | undefined
  /** Undefined where the IdP never deletes users (idp-wire OK-32). */
  readonly deleteUser: ((person: Person) => Promise<void>) | undefined
  readonly createTeam: (team: Team) => Promise<void>
  readonly renameTeam: (team: Team) => Promise<void>
  /** Tells of people added to and removed from a team; `team.members` is the state after it. */
  readonly changeMembers: (team: Team, change: MembersChange) => Promise<void>
  /** Sends again what the server already knows: redundant adds, a full overwrite (idp-wire OK-40, EN-42). */
  readonly repeatMembers: (team: Team) => Promise<void>
  readonly deleteTeam: (team: Team) => Promise<void>
  /** What the server has to show of a person at least, as far as this IdP has told it. */
  readonly expected: (person: Person) => Members
}

export type MembersChange = { readonly add: readonly Person[]; readonly remove: readonly Person[] }

/** 200 with an exact and empty list (idp-wire RC-1): the answer to an existence check. */
export const NOBODY: Expected = { status: [200], judge: (exchange) => totalIs(exchange, 0) }
/** RC-6 and RC-7: a PATCH is answered by 200 with a body or 204 without. */
export const CHANGED: Expected = {
  status: [200, 204],
  judge: (exchange) => (exchange.status === 200 && exchange.json === undefined ? '200 with an empty body' : undefined),
}
export const DELETED: Expected = { status: [204] }

/** 201 with an id, the name and the active state that were sent (idp-wire RC-4, OK-13, OK-15). */
export function created(sent: { readonly userName?: string; readonly displayName?: string; readonly active?: boolean }): Expected {
  return {
    status: [201],
    judge: ({ json }) => {
      if ((textAt(json, 'id') ?? '') === '') return '201 without an id'
      for (const [name, value] of Object.entries(sent)) {
        const got: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
        if (got !== value) return `${name} ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`
      }
      return undefined
    },
  }
}

export function totalIs(exchange: Exchange, total: number): string | undefined {
  const got = numberAt(exchange.json, 'totalResults')
  return got === total ? undefined : `totalResults ${got} instead of ${total}`
}
