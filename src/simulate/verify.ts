// Reads back what the server now shows and compares it with what the IdP believes.
import { difference, listAt, numberAt, queryOf, textAt } from '@plur-enterprise/scim/client'
import type { Idp } from './idp.ts'
import type { Person, Team } from './people.ts'
import type { Wire } from './wire.ts'

const PAGE = 100
/** More than this of a list that never ends is not read. */
const PAGES_MAX = 10_000

/** The person is as expected, or gone. */
export async function verifyPerson(wire: Wire, idp: Idp, person: Person): Promise<void> {
  if (person.id === undefined) return
  const path = `/Users/${person.id}`
  if (person.deleted) {
    await wire.send({ method: 'GET', path }, { status: [404] })
    return
  }
  await wire.send({ method: 'GET', path }, { status: [200], judge: ({ json }) => difference(json, idp.expected(person), 'user') })
}

/** The team has its name and exactly its members, or is gone. */
export async function verifyTeam(wire: Wire, team: Team): Promise<void> {
  if (team.id === undefined) return
  const path = `/Groups/${team.id}`
  if (team.deleted) {
    await wire.send({ method: 'GET', path }, { status: [404] })
    return
  }
  await wire.send({ method: 'GET', path }, { status: [200], judge: ({ json }) => teamDifference(json, team) })
}

function teamDifference(json: unknown, team: Team): string | undefined {
  const name = textAt(json, 'displayName')
  if (name !== team.displayName) return `displayName "${name}" instead of "${team.displayName}"`
  const shown = new Set(listAt(json, 'members').map((member) => textAt(member, 'value')))
  const expected = new Set([...team.members].map(({ id }) => id))
  const missing = [...expected].filter((id) => !shown.has(id)).length
  const extra = [...shown].filter((id) => !expected.has(id)).length
  return missing + extra === 0 ? undefined : `${shown.size} members: ${missing} missing, ${extra} too many`
}

/** Pages through a whole endpoint as Okta's import does (idp-wire OK-41), and counts how often each id comes. */
export async function readAll(wire: Wire, endpoint: '/Users' | '/Groups'): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>()
  let startIndex = 1
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const path = `${endpoint}${queryOf({ count: PAGE, startIndex })}`
    const answer = await wire.send({ method: 'GET', path }, { status: [200] })
    const resources = listAt(answer?.json, 'Resources')
    for (const resource of resources) {
      const id = textAt(resource, 'id') ?? ''
      seen.set(id, (seen.get(id) ?? 0) + 1)
    }
    startIndex += resources.length
    if (resources.length === 0 || startIndex > (numberAt(answer?.json, 'totalResults') ?? 0)) break
  }
  return seen
}

/** Everybody who should be listed is, once; nobody who was deleted is. */
export function reconcile(
  wire: Wire,
  endpoint: '/Users' | '/Groups',
  seen: ReadonlyMap<string, number>,
  known: readonly (Person | Team)[],
): void {
  for (const one of known) {
    if (one.id === undefined) continue
    const [expected, times] = [one.deleted ? 0 : 1, seen.get(one.id) ?? 0]
    if (times === expected) continue
    wire.fail({
      method: 'GET',
      path: `${endpoint} (all pages)`,
      expected: `${expected} × ${one.id}`,
      got: `${times} ×`,
      detail: 'a list has to hold everybody exactly once',
    })
  }
}
