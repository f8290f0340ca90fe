// Why the embedded PostgreSQL cannot run, in a sentence for the person who started us.

const WAY_OUT = 'Or set PLUR_DATABASE_URL to a PostgreSQL server (14 or newer) to do without the embedded one.'

/** The embedded database cannot run. The message says why, what helps, and how to use another server instead. */
export class EmbeddedPostgresError extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(`The embedded PostgreSQL cannot run: ${reason.trimEnd()}\n${WAY_OUT}`, options)
    this.name = 'EmbeddedPostgresError'
  }
}

/** The system's code of a failed call, such as ENOENT, or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
