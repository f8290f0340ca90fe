// How changes of people are written: those that come at the same time share a statement and its commit, each with its audit rows in it; whoever
// needs a closer look gets a transaction. Answers are sent after the commit either way.
import { append, appendEntries, type AuditEntry } from '../audit/append.ts'
import type { AuditContext, AuditEvent } from '../audit/event.ts'
import { DatabaseUnavailable, isRetryable, StatementTimeout } from '../db/failures.ts'
import type { Work } from '../db/work.ts'
import { accountSlug } from '../directory/account-slug.ts'
import type { Written } from '../directory/resource.ts'
import { Batches } from '../primitives/batches.ts'
import { type Turns, TurnTimeout } from '../primitives/turns.ts'
import { joinCarefully, type Joined, type Joiner, joinPlainly } from './joiner.ts'
import { leaveCarefully, type UserChange, wayOf, writeChanges } from './user-change.ts'

export type UserWrites = {
  /** Makes a SCIM user with an account. Throws NameTaken and LocalAccountCollision. */
  join(joiner: Joiner): Promise<Joined>
  /** Undefined when the user is gone or changed meanwhile. Throws a conflict when the account must not be disabled. */
  change(change: UserChange): Promise<Written | undefined>
  /** Tells of a change that found everything as asked for. */
  note(context: AuditContext, event: AuditEvent): Promise<void>
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
  note: (context, event) => append(tx.db, context, [event]),
})

/**
 * Inside a transaction: makes those of several about whom nothing is known and who have nothing to do with one another, in one statement.
 * Nothing is done for the others, undefined: `join` makes them afterwards in their order, and all is as if all had come one after another.
 */
export async function joinTogether(tx: Work, joiners: readonly Joiner[]): Promise<readonly (Joined | undefined)[]> {
  const some = strangers(joiners)
  if (some.length === 0) return joiners.map(() => undefined)
  try {
    const joined = await tx.atomically((inner) => joinPlainly(inner, some))
    const made = new Map(some.map((joiner, nth) => [joiner, joined[nth]]))
    return joiners.map((joiner) => made.get(joiner))
  } catch (error) {
    // Here the whole transaction ends or is run again: whom it is about would not be found by looking at each.
    if (!mayBeOfOne(error) || error instanceof StatementTimeout || isRetryable(error)) throw error
    return joiners.map(() => undefined)
  }
}

/** Whoever shares neither name, nor the account's slug that is made of it, nor externalId with anybody before. */
function strangers(joiners: readonly Joiner[]): readonly Joiner[] {
  const seen = new Set<string>()
  return joiners.filter(({ record, person }) => {
    const keys = [`name ${person.userNameKey}`, `slug ${accountSlug(person.userName)}`, `external ${record.externalId ?? record.id}`]
    const isStranger = !keys.some((key) => seen.has(key))
    for (const key of keys) seen.add(key)
    return isStranger
  })
}

type Changed = { readonly written: Written | undefined; readonly alone: boolean }

/**
 * On the pool, one for a process. Each statement takes a turn of its organisation, whether it is shared or not, so that no organisation takes
 * all connections.
 */
export class SharedWrites implements UserWrites {
  readonly #work: Work
  readonly #turns: Turns<string>
  readonly #joins: Batches<Joiner, Joined | undefined>
  readonly #changes: Batches<UserChange, Changed>
  readonly #notes: Batches<AuditEntry, undefined>

  constructor(work: Work, turns: Turns<string>) {
    this.#work = work
    this.#turns = turns
    const weigh = ({ record }: Joiner | UserChange) => record.json.length
    this.#joins = new Batches<Joiner, Joined | undefined>({
      run: ({ lane, items }) => turns.run(lane, () => joinPlainly(work, items)),
      alone: (lane, joiner) => turns.run(lane, async () => (await joinPlainly(work, [joiner]))[0]),
      mayBeOfOne,
      weigh,
    })
    this.#changes = new Batches<UserChange, Changed>({
      run: ({ lane, items }) => turns.run(lane, () => writeAlike(work, items)),
      alone: (lane, change) => turns.run(lane, async () => (await writeAlike(work, [change]))[0] ?? NOT_WRITTEN),
      mayBeOfOne,
      weigh,
    })
    this.#notes = new Batches<AuditEntry, undefined>({
      run: ({ lane, items }) => turns.run(lane, async () => (await appendEntries(work.db, items), items.map(() => undefined))),
      alone: (lane, entry) => turns.run(lane, async () => (await appendEntries(work.db, [entry]), undefined)),
      mayBeOfOne,
      weigh: () => 0,
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
    const { written, alone } = await this.#changes.run({ lane: orgId, kind: `${way.account} ${way.names} ${way.leaves}`, key: id }, change)
    if (written !== undefined || (alone && !way.leaves)) return written
    return this.#turns.run(orgId, async () => {
      const [again] = alone ? [] : await writeChanges(this.#work, way, [change])
      return again === undefined && way.leaves ? this.#work.atomically((tx) => leaveCarefully(tx, change)) : again
    })
  }

  note(context: AuditContext, event: AuditEvent): Promise<undefined> {
    return this.#notes.run({ lane: context.orgId, kind: 'note', key: context.requestId }, { context, event })
  }
}

const NOT_WRITTEN: Changed = { written: undefined, alone: true }

/** Changes of one way. */
async function writeAlike(work: Work, changes: readonly UserChange[]): Promise<readonly Changed[]> {
  const [first] = changes
  const written = first === undefined ? [] : await writeChanges(work, wayOf(first), changes)
  return written.map((one) => ({ written: one, alone: changes.length === 1 }))
}

/** While the database cannot be reached, or nobody's turn comes, it is so for everybody. */
const mayBeOfOne = (error: unknown): boolean => !(error instanceof DatabaseUnavailable) && !(error instanceof TurnTimeout)
