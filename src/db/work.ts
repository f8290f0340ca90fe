// The unit of work: what a statement runs on, and how several become one.
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
}

/** How often a transaction is tried that lost a race: deadlock, serialisation, a reference that another transaction removed. */
const ATTEMPTS_MAX = 5

export function poolWork(db: Kysely<Tables>): Work {
  return {
    db,
    async atomically(run) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await db.transaction().execute((tx) => run(transactionWork(tx, 1)))
        } catch (error) {
          if (attempt >= ATTEMPTS_MAX || !isRetryable(error)) throw error
        }
      }
    },
  }
}

/** The same inside a transaction that somebody else opened and ends. */
export function transactionWork(tx: Kysely<Tables>, depth: number): Work {
  const name = sql.id(`s${depth}`)
  return {
    db: tx,
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
