// How changes of people are written: those that come at the same time share a statement and its commit, each with its audit rows in it; whoever
// needs a closer look gets a transaction. Answers are sent after the commit either way.
import { DatabaseUnavailable } from '../db/failures.ts'
import type { Work } from '../db/work.ts'
import type { Written } from '../directory/resource.ts'
import { Batches } from '../primitives/batches.ts'
import type { Turns } from '../primitives/turns.ts'
import { joinCarefully, type Joined, type Joiner, joinPlainly } from './joiner.ts'
import { leaveCarefully, type UserChange, wayOf, writeChanges } from './user-change.ts'

export type UserWrites = {
  /** Makes a SCIM user with an account. Throws NameTaken and LocalAccountCollision. */
  join(joiner: Joiner): Promise<Joined>
  /** Undefined when the user is gone or changed meanwhile. Throws a conflict when the account must not be disabled. */
  change(change: UserChange): Promise<Written | undefined>
}

/** Inside a transaction: one by one. */
export const writesIn = (tx: Work): UserWrites => ({
  async join(joiner) {
    const [joined] = await joinPlainly(tx, [joiner])
    return joined ?? tx.atomically((inner) => joinCarefully(inner, joiner))
  },
  async change(change) {
    const way = wayOf(change)
    const [written] = await writeChanges(tx, way, [change])
    return written === undefined && way.leaves ? tx.atomically((inner) => leaveCarefully(inner, change)) : written
  },
})

/** On the pool, one for a process. What takes a connection of its own waits for its turn. */
export class SharedWrites implements UserWrites {
  readonly #work: Work
  readonly #turns: Turns<string>
  readonly #joins: Batches<Joiner, Joined | undefined>
  readonly #changes: Batches<UserChange, { readonly written: Written | undefined; readonly alone: boolean }>

  constructor(work: Work, turns: Turns<string>) {
    this.#work = work
    this.#turns = turns
    this.#joins = new Batches({ run: (_kind, joiners) => joinPlainly(work, joiners), mayBeOfOne })
    this.#changes = new Batches({
      run: async (_kind, changes) => {
        const [first] = changes
        const written = first === undefined ? [] : await writeChanges(work, wayOf(first), changes)
        return written.map((one) => ({ written: one, alone: changes.length === 1 }))
      },
      mayBeOfOne,
    })
  }

  async join(joiner: Joiner): Promise<Joined> {
    const { orgId, id } = joiner.record
    const joined = await this.#joins.run({ lane: orgId, kind: 'join', key: id }, joiner)
    return joined ?? this.#turns.run(orgId, () => this.#work.atomically((tx) => joinCarefully(tx, joiner)))
  }

  async change(change: UserChange): Promise<Written | undefined> {
    const { orgId, id } = change.record
    const way = wayOf(change)
    const { written, alone } = await this.#changes.run({ lane: orgId, kind: `${way.account} ${way.leaves}`, key: id }, change)
    if (written !== undefined || (alone && !way.leaves)) return written
    return this.#turns.run(orgId, async () => {
      const [again] = alone ? [] : await writeChanges(this.#work, way, [change])
      return again === undefined && way.leaves ? this.#work.atomically((tx) => leaveCarefully(tx, change)) : again
    })
  }
}

/** While the database cannot be reached, it is so for everybody. */
const mayBeOfOne = (error: unknown): boolean => !(error instanceof DatabaseUnavailable)
