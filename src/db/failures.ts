// What can go wrong with the database, told apart by SQLSTATE (PostgreSQL documentation, appendix A) and never by message text,
// which a server may translate.
import { DatabaseError } from 'pg'

/** No answer to be had now: refused, gone, shutting down, full, or all connections busy. The caller may try again later. */
export class DatabaseUnavailable extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(`The database is not available: ${reason}`, options)
    this.name = 'DatabaseUnavailable'
  }
}

/** The statement ran into the session's statement_timeout (57014) and was undone. */
export class StatementTimeout extends Error {
  constructor(options: { cause?: unknown } = {}) {
    super('The database needed longer than a statement may take', options)
    this.name = 'StatementTimeout'
  }
}

const isDatabaseError = (error: unknown): error is DatabaseError => error instanceof DatabaseError

/** Insufficient resources (disk full, too many connections) and system errors: this session may go on. */
const SCARCE_CLASSES: ReadonlySet<string> = new Set(['53', '58'])
/** Shut down by an admin, by a crash, still starting, dropped, and sessions ended by their own timeouts. */
const ENDED_CODES: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04'])
const CONNECTION_CLASS = '08'
const READ_ONLY = '25006'

/**
 * The error as the rest of the server knows it: DatabaseUnavailable, StatementTimeout, or unchanged.
 * `broken`: the connection is lost. `writable`: see endsSession.
 */
export function translate(error: unknown, session: { broken: boolean; writable: boolean }): unknown {
  if (!isDatabaseError(error)) return session.broken ? unavailable(error) : error
  const code = error.code ?? ''
  if (code === '57014') return new StatementTimeout({ cause: error })
  if (endsSession(error, session.writable) || SCARCE_CLASSES.has(code.slice(0, 2)))
    return new DatabaseUnavailable(`${error.message} (${code})`, { cause: error })
  return error
}

/**
 * Whether the server says that nothing more can come of this connection. `writable`: the session asked for a writable database, so that
 * being told "read-only" means it talks to a standby after a failover.
 */
export function endsSession(error: unknown, writable: boolean): boolean {
  if (!isDatabaseError(error)) return false
  const code = error.code ?? ''
  return ENDED_CODES.has(code) || code.startsWith(CONNECTION_CLASS) || (code === READ_ONLY && writable)
}

/** Any failure to get a connection. */
export function unavailable(cause: unknown): DatabaseUnavailable {
  if (cause instanceof DatabaseUnavailable) return cause
  return new DatabaseUnavailable(reasonOf(cause), { cause })
}

/** Node reports several failed addresses of one host as an AggregateError without a message. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}

/** The name of the unique constraint or index that refused the statement (23505), or undefined for any other error. */
export function uniqueViolation(error: unknown): string | undefined {
  return isDatabaseError(error) && error.code === '23505' ? error.constraint : undefined
}

/** Whether the server refused the statement because of who sent it, or a trigger of ours said so (42501). */
export function isRefusedByPrivilege(error: unknown): boolean {
  return isDatabaseError(error) && error.code === '42501'
}

/**
 * Whether the transaction was surely undone and may succeed when it is run again: serialisation failure, deadlock, a reference that
 * another transaction removed meanwhile, a prepared statement that a migration made stale. Never true when the connection was lost,
 * because then nobody knows whether it was committed.
 */
export function isRetryable(error: unknown): boolean {
  if (!isDatabaseError(error)) return false
  return error.code === '40001' || error.code === '40P01' || error.code === '23503' || statementProblem(error) !== undefined
}

/**
 * Whether the server refused a prepared statement and not the query: its plan was made for an older form of a table (`stale`), or
 * something between us and the server does not keep prepared statements (`unsupported`).
 */
export function statementProblem(error: unknown): 'stale' | 'unsupported' | undefined {
  if (!isDatabaseError(error)) return undefined
  if (error.code === '0A000' && error.routine === 'RevalidateCachedQuery') return 'stale'
  if (error.code === '26000' || error.code === '42P05') return 'unsupported'
  return undefined
}
