// The log: one JSON line per request, per outage or bug, and per event of the server's life. Ids, routes, numbers; never tokens, bodies,
// names, addresses or query strings.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from './config.ts'
import type { Exchange } from './http/rim.ts'

export type Log = {
  readonly exchange: (exchange: Exchange) => void
  /** An outage or a bug, with its cause. */
  readonly failure: (error: unknown, message: string, facts?: Readonly<Record<string, string | number | undefined>>) => void
  readonly event: (level: 'info' | 'warn', message: string, facts?: Readonly<Record<string, string | number | undefined>>) => void
  /** Writes what is still in memory; call it before the process ends. */
  readonly flush: () => void
}

const FLUSH_MS = 1_000
/** Lines are written together: a system call for each would cost more than the line. */
const BUFFER_BYTES = 8 * 1024
/** What is kept for a reader who is slow or gone. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024

/** Lines go to standard output in batches, within a second. */
export function createLog(level: LogLevel): Log {
  const stream = destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, maxLength: UNREAD_BYTES_MAX })
  // Whoever reads may go while the server goes on: lines are dropped then.
  stream.on('error', () => undefined)
  setInterval(() => stream.flush(), FLUSH_MS).unref()
  return logTo(level, stream, () => {
    try {
      stream.flushSync()
    } catch {
      // Nobody reads any more.
    }
  })
}

/** Lines go to a stream one by one. */
export function logTo(level: LogLevel, stream: DestinationStream, flush: () => void = () => undefined): Log {
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    stream,
  )
  return {
    exchange: ({ id, method, route, status, ms, principal, aborted }) => {
      const line = {
        id,
        method,
        route,
        status,
        ms: Math.round(ms * 10) / 10,
        ...(principal === undefined ? {} : { principal }),
        ...(aborted ? { aborted } : {}),
      }
      logger[status >= 500 ? 'warn' : 'info'](line, 'request')
    },
    failure: (error, message, facts = {}) => logger.error({ ...facts, err: error }, message),
    event: (level, message, facts = {}) => logger[level](facts, message),
    flush,
  }
}

/** Type, message, stack and cause. What a database error quotes may be a value of a row, so only its constraint is named. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, cause } = error
  const fromDatabase = 'severity' in error
  const shown = (text: string) => (fromDatabase ? text.replace(/"[^"]*"/g, '"…"') : text)
  return {
    type: name,
    message: shown(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('constraint' in error && typeof error.constraint === 'string' ? { constraint: error.constraint } : {}),
    stack: shown(error.stack ?? ''),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  }
}
