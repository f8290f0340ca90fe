// PostgreSQL for Kysely on our own sessions: the library's compiler and adapter, transactions on a Session.
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { Session } from './session.ts'

/** A dialect whose connections come from `acquire`, which throws DatabaseUnavailable when there is none to be had. */
export function sessionDialect(acquire: () => Promise<Session>): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(acquire),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function createDriver(acquire: () => Promise<Session>): Driver {
  return {
    async init() {},
    acquireConnection: acquire,
    async releaseConnection(connection) {
      sessionOf(connection).release()
    },
    async beginTransaction(connection, { isolationLevel = 'read committed', accessMode = 'read write' }: TransactionSettings) {
      await sessionOf(connection).control(`begin isolation level ${isolationLevel} ${accessMode}`, accessMode)
    },
    async commitTransaction(connection) {
      const { command } = await sessionOf(connection).control('commit', 'none')
      // A statement failed and the failure was swallowed: PostgreSQL undoes the transaction and says so.
      if (command === 'ROLLBACK') throw new AbortedTransactionError()
    },
    async rollbackTransaction(connection) {
      try {
        await sessionOf(connection).control('rollback', 'none')
      } catch {
        // The session stays marked as inside a transaction and is closed on release; the error that led here is the one to report.
      }
    },
    async savepoint(connection, name) {
      await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
    },
    async rollbackToSavepoint(connection, name) {
      await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint ${quoted(name)}`))
    },
    async releaseSavepoint(connection, name) {
      await connection.executeQuery(CompiledQuery.raw(`release savepoint ${quoted(name)}`))
    },
    async destroy() {},
  }
}

function sessionOf(connection: DatabaseConnection): Session {
  if (connection instanceof Session) return connection
  throw new TypeError('The connection does not come from this dialect')
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
