// What every scenario is given.
import type { Database } from '../../src/db/postgres.ts'
import type { Limits } from './limits.ts'
import type { Http, LoadOptions } from './load.ts'
import type { People } from './people.ts'
import type { Row } from './row.ts'
import type { Measured } from './server.ts'

export type Bench = {
  readonly server: Measured
  readonly http: Http
  /** The owner's connections, beside the server's. */
  readonly database: Database
  readonly people: People
  readonly limits: Limits
  /** Concurrency and time of a row, with the CPU of the server. */
  readonly load: LoadOptions
  readonly say: (text: string) => void
}

export type Scenario = {
  readonly name: string
  readonly run: (bench: Bench) => Promise<readonly Row[]>
}
