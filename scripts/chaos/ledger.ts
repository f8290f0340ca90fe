// What the harness was told, kept outside of everything that is being broken: each acknowledged change, and beside it those about which
// nobody knows, because the answer was lost or was an outage. A doubtful change may have happened or not; an acknowledged one has.

/** A value that was acknowledged, and those that doubtful changes since may have put in its place. */
export type Known<T> = { sure: T; readonly doubts: T[] }

export type Credentials = { readonly key: string; readonly session: string }

export type Person = {
  readonly userName: string
  /** Undefined until it is known: the create was not answered. */
  id: string | undefined
  /** Whether there is such a user at all. */
  readonly exists: Known<boolean>
  readonly title: Known<string>
  readonly active: Known<boolean>
  /** Live ones, which the next leaving kills. */
  credentials: Credentials | undefined
  /** As of the last check, from which audit rows are counted on. */
  settled: { version: number; epoch: number }
}

export type Kind = 'create' | 'change' | 'leave' | 'return' | 'join' | 'part'

/** A change that was answered with success, and what its audit rows must name. */
export type Acknowledged = { readonly kind: Kind; readonly requestId: string; readonly target: string; readonly member?: string }

/** The key of a membership. */
export const edgeOf = (group: string, member: string) => `${group} ${member}`

export class Ledger {
  readonly people = new Map<string, Person>()
  readonly edges = new Map<string, Known<boolean>>()
  /** Since the last check. */
  acknowledged: Acknowledged[] = []
  readonly touched = new Set<Person>()
  readonly touchedEdges = new Set<string>()
  /** As of the last check. */
  settledEdges: ReadonlySet<string> = new Set()
  /** Credentials of people who have left, with acknowledgement; none may ever be good again. */
  readonly dead: Credentials[] = []
  readonly counts = { acknowledged: 0, doubtful: 0, refused: 0 }
  readonly byKind: Record<Kind, number> = { create: 0, change: 0, leave: 0, return: 0, join: 0, part: 0 }
  /** Answers that no server should give, whatever happens to its database. */
  readonly strange: string[] = []

  person(userName: string, title: string): Person {
    const person: Person = {
      userName,
      id: undefined,
      exists: { sure: false, doubts: [] },
      title: { sure: title, doubts: [] },
      active: { sure: true, doubts: [] },
      credentials: undefined,
      settled: { version: 0, epoch: 0 },
    }
    this.people.set(userName, person)
    return person
  }

  edge(key: string): Known<boolean> {
    const known = this.edges.get(key) ?? { sure: false, doubts: [] }
    this.edges.set(key, known)
    return known
  }

  acknowledge(change: Acknowledged): void {
    this.acknowledged.push(change)
    this.counts.acknowledged += 1
    this.byKind[change.kind] += 1
  }

  /** Nothing about this person waits for the next check. */
  isSettled(person: Person): boolean {
    return person.id !== undefined && [person.exists, person.title, person.active].every(({ doubts }) => doubts.length === 0)
  }
}
