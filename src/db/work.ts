// The unit of work: what a statement runs on, and how several become one.
import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { isRetryable } from './failures.ts'
import type { Tables } from './tables.ts'

/**
 * Either the pool, where every statement commits by itself, or a transaction. Functions of the domain take it as their first
 * parameter and do not know which of the two it is; those that need several statements to hold together call `atomically`.
 */
export type Work = {
  readonly db: Kysely<Tables>
  /** All of it or nothing: a transaction on the pool, a savepoint inside one. */
  atomically<T>(run: (work: Work) => Promise<T>): Promise<T>
  /**
   * Runs something of which no more than the last statement writes, and again when that statement lost a race and was undone. Inside a
   * transaction it runs once: there the whole transaction is undone, and whoever opened it runs it again.
   */
  retrying<T>(run: () => Promise<T>): Promise<T>
}

/** How often a transaction is tried that lost a race: deadlock, serialisation, a reference that another transaction removed. */
const ATTEMPTS_MAX = 5
const PAUSE_MS_MAX = 20

export function poolWork(db: Kysely<Tables>): Work {
  return {
    db,
    atomically: (run) => retry(() => db.transaction().execute((tx) => run(transactionWork(tx, 1)))),
    retrying: retry,
  }
}

async function retry<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isRetryable(error)) throw error
      // Those who met once would meet again: each waits for a time of its own.
      await setTimeout(Math.random() * PAUSE_MS_MAX * attempt)
    }
  }
}

/** The same inside a transaction that somebody else opened and ends. */
export function transactionWork(tx: Kysely<Tables>, depth: number): Work {
  const name = sql.id(`s${depth}`)
  return {
    db: tx,
    retrying: (run) => run(),
    async atomically(run) {
      await sql`savepoint ${name}`.execute(tx)
      let result
      try {
        result = await run(transactionWork(tx, depth + 1))
      } catch (error) {
        await sql`rollback to savepoint ${name}`.execute(tx)
        throw error
      }
      await sql`release savepoint ${name}`.execute(tx)
      return result
    },
  }
}
