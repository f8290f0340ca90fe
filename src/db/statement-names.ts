// Which statements are prepared under a name. A named statement is parsed and planned once per connection; over the wire that is worth
// a factor of three for short queries (docs/decisions/0003-query-layer.md).
import type { CompiledQuery, Kysely, KyselyPlugin, QueryId } from 'kysely'

/** Names of one server process. Each costs memory in every session of the database, so there is an end to them. */
export const STATEMENT_NAMES_MAX = 500

const unnamedQueries = new WeakSet<QueryId>()

const UNNAMED: KyselyPlugin = {
  transformQuery({ node, queryId }) {
    unnamedQueries.add(queryId)
    return node
  },
  transformResult: async ({ result }) => result,
}

/**
 * The same database for statements whose text a client shapes, such as compiled filters: they are sent without a name, so that
 * unusual queries cannot use up the names that the common ones need.
 */
export function unnamed<Tables>(db: Kysely<Tables>): Kysely<Tables> {
  return db.withPlugin(UNNAMED)
}

/** Gives equal statement texts equal names, on all connections of a pool. */
export class StatementNames {
  readonly #names = new Map<string, string>()
  #generation = 0
  #enabled = true

  /** The name to prepare the statement under; undefined for one that is not prepared. */
  nameOf({ sql, parameters, queryId }: Pick<CompiledQuery, 'sql' | 'parameters' | 'queryId'>): string | undefined {
    // Without parameters a text may hold several statements, which cannot be prepared.
    if (!this.#enabled || parameters.length === 0 || unnamedQueries.has(queryId)) return undefined
    const known = this.#names.get(sql)
    if (known !== undefined) return known
    if (this.#names.size >= STATEMENT_NAMES_MAX) return undefined
    const name = `p${this.#generation}_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }

  /** Makes every connection prepare its statements anew: their plans are for tables that have changed. */
  renew(): void {
    this.#generation += 1
    this.#names.clear()
  }

  /** Stops naming: what we talk to does not keep prepared statements. */
  disable(): void {
    this.#enabled = false
    this.#names.clear()
  }

  get size(): number {
    return this.#names.size
  }
}
