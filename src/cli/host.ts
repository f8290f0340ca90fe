// What the command line needs from the process it runs in; main.ts provides it.
import type { OnProgress } from '../db/backup/dump.ts'
import type { Manifest } from '../db/backup/manifest.ts'
import type { Work } from '../db/work.ts'
import type { Table } from '../db/read-only.ts'

export type CliSettings = {
  /** Slug of the first organisation, on which commands work unless told otherwise. */
  readonly org: string
  readonly scimTokenDays: number
  readonly scimHardDelete: boolean
  readonly publicUrl: string
}

/** The database, opened for one command. */
export type CliStorage = {
  readonly work: Work
  readonly query: (text: string) => Promise<Table>
  readonly dsn: (options: { tcp: boolean }) => Promise<string>
  readonly close: () => Promise<void>
}

export type CliHost = {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Like `stdout`, for output without end: resolves when the reader is ready for more, rejects when it is gone. */
  readonly write: (text: string) => Promise<void>
  /** How this program is called by people, such as `npm run -s plur --`. */
  readonly command: string
  /** Who is at the command line, for the audit log. */
  readonly user: string
  readonly version: string
  /** Throws ConfigError. */
  readonly settings: () => CliSettings
  /** Brings the schema up to date and makes the first organisation; the names of the migrations that were run. */
  readonly migrate: () => Promise<readonly string[]>
  /** `migrated`: as after `migrate`. Without it the database is taken as it is. */
  readonly openStorage: (options: { migrated: boolean }) => Promise<CliStorage>
  /** Writes all of the database to a file, and reads the file back. */
  readonly backUp: (file: string, onProgress: OnProgress) => Promise<Manifest>
  /** Fills the database from a file; `replace`: also one that has data. The migrations that were run on top. */
  readonly restore: (file: string, options: { replace: boolean; onProgress: OnProgress }) => Promise<readonly string[]>
  /** Serves until it is told to stop. */
  readonly serve: () => Promise<void>
}
