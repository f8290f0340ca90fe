// One connection of the pool, as Kysely drives it: names statements, translates failures, knows whether a transaction is open.
import type { CompiledQuery, DatabaseConnection, QueryResult as KyselyResult } from 'kysely'
import type { PoolClient, QueryResult, QueryResultRow } from 'pg'
import { endsSession, statementProblem, translate } from './failures.ts'
import type { StatementNames } from './statement-names.ts'

export type TransactionMode = 'none' | 'read write' | 'read only'

export type SessionOptions = {
  readonly names: StatementNames
  /** The connection went before it was here. */
  readonly isLost: boolean
  /** How long the database may say nothing; longer than a statement may take. */
  readonly silenceMs: number
  /** Told when it said nothing for that long. */
  readonly onSilence: () => void
}

export class Session implements DatabaseConnection {
  readonly #client: PoolClient
  readonly #names: StatementNames
  readonly #options: SessionOptions
  #mode: TransactionMode = 'none'
  #broken: boolean

  constructor(client: PoolClient, options: SessionOptions) {
    this.#client = client
    this.#names = options.names
    this.#options = options
    this.#broken = options.isLost
    // The pool listens only while a connection is idle; without this, one lost in the middle of a transaction ends the process.
    client.on('error', () => this.#break())
    client.on('end', () => this.#break())
  }

  async executeQuery<R>(query: CompiledQuery): Promise<KyselyResult<R>> {
    try {
      return await this.#run<R>(query)
    } catch (error) {
      const problem = statementProblem(error)
      if (problem === 'stale') this.#names.renew()
      if (problem === 'unsupported') this.#names.disable()
      // The statement did not run. Inside a transaction all of it has to be run again, which is for the one who opened it.
      if (problem !== undefined && this.#mode === 'none') return this.#run<R>(query)
      throw this.#translate(error)
    }
  }

  // oxlint-disable-next-line require-yield -- there is nothing to yield
  async *streamQuery<R>(): AsyncIterableIterator<KyselyResult<R>> {
    throw new Error('A cursor of the driver lives under one statement timeout: use streamRows')
  }

  /** Runs statements that open or end a transaction, or set the session up. */
  async control(text: string, mode: TransactionMode): Promise<QueryResult> {
    // Before the answer: when it is lost, the transaction may be open.
    this.#mode = mode === 'none' ? this.#mode : mode
    try {
      const result = await this.#answered(this.#client.query(text))
      this.#mode = mode
      return result
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Gives the connection back; one that is lost or left inside a transaction is closed. */
  release(): void {
    this.#client.release(this.#broken || this.#mode !== 'none')
  }

  async #run<R>(query: CompiledQuery): Promise<KyselyResult<R>> {
    const result: QueryResult<R & QueryResultRow> | QueryResult[] = await this.#answered(
      this.#client.query<R & QueryResultRow>({ name: this.#names.nameOf(query), text: query.sql, values: [...query.parameters] }),
    )
    // Several statements in one text answer with an array.
    if (Array.isArray(result)) return { rows: [] }
    const { command, rowCount, rows } = result
    return WRITES.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows }
  }

  /**
   * The database ends a statement that takes too long, but a database that has died without a word, or a network that swallows everything,
   * ends nothing: then the connection is destroyed, which fails what waits on it.
   */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#break()
      silence(this.#client)
      this.#options.onSilence()
    }, this.#options.silenceMs)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
    }
  }

  #translate(error: unknown): unknown {
    const writable = this.#mode !== 'read only'
    // Told that the session is over, we do not wait for the connection to close: the pool could hand it out meanwhile.
    if (endsSession(error, writable)) this.#break()
    return translate(error, { broken: this.#broken, writable })
  }

  #break(): void {
    this.#broken = true
  }
}

/** Destroys the connection without a goodbye, for which it would have to be alive. */
export function silence(client: PoolClient): void {
  client.connection.stream.destroy(new Error('The database says nothing'))
}

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])
